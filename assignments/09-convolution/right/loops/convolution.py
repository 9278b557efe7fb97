# Style: plain Python loops over every pixel, channel and weight; caches are dicts.
import numpy as np


def steps_of(param):
    stride = param.get("stride", 1)
    pad = param.get("pad", 0)
    if stride < 1:
        raise ValueError(f"stride must be at least 1, got {stride}")
    if pad < 0:
        raise ValueError(f"pad must not be negative, got {pad}")
    return stride, pad


def count_places(name, image, kernel, stride):
    if kernel > image:
        raise ValueError(f"{name} needs {kernel} pixels, there are {image}")
    places = 0
    start = 0
    while start + kernel <= image:
        places += 1
        start += stride
    return places


def conv_output_shape(x_shape, w_shape, conv_param):
    stride, pad = steps_of(conv_param)
    if len(x_shape) != 4:
        raise ValueError("x must have four axes")
    if len(w_shape) != 4:
        raise ValueError("w must have four axes")
    if x_shape[1] != w_shape[1]:
        raise ValueError(f"w is for {w_shape[1]} channels, the image has {x_shape[1]}")
    rows = count_places("w", x_shape[2] + 2 * pad, w_shape[2], stride)
    cols = count_places("w", x_shape[3] + 2 * pad, w_shape[3], stride)
    return [x_shape[0], w_shape[0], rows, cols]


def kind_of(x):
    return x.dtype if np.issubdtype(x.dtype, np.floating) else float


def conv_forward(x, w, b, conv_param):
    N, F, rows, cols = conv_output_shape(x.shape, w.shape, conv_param)
    if b.shape != (F,):
        raise ValueError(f"b must have {F} numbers")
    stride, pad = steps_of(conv_param)
    _, C, H, W = x.shape
    _, _, HH, WW = w.shape
    out = np.zeros((N, F, rows, cols), dtype=kind_of(x))
    for n in range(N):
        for f in range(F):
            for i in range(rows):
                for j in range(cols):
                    total = b[f]
                    for c in range(C):
                        for k in range(HH):
                            u = i * stride + k - pad
                            if u < 0 or u >= H:
                                continue
                            for m in range(WW):
                                v = j * stride + m - pad
                                if 0 <= v < W:
                                    total = total + x[n, c, u, v] * w[f, c, k, m]
                    out[n, f, i, j] = total
    return out, {"x": x, "w": w, "stride": stride, "pad": pad}


def conv_backward(dout, cache):
    x, w, stride, pad = cache["x"], cache["w"], cache["stride"], cache["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    dx = np.zeros(x.shape, dtype=kind_of(x))
    dw = np.zeros(w.shape, dtype=w.dtype)
    db = np.zeros(F, dtype=w.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    d = dout[n, f, i, j]
                    db[f] += d
                    for c in range(C):
                        for k in range(HH):
                            u = i * stride + k - pad
                            if u < 0 or u >= H:
                                continue
                            for m in range(WW):
                                v = j * stride + m - pad
                                if 0 <= v < W:
                                    dx[n, c, u, v] += d * w[f, c, k, m]
                                    dw[f, c, k, m] += d * x[n, c, u, v]
    return dx, dw, db


def pool_places(x, pool_param):
    if x.ndim != 4:
        raise ValueError(f"x must have four axes, it has {x.ndim}")
    height = pool_param.get("pool_height", 2)
    width = pool_param.get("pool_width", 2)
    stride, _ = steps_of({"stride": pool_param.get("stride", 2)})
    rows = count_places("pool_height", x.shape[2], height, stride)
    cols = count_places("pool_width", x.shape[3], width, stride)
    places = []
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(rows):
                for j in range(cols):
                    places.append((n, c, i, j))
    return (x.shape[0], x.shape[1], rows, cols), places, height, width, stride


def max_pool_forward(x, pool_param):
    shape, places, height, width, stride = pool_places(x, pool_param)
    out = np.zeros(shape, dtype=x.dtype)
    winners = {}
    for n, c, i, j in places:
        best = None
        for u in range(i * stride, i * stride + height):
            for v in range(j * stride, j * stride + width):
                if best is None or x[n, c, u, v] >= best:  # of equal pixels the last one wins
                    best = x[n, c, u, v]
                    winners[n, c, i, j] = u, v
        out[n, c, i, j] = best
    return out, {"winners": winners, "shape": x.shape}


def max_pool_backward(dout, cache):
    dx = np.zeros(cache["shape"], dtype=dout.dtype)
    for (n, c, i, j), (u, v) in cache["winners"].items():
        dx[n, c, u, v] += dout[n, c, i, j]
    return dx


def avg_pool_forward(x, pool_param):
    shape, places, height, width, stride = pool_places(x, pool_param)
    out = np.zeros(shape, dtype=kind_of(x))
    for n, c, i, j in places:
        total = 0.0
        for k in range(height):
            for m in range(width):
                total += x[n, c, i * stride + k, j * stride + m]
        out[n, c, i, j] = total / (height * width)
    return out, {"shape": x.shape, "places": places, "window": (height, width, stride)}


def avg_pool_backward(dout, cache):
    height, width, stride = cache["window"]
    dx = np.zeros(cache["shape"], dtype=dout.dtype)
    for n, c, i, j in cache["places"]:
        share = dout[n, c, i, j] / (height * width)
        for k in range(height):
            for m in range(width):
                dx[n, c, i * stride + k, j * stride + m] += share
    return dx


def global_avg_pool_forward(x):
    if x.ndim != 4:
        raise ValueError(f"x must have four axes, it has {x.ndim}")
    N, C, H, W = x.shape
    out = np.zeros((N, C), dtype=kind_of(x))
    for n in range(N):
        for c in range(C):
            total = 0.0
            for i in range(H):
                for j in range(W):
                    total += x[n, c, i, j]
            out[n, c] = total / (H * W)
    return out, {"shape": x.shape}


def global_avg_pool_backward(dout, cache):
    N, C, H, W = cache["shape"]
    dx = np.zeros((N, C, H, W), dtype=dout.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(H):
                for j in range(W):
                    dx[n, c, i, j] = dout[n, c] / (H * W)
    return dx


def residual_block_forward(x, params):
    stride = params.get("stride", 1)
    pad1, pad2 = params["w1"].shape[2] // 2, params["w2"].shape[2] // 2
    hidden, first = conv_forward(x, params["w1"], params["b1"], {"stride": stride, "pad": pad1})
    active = np.zeros_like(hidden)
    for place in np.ndindex(*hidden.shape):
        if hidden[place] > 0:
            active[place] = hidden[place]
    branch, second = conv_forward(active, params["w2"], params["b2"], {"stride": 1, "pad": pad2})
    cache = {"first": first, "second": second, "hidden": hidden, "third": None}
    shortcut = x
    if "w_proj" in params:
        shortcut, cache["third"] = conv_forward(x, params["w_proj"], params["b_proj"], {"stride": stride})
    if shortcut.shape != branch.shape:
        raise ValueError(f"cannot add {shortcut.shape} to {branch.shape} without w_proj")
    return branch + shortcut, cache


def residual_block_backward(dout, cache):
    grads = {}
    dactive, grads["w2"], grads["b2"] = conv_backward(dout, cache["second"])
    dhidden = np.zeros_like(dactive)
    for place in np.ndindex(*dactive.shape):
        if cache["hidden"][place] > 0:
            dhidden[place] = dactive[place]
    dx, grads["w1"], grads["b1"] = conv_backward(dhidden, cache["first"])
    if cache["third"] is None:
        dshort = dout
    else:
        dshort, grads["w_proj"], grads["b_proj"] = conv_backward(dout, cache["third"])
    return dx + dshort, grads


def count_parameters(architecture):
    if len(architecture) == 0 or architecture[0].get("type") != "input" or "shape" not in architecture[0]:
        raise ValueError("the architecture has to start with its input and the shape of that")
    shape = list(architecture[0]["shape"])
    total = 0
    for layer in architecture[1:]:
        try:
            if layer["type"] == "conv":
                kernel, filters = layer["kernel"], layer["filters"]
                total += filters * shape[0] * kernel * kernel + filters
                stride, pad = steps_of(layer)
                places = [count_places("kernel", size + 2 * pad, kernel, stride) for size in shape[1:]]
                shape = [filters, *places]
            elif layer["type"] == "pool":
                kernel, stride = layer.get("kernel", 2), layer.get("stride", 2)
                shape = [shape[0]] + [count_places("kernel", size, kernel, stride) for size in shape[1:]]
            elif layer["type"] == "affine":
                inputs = 1
                for size in shape:
                    inputs *= size
                total += inputs * layer["units"] + layer["units"]
                shape = [layer["units"]]
            else:
                raise ValueError(f"architecture: I do not know the layer {layer['type']}")
        except KeyError as missing:
            raise ValueError(f"architecture: a layer lacks {missing}") from missing
    return total
