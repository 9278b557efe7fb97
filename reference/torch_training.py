"""Training in PyTorch: one epoch, an evaluation, a whole run that survives being killed, and the
data to train on.
"""

import gzip
import math
import os
import pickle  # CIFAR-10 is published as pickles; see _ArrayUnpickler for how they are read
import struct
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's documentation gives it
from torch import nn
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    RandomSampler,
    SequentialSampler,
    TensorDataset,
)

__all__ = [  # noqa: RUF022 - in reading order
    "default_device",
    "cross_entropy",
    "train_epoch",
    "evaluate",
    "DEFAULT_CONFIG",
    "fit",
    "progress_bar",
    "save_checkpoint",
    "load_checkpoint",
    "load_digits",
    "load_mnist",
    "load_cifar10",
]


def default_device():
    """The first CUDA device when there is one, else the CPU.

    >>> default_device().type in {"cuda", "cpu"}
    True
    """
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def cross_entropy(scores, y):
    """Mean cross-entropy with the classes on the *last* axis, so that images and tagged sequences
    share it.

        L = -1/N ∑ᵢ log softmax(scoresᵢ)[yᵢ]

    Shapes: scores (…, C), y (…) integer class indices -> a scalar tensor. The mean is over every
    label.
    Takes scores, not probabilities: the softmax is inside. Log-probabilities are fine (log softmax
    leaves them alone).

    Raises ValueError when the shapes do not fit.

    L0, L3.

    >>> cross_entropy(torch.zeros(2, 5, 4), torch.zeros(2, 5, dtype=torch.long)).item()  # log 4
    1.3862943649291992
    """
    if scores.shape[:-1] != y.shape:
        raise ValueError(
            f"y has the shape {tuple(y.shape)}, but scores has {tuple(scores.shape)}: expected "
            "one label "
            "for every row of scores"
        )
    return F.cross_entropy(scores.reshape(-1, scores.shape[-1]), y.reshape(-1))


def train_epoch(model, batches, loss_fn, optimizer, device, max_norm=None, scaler=None):
    """Take one optimizer step for every batch.

    batches: pairs (x, y) of tensors, a DataLoader for example; loss_fn(scores, y) is a mean over
    the labels of y. device: where model already is; the batches are moved there, without waiting
    when they lie in pinned memory. max_norm: clip the joint norm of all gradients to it (None: no
    clipping).
    scaler: an enabled torch.amp.GradScaler turns on mixed precision: the forward pass runs in
    float16 where that is safe, and the loss is scaled so that small gradients do not vanish in
    float16.

    Returns (loss, accuracy), means over all labels of the epoch, as floats. They are measured in
    passing, while the weights change and dropout is on. A regression (y of floating dtype) has no
    accuracy: nan.

    The model is put in train mode. zero_grad comes before backward, since backward *adds* to the
    gradients.
    Mixed precision clips after unscale_: before it the norm is that of the scaled gradients.

    Raises ValueError when there are no batches.

    L0 (the listing of train); L3; Micikevicius et al. 2018, "Mixed Precision Training",
    arXiv:1710.03740.

    >>> model, x = nn.Linear(1, 2), torch.tensor([[-1.0], [1.0]])
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    >>> batches = [(x, torch.tensor([0, 1]))]
    >>> for _ in range(20):
    ...     loss, accuracy = train_epoch(model, batches, cross_entropy, optimizer, "cpu")
    >>> accuracy
    1.0
    """
    device = torch.device(device)
    scaler = scaler or torch.amp.GradScaler(device.type, enabled=False)
    model.train()
    loss_sum, right, count = 0.0, 0.0, 0
    for x, y in batches:
        x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
        optimizer.zero_grad()
        with torch.autocast(device.type, dtype=torch.float16, enabled=scaler.is_enabled()):
            scores = model(x)
            loss = loss_fn(scores, y)
        scaler.scale(loss).backward()
        if max_norm is not None:
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        scaler.step(optimizer)
        scaler.update()
        # stays on the device: item() would wait for the GPU
        loss_sum += loss.detach().double() * y.numel()
        right += _num_right(scores, y)
        count += y.numel()
    return _means(loss_sum, right, count)


def evaluate(model, batches, device, loss_fn=cross_entropy):
    """Measure a model without changing it.

    Returns (loss, accuracy), means over all labels, as floats; nan for the accuracy of a
    regression.
    batches, device and loss_fn are those of train_epoch.

    The model is put in eval mode, so that dropout is off and batch norm uses its running
    statistics, and back into the mode that it came in. No gradients are recorded. A short last
    batch counts by its number of labels.

    Raises ValueError when there are no batches.

    L0; L3.

    >>> batches = [
    ...     (torch.zeros(3, 1), torch.tensor([0, 0, 1])),
    ...     (torch.zeros(1, 1), torch.tensor([0])),
    ... ]
    >>> loss, accuracy = evaluate(nn.Linear(1, 2), batches, "cpu")
    >>> accuracy in {0.25, 0.75}
    True
    """
    was_training = model.training
    model.eval()
    loss_sum, right, count = 0.0, 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
            scores = model(x)
            loss_sum += loss_fn(scores, y).double() * y.numel()
            right += _num_right(scores, y)
            count += y.numel()
    model.train(was_training)
    return _means(loss_sum, right, count)


def _num_right(scores, y):
    return math.nan if y.is_floating_point() else (scores.argmax(dim=-1) == y).sum()


def _means(loss_sum, right, count):
    if count == 0:
        raise ValueError("batches is empty, expected at least one pair (x, y)")
    return float(loss_sum) / count, float(right) / count


DEFAULT_CONFIG = {
    "num_epochs": 20,
    "batch_size": 64,
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "weight_decay": 0.0,
    "loss_fn": "cross_entropy",
    "schedule": "constant",
    "max_norm": None,
    "patience": None,
    "mixed_precision": True,
    "checkpoint": None,
    "progress": None,
}
"""What fit does unless its config says otherwise; fit explains each key."""

_OPTIMIZERS = {
    "sgd": partial(torch.optim.SGD, momentum=0.9),
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
_LOSSES = {"cross_entropy": cross_entropy, "mse": F.mse_loss}
# between a checkpoint and the run that resumes from it
_MAY_CHANGE = {"num_epochs", "checkpoint", "progress"}


def fit(model, data, config=None, device=None, rng_seed=0):
    """Train a model, epoch by epoch, and return what happened.

    data: a dict with X_train, y_train and, for a validation after every epoch, X_val, y_val:
    tensors or arrays. Floating numbers take the dtype of the model. Other keys are ignored: the
    dict of load_digits can be given as it is. config: a dict; missing keys take these values
    (DEFAULT_CONFIG):
        num_epochs = 20             passes over the training data
        batch_size = 64
        optimizer = 'adam'          'sgd' (momentum 0.9), 'adam', 'adamw', or a function
                                    (parameters, lr, weight_decay)
        learning_rate = 0.001
        weight_decay = 0.0
        loss_fn = 'cross_entropy'   'cross_entropy', 'mse', or a function (scores, y) -> mean loss
        schedule = 'constant'       'constant', 'cosine' (½ lr (1 + cos πt/T), T = num_epochs), or a
                                    function t -> rate, called once per epoch with t = 0, 1, …
        max_norm = None             clip the joint norm of the gradients to this
        patience = None             stop after so many epochs in a row without a new lowest
                                    validation loss, and end with the weights of the lowest
        mixed_precision = True      float16 where it is safe; on CUDA only
        checkpoint = None           a path: written after every epoch; training resumes from it
        progress = None             a function (batches, label) -> batches that draws as they pass,
                                    such as progress_bar
    device: "cpu", "cuda", a torch.device, or None for default_device().

    Returns history, a dict of lists with one number per epoch: train_loss, train_accuracy,
    val_loss, val_accuracy (both empty without validation data) and learning_rate. The model is
    trained in place and left in eval mode.

    Everything random in epoch e (the order of the samples, dropout) follows from (rng_seed, e)
    alone. On the CPU two runs from equal weights are therefore equal bit for bit, and so is a run
    that was killed and then started again with the same arguments and a checkpoint: it goes on
    after the last complete epoch. To train on, raise num_epochs.
    The caller's random state is left as it was.

    Raises ValueError for an unknown key or choice in config, missing or unequally long data,
    patience without validation data or below 1, a negative rng_seed, or a checkpoint that was
    written under another seed or config.

    L0 (the listing of train); L2, L3, L4 (early stopping keeps the lowest validation loss).

    >>> X = torch.linspace(-1, 1, 40)[:, None]
    >>> data = {"X_train": X, "y_train": (X[:, 0] > 0).long()}
    >>> history = fit(
    ...     nn.Linear(1, 2), data, {"num_epochs": 30, "batch_size": 8, "learning_rate": 0.1}, "cpu"
    ... )
    >>> len(history["train_loss"]), history["train_accuracy"][-1] > 0.9
    (30, True)
    """
    config = _complete(config or {}, rng_seed)
    dtype = next(model.parameters()).dtype
    train, val = _dataset(data, "train", dtype), _dataset(data, "val", dtype)
    if train is None:
        raise ValueError("data has no 'X_train', expected 'X_train' and 'y_train'")
    patience = config["patience"]
    if patience is not None and (patience < 1 or val is None):
        raise ValueError(
            f"config['patience'] is {patience}, expected at least 1, with 'X_val' and 'y_val' in "
            "data"
        )
    device = torch.device(device or default_device())
    model.to(device)  # before the optimizer, which holds on to the parameters
    optimizer = _choice(config, "optimizer", _OPTIMIZERS)(
        model.parameters(), lr=config["learning_rate"], weight_decay=config["weight_decay"]
    )
    loss_fn = _choice(config, "loss_fn", _LOSSES)
    use_mixed_precision = config["mixed_precision"] and device.type == "cuda"
    scaler = torch.amp.GradScaler(device.type, enabled=use_mixed_precision)
    run = _Run(model, optimizer, scaler, config, rng_seed)
    run.resume()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        while not run.finished():
            _run_epoch(run, train, val, loss_fn, device)
    run.restore_best()
    model.eval()
    return run.history


def _run_epoch(run, train, val, loss_fn, device):
    epoch, config = run.epoch, run.config
    torch.manual_seed(_epoch_seed(run.rng_seed, epoch))
    rate = _learning_rate(config, epoch)
    for group in run.optimizer.param_groups:
        group["lr"] = rate
    batches = _batches(train, config, device, shuffle=True)
    if config["progress"]:
        batches = config["progress"](batches, f"epoch {epoch + 1}/{config['num_epochs']}")
    trained = train_epoch(
        run.model, batches, loss_fn, run.optimizer, device, config["max_norm"], run.scaler
    )
    validated = evaluate(run.model, _batches(val, config, device), device, loss_fn) if val else None
    run.record(rate, trained, validated)


def _batches(dataset, config, device, shuffle=False):
    """A DataLoader that cuts each batch out by one index, and pins it so that nobody waits for its
    copy to the GPU.
    """
    order = RandomSampler(dataset) if shuffle else SequentialSampler(dataset)
    sampler = BatchSampler(order, config["batch_size"], drop_last=False)
    return DataLoader(dataset, sampler=sampler, batch_size=None, pin_memory=device.type == "cuda")


def _learning_rate(config, epoch):
    lr = config["learning_rate"]
    schedules = {
        "constant": lambda _: lr,
        "cosine": lambda t: lr * (1 + math.cos(math.pi * t / config["num_epochs"])) / 2,
    }
    return float(_choice(config, "schedule", schedules)(epoch))


def _epoch_seed(rng_seed, epoch):
    """A seed for every pair: rng_seed + epoch would give run 0, epoch 1 the numbers of run 1, epoch
    0.
    """
    return int(np.random.SeedSequence([rng_seed, epoch]).generate_state(1, np.uint64)[0])


class _Run:
    """What a run has reached: everything that a checkpoint must hold for the run to go on as if
    never interrupted.
    """

    def __init__(self, model, optimizer, scaler, config, rng_seed):
        self.model, self.optimizer, self.scaler, self.config, self.rng_seed = (
            model,
            optimizer,
            scaler,
            config,
            rng_seed,
        )
        names = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate")
        self.history = {name: [] for name in names}
        self.best_loss, self.best_epoch, self.best_weights = math.inf, -1, None

    @property
    def epoch(self):
        """How many epochs are complete, so the index of the next one."""
        return len(self.history["train_loss"])

    def finished(self):
        patience = self.config["patience"]
        waited = self.epoch - 1 - self.best_epoch
        return self.epoch >= self.config["num_epochs"] or (
            patience is not None and waited >= patience
        )

    def record(self, rate, trained, validated):
        """Append one epoch to the history, keep the weights if they are the best so far, write the
        checkpoint.
        """
        self.history["learning_rate"].append(rate)
        self.history["train_loss"].append(trained[0])
        self.history["train_accuracy"].append(trained[1])
        if validated:
            self.history["val_loss"].append(validated[0])
            self.history["val_accuracy"].append(validated[1])
            if self.config["patience"] is not None and validated[0] < self.best_loss:
                self.best_loss, self.best_epoch = validated[0], self.epoch - 1
                self.best_weights = {
                    name: tensor.clone() for name, tensor in self.model.state_dict().items()
                }
        if self.config["checkpoint"]:
            save_checkpoint(self.config["checkpoint"], self.state())

    def restore_best(self):
        if self.best_weights:
            self.model.load_state_dict(self.best_weights)

    def state(self):
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "history": self.history,
            "best": [self.best_loss, self.best_epoch, self.best_weights],
            "settings": self.settings(),
        }

    def settings(self):
        """What must be equal for resuming to make sense, as strings; a function is known by its
        name.
        """
        settings = {"rng_seed": str(self.rng_seed)}
        for key, value in self.config.items():
            if callable(value):
                value = getattr(value, "__qualname__", type(value).__qualname__)
            if key not in _MAY_CHANGE:
                settings[key] = str(value)
        return settings

    def resume(self):
        path = self.config["checkpoint"]
        if not path or not Path(path).exists():
            return
        state = load_checkpoint(path)
        for key, now in self.settings().items():
            before = state["settings"].get(key)
            if before != now:
                raise ValueError(
                    f"checkpoint {path} was written with {key} = {before}, but this run has {now}"
                )
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if state["scaler"]:  # empty when the run so far was on a CPU
            self.scaler.load_state_dict(state["scaler"])
        self.history = state["history"]
        self.best_loss, self.best_epoch, self.best_weights = state["best"]


def save_checkpoint(path, state):
    """Write state to path so that a kill at any moment leaves either the old file or the new one,
    never half a file.

    state: tensors, numbers, strings, None, and dicts and lists of them, as state_dict() gives them.

    The state goes to a file beside path first (path + ".partial"), is forced to the disk, and then
    takes the name of path in one step, which the operating system does entirely or not at all.

    Raises TypeError, before anything is written, when path is no path (None, for example).

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "run.pt"
    >>> save_checkpoint(path, {"epoch": 3, "w": torch.ones(2)})
    >>> load_checkpoint(path)
    {'epoch': 3, 'w': tensor([1., 1.])}
    """
    path = os.fsdecode(path)  # None would otherwise become a file "None.partial"
    partial_path = f"{path}.partial"
    with open(partial_path, "wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial_path, path)


def load_checkpoint(path):
    """Read what save_checkpoint wrote, with every tensor on the CPU.

    A checkpoint may come from somebody else: only plain data is accepted (weights_only), since a
    pickle can run any code while it is read.

    Raises FileNotFoundError when there is no such file and pickle.UnpicklingError when it holds
    more than plain data.

    An example stands with save_checkpoint.
    """
    return torch.load(path, map_location="cpu", weights_only=True)


def progress_bar(batches, label, width=30, stream=None):
    """Pass the batches on, and draw on one line of the terminal how many have gone by.

    batches: anything with a length, a DataLoader for example; stream: where to draw, sys.stderr
    when omitted.
    For fit: config = {"progress": progress_bar}.

    >>> for batch in progress_bar(["a", "b"], "epoch 1/1", width=4, stream=sys.stdout):
    ...     pass  # doctest: +NORMALIZE_WHITESPACE
    epoch 1/1 [##  ] 1/2 epoch 1/1 [####] 2/2
    """
    stream = stream or sys.stderr
    for done, batch in enumerate(batches, start=1):
        yield batch
        bar = "#" * (width * done // len(batches))
        stream.write(f"\r{label} [{bar:<{width}}] {done}/{len(batches)}")
        stream.flush()
    stream.write("\n")


def load_digits(root=None):
    """The 1797 handwritten digits of 8x8 pixels that come with scikit-learn, split for training.

    root: a folder with digits.csv.gz; by default the copy inside the installed scikit-learn, which
    is not imported.

    Returns a dict of tensors: X_train (1295, 1, 8, 8), X_val (143, …), X_test (359, …), float32 in
    [0, 1], and y_train, y_val, y_test, int64. The digits are shuffled first, always in the same
    way: the file is ordered by writer.

    Raises FileNotFoundError when scikit-learn or the file is missing.

    Alpaydin & Kaynak 1998, "Optical Recognition of Handwritten Digits", UCI machine learning
    repository.

    >>> data = load_digits()
    >>> data["X_train"].shape, data["y_test"].shape
    (torch.Size([1295, 1, 8, 8]), torch.Size([359]))
    """
    if root is None:
        sklearn = find_spec("sklearn")
        if sklearn is None:
            raise FileNotFoundError(
                "the digits come with scikit-learn, but it is missing: pip install scikit-learn"
            )
        root = Path(sklearn.origin).parent / "datasets" / "data"
    table = np.loadtxt(
        _find(root, "digits.csv.gz", "copy it from scikit-learn's datasets/data"), delimiter=","
    )
    table = np.random.default_rng(0).permutation(table)  # (1797, 65)
    X, y = table[:, :-1].reshape(-1, 1, 8, 8) / 16, table[:, -1]
    num_test = len(y) // 5
    return _split(X[:-num_test], y[:-num_test], X[-num_test:], y[-num_test:])


def load_mnist(root):
    """The MNIST digits of 28x28 pixels from the four standard IDX files, packed (.gz) or unpacked.

    root: a folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
    t10k-labels-idx1-ubyte.

    Returns a dict of tensors: X_train (54000, 1, 28, 28), X_val (6000, …), X_test (10000, …),
    float32 in [0, 1], and y_train, y_val, y_test, int64. The validation set is the last tenth of
    the training file.

    Raises FileNotFoundError that names the missing file, ValueError when a file is not what its
    header says.

    LeCun, Bottou, Bengio & Haffner 1998. The IDX header is big-endian: two zero bytes, the type (8
    is uint8), the number of axes, then the length of each axis in four bytes.

    >>> load_mnist("mnist")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileNotFoundError: mnist/train-images-idx3-ubyte is missing: download MNIST and put ...
    """
    arrays = []
    for part in ("train", "t10k"):
        images = _read_idx(root, f"{part}-images-idx3-ubyte")  # (N, 28, 28)
        labels = _read_idx(root, f"{part}-labels-idx1-ubyte")  # (N,)
        if images.ndim != 3 or labels.shape != images.shape[:1]:
            raise ValueError(
                f"{part}: images of shape {images.shape} and labels of shape {labels.shape}, "
                "expected "
                "(N, H, W) and (N,)"
            )
        arrays += [images[:, None] / np.float32(255), labels]
    return _split(*arrays)


def _read_idx(root, name):
    """The array of bytes in an IDX file."""
    path = _find(root, name, "download MNIST and put its four files", f"{name}.gz")
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        content = file.read()
    ndim = content[3] if len(content) > 3 else 0
    if content[:3] != b"\0\0\x08" or ndim == 0 or len(content) < 4 + 4 * ndim:
        raise ValueError(
            f"{path} begins with {content[:4].hex(' ')!r}, expected an IDX header: 00 00 08 and a "
            "shape"
        )
    shape = struct.unpack_from(f">{ndim}I", content, 4)
    pixels = np.frombuffer(content, np.uint8, offset=4 + 4 * ndim)
    if len(pixels) != math.prod(shape):
        raise ValueError(
            f"{path} holds {len(pixels)} values, expected {math.prod(shape)} for the shape {shape}"
        )
    return pixels.reshape(shape)


def load_cifar10(root):
    """The CIFAR-10 photographs of 32x32 pixels from the standard python batches.

    root: a folder with data_batch_1 … data_batch_5 and test_batch (unpack cifar-10-python.tar.gz:
    cifar-10-batches-py).

    Returns a dict of tensors: X_train (45000, 3, 32, 32), X_val (5000, …), X_test (10000, …),
    float32 in [0, 1], and y_train, y_val, y_test, int64. The validation set is the last tenth of
    the training batches.

    The batches are pickles, and a pickle can run any code while it is read. These are read by an
    unpickler that knows how to build arrays and refuses everything else.

    Raises FileNotFoundError that names the missing file, pickle.UnpicklingError when a file asks
    for anything but arrays, ValueError when its content is not a CIFAR batch.

    Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images".

    >>> load_cifar10("cifar")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileNotFoundError: cifar/data_batch_1 is missing: unpack cifar-10-python.tar.gz and put ...
    """
    train = [_read_cifar_batch(root, f"data_batch_{i}") for i in range(1, 6)]
    X_train, y_train = (np.concatenate(parts) for parts in zip(*train, strict=True))
    return _split(X_train, y_train, *_read_cifar_batch(root, "test_batch"))


def _read_cifar_batch(root, name):
    path = _find(
        root, name, "unpack cifar-10-python.tar.gz and put the files of cifar-10-batches-py"
    )
    with open(path, "rb") as file:
        batch = _ArrayUnpickler(file, encoding="bytes").load()
    if not isinstance(batch, dict) or not {b"data", b"labels"} <= batch.keys():
        raise ValueError(f"{path} is no CIFAR batch, expected a dict with b'data' and b'labels'")
    X, y = np.asarray(batch[b"data"]), np.asarray(batch[b"labels"])
    if X.dtype != np.uint8 or X.shape != (len(y), 3072):
        raise ValueError(
            f"{path} holds {X.dtype} data of shape {X.shape}, expected uint8 ({len(y)}, 3072)"
        )
    return X.reshape(-1, 3, 32, 32) / np.float32(255), y


# what numpy's arrays are pickled as, under the names of the numpy that wrote the files
_ARRAY_PARTS = {
    ("numpy.core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _ArrayUnpickler(pickle.Unpickler):
    """Builds numbers, bytes, lists, dicts and numpy arrays; whatever else a pickle names is
    refused.
    """

    def find_class(self, module, name):
        """Look up a global name for the unpickler."""
        if (module, name) not in _ARRAY_PARTS:
            raise pickle.UnpicklingError(
                f"the file asks for {module}.{name}, expected nothing but arrays"
            )
        return _ARRAY_PARTS[module, name]


def _find(root, name, hint, *alternatives):
    """Path of the first of the names that exists in root."""
    for candidate in (name, *alternatives):
        path = Path(root) / candidate
        if path.is_file():
            return path
    raise FileNotFoundError(f"{Path(root) / name} is missing: {hint} into {root}")


def _split(X, y, X_test, y_test):
    """Data as fit takes it, with the last tenth of the training samples set aside for
    validation.
    """
    X, X_test = (torch.tensor(array, dtype=torch.float32) for array in (X, X_test))
    y, y_test = (torch.tensor(array, dtype=torch.int64) for array in (y, y_test))
    num_train = len(y) - len(y) // 10
    return {
        "X_train": X[:num_train], "y_train": y[:num_train],
        "X_val": X[num_train:], "y_val": y[num_train:],
        "X_test": X_test, "y_test": y_test,
    }  # fmt: skip


def _complete(config, rng_seed):
    unknown = sorted(config.keys() - DEFAULT_CONFIG.keys())
    if unknown:
        raise ValueError(
            f"config has the unknown key {unknown[0]!r}, expected some of "
            f"{', '.join(DEFAULT_CONFIG)}"
        )
    if rng_seed < 0:
        raise ValueError(f"rng_seed is {rng_seed}, expected an integer >= 0")
    config = {**DEFAULT_CONFIG, **config}
    for key in ("learning_rate", "weight_decay"):
        config[key] = float(config[key])  # a numpy scalar could not be read back from a checkpoint
    return config


def _choice(config, key, choices):
    value = config[key]
    if not callable(value) and value not in choices:
        raise ValueError(
            f"config[{key!r}] is {value!r}, expected a function or one of {', '.join(choices)}"
        )
    return value if callable(value) else choices[value]


def _dataset(data, part, dtype):
    """The samples and labels of one part, "train" or "val"; None when data has neither."""
    keys = [f"X_{part}", f"y_{part}"]
    present = [key for key in keys if key in data]
    if not present:
        return None
    if len(present) == 1:
        raise ValueError(f"data has {present[0]!r} only, expected {keys[0]!r} and {keys[1]!r}")
    X, y = (_tensor(data[key], dtype) for key in keys)
    if len(X) != len(y) or len(y) == 0:
        raise ValueError(
            f"data[{keys[1]!r}] has {len(y)} labels, but {keys[0]!r} has {len(X)} samples"
        )
    return TensorDataset(X, y)


def _tensor(values, dtype):
    tensor = values if torch.is_tensor(values) else torch.tensor(values)
    return tensor.to(dtype if tensor.is_floating_point() else torch.int64)
