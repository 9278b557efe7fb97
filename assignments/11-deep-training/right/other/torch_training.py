import copy
import gzip
import importlib.util
import io
import math
import os
import pickle
import sys

import numpy as np
import torch
import torch.nn as nn


def default_device():
    if torch.cuda.is_available():
        return torch.device('cuda')
    return torch.device('cpu')


def cross_entropy(scores, y):
    if tuple(scores.shape)[:-1] != tuple(y.shape):
        raise ValueError(f'y {tuple(y.shape)} does not fit the scores {tuple(scores.shape)}')
    log_p = scores - torch.logsumexp(scores, -1, keepdim=True)
    picked = torch.gather(log_p, -1, y.unsqueeze(-1))
    return -picked.mean()


def _hits(scores, y):
    if y.dtype in (torch.float16, torch.float32, torch.float64, torch.bfloat16):
        return float('nan')
    return int((scores.max(-1).indices == y).sum())


def train_epoch(model, batches, loss_fn, optimizer, device, max_norm=None, scaler=None):
    kind = torch.device(device).type
    amp = scaler is not None and scaler.is_enabled()
    model.train(True)
    losses, hits, sizes = [], [], []
    for x, y in batches:
        x, y = x.to(device), y.to(device)
        with torch.autocast(kind, dtype=torch.float16, enabled=amp):
            out = model(x)
            loss = loss_fn(out, y)
        model.zero_grad()
        if amp:
            scaler.scale(loss).backward()
            if max_norm is not None:
                scaler.unscale_(optimizer)
        else:
            loss.backward()
        if max_norm is not None:
            params = [p for p in model.parameters() if p.grad is not None]
            norm = math.sqrt(sum(float((p.grad ** 2).sum()) for p in params))
            if norm > max_norm:
                for p in params:
                    p.grad.mul_(max_norm / norm)
        if amp:
            scaler.step(optimizer)
            scaler.update()
        else:
            optimizer.step()
        losses.append(loss.item())
        hits.append(_hits(out, y))
        sizes.append(y.numel())
    if not sizes:
        raise ValueError('there are no batches')
    return np.average(losses, weights=sizes), np.sum(hits) / np.sum(sizes)


def evaluate(model, batches, device, loss_fn=cross_entropy):
    mode = model.training
    model.eval()
    total = hits = n = 0
    try:
        with torch.inference_mode():
            for x, y in batches:
                out = model(x.to(device))
                k = y.numel()
                total += loss_fn(out, y.to(device)).item() * k
                hits += _hits(out, y.to(device))
                n += k
    finally:
        model.train(mode)
    if n == 0:
        raise ValueError('batches: nothing to evaluate')
    return torch.tensor(total / n, dtype=torch.float64), torch.tensor(hits / n, dtype=torch.float64)


DEFAULT_CONFIG = dict(
    num_epochs=20,
    batch_size=64,
    optimizer='adam',
    learning_rate=0.001,
    weight_decay=0,
    loss_fn='cross_entropy',
    schedule='constant',
    max_norm=None,
    patience=None,
    mixed_precision=True,
    checkpoint=None,
    progress=None,
)


def _as_tensor(a, dtype):
    a = a if isinstance(a, torch.Tensor) else torch.as_tensor(np.array(a))
    return a.to(dtype) if a.dtype.is_floating_point else a.long()


def _part(data, part, dtype):
    kx, ky = 'X_' + part, 'y_' + part
    if kx not in data and ky not in data:
        return None
    for k in (kx, ky):
        if k not in data:
            raise ValueError(f'data has no {k}')
    X, y = _as_tensor(data[kx], dtype), _as_tensor(data[ky], dtype)
    if X.shape[0] != y.shape[0]:
        raise ValueError(f'{ky} has {y.shape[0]} entries, {kx} has {X.shape[0]}')
    return X, y


def _slices(X, y, size, order):
    for start in range(0, len(order), size):
        chosen = order[start:start + size]
        yield X[chosen], y[chosen]


def fit(model, data, config=None, device=None, rng_seed=0):
    c = copy.copy(DEFAULT_CONFIG)
    for k, v in (config or {}).items():
        if k not in c:
            raise ValueError(f'config: what is {k}?')
        c[k] = v
    if rng_seed < 0:
        raise ValueError(f'rng_seed is {rng_seed}')
    device = default_device() if device is None else torch.device(device)
    model = model.to(device)
    dtype = next(iter(model.parameters())).dtype
    train, val = _part(data, 'train', dtype), _part(data, 'val', dtype)
    if train is None:
        raise ValueError('data has no X_train')
    patience = c['patience']
    if patience is not None and (val is None or patience < 1):
        raise ValueError(f'patience is {patience}: it needs validation data, and at least 1')

    lr, wd, rule = c['learning_rate'], c['weight_decay'], c['optimizer']
    if callable(rule):
        opt = rule(model.parameters(), lr=lr, weight_decay=wd)
    elif rule == 'sgd':
        opt = torch.optim.SGD(model.parameters(), lr, 0.9, weight_decay=wd)
    elif rule == 'adam':
        opt = torch.optim.Adam(model.parameters(), lr, weight_decay=wd)
    elif rule == 'adamw':
        opt = torch.optim.AdamW(model.parameters(), lr, weight_decay=wd)
    else:
        raise ValueError(f'optimizer {rule!r} is unknown')

    if callable(c['loss_fn']):
        loss_fn = c['loss_fn']
    elif c['loss_fn'] == 'mse':
        loss_fn = nn.MSELoss()
    elif c['loss_fn'] == 'cross_entropy':
        loss_fn = cross_entropy
    else:
        raise ValueError(f"loss_fn {c['loss_fn']!r} is unknown")

    if callable(c['schedule']):
        rate = c['schedule']
    elif c['schedule'] == 'cosine':
        rate = lambda t: 0.5 * lr * (1 + math.cos(math.pi * t / c['num_epochs']))
    elif c['schedule'] == 'constant':
        rate = lambda t: lr
    else:
        raise ValueError(f"schedule {c['schedule']!r} is unknown")

    scaler = None
    if c['mixed_precision'] and device.type == 'cuda':
        scaler = torch.amp.GradScaler('cuda')

    me = {k: getattr(v, '__name__', 'a function') if callable(v) else repr(v) for k, v in c.items()
          if k not in ('num_epochs', 'checkpoint', 'progress')}
    me['seed'] = repr(int(rng_seed))
    history = {k: [] for k in ['train_loss', 'train_accuracy', 'val_loss', 'val_accuracy', 'learning_rate']}
    best, waited, best_state, done = float('inf'), 0, None, 0
    path = c['checkpoint']
    if path is not None and os.path.exists(path):
        saved = load_checkpoint(path)
        if saved['me'] != me:
            raise ValueError(f'checkpoint {path} belongs to another run')
        model.load_state_dict(saved['model'])
        opt.load_state_dict(saved['opt'])
        history, done = saved['history'], saved['done']
        best, waited, best_state = saved['best'], saved['waited'], saved['best_state']
        if scaler is not None:
            scaler.load_state_dict(saved['scaler'])

    before = torch.get_rng_state()
    try:
        while done < c['num_epochs'] and (patience is None or waited < patience):
            torch.manual_seed(1 + rng_seed * 1000003 + done * 7919)
            order = np.random.default_rng([rng_seed, done]).permutation(len(train[1]))
            now = float(rate(done))
            for g in opt.param_groups:
                g['lr'] = now
            batches = _slices(*train, int(c['batch_size']), torch.from_numpy(order))
            if c['progress'] is not None:
                batches = c['progress'](list(batches), 'epoch %d of %d' % (done + 1, c['num_epochs']))
            loss, acc = train_epoch(model, batches, loss_fn, opt, device, c['max_norm'], scaler)
            history['train_loss'].append(float(loss))
            history['train_accuracy'].append(float(acc))
            history['learning_rate'].append(now)
            if val is not None:
                everything = torch.arange(len(val[1]))
                loss, acc = evaluate(model, _slices(*val, 1000, everything), device, loss_fn)
                history['val_loss'].append(float(loss))
                history['val_accuracy'].append(float(acc))
                if history['val_loss'][-1] < best:
                    best, waited, best_state = history['val_loss'][-1], 0, copy.deepcopy(model.state_dict())
                else:
                    waited += 1
            done += 1
            if path is not None:
                save_checkpoint(path, {
                    'me': me, 'model': model.state_dict(), 'opt': opt.state_dict(), 'history': history, 'done': done,
                    'best': best, 'waited': waited, 'best_state': best_state,
                    'scaler': scaler.state_dict() if scaler else {},
                })
    finally:
        torch.set_rng_state(before)
    if patience is not None and best_state is not None:
        model.load_state_dict(best_state)
    model.train(False)
    return history


def progress_bar(batches, label, width=30, stream=None):
    out = sys.stderr if stream is None else stream
    total = len(batches)
    for i in range(total):
        yield batches[i]
        full = int(width * (i + 1) / total)
        print('\r' + label + ' [' + '#' * full + ' ' * (width - full) + '] ' + str(i + 1) + '/' + str(total),
              end='', file=out, flush=True)
    print(file=out)


def save_checkpoint(path, state):
    buffer = io.BytesIO()
    torch.save(state, buffer)           # in memory first
    temporary = os.fspath(path) + '.new'
    with open(temporary, 'wb') as f:
        f.write(buffer.getvalue())
    os.replace(temporary, path)


def load_checkpoint(path):
    return torch.load(path, map_location='cpu', weights_only=True)


def _need(path):
    if not os.path.isfile(path):
        raise FileNotFoundError(f'{path} not found')
    return path


def _pack(X, y, X_test, y_test):
    k = len(y) - len(y) // 10
    out = {'X_train': X[:k], 'X_val': X[k:], 'X_test': X_test}
    out = {key: torch.from_numpy(np.ascontiguousarray(a, dtype=np.float32)) for key, a in out.items()}
    for key, a in (('y_train', y[:k]), ('y_val', y[k:]), ('y_test', y_test)):
        out[key] = torch.from_numpy(np.array(a).astype('int64'))
    return out


def load_digits(root=None):
    if root is None:
        spec = importlib.util.find_spec('sklearn')
        if spec is None:
            raise FileNotFoundError('digits.csv.gz comes with scikit-learn, which is not there')
        root = os.path.join(os.path.dirname(spec.origin), 'datasets', 'data')
    images, labels = [], []
    with gzip.open(_need(os.path.join(root, 'digits.csv.gz')), 'rt') as f:
        for line in f:
            numbers = [float(v) for v in line.split(',')]
            images.append(np.reshape(numbers[:64], (1, 8, 8)))
            labels.append(int(numbers[64]))
    order = np.random.RandomState(42).permutation(len(labels))
    X, y = np.stack(images)[order] / 16.0, np.array(labels)[order]
    cut = len(y) - len(y) // 5
    return _pack(X[:cut], y[:cut], X[cut:], y[cut:])


def _idx(root, name):
    plain = os.path.join(root, name)
    if os.path.isfile(plain + '.gz'):
        with gzip.open(plain + '.gz') as f:
            raw = f.read()
    else:
        with open(_need(plain), 'rb') as f:
            raw = f.read()
    if raw[:3] != bytes([0, 0, 8]) or len(raw) < 4 or len(raw) < 4 + 4 * raw[3]:
        raise ValueError(f'{name}: this is no IDX file of bytes')
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], 'big') for i in range(raw[3])]
    body = np.frombuffer(raw[4 + 4 * len(shape):], dtype='uint8')
    if body.size != np.prod(shape):
        raise ValueError(f'{name}: {body.size} bytes for the shape {shape}')
    return body.reshape(shape)


def load_mnist(root):
    X, y = _idx(root, 'train-images-idx3-ubyte'), _idx(root, 'train-labels-idx1-ubyte')
    X_test, y_test = _idx(root, 't10k-images-idx3-ubyte'), _idx(root, 't10k-labels-idx1-ubyte')
    return _pack(X[:, np.newaxis] / 255.0, y, X_test[:, np.newaxis] / 255.0, y_test)


class _Careful(pickle.Unpickler):
    def find_class(self, module, name):
        known = {
            'numpy.core.multiarray._reconstruct': np.zeros(0).__reduce__()[0],
            'numpy.ndarray': np.ndarray,
            'numpy.dtype': np.dtype,
        }
        try:
            return known[module + '.' + name]
        except KeyError:
            raise pickle.UnpicklingError(f'{module}.{name} is not welcome') from None


def _batch(root, name):
    with open(_need(os.path.join(root, name)), 'rb') as f:
        d = _Careful(f, encoding='bytes').load()
    try:
        X, y = d[b'data'], d[b'labels']
    except (KeyError, TypeError):
        raise ValueError(f'{name} has no data or no labels') from None
    if X.dtype != 'uint8' or X.shape != (len(y), 3072):
        raise ValueError(f'{name} holds something else')
    planes = [X[:, 1024 * c:1024 * (c + 1)].reshape(-1, 32, 32) for c in range(3)]
    return np.stack(planes, axis=1) / 255.0, list(y)


def load_cifar10(root):
    X, y = [], []
    for i in range(1, 6):
        a, b = _batch(root, f'data_batch_{i}')
        X.append(a)
        y += b
    return _pack(np.concatenate(X), y, *_batch(root, 'test_batch'))
