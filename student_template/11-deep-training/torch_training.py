"""Training in PyTorch: one epoch, an evaluation, a whole run that survives being killed, and the
data to train on.
"""

import gzip
import math
import os
import pickle
import struct
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler, TensorDataset


def default_device():
    """The first CUDA device when there is one, else the CPU.

    >>> default_device().type in {"cuda", "cpu"}
    True
    """
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



def load_checkpoint(path):
    """Read what save_checkpoint wrote, with every tensor on the CPU.

    A checkpoint may come from somebody else: only plain data is accepted (weights_only), since a
    pickle can run any code while it is read.

    Raises FileNotFoundError when there is no such file and pickle.UnpicklingError when it holds
    more than plain data.

    An example stands with save_checkpoint.
    """
    raise NotImplementedError



def progress_bar(batches, label, width=30, stream=None):
    """Pass the batches on, and draw on one line of the terminal how many have gone by.

    batches: anything with a length, a DataLoader for example; stream: where to draw, sys.stderr
    when omitted.
    For fit: config = {"progress": progress_bar}.

    >>> for batch in progress_bar(["a", "b"], "epoch 1/1", width=4, stream=sys.stdout):
    ...     pass  # doctest: +NORMALIZE_WHITESPACE
    epoch 1/1 [##  ] 1/2 epoch 1/1 [####] 2/2
    """
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError
