# Style: einsum over strided windows; backward loops over the offsets inside the kernel; caches are closures.
import numpy as np
from numpy.lib.stride_tricks import as_strided


def conv_output_shape(x_shape, w_shape, conv_param):
    stride = conv_param.get("stride", 1)
    pad = conv_param.get("pad", 0)
    if stride < 1:
        raise ValueError(f"stride = {stride}")
    if pad < 0:
        raise ValueError(f"pad = {pad}")
    for name, shape in {"x": x_shape, "w": w_shape}.items():
        if len(shape) != 4:
            raise ValueError(f"{name} should have 4 dimensions, has {len(shape)}")
    if x_shape[1] != w_shape[1]:
        raise ValueError(f"x has {x_shape[1]} channels but w has {w_shape[1]}")
    room = [x_shape[axis] + 2 * pad - w_shape[axis] for axis in (2, 3)]
    if min(room) < 0:
        raise ValueError(f"w does not fit: {-min(room)} pixels are missing")
    return x_shape[0], w_shape[0], int(np.floor(room[0] / stride)) + 1, int(np.floor(room[1] / stride)) + 1


def windows_of(x, height, width, rows, cols, stride):
    """A view (N, C, rows, cols, height, width)."""
    n, c, h, w = x.strides
    shape = (*x.shape[:2], rows, cols, height, width)
    return as_strided(x, shape, (n, c, h * stride, w * stride, h, w), writeable=False)


def conv_forward(x, w, b, conv_param):
    shape = conv_output_shape(x.shape, w.shape, conv_param)
    if b.ndim != 1 or len(b) != len(w):
        raise ValueError(f"b is {b.shape}, w has {len(w)} filters")
    stride, pad = conv_param.get("stride", 1), conv_param.get("pad", 0)
    if not np.issubdtype(x.dtype, np.floating):
        x = x.astype(np.float64)
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    windows = windows_of(padded, *w.shape[2:], *shape[2:], stride)
    out = np.einsum("ncijkl,fckl->nfij", windows, w, optimize=True) + b.reshape(1, -1, 1, 1)

    def backward(dout):
        dw = np.einsum("nfij,ncijkl->fckl", dout, windows, optimize=True)
        dpadded = np.zeros_like(padded)
        last_row, last_col = stride * (shape[2] - 1) + 1, stride * (shape[3] - 1) + 1
        for k in range(w.shape[2]):
            for m in range(w.shape[3]):
                seen = dpadded[:, :, k : k + last_row : stride, m : m + last_col : stride]
                seen += np.einsum("nfij,fc->ncij", dout, w[:, :, k, m])
        bottom, right = dpadded.shape[2] - pad, dpadded.shape[3] - pad
        return dpadded[:, :, pad:bottom, pad:right], dw, np.einsum("nfij->f", dout)

    return out, backward


def conv_backward(dout, cache):
    return cache(dout)


def prepare_pool(x, pool_param):
    if x.ndim != 4:
        raise ValueError(f"x should have 4 dimensions, has {x.ndim}")
    height, width, stride = (pool_param.get(key, 2) for key in ("pool_height", "pool_width", "stride"))
    if stride < 1:
        raise ValueError(f"stride = {stride}")
    if height > x.shape[2]:
        raise ValueError(f"pool_height = {height} for {x.shape[2]} rows")
    if width > x.shape[3]:
        raise ValueError(f"pool_width = {width} for {x.shape[3]} columns")
    rows, cols = (x.shape[2] - height) // stride + 1, (x.shape[3] - width) // stride + 1
    return windows_of(x, height, width, rows, cols, stride), height, width, stride


def max_pool_forward(x, pool_param):
    windows, _, width, stride = prepare_pool(x, pool_param)
    winner = windows.reshape(*windows.shape[:4], -1).argmax(axis=-1)

    def backward(dout):
        dx = np.zeros(x.shape, dout.dtype)
        for place in np.ndindex(*dout.shape):
            n, c, i, j = place
            k, m = divmod(int(winner[place]), width)
            dx[n, c, stride * i + k, stride * j + m] += dout[place]
        return dx

    return windows.max(axis=(4, 5)), backward


def max_pool_backward(dout, cache):
    return cache(dout)


def avg_pool_forward(x, pool_param):
    windows, height, width, stride = prepare_pool(x, pool_param)

    def backward(dout):
        dx = np.zeros(x.shape, dout.dtype)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                rows, cols = slice(stride * i, stride * i + height), slice(stride * j, stride * j + width)
                dx[:, :, rows, cols] += dout[:, :, i, j, None, None] / (height * width)
        return dx

    return windows.mean(axis=(-2, -1)), backward


def avg_pool_backward(dout, cache):
    return cache(dout)


def global_avg_pool_forward(x):
    if x.ndim != 4:
        raise ValueError(f"x should have 4 dimensions, has {x.ndim}")
    pixels = x.shape[2] * x.shape[3]
    ones = np.ones(x.shape[2:], dtype=x.dtype)
    return np.einsum("ncij->nc", x) / pixels, lambda dout: np.einsum("nc,ij->ncij", dout / pixels, ones)


def global_avg_pool_backward(dout, cache):
    return cache(dout)


def residual_block_forward(x, params):
    stride = params.get("stride", 1)
    half = params["w1"].shape[2] // 2
    hidden, back1 = conv_forward(x, params["w1"], params["b1"], {"stride": stride, "pad": half})
    branch, back2 = conv_forward(hidden.clip(min=0), params["w2"], params["b2"], {"stride": 1, "pad": half})
    if "w_proj" in params:
        shortcut, back_shortcut = conv_forward(x, params["w_proj"], params["b_proj"], {"stride": stride, "pad": 0})
    else:
        shortcut, back_shortcut = x, lambda dout: (dout,)
    if shortcut.shape != branch.shape:
        raise ValueError(f"the block needs w_proj: {branch.shape} and {shortcut.shape} differ")

    def backward(dout):
        dactive, dw2, db2 = back2(dout)
        dhidden = dactive.copy()
        dhidden[hidden <= 0] = 0
        dx, dw1, db1 = back1(dhidden)
        dshortcut, *dproj = back_shortcut(dout)
        return dx + dshortcut, {"b2": db2, "w2": dw2, "b1": db1, "w1": dw1} | dict(zip(("w_proj", "b_proj"), dproj))

    return branch + shortcut, backward


def residual_block_backward(dout, cache):
    return cache(dout)


def count_parameters(architecture):
    first, *layers = architecture or [{}]
    if first.get("type") != "input":
        raise ValueError(f"architecture: the first layer is {first}, not an input")
    try:
        return count_layers(first["shape"], layers)
    except KeyError as error:
        raise ValueError(f"architecture: {error} is missing or unknown") from error


def count_layers(shape, layers):
    if not layers:
        return 0
    layer, *others = layers

    def affine():
        return (layer["units"],), layer["units"] * np.prod(shape) + layer["units"]

    def conv():
        kernels = layer["filters"], shape[0], layer["kernel"], layer["kernel"]
        return conv_output_shape((1, *shape), kernels, layer)[1:], np.prod(kernels) + layer["filters"]

    def pool():
        window = shape[0], shape[0], layer.get("kernel", 2), layer.get("kernel", 2)
        return conv_output_shape((1, *shape), window, {"stride": layer.get("stride", 2)})[1:], 0

    shape, count = {"affine": affine, "conv": conv, "pool": pool}[layer["type"]]()
    return count + count_layers(shape, others)
