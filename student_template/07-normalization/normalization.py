"""Normalisation layers: bring activations to mean 0 and variance 1, then let γ and β undo it where
that helps.

The five layers differ in one thing only: the set of values that share a mean and a variance.

    batch norm            one feature, over the samples of the batch
    spatial batch norm    one channel, over the samples and the pixels
    layer norm            one sample, over its features
    group norm            one sample and one group of its channels, over their pixels
    instance norm         one sample and one channel, over its pixels

The first two depend on the other samples, and so need running statistics for testing. The last
three do not.
"""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    """Normalise each feature over the batch, then scale and shift.

        μ = 1/N Σₙ xₙ        σ² = 1/N Σₙ (xₙ - μ)²        x̂ = (x - μ) / √(σ² + ε)        y = γ x̂ + β

    Shapes: x (N, D); gamma, beta (D,)  ->  y (N, D), cache.
    bn_param: mode "train" or "test", eps ε (default 1e-5), momentum (default 0.9), running_mean and
    running_var (D,) (default zeros and ones). Training uses the statistics of the batch and stores
    moving averages in bn_param, the one argument that is modified; testing uses these in place of μ
    and σ² and changes nothing.

        running ← momentum · running + (1 - momentum) · batch

    σ² divides by N, not N - 1, in the running variance too. (torch divides that one by N - 1, and
    its momentum is the weight of the batch, 0.1.)

    Raises ValueError when mode is neither "train" nor "test", x is not (N, D), or gamma or beta is
    not (D,).

    Ioffe & Szegedy 2015, arXiv:1502.03167, Algorithm 1. Lectures L0, L3 and L4 (the exponential
    moving average).

    >>> bn_param = {"mode": "train"}
    >>> y, _ = batchnorm_forward(np.array([[1.0], [3.0]]), np.ones(1), np.zeros(1), bn_param)
    >>> y.round(3).tolist(), bn_param["running_mean"].round(3).tolist()
    ([[-1.0], [1.0]], [0.2])
    """
    raise NotImplementedError



def batchnorm_backward(dout, cache):
    """Differentiate batch norm. Every sample acts on every other one through μ and σ².

        dβ = Σₙ dyₙ        dγ = Σₙ dyₙ x̂ₙ

        training:  dx = γ/√(σ² + ε) (dy - dβ/N - x̂ dγ/N)        testing:  dx = γ/√(σ² + ε) dy

    Shapes: dout (N, D)  ->  dx (N, D), dgamma (D,), dbeta (D,).
    The two subtracted terms are the paths through the mean and the variance; in test mode both are
    constants.

    Ioffe & Szegedy 2015, arXiv:1502.03167, section 3 (the six equations there, simplified).

    >>> _, cache = batchnorm_forward(
    ...     np.array([[1.0], [3.0]]), np.ones(1), np.zeros(1), {"mode": "train"}
    ... )
    >>> dx, dgamma, dbeta = batchnorm_backward(np.ones((2, 1)), cache)
    >>> np.allclose(dx, 0), dbeta  # adding the same to all samples changes nothing
    (True, array([2.]))
    """
    raise NotImplementedError



def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    """Normalise each channel over the batch and all its pixels, then scale and shift.

        y = γ (x - μ) / √(σ² + ε) + β        with μ and σ² of a channel over its N · H · W values

    Shapes: x (N, C, H, W); gamma, beta (C,)  ->  y (N, C, H, W), cache.
    bn_param: as in `batchnorm_forward`, with running_mean and running_var of shape (C,).
    A convolution treats all pixels alike, so they share one mean: C of them, not C · H · W.

    Raises ValueError when mode is neither "train" nor "test", x is not (N, C, H, W), or gamma or
    beta is not (C,).

    Ioffe & Szegedy 2015, arXiv:1502.03167, section 3.2. Lecture L4.

    >>> y, _ = spatial_batchnorm_forward(
    ...     np.array([[[[1.0, 3.0]]]]), np.ones(1), np.zeros(1), {"mode": "train"}
    ... )
    >>> y.round(3)
    array([[[[-1.,  1.]]]])
    """
    raise NotImplementedError



def spatial_batchnorm_backward(dout, cache):
    """Differentiate spatial batch norm: `batchnorm_backward` with sums over N, H and W.

        dβ = Σ dy        dγ = Σ dy x̂        M = N · H · W

        training:  dx = γ/√(σ² + ε) (dy - dβ/M - x̂ dγ/M)        testing:  dx = γ/√(σ² + ε) dy

    Shapes: dout (N, C, H, W)  ->  dx (N, C, H, W), dgamma (C,), dbeta (C,).

    Ioffe & Szegedy 2015, arXiv:1502.03167, section 3.2.

    >>> _, cache = spatial_batchnorm_forward(
    ...     np.ones((2, 1, 2, 2)), np.ones(1), np.zeros(1), {"mode": "train"}
    ... )
    >>> spatial_batchnorm_backward(np.ones((2, 1, 2, 2)), cache)[2]
    array([8.])
    """
    raise NotImplementedError



def layernorm_forward(x, gamma, beta, ln_param):
    """Normalise each sample over its features, then scale and shift.

        x̂ = (x - μ) / √(σ² + ε)
        y = γ x̂ + β
        with μ and σ² of a sample over its D features

    Shapes: x (N, D); gamma, beta (D,)  ->  y (N, D), cache.
    ln_param: eps ε (default 1e-5). σ² divides by D, not D - 1. The statistics belong to a sample, γ
    and β to a feature. Samples do not depend on each other, so training and testing are the same.

    Raises ValueError when x is not (N, D), or gamma or beta is not (D,).

    Ba, Kiros & Hinton 2016, arXiv:1607.06450, eq. 3. Lecture L4.

    >>> y, _ = layernorm_forward(np.array([[1.0, 3.0]]), np.ones(2), np.zeros(2), {})
    >>> y.round(3)
    array([[-1.,  1.]])
    """
    raise NotImplementedError



def layernorm_backward(dout, cache):
    """Differentiate layer norm. The features of a sample act on each other through μ and σ².

        dβ = Σₙ dyₙ        dγ = Σₙ dyₙ x̂ₙ        dx̂ = γ dy

        dx = 1/√(σ² + ε) (dx̂ - mean(dx̂) - x̂ mean(dx̂ x̂))
        with means over the features of a sample

    Shapes: dout (N, D)  ->  dx (N, D), dgamma (D,), dbeta (D,).
    The sums for γ and β run over the samples, the means for dx over the features. γ differs by
    feature, so it stays inside the means.

    Ba, Kiros & Hinton 2016, arXiv:1607.06450, eq. 3 differentiated.

    >>> _, cache = layernorm_forward(np.array([[1.0, 3.0]]), np.ones(2), np.zeros(2), {})
    >>> np.allclose(layernorm_backward(np.ones((1, 2)), cache)[0], 0)
    True
    """
    raise NotImplementedError



def groupnorm_forward(x, gamma, beta, G, gn_param):
    """Normalise each sample over groups of neighbouring channels and all their pixels, then scale
    and shift.

        y = γ (x - μ) / √(σ² + ε) + β
        with μ and σ² of one group of one sample over its C/G · H · W values

    Shapes: x (N, C, H, W); gamma, beta (C,)  ->  y (N, C, H, W), cache.
    gn_param: eps ε (default 1e-5). Channels 0 … C/G - 1 are the first group. G = C is instance
    norm, G = 1 layer norm over C, H and W. The statistics belong to a group, γ and β to a channel.
    Training and testing are the same.

    Raises ValueError when G does not divide C, x is not (N, C, H, W), or gamma or beta is not (C,).

    Wu & He 2018, arXiv:1803.08494, eq. 1, 2, 6 and 7. Lecture L4.

    >>> x = np.array([[[[1.0]], [[3.0]], [[10.0]], [[10.0]]]])
    >>> groupnorm_forward(x, np.ones(4), np.zeros(4), 2, {})[0].round(3).ravel()
    array([-1.,  1.,  0.,  0.])
    """
    raise NotImplementedError



def groupnorm_backward(dout, cache):
    """Differentiate group norm.

        dβ = Σ dy        dγ = Σ dy x̂        dx̂ = γ dy

        dx = 1/√(σ² + ε) (dx̂ - mean(dx̂) - x̂ mean(dx̂ x̂))
        with means over one group of one sample

    Shapes: dout (N, C, H, W)  ->  dx (N, C, H, W), dgamma (C,), dbeta (C,).
    The sums for γ and β run over N, H and W.

    Wu & He 2018, arXiv:1803.08494, eq. 1 and 6 differentiated.

    >>> _, cache = groupnorm_forward(np.ones((2, 4, 3, 3)), np.ones(4), np.zeros(4), 2, {})
    >>> groupnorm_backward(np.ones((2, 4, 3, 3)), cache)[2]
    array([18., 18., 18., 18.])
    """
    raise NotImplementedError



def instancenorm_forward(x, gamma, beta, in_param):
    """Normalise each channel of each sample over its pixels, then scale and shift: group norm with
    G = C.

        y = γ (x - μ) / √(σ² + ε) + β
        with μ and σ² of one channel of one sample over its H · W values

    Shapes: x (N, C, H, W); gamma, beta (C,)  ->  y (N, C, H, W), cache.
    in_param: eps ε (default 1e-5). Training and testing are the same.

    Raises ValueError when x is not (N, C, H, W), or gamma or beta is not (C,).

    Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022. Lecture L4.

    >>> x = np.array([[[[1.0, 3.0]], [[10.0, 20.0]]]])  # the contrast of each channel is taken out
    >>> instancenorm_forward(x, np.ones(2), np.zeros(2), {})[0].round(3).ravel()
    array([-1.,  1., -1.,  1.])
    """
    raise NotImplementedError



def instancenorm_backward(dout, cache):
    """Differentiate instance norm: `groupnorm_backward` where every channel is a group.

        dβ = Σ dy        dγ = Σ dy x̂        dx = γ/√(σ² + ε) (dy - mean(dy) - x̂ mean(dy x̂))

    with sums over N, H and W, and means over the pixels of one channel of one sample.

    Shapes: dout (N, C, H, W)  ->  dx (N, C, H, W), dgamma (C,), dbeta (C,).

    Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022, differentiated.

    >>> _, cache = instancenorm_forward(np.ones((2, 1, 3, 3)), np.ones(1), np.zeros(1), {})
    >>> instancenorm_backward(np.ones((2, 1, 3, 3)), cache)[2]
    array([18.])
    """
    raise NotImplementedError
