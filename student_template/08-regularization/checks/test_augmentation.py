import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close

SIGMAS = 6.0  # so far from its expectation a share of independent draws lies once in 500 million


def windows(padded, H, W):
    """All windows of H x W pixels, each of all images at once."""
    rows, cols = range(padded.shape[2] - H + 1), range(padded.shape[3] - W + 1)
    return [padded[:, :, top : top + H, left : left + W] for top in rows for left in cols]


def crops(x, pad):
    """What random_crop may make of the images x."""
    return windows(np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))), *x.shape[2:])


def shifts(x, pixels):
    """What random_shift may make of the images x."""
    return windows(
        np.pad(x, ((0, 0), (0, 0), (pixels, pixels), (pixels, pixels)), mode="edge"), *x.shape[2:]
    )


def turns(x):
    """What rotate90 may make of the images x."""
    return [np.rot90(x, k, axes=(2, 3)) for k in range(4)]


def assert_shape(y, shape):
    """Assert that the images kept their shape."""
    if np.shape(y) != shape:
        raise CheckFailure(f"the result has shape {np.shape(y)}; the images have {shape}")


def chosen(y, variants, what):
    """Which of the variants each image of y is; fails when it is none."""
    shape = variants[0].shape
    assert_shape(y, shape)
    fits = np.stack([np.isclose(y, variant).all(axis=(1, 2, 3)) for variant in variants])
    wrong = int((~fits.any(axis=0)).sum())
    if wrong:
        raise CheckFailure(f"{wrong} of {len(y)} images are not {what}")
    return fits.argmax(axis=0)


def assert_own_draws(choices):
    """Assert that the images of a batch did not all get the same."""
    if len(np.unique(choices)) == 1:
        raise CheckFailure(
            "all images of the batch are changed alike; each should have its own draw"
        )


def assert_uniform(values, low, high, what):
    """Assert that many values lie in [low, high] and reach both ends."""
    tenth = (high - low) / 10
    if not (
        low - 1e-9 <= values.min() < low + tenth and high - tenth < values.max() <= high + 1e-9
    ):
        ends = f"{values.min():.3f} to {values.max():.3f}"
        raise CheckFailure(f"the {what} go from {ends}; they should fill {low:g} to {high:g}")


# ---- geometry ----------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("horizontal_flip")
def test_horizontal_flip(student, rng):
    """Flip: an image is mirrored left to right or stays as it is"""
    x = rng.random((60, 2, 3, 4))
    mirrored = x[:, :, :, ::-1]

    assert_close(
        student.horizontal_flip(x, rng, 1.0),
        mirrored,
        "y with p = 1",
        hint="The last axis is the width.",
    )
    assert_close(student.horizontal_flip(x, rng, 0.0), x, "y with p = 0")
    assert_own_draws(
        chosen(student.horizontal_flip(x, rng), [x, mirrored], "the old one or its mirror image")
    )


@pytest.mark.points(3)
@pytest.mark.concept("random_crop")
def test_random_crop(student, rng):
    """Crop: an image becomes a window of itself with zeros around it"""
    x = rng.random((60, 2, 4, 5))
    y = student.random_crop(x, rng, 2)
    assert_own_draws(
        chosen(
            y, crops(x, 2), "a window of the image with two rows and columns of zeros on each side"
        )
    )


@pytest.mark.points(3)
@pytest.mark.concept("random_shift")
def test_random_shift(student, rng):
    """Shift: an image moves by a few pixels, and its border fills the gap"""
    x = rng.random((60, 2, 4, 5))
    y = student.random_shift(x, rng, 2)
    what = "shifted by at most two pixels in each direction, with the border pixels repeated"
    assert_own_draws(chosen(y, shifts(x, 2), what))


@pytest.mark.points(2)
@pytest.mark.concept("rotate90")
def test_rotate90(student, rng):
    """Rotation: an image turns by 0, 90, 180 or 270 degrees"""
    x = rng.random((60, 2, 3, 3))
    assert_own_draws(
        chosen(student.rotate90(x, rng), turns(x), "turned by a multiple of 90 degrees")
    )


# ---- values ------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("adjust_contrast")
def test_adjust_contrast(student, rng):
    """Contrast: the values of an image move away from their mean or towards it, by one factor"""
    x = rng.uniform(0.4, 0.6, (300, 2, 3, 4))
    x[:, 0] += 0.05  # so that the channels have different means

    y = student.adjust_contrast(x, rng, 0.4)

    mean = x.mean(axis=(1, 2, 3), keepdims=True)
    centred = x - mean
    factor = (centred * y).sum(axis=(1, 2, 3)) / (centred**2).sum(axis=(1, 2, 3))
    expected = mean + factor[:, None, None, None] * centred
    assert_close(
        y,
        expected,
        "y",
        hint="μ is the mean over all channels and pixels of an image, f one number for it.",
    )
    assert_uniform(factor, 0.6, 1.4, "factors with strength 0.4")


@pytest.mark.points(2)
@pytest.mark.concept("adjust_brightness")
def test_adjust_brightness(student, rng):
    """Brightness: all values of an image become larger or smaller by one number"""
    x = rng.uniform(0.4, 0.6, (300, 2, 3, 4))

    y = student.adjust_brightness(x, rng, 0.3)

    delta = (y - x).mean(axis=(1, 2, 3))
    assert_close(y, x + delta[:, None, None, None], "y", hint="δ is one number for each image.")
    assert_uniform(delta, -0.3, 0.3, "changes with strength 0.3")


@pytest.mark.points(2)
@pytest.mark.concept("gaussian_noise")
def test_gaussian_noise(student, rng):
    """Noise: every pixel gets its own normal draw"""
    x, std = np.full((200, 3, 5, 4), 0.5), 0.05

    noise = student.gaussian_noise(x, rng, std) - x

    assert_shape(noise, x.shape)
    mean, spread, n = noise.mean(), noise.std(), noise.size
    if not abs(mean) < SIGMAS * std / np.sqrt(n):
        raise CheckFailure(f"the noise has the mean {mean:.4f}; it should be 0")
    if not abs(spread - std) < SIGMAS * std / np.sqrt(2 * n):
        raise CheckFailure(f"the noise has the standard deviation {spread:.4f} where std is {std}")
    beyond, expected = float(np.mean(np.abs(noise) > 2 * std)), 0.0455
    if not abs(beyond - expected) < SIGMAS * np.sqrt(expected / n):
        raise CheckFailure(
            f"{beyond:.1%} of the noise is larger than 2 std; of normal noise it is {expected:.1%}"
        )
    for axis, name in enumerate(("the images", "the channels of an image", "a column", "a row")):
        common = noise.mean(axis=axis).std() * np.sqrt(noise.shape[axis])
        if not common < 1.3 * std:
            raise CheckFailure(f"{name} share their noise; every pixel has its own")


# ---- the whole ---------------------------------------------------------------------------------


def one_by_one(student, steps, x, seed):
    """The images after each step, all of them with one generator."""
    generator = student.hold(np.random.default_rng(seed))
    for step in steps:
        x = step(x, generator)
    return x


@pytest.mark.points(2)
@pytest.mark.concept("Augmenter")
@pytest.mark.depends("test_horizontal_flip", "test_adjust_brightness")
def test_augmenter_applies_its_steps(student, rng):
    """Augmenter: one step after the other with the same generator, and the labels stay"""
    x, y, seed = rng.random((40, 2, 3, 4)), rng.integers(10, size=40), int(rng.integers(1000))
    steps = [student.horizontal_flip, student.adjust_brightness]

    images, labels = student.Augmenter(steps)(x, y, np.random.default_rng(seed))

    hint = "The first step of the list comes first, and each gets the rng that the call got."
    assert_close(images, one_by_one(student, steps, x, seed), "x", hint=hint)
    assert_close(labels, y, "y")
