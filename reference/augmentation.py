"""Data augmentation: new training images from old ones, by changes that leave the label true.

Every transformation is called as `transform(x, rng)` on a batch x of shape (N, C, H, W), and its
strength has a default. Each image of the batch gets its own draw. The result is a new array of the
same shape and dtype; values that were in [0, 1] stay there. Which changes are realistic depends on
the data: a mirrored 6 is no 6, a rotated one is a 9.
"""

import numpy as np

__all__ = [  # noqa: RUF022 - the reading order
    "horizontal_flip",
    "random_crop",
    "random_shift",
    "rotate90",
    "adjust_contrast",
    "adjust_brightness",
    "gaussian_noise",
    "Augmenter",
]


def _images(x):
    """Return x as an array after checking that it is a batch of images."""
    x = np.asarray(x)
    if x.ndim != 4:
        raise ValueError(f"x has shape {x.shape}, but a batch of images (N, C, H, W) is expected")
    return x


def _unit_images(x):
    """Return a batch of images as floats after checking that the values lie in [0, 1]."""
    x = _images(x)
    if not np.all((x >= 0) & (x <= 1)):
        raise ValueError(
            f"x has values from {x.min()} to {x.max()}, but they must be in [0, 1]: rescale the "
            "images"
        )
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _check_fraction(**fractions):
    for name, value in fractions.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is {value}, but it must be in [0, 1]")


def _random_windows(padded, size, rng):
    """Cut a window of size = (H, W) out of each padded image, anywhere with equal probability."""
    N, C, padded_H, padded_W = padded.shape
    H, W = size
    rows = rng.integers(0, padded_H - H + 1, (N, 1)) + np.arange(H)  # (N, H)
    cols = rng.integers(0, padded_W - W + 1, (N, 1)) + np.arange(W)  # (N, W)
    n, c = np.arange(N)[:, None, None, None], np.arange(C)[:, None, None]
    return padded[n, c, rows[:, None, :, None], cols[:, None, None, :]]  # (N, C, H, W)


def horizontal_flip(x, rng, p=0.5):
    """Mirror each image left to right with probability p.

        y[n, c, i, j] = x[n, c, i, W - 1 - j] or x[n, c, i, j]

    Shapes: x (N, C, H, W)  ->  y (N, C, H, W), of the same dtype. p (default 0.5).
    The last axis is reversed, the width. One draw decides for all channels of an image, but not for
    the whole batch.

    Raises ValueError when x is not a batch of images or p is outside [0, 1].

    Krizhevsky, Sutskever & Hinton 2012, section 4.1; lectures L0, L4.

    >>> horizontal_flip(np.array([[[[1, 2, 3]]]]), np.random.default_rng(0), p=1.0)
    array([[[[3, 2, 1]]]])
    """
    x = _images(x)
    _check_fraction(p=p)
    flipped = rng.random(len(x)) < p  # (N,)
    return np.where(flipped[:, None, None, None], x[:, :, :, ::-1], x)


def random_crop(x, rng, pad=4):
    """Surround each image with pad zeros on every side and cut a window of the old size out of it,
    anywhere.

        y[n, c, i, j] = padded[n, c, i + top, j + left]        top, left ~ uniform on 0 … 2 pad

    Shapes: x (N, C, H, W)  ->  y (N, C, H, W), of the same dtype. pad (default 4), in pixels.
    top = left = pad gives the image back. All 2 pad + 1 positions of either axis are equally
    likely, the last one included.

    Raises ValueError when x is not a batch of images or pad is negative.

    He, Zhang, Ren & Sun 2016, arXiv:1512.03385, section 4.2; lectures L0, L4.

    >>> random_crop(
    ...     np.array([[[[1, 2], [3, 4]]]]), np.random.default_rng(0), pad=1
    ... )  # top = 2, left = 1
    array([[[[3, 4],
             [0, 0]]]])
    """
    x = _images(x)
    if pad < 0:
        raise ValueError(f"pad is {pad}, but it must not be negative")
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    return _random_windows(padded, x.shape[2:], rng)


def random_shift(x, rng, max_shift=2):
    """Shift each image by up to max_shift pixels in both directions; its border pixels fill the
    gap.

        y[n, c, i, j] = x[n, c, clip(i - down, 0, H - 1), clip(j - right, 0, W - 1)]
        down, right ~ uniform on -max_shift … max_shift

    Shapes: x (N, C, H, W)  ->  y (N, C, H, W), of the same dtype. max_shift (default 2), in pixels.
    Unlike `random_crop` it brings no black edge into the image, and unlike np.roll nothing comes
    back on the other side.

    Raises ValueError when x is not a batch of images or max_shift is negative.

    Lecture L4.

    >>> random_shift(np.array([[[[1, 2, 3]]]]), np.random.default_rng(2), max_shift=1)  # right = 1
    array([[[[1, 1, 2]]]])
    """
    x = _images(x)
    if max_shift < 0:
        raise ValueError(f"max_shift is {max_shift}, but it must not be negative")
    padded = np.pad(
        x, ((0, 0), (0, 0), (max_shift, max_shift), (max_shift, max_shift)), mode="edge"
    )
    return _random_windows(padded, x.shape[2:], rng)


def rotate90(x, rng):
    """Turn each image by 0, 90, 180 or 270 degrees, each with probability 1/4.

    Shapes: x (N, C, H, H)  ->  y (N, C, H, H), of the same dtype.
    The plane of height and width turns; the channels do not move. Only square images keep their
    shape.

    Raises ValueError when x is not a batch of square images.

    Lecture L4.

    >>> rotate90(
    ...     np.array([[[[1, 2], [3, 4]]]]), np.random.default_rng(1)
    ... )  # a quarter turn to the left
    array([[[[2, 4],
             [1, 3]]]])
    """
    x = _images(x)
    if x.shape[2] != x.shape[3]:
        raise ValueError(
            f"x has images of {x.shape[2]} x {x.shape[3]} pixels, but only square ones keep their "
            "shape"
        )
    y, turns = x.copy(), rng.integers(0, 4, len(x))  # turns (N,)
    for k in (1, 2, 3):
        y[turns == k] = np.rot90(x[turns == k], k, axes=(2, 3))
    return y


def adjust_contrast(x, rng, strength=0.2):
    """Stretch or squeeze the values of each image around its mean.

        y = clip(μ + f (x - μ), 0, 1)        f ~ U(1 - strength, 1 + strength)

    Shapes: x (N, C, H, W) in [0, 1] -> y (N, C, H, W) in [0, 1]. strength in [0, 1] (default 0.2).
    μ is the mean of one image over all its channels and pixels, and f is one number per image. f <
    1 makes it dull.

    Raises ValueError when x is not a batch of images with values in [0, 1], or strength is outside
    [0, 1].

    Lecture L4.

    >>> adjust_contrast(np.array([[[[0.4, 0.6]]]]), np.random.default_rng(0)).round(3)
    array([[[[0.395, 0.605]]]])
    """
    x = _unit_images(x)
    _check_fraction(strength=strength)
    factor = rng.uniform(1 - strength, 1 + strength, (len(x), 1, 1, 1)).astype(x.dtype)
    mean = x.mean(axis=(1, 2, 3), keepdims=True)  # (N, 1, 1, 1)
    return np.clip(mean + factor * (x - mean), 0, 1)


def adjust_brightness(x, rng, strength=0.2):
    """Add the same amount of light to all pixels of an image, or take it away.

        y = clip(x + δ, 0, 1)        δ ~ U(-strength, strength)

    Shapes: x (N, C, H, W) in [0, 1] -> y (N, C, H, W) in [0, 1]. strength in [0, 1] (default 0.2).
    δ is one number per image. Clipping matters: without it bright pixels leave the range.

    Raises ValueError when x is not a batch of images with values in [0, 1], or strength is outside
    [0, 1].

    Krizhevsky et al. 2012, section 4.1 (which shifts the colour as well); lecture L4.

    >>> adjust_brightness(np.array([[[[0.5, 1.0]]]]), np.random.default_rng(0)).round(3)
    array([[[[0.555, 1.   ]]]])
    """
    x = _unit_images(x)
    _check_fraction(strength=strength)
    delta = rng.uniform(-strength, strength, (len(x), 1, 1, 1)).astype(x.dtype)
    return np.clip(x + delta, 0, 1)


def gaussian_noise(x, rng, std=0.05):
    """Add independent normal noise to every pixel.

        y = clip(x + ε, 0, 1)        ε ~ N(0, std²)

    Shapes: x (N, C, H, W) in [0, 1] -> y (N, C, H, W) in [0, 1]. std (default 0.05), the standard
    deviation.
    Each pixel of each channel has its own ε.

    Raises ValueError when x is not a batch of images with values in [0, 1], or std is negative.

    Lecture L4.

    >>> gaussian_noise(np.array([[[[0.5, 1.0]]]]), np.random.default_rng(0)).round(3)
    array([[[[0.506, 0.993]]]])
    """
    x = _unit_images(x)
    if not std >= 0:
        raise ValueError(f"std is {std}, but it must not be negative")
    return np.clip(x + rng.normal(0, std, x.shape).astype(x.dtype), 0, 1)


class Augmenter:
    """Apply several transformations one after the other to a batch of images, and leave its labels
    alone.

    steps: a list of functions step(x, rng) -> x, applied in the order of the list, such as
    [horizontal_flip, lambda x, rng: random_crop(x, rng, pad=2)].
    Call augmenter(x, y, rng): x (N, C, H, W), y (N,) -> new x (N, C, H, W), y. Two generators with
    the same seed give the same images. Augment the training batches only, anew in every epoch;
    never the validation or test set.

    Raises ValueError when x and y have different lengths.

    Lectures L0, L4.

    >>> augmenter = Augmenter([horizontal_flip, gaussian_noise])
    >>> x, y = augmenter(np.full((2, 1, 3, 3), 0.5), np.array([7, 1]), np.random.default_rng(0))
    >>> x.shape, y
    ((2, 1, 3, 3), array([7, 1]))
    """

    def __init__(self, steps):
        self.steps = list(steps)

    def __call__(self, x, y, rng):
        """Return the transformed images and their labels."""
        if len(x) != len(y):
            raise ValueError(f"x has {len(x)} images, but y has {len(y)} labels")
        x = np.array(x)
        for step in self.steps:
            x = step(x, rng)
        return x, y
