"""Convolution and pooling: layers that look at an image through a small window, the same one at
every place.

Images are (N, C, H, W). A window of HH x WW pixels moves in steps of `stride` for as long as it
fits. What is then left at the bottom and on the right is not looked at:

    H' = 1 + ⌊(H + 2 pad - HH) / stride⌋        W' = 1 + ⌊(W + 2 pad - WW) / stride⌋
"""

import math
import numpy as np


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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



def global_avg_pool_backward(dout, cache):
    """Share each upstream gradient equally among all pixels of its channel.

        dx[n, c, i, j] = dy[n, c] / (H · W)

    Shapes: dout (N, C)  ->  dx (N, C, H, W).

    >>> _, cache = global_avg_pool_forward(np.zeros((1, 1, 2, 2)))
    >>> global_avg_pool_backward(np.array([[2.0]]), cache)
    array([[[[0.5, 0.5],
             [0.5, 0.5]]]])
    """
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError
