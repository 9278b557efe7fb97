# Style: im2col with index arrays and np.add.at; caches are the column matrices; pooling is im2col on single channels.
import numpy as np


def _fit(what, size, window, stride):
    if window > size:
        raise ValueError(f"{what}: a window of {window} does not fit into {size} pixels")
    return (size - window) // stride + 1


def _stride_and_pad(conv_param):
    stride, pad = conv_param.get("stride", 1), conv_param.get("pad", 0)
    if stride <= 0:
        raise ValueError("stride must be positive")
    if pad < 0:
        raise ValueError("pad must not be negative")
    return stride, pad


def _indices(C, HH, WW, rows, cols, stride):
    """For each row of the column matrix, and each place, the channel, row and column of the pixel."""
    c = np.repeat(np.arange(C), HH * WW)[:, None]
    top = np.tile(np.repeat(np.arange(HH), WW), C)[:, None]
    left = np.tile(np.arange(WW), C * HH)[:, None]
    u = top + stride * np.repeat(np.arange(rows), cols)
    v = left + stride * np.tile(np.arange(cols), rows)
    return c, u, v


def _float(x):
    x = np.asarray(x)
    return x * 1.0 if x.dtype.kind in "iub" else x


def conv_output_shape(x_shape, w_shape, conv_param):
    stride, pad = _stride_and_pad(conv_param)
    if len(x_shape) != 4 or len(w_shape) != 4:
        wrong = "x" if len(x_shape) != 4 else "w"
        raise ValueError(f"{wrong} must have four axes")
    if w_shape[1] != x_shape[1]:
        raise ValueError(f"w wants {w_shape[1]} channels and x has {x_shape[1]}")
    sizes = np.array(x_shape[2:]) + 2 * pad
    return (x_shape[0], w_shape[0], *(_fit("w", *pair, stride) for pair in zip(sizes, w_shape[2:], strict=True)))


def conv_forward(x, w, b, conv_param):
    N, F, rows, cols = conv_output_shape(np.shape(x), np.shape(w), conv_param)
    if np.shape(b) != (F,):
        raise ValueError(f"b has shape {np.shape(b)} instead of {(F,)}")
    x = _float(x)
    stride, pad = _stride_and_pad(conv_param)
    _, C, HH, WW = w.shape
    frame = np.zeros((N, C, x.shape[2] + 2 * pad, x.shape[3] + 2 * pad), x.dtype)
    frame[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]] = x
    where = _indices(C, HH, WW, rows, cols, stride)
    columns = frame[:, where[0], where[1], where[2]]
    columns = columns.transpose(1, 2, 0).reshape(C * HH * WW, -1)
    out = w.reshape(F, -1) @ columns + b[:, None]
    out = out.reshape(F, rows, cols, N).transpose(3, 0, 1, 2)
    return out, (x.shape, frame.shape, w, columns, where, pad)


def conv_backward(dout, cache):
    x_shape, frame_shape, w, columns, where, pad = cache
    F = len(w)
    flat = dout.transpose(1, 2, 3, 0).reshape(F, -1)
    dcolumns = (w.reshape(F, -1).T @ flat).reshape(w[0].size, -1, len(dout)).transpose(2, 0, 1)
    dframe = np.zeros(frame_shape, dcolumns.dtype)
    np.add.at(dframe, (slice(None), *where), dcolumns)
    dx = dframe[:, :, pad : pad + x_shape[2], pad : pad + x_shape[3]]
    return dx, (flat @ columns.T).reshape(w.shape), flat.sum(axis=1)


def _pool_columns(x, pool_param):
    """(N·C, window, places), what the places are, and the image's shape."""
    x = _float(x)
    if x.ndim != 4:
        raise ValueError(f"x has {x.ndim} axes instead of 4")
    stride, _ = _stride_and_pad({"stride": pool_param.get("stride", 2)})
    HH, WW = pool_param.get("pool_height", 2), pool_param.get("pool_width", 2)
    N, C, H, W = x.shape
    rows, cols = _fit("pool_height", H, HH, stride), _fit("pool_width", W, WW, stride)
    _, u, v = _indices(1, HH, WW, rows, cols, stride)
    return x.reshape(N * C, H, W)[:, u, v], (u, v), (N, C, rows, cols), x.shape


def _scatter(dcolumns, where, shape):
    dx = np.zeros((shape[0] * shape[1], *shape[2:]), dcolumns.dtype)
    np.add.at(dx, (slice(None), *where), dcolumns)
    return dx.reshape(shape)


def max_pool_forward(x, pool_param):
    columns, where, out_shape, shape = _pool_columns(x, pool_param)
    best = columns == columns.max(axis=1, keepdims=True)
    return columns.max(axis=1).reshape(out_shape), (best, where, shape)


def max_pool_backward(dout, cache):
    best, where, shape = cache
    share = best / best.sum(axis=1, keepdims=True)  # equal pixels share
    return _scatter((share * dout.reshape(len(best), 1, -1)).astype(dout.dtype), where, shape)


def avg_pool_forward(x, pool_param):
    columns, where, out_shape, shape = _pool_columns(x, pool_param)
    return columns.mean(axis=1).reshape(out_shape), (columns.shape, where, shape)


def avg_pool_backward(dout, cache):
    columns_shape, where, shape = cache
    flat = dout.reshape(columns_shape[0], 1, -1) / columns_shape[1]
    return _scatter(np.repeat(flat, columns_shape[1], axis=1), where, shape)


def global_avg_pool_forward(x):
    x = _float(x)
    if x.ndim != 4:
        raise ValueError(f"x has {x.ndim} axes instead of 4")
    return x.reshape(*x.shape[:2], -1).sum(axis=2) / (x.shape[2] * x.shape[3]), np.ones_like(x)


def global_avg_pool_backward(dout, cache):
    return cache * dout[..., None, None] / (cache.shape[2] * cache.shape[3])


def residual_block_forward(x, params):
    stride = params.get("stride", 1)
    pads = [params[name].shape[-1] // 2 for name in ("w1", "w2")]
    before, cache1 = conv_forward(x, params["w1"], params["b1"], {"stride": stride, "pad": pads[0]})
    on = before > 0
    after, cache2 = conv_forward(np.where(on, before, 0), params["w2"], params["b2"], {"pad": pads[1]})
    projected = None
    if "w_proj" in params:
        projected = conv_forward(x, params["w_proj"], params["b_proj"], {"stride": stride})
    beside = x if projected is None else projected[0]
    if np.shape(beside) != np.shape(after):
        raise ValueError(f"{np.shape(beside)} and {np.shape(after)} cannot be added; give w_proj")
    return after + beside, [cache1, on, cache2, projected and projected[1]]


def residual_block_backward(dout, cache):
    cache1, on, cache2, cache_proj = cache
    dafter, dw2, db2 = conv_backward(dout, cache2)
    dx, dw1, db1 = conv_backward(np.where(on, dafter, 0), cache1)
    grads = dict(w1=dw1, b1=db1, w2=dw2, b2=db2)
    if cache_proj is None:
        return dout + dx, grads
    beside = conv_backward(dout, cache_proj)
    return beside[0] + dx, grads | dict(w_proj=beside[1], b_proj=beside[2])


def count_parameters(architecture):
    if not architecture or architecture[0].get("type") != "input":
        raise ValueError("an architecture begins with its input")
    if "shape" not in architecture[0]:
        raise ValueError("the input of the architecture has no shape")
    shape, counts = tuple(architecture[0]["shape"]), [0]
    for number, layer in enumerate(architecture[1:], start=1):
        kind = layer.get("type")
        needed = {"conv": ("filters", "kernel"), "pool": (), "affine": ("units",)}.get(kind)
        if needed is None or any(key not in layer for key in needed):
            raise ValueError(f"layer {number} of the architecture is incomplete or unknown: {layer}")
        if kind == "affine":
            counts.append(layer["units"] * (int(np.prod(shape)) + 1))
            shape = (layer["units"],)
            continue
        kernel, stride = layer.get("kernel", 2), layer.get("stride", 1 if kind == "conv" else 2)
        pad = layer.get("pad", 0) if kind == "conv" else 0
        sizes = [_fit("architecture", size + 2 * pad, kernel, stride) for size in shape[1:]]
        if kind == "conv":
            counts.append(layer["filters"] * (shape[0] * kernel**2 + 1))
        shape = (layer.get("filters", shape[0]), *sizes)
    return sum(counts)
