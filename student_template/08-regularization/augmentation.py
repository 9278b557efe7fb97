"""Data augmentation: new training images from old ones, by changes that leave the label true.

Every transformation is called as `transform(x, rng)` on a batch x of shape (N, C, H, W), and its
strength has a default. Each image of the batch gets its own draw. The result is a new array of the
same shape and dtype; values that were in [0, 1] stay there. Which changes are realistic depends on
the data: a mirrored 6 is no 6, a rotated one is a 9.
"""

import numpy as np


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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
        raise NotImplementedError
