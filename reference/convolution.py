"""Convolution and pooling: layers that look at an image through a small window, the same one at
every place.

Images are (N, C, H, W). A window of HH x WW pixels moves in steps of `stride` for as long as it
fits. What is then left at the bottom and on the right is not looked at:

    H' = 1 + ⌊(H + 2 pad - HH) / stride⌋        W' = 1 + ⌊(W + 2 pad - WW) / stride⌋
"""

import math

import numpy as np

__all__ = [  # noqa: RUF022 - the reading order
    "conv_output_shape",
    "conv_forward",
    "conv_backward",
    "max_pool_forward",
    "max_pool_backward",
    "avg_pool_forward",
    "avg_pool_backward",
    "global_avg_pool_forward",
    "global_avg_pool_backward",
    "residual_block_forward",
    "residual_block_backward",
    "count_parameters",
]


def conv_output_shape(x_shape, w_shape, conv_param):
    """Return the shape (N, F, H', W') that a convolution gives.

        H' = 1 + ⌊(H + 2 pad - HH) / stride⌋        W' = 1 + ⌊(W + 2 pad - WW) / stride⌋

    x_shape is (N, C, H, W), w_shape is (F, C, HH, WW). conv_param: stride (default 1), pad (default
    0).
    The division rounds down: a window that does not fit whole is dropped.

    Raises ValueError when a shape does not have four numbers, the channels C differ, stride < 1,
    pad < 0, or the kernel is larger than the padded image.

    Dumoulin & Visin 2016, arXiv:1603.07285, relationship 6.

    >>> conv_output_shape((128, 3, 227, 227), (96, 3, 11, 11), {"stride": 4, "pad": 0})
    (128, 96, 55, 55)
    """
    stride, pad = conv_param.get("stride", 1), conv_param.get("pad", 0)
    for name, shape, axes in (("x", x_shape, "(N, C, H, W)"), ("w", w_shape, "(F, C, HH, WW)")):
        if len(shape) != 4:
            raise ValueError(f"{name} has shape {tuple(shape)}, expected {axes}")
    (N, C, H, W), (F, w_channels, HH, WW) = x_shape, w_shape
    if w_channels != C:
        raise ValueError(f"w has kernels for {w_channels} channels, but x has {C}")
    out_H = _places("the height of w", HH, H, stride, pad)
    out_W = _places("the width of w", WW, W, stride, pad)
    return N, F, out_H, out_W


def conv_forward(x, w, b, conv_param):
    """Slide each kernel over the image and take its inner product with the window below it.

        y[n, f, i, j] = b[f] + Σ_c Σ_k Σ_l w[f, c, k, l] · x̃[n, c, i·stride + k, j·stride + l]

    where x̃ is x with `pad` rows and columns of zeros on each of the four sides.

    Shapes: x (N, C, H, W); w (F, C, HH, WW); b (F,) -> y (N, F, H', W') as in `conv_output_shape`,
    cache. conv_param: stride (default 1), pad (default 0).
    This is cross-correlation, as in all deep-learning libraries: the kernel is not flipped.

    Raises ValueError where `conv_output_shape` does, and when b is not (F,).

    Goodfellow, Bengio & Courville 2016, Deep Learning, eq. 9.6 and 9.8. Lectures L0 and L3.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv_forward(x, np.ones((1, 1, 2, 2)), np.zeros(1), {"stride": 1, "pad": 0})[0]
    array([[[[ 8., 12.],
             [20., 24.]]]])
    """
    x = _floating(x)
    stride, pad = conv_param.get("stride", 1), conv_param.get("pad", 0)
    conv_output_shape(x.shape, w.shape, conv_param)  # refuses what does not fit
    if b.shape != w.shape[:1]:
        raise ValueError(f"b has shape {b.shape}, but w has {len(w)} kernels")
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))  # (N, C, H + 2 pad, W + 2 pad)
    y = _correlate(padded, w, stride)  # (N, F, H', W')
    y += b[:, None, None]
    return y, (padded, w, stride, pad)


def conv_backward(dout, cache):
    """Differentiate the convolution.

        db[f] = Σ dy[n, f, i, j]
        dw[f, c, k, l] = Σ dy[n, f, i, j] · x̃[n, c, i·stride + k, j·stride + l]

        dx̃[n, c, u, v] = Σ dy[n, f, i, j] · w[f, c, u - i·stride, v - j·stride]

    with sums over all indices that are not on the left (and the w that exist). dx is dx̃ without
    the frame of zeros.

    Shapes: dout (N, F, H', W')  ->  dx (N, C, H, W), dw (F, C, HH, WW), db (F,).
    Each window's dy · w is added to the pixels that the window saw; pixels that none saw get 0.
    (Equally, dx̃ is again a correlation: of dy, its entries moved `stride` apart, with the kernels
    turned by 180°.) With pad 0 there is no frame to cut off, and x[0:-0] would be empty.

    Goodfellow, Bengio & Courville 2016, Deep Learning, eq. 9.11 and 9.13. Dumoulin & Visin 2016,
    arXiv:1603.07285, relationship 14 (its transposed convolution is this dx).

    >>> _, cache = conv_forward(
    ...     np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), np.zeros(1), {"stride": 1, "pad": 0}
    ... )
    >>> conv_backward(np.ones((1, 1, 2, 2)), cache)[0][0, 0]  # how many windows saw each pixel
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    padded, w, stride, pad = cache
    # H and W with the frame
    (_, C, H, W), (_, _, HH, WW), (_, F, rows, cols) = padded.shape, w.shape, dout.shape
    dtype = np.result_type(padded, w, dout)
    dpadded, dw = np.zeros(padded.shape, dtype), np.zeros(w.shape, dtype)
    for x, dx, dy in zip(padded, dpadded, dout, strict=True):  # image by image
        for k, j in np.ndindex(HH, WW):
            # one of each window
            seen = np.s_[:, k : k + stride * rows : stride, j : j + stride * cols : stride]
            dw[:, :, k, j] += dy.reshape(F, -1) @ x[seen].reshape(C, -1).T  # (F, C)
            dx[seen] += (w[:, :, k, j].T @ dy.reshape(F, -1)).reshape(C, rows, cols)  # (C, H', W')
    dx = dpadded[:, :, pad : H - pad, pad : W - pad]  # (N, C, H - 2 pad, W - 2 pad)
    return dx, dw, dout.sum(axis=(0, 2, 3))


def max_pool_forward(x, pool_param):
    """Keep the largest value of each window.

        y[n, c, i, j] = max over k < pool_height, l < pool_width of x[n, c, i·stride + k, j·stride +
        l]

    Shapes: x (N, C, H, W) -> y (N, C, H', W'), cache, with H' = 1 + ⌊(H - pool_height) / stride⌋
    and W' alike. pool_param: pool_height, pool_width, stride (default 2 each).
    Windows overlap when the stride is smaller than they are. Channels are pooled one by one.

    Raises ValueError when x is not (N, C, H, W), stride < 1, or the window is larger than the
    image.

    Lecture L3 (the example). Goodfellow, Bengio & Courville 2016, Deep Learning, section 9.3.

    >>> x = np.array([[[[1, 3, 5, 3], [4, 2, 3, 1], [3, 1, 1, 3], [0, 1, 0, 4]]]])
    >>> max_pool_forward(x, {"pool_height": 2, "pool_width": 2, "stride": 2})[0]
    array([[[[4., 5.],
             [3., 4.]]]])
    """
    x, window = _image(x), _window(pool_param)
    first, *others = _pixels(x, *window)  # views (N, C, H', W')
    y = first.copy()
    for pixel in others:
        np.maximum(y, pixel, out=y)
    return y, (x, y, window)


def max_pool_backward(dout, cache):
    """Send each upstream gradient to the pixel that was the maximum of its window.

        dx[n, c, u, v] = Σ dy[n, c, i, j] over the windows (i, j) whose maximum is at (u, v)

    Shapes: dout (N, C, H', W')  ->  dx (N, C, H, W).
    A pixel that wins several overlapping windows gets the sum. Of equal maxima the first in reading
    order wins; any rule is right that hands out each dy once, so that dx sums to what dout sums to.

    >>> x = np.array([[[[1.0, 9.0, 2.0]]]])
    >>> _, cache = max_pool_forward(x, {"pool_height": 1, "pool_width": 2, "stride": 1})
    >>> max_pool_backward(np.array([[[[10.0, 5.0]]]]), cache)  # 9 is the maximum of both windows
    array([[[[ 0., 15.,  0.]]]])
    """
    x, y, window = cache
    dx, open_windows = np.zeros_like(x), np.ones(y.shape, dtype=bool)
    for pixel, dpixel in zip(_pixels(x, *window), _pixels(dx, *window), strict=True):
        wins = open_windows & (pixel == y)  # (N, C, H', W')
        dpixel += dout * wins
        open_windows &= ~wins
    return dx


def avg_pool_forward(x, pool_param):
    """Take the mean of each window.

        y[n, c, i, j] = 1/(pool_height · pool_width) Σ_k Σ_l x[n, c, i·stride + k, j·stride + l]

    Shapes: x (N, C, H, W) -> y (N, C, H', W'), cache, with H' = 1 + ⌊(H - pool_height) / stride⌋
    and W' alike. pool_param: pool_height, pool_width, stride (default 2 each).

    Raises ValueError when x is not (N, C, H, W), stride < 1, or the window is larger than the
    image.

    Lecture L3. Goodfellow, Bengio & Courville 2016, Deep Learning, section 9.3.

    >>> x = np.array([[[[1, 3, 5, 3], [4, 2, 3, 1]]]])
    >>> avg_pool_forward(x, {"pool_height": 2, "pool_width": 2, "stride": 2})[0]
    array([[[[2.5, 3. ]]]])
    """
    x, window = _image(x), _window(pool_param)
    pixels = _pixels(x, *window)  # views (N, C, H', W')
    return sum(pixels) / len(pixels), (x.shape, window)


def avg_pool_backward(dout, cache):
    """Share each upstream gradient equally among the pixels of its window.

        dx[n, c, u, v] = 1/(pool_height · pool_width) Σ dy[n, c, i, j] over the windows (i, j) that
        hold (u, v)

    Shapes: dout (N, C, H', W')  ->  dx (N, C, H, W).

    >>> _, cache = avg_pool_forward(
    ...     np.ones((1, 1, 1, 3)), {"pool_height": 1, "pool_width": 2, "stride": 1}
    ... )
    >>> avg_pool_backward(
    ...     np.array([[[[10.0, 4.0]]]]), cache
    ... )  # the pixel in the middle is in both windows
    array([[[[5., 7., 2.]]]])
    """
    shape, window = cache
    dx = np.zeros(shape, dout.dtype)
    pixels = _pixels(dx, *window)
    for dpixel in pixels:
        dpixel += dout / len(pixels)
    return dx


def global_avg_pool_forward(x):
    """Take the mean of each channel over the whole image: one feature per channel, whatever the
    image's size.

        y[n, c] = 1/(H · W) Σᵢ Σⱼ x[n, c, i, j]

    Shapes: x (N, C, H, W)  ->  y (N, C), cache.

    Raises ValueError when x is not (N, C, H, W).

    Lin, Chen & Yan 2014, arXiv:1312.4400, section 3.2.

    >>> global_avg_pool_forward(np.array([[[[1, 2], [3, 4]]]]))[0]
    array([[2.5]])
    """
    x = _image(x)
    return x.mean(axis=(2, 3)), x.shape


def global_avg_pool_backward(dout, cache):
    """Share each upstream gradient equally among all pixels of its channel.

        dx[n, c, i, j] = dy[n, c] / (H · W)

    Shapes: dout (N, C)  ->  dx (N, C, H, W).

    >>> _, cache = global_avg_pool_forward(np.zeros((1, 1, 2, 2)))
    >>> global_avg_pool_backward(np.array([[2.0]]), cache)
    array([[[[0.5, 0.5],
             [0.5, 0.5]]]])
    """
    N, C, H, W = cache
    return np.tile(dout.reshape(N, C, 1, 1) / (H * W), (H, W))  # (N, C, H, W)


def residual_block_forward(x, params):
    """Add a short stack of layers to its own input, so that the stack learns only the difference.

        y = conv₂(relu(conv₁(x))) + x            if the shapes agree
        y = conv₂(relu(conv₁(x))) + conv₁ₓ₁(x)   if the block changes the channels or the size

    Shapes: x (N, C, H, W) -> y (N, F, H', W') with H' = 1 + ⌊(H - 1) / stride⌋ and W' alike, cache.
    params: w1 (F, C, K, K), b1 (F,), w2 (F, F, K, K), b2 (F,) with odd K; stride of conv₁ and of
    the projection (default 1; that of conv₂ is 1); optional w_proj (F, C, 1, 1), b_proj (F,). Both
    convolutions have pad K // 2, which keeps the size of the image. There is no ReLU after the sum:
    a network that wants one puts it behind the block.

    Raises ValueError where `conv_forward` does, and when the sum does not fit: no projection, or K
    is even.

    He, Zhang, Ren & Sun 2016, arXiv:1512.03385, eq. 1 and 2 with biases. Lectures L0 and L3.

    >>> zeros = {
    ...     "w1": np.zeros((1, 1, 3, 3)),
    ...     "b1": np.zeros(1),
    ...     "w2": np.zeros((1, 1, 3, 3)),
    ...     "b2": np.zeros(1),
    ... }
    >>> residual_block_forward(np.array([[[[-1.0, 2.0]]]]), zeros)[
    ...     0
    ... ]  # with zero weights the block is the identity
    array([[[[-1.,  2.]]]])
    """
    w1, w2, stride = params["w1"], params["w2"], params.get("stride", 1)
    hidden, cache1 = conv_forward(x, w1, params["b1"], {"stride": stride, "pad": w1.shape[2] // 2})
    branch, cache2 = conv_forward(
        np.maximum(hidden, 0), w2, params["b2"], {"stride": 1, "pad": w2.shape[2] // 2}
    )
    shortcut, cache_proj = x, None
    if "w_proj" in params:
        shortcut, cache_proj = conv_forward(
            x, params["w_proj"], params["b_proj"], {"stride": stride, "pad": 0}
        )
    if branch.shape != shortcut.shape:
        raise ValueError(
            f"conv2 gives shape {branch.shape}, but the shortcut has {shortcut.shape}: is w_proj "
            "missing?"
        )
    return branch + shortcut, (cache1, hidden, cache2, cache_proj)  # (N, F, H', W')


def residual_block_backward(dout, cache):
    """Differentiate the residual block: the upstream gradient takes both ways back, and they add up
    at x.

        dx = (∂branch/∂x)ᵀ dy + dy
        or, with a projection,
        dx = (∂branch/∂x)ᵀ dy + (∂projection/∂x)ᵀ dy

    Shapes: dout (N, F, H', W') -> dx (N, C, H, W), dparams with the keys w1, b1, w2, b2 and those
    of the projection. The dy that passes by the convolutions is what keeps gradients from vanishing
    in deep networks.

    He, Zhang, Ren & Sun 2016, arXiv:1512.03385, eq. 1 and 2 differentiated.

    >>> zeros = {
    ...     "w1": np.zeros((1, 1, 3, 3)),
    ...     "b1": np.zeros(1),
    ...     "w2": np.zeros((1, 1, 3, 3)),
    ...     "b2": np.zeros(1),
    ... }
    >>> _, cache = residual_block_forward(np.array([[[[-1.0, 2.0]]]]), zeros)
    >>> residual_block_backward(np.array([[[[3.0, 4.0]]]]), cache)[0]
    array([[[[3., 4.]]]])
    """
    cache1, hidden, cache2, cache_proj = cache
    dactive, dw2, db2 = conv_backward(dout, cache2)
    dx, dw1, db1 = conv_backward(dactive * (hidden > 0), cache1)
    dparams = {"w1": dw1, "b1": db1, "w2": dw2, "b2": db2}
    if cache_proj is None:
        return dx + dout, dparams
    dshortcut, dparams["w_proj"], dparams["b_proj"] = conv_backward(dout, cache_proj)
    return dx + dshortcut, dparams


def count_parameters(architecture):
    """Count the learnable numbers of a network that is given as a list of layers.

        conv: filters · (C · kernel² + 1)    where the 1 is the bias
        affine: units · (inputs + 1)
        pool: 0

    architecture: a list of dicts, in the order of the forward pass,

        {"type": "input", "shape": (C, H, W) or (D,)}     first, and only there
        {"type": "conv", "filters": F, "kernel": K, "stride": 1, "pad": 0}
        {"type": "pool", "kernel": 2, "stride": 2}
        {"type": "affine", "units": M}                    an image is flattened on the way in

    where stride, pad and the pool's kernel may be left out if they are as above. Layers without
    parameters that keep the shape, such as ReLU, are not listed.

    Raises ValueError when the first layer is not an input, a type is unknown, a key is missing, or
    a window is
    too large.

    Lecture L3 (the network with 26 parameters). Lecture L0 (AlexNet; Krizhevsky, Sutskever & Hinton
    2012, section 3.5. Without the paper's split over two GPUs it has 62,378,344).

    >>> affine4, affine2 = {"type": "affine", "units": 4}, {"type": "affine", "units": 2}
    >>> count_parameters([{"type": "input", "shape": (3,)}, affine4, affine2])
    26
    """
    if not architecture or architecture[0].get("type") != "input" or "shape" not in architecture[0]:
        raise ValueError("architecture must begin with a layer {'type': 'input', 'shape': ...}")
    shape, total = architecture[0]["shape"], 0
    for layer in architecture[1:]:
        try:
            shape, parameters = _apply(layer, shape)
        except KeyError as key:
            raise ValueError(f"architecture has the layer {layer} without {key}") from None
        total += parameters
    return total


def _apply(layer, shape):
    """Return the shape that leaves a layer of an architecture when `shape` enters, and its number
    of parameters.
    """
    kind = layer["type"]
    if kind == "conv":
        w_shape = (layer["filters"], shape[0], layer["kernel"], layer["kernel"])
        return conv_output_shape((1, *shape), w_shape, layer)[1:], math.prod(w_shape) + layer[
            "filters"
        ]
    if kind == "pool":
        C, kernel, stride = shape[0], layer.get("kernel", 2), layer.get("stride", 2)
        return conv_output_shape((1, *shape), (C, C, kernel, kernel), {"stride": stride})[1:], 0
    if kind == "affine":
        return (layer["units"],), layer["units"] * (math.prod(shape) + 1)
    raise ValueError(f"architecture has a layer of type {kind!r}, expected conv, pool or affine")


def _floating(x):
    """Return x as an array of its own floating dtype; integers become float64."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _image(x):
    """Return x as floats after a look at its shape."""
    x = _floating(x)
    if x.ndim != 4:
        raise ValueError(f"x has shape {x.shape}, expected (N, C, H, W)")
    return x


def _places(name, window, length, stride, pad=0):
    """Return how often a window fits along an axis of `length` pixels with `pad` zeros at both
    ends.
    """
    if stride < 1 or pad < 0:
        raise ValueError(f"stride is {stride} and pad is {pad}, expected stride >= 1 and pad >= 0")
    if not 1 <= window <= length + 2 * pad:
        raise ValueError(
            f"{name} is {window}, expected 1 to {length + 2 * pad}, the size of the padded image"
        )
    return 1 + (length + 2 * pad - window) // stride


def _columns(x, HH, WW, stride):
    """Return a view (N, C, HH, WW, H', W') of x: for each pixel of the window, what it sees at all
    places.
    """
    windows = np.lib.stride_tricks.sliding_window_view(x, (HH, WW), axis=(2, 3))[
        :, :, ::stride, ::stride
    ]
    return windows.transpose(0, 1, 4, 5, 2, 3)


def _correlate(x, w, stride):
    """Return the cross-correlation (N, F, H', W') of x (N, C, H, W), already padded, with w (F, C,
    HH, WW).
    """
    kernels = w.reshape(len(w), -1)  # (F, C·HH·WW)
    columns = _columns(x, *w.shape[2:], stride)  # (N, C, HH, WW, H', W')
    # y is (N, F, H'·W') at first.
    y = np.empty((len(x), len(w), math.prod(columns.shape[4:])), np.result_type(x, w))
    # One matrix product per image: the HH·WW copies of its pixels fit the processor's cache, those
    # of a batch do not.
    for image, out in zip(columns, y, strict=True):
        np.matmul(kernels, image.reshape(kernels.shape[1], -1), out=out)
    return y.reshape(*y.shape[:2], *columns.shape[4:])


def _window(pool_param):
    """Return pool_height, pool_width and stride."""
    return tuple(pool_param.get(key, 2) for key in ("pool_height", "pool_width", "stride"))


def _pixels(x, HH, WW, stride):
    """Return HH·WW views (N, C, H', W') of x: first the top left pixel of every window, last the
    bottom right one.
    """
    rows = _places("pool_height", HH, x.shape[2], stride)
    cols = _places("pool_width", WW, x.shape[3], stride)
    return [x[:, :, k::stride, j::stride][:, :, :rows, :cols] for k in range(HH) for j in range(WW)]
