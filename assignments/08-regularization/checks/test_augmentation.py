import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, assert_rejects

DEFAULTS = {
    "horizontal_flip": {"p": 0.5},
    "random_crop": {"pad": 4},
    "random_shift": {"max_shift": 2},
    "rotate90": {},
    "adjust_contrast": {"strength": 0.2},
    "adjust_brightness": {"strength": 0.2},
    "gaussian_noise": {"std": 0.05},
}
SIGMAS = 6.0  # so far from its expectation a share of independent draws lies once in 500 million
TRANSFORMATIONS = {
    "horizontal_flip": {},
    "random_crop": {"pad": 1},
    "random_shift": {"max_shift": 1},
    "rotate90": {},
    "adjust_contrast": {},
    "adjust_brightness": {},
    "gaussian_noise": {},
}


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


def assert_dtype(y, dtype):
    """Assert that the images kept their dtype."""
    if y.dtype != dtype:
        raise CheckFailure(f"the result has dtype {y.dtype} where x has {np.dtype(dtype)}")


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


def assert_evenly(choices, count, what):
    """Assert that all `count` variants were chosen about equally often."""
    times, N = np.bincount(choices, minlength=count), len(choices)
    allowed = 7 * np.sqrt(N / count * (1 - 1 / count))  # seven sigmas, for there are many counts
    if (np.abs(times - N / count) > allowed).any():
        raise CheckFailure(
            f"of {count} {what} some come {times.min()}, some {times.max()} times in {N} images"
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


# ---- corners -----------------------------------------------------------------------------------


@pytest.mark.points(7, each=True)
@pytest.mark.hidden(
    "Is x left as it was, does float32 stay float32, and do all draws come from rng and nowhere "
    "else?"
)
@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_transformation_keeps_to_the_contract(student, rng, name):
    """Each transformation: same shape and dtype, x untouched, the same images for the same seed"""
    x, seed = rng.random((64, 3, 4, 4)).astype(np.float32), int(rng.integers(1000))

    def transformed(seed, options=TRANSFORMATIONS[name]):
        y = getattr(student, name)(x, np.random.default_rng(seed), **options)
        if "x" in student.mutated:
            raise CheckFailure(f"{name} changes x in place; make a new array")
        return y

    y = transformed(seed)
    assert_shape(y, x.shape)
    assert_dtype(y, x.dtype)
    if not np.array_equal(y, transformed(seed)):
        raise CheckFailure(f"{name} gives other images for a generator with the same seed")
    if np.array_equal(y, transformed(seed + 1)):
        raise CheckFailure(f"{name} gives the same images for a generator with another seed")
    if not np.array_equal(transformed(seed, {}), transformed(seed, DEFAULTS[name])):
        raise CheckFailure(
            f"{name} without options is not {name} with {DEFAULTS[name]}, as the handout has it"
        )


@pytest.mark.points(1)
@pytest.mark.concept("horizontal_flip")
@pytest.mark.depends("test_horizontal_flip")
@pytest.mark.hidden(
    "How many of many images are mirrored when p is not one half? And do whole numbers stay whole?"
)
def test_horizontal_flip_follows_p(student, rng):
    """Flip: a share p of the images is mirrored, also of whole numbers"""
    x, p = rng.integers(0, 256, size=(1000, 1, 2, 6), dtype=np.uint8), 0.2
    x[:, :, :, 0] = 255 - x[:, :, :, -1] // 2  # so that no image is its own mirror image
    x[:, :, :, -1] //= 2

    y = student.horizontal_flip(x, rng, p)

    assert_dtype(y, np.uint8)
    share = float(chosen(y, [x, x[:, :, :, ::-1]], "the old one or its mirror image").mean())
    if not abs(share - p) < SIGMAS * np.sqrt(p * (1 - p) / len(x)):
        raise CheckFailure(f"{share:.0%} of the images are mirrored with p = {p}")


@pytest.mark.points(2, each=True)
@pytest.mark.depends("test_random_crop", "test_random_shift")
@pytest.mark.hidden(
    "Is each position equally likely, the first and the last ones too? What if there is no room "
    "to move?"
)
@pytest.mark.parametrize("name", ["random_crop", "random_shift"])
def test_positions_are_equally_likely(student, rng, name):
    """Crop and shift: every position comes equally often, in both directions, and 0 leaves the
    image alone
    """
    function, variants = getattr(student, name), crops if name == "random_crop" else shifts
    x = rng.random((2500, 1, 3, 4))
    assert_evenly(chosen(function(x, rng, 2), variants(x, 2), "a window"), 25, "positions")

    assert_close(function(x[:5], rng, 0), x[:5], "y")

    whole = rng.integers(0, 256, size=(40, 2, 4, 2), dtype=np.uint8)
    y = function(whole, rng, 3)
    assert_dtype(y, np.uint8)
    chosen(y, variants(whole, 3), "a window")


@pytest.mark.points(1)
@pytest.mark.concept("rotate90")
@pytest.mark.depends("test_rotate90")
@pytest.mark.hidden("Does each of the four turns come equally often?")
def test_rotations_are_equally_likely(student, rng):
    """Rotation: each of the four turns comes equally often"""
    x = rng.random((400, 1, 2, 2))
    assert_evenly(
        chosen(student.rotate90(x, rng), turns(x), "turned by a multiple of 90 degrees"), 4, "turns"
    )


@pytest.mark.points(3, each=True)
@pytest.mark.depends("test_adjust_contrast", "test_adjust_brightness", "test_gaussian_noise")
@pytest.mark.hidden(
    "Black and white pixels cannot become darker or brighter: values stay in [0, 1]. And with "
    "strength 0?"
)
@pytest.mark.parametrize("name", ["adjust_contrast", "adjust_brightness", "gaussian_noise"])
def test_values_stay_in_range(student, rng, name):
    """Contrast, brightness and noise: values are cut off at 0 and 1, and strength 0 changes
    nothing
    """
    function = getattr(student, name)
    x = rng.choice([0.0, 0.1, 0.9, 1.0], size=(100, 2, 4, 3))

    y = function(x, rng, 1.0)

    assert_close([y.min(), y.max()], [0.0, 1.0], "the smallest and the largest value")
    cut = min(np.mean(y == 0), np.mean(y == 1))
    if not cut > 0.1:
        raise CheckFailure(
            f"only {cut:.0%} of the values are exactly 0, or exactly 1: {name} does not cut them "
            "off"
        )
    inside = (y > 0) & (y < 1)
    if name == "adjust_brightness":
        change = np.where(inside, y - x, np.nan)
        few = np.isnan(change).all(axis=(1, 2, 3))
        delta = np.nanmedian(change[~few], axis=(1, 2, 3), keepdims=True)
        assert_close(y[~few], np.clip(x[~few] + delta, 0, 1), "y")

    assert_close(function(x, rng, 0.0), x, "y with strength 0")


@pytest.mark.points(2)
@pytest.mark.depends(
    "test_horizontal_flip",
    "test_random_crop",
    "test_random_shift",
    "test_rotate90",
    "test_adjust_contrast",
    "test_adjust_brightness",
    "test_gaussian_noise",
)
@pytest.mark.hidden(
    "Is x a batch of images, square ones where that matters, with values where they belong?"
)
def test_transformations_reject_what_does_not_fit(student, rng):
    """Transformations: what is no batch of images, values outside [0, 1] and impossible strengths
    raise a ValueError
    """
    x = rng.random((5, 2, 3, 4))
    for name in TRANSFORMATIONS:
        assert_rejects(getattr(student, name), x[0], rng, naming="x")
    assert_rejects(student.rotate90, x, rng, naming="x")
    for name, setting in (
        ("adjust_contrast", "strength"),
        ("adjust_brightness", "strength"),
        ("gaussian_noise", "std"),
    ):
        assert_rejects(getattr(student, name), 255 * x, rng, naming="x")
        assert_rejects(getattr(student, name), x - 0.5, rng, naming="x")
        assert_rejects(getattr(student, name), x, rng, -0.1, naming=setting)
    assert_rejects(student.horizontal_flip, x, rng, 1.5, naming="p")
    assert_rejects(student.random_crop, x, rng, -1, naming="pad")
    assert_rejects(student.random_shift, x, rng, -1, naming="max_shift")


@pytest.mark.points(1)
@pytest.mark.concept("Augmenter")
@pytest.mark.depends("test_augmenter_applies_its_steps")
@pytest.mark.hidden(
    "No steps at all, the same augmenter for a second batch, a label too few: what should happen?"
)
def test_augmenter_of_any_steps(student, rng):
    """Augmenter: no steps, a second batch, and labels that do not fit"""
    x, y = rng.random((8, 2, 3, 4)), rng.integers(10, size=8)
    images, labels = student.Augmenter([])(x, y, rng)
    assert_close(images, x, "x")
    assert_close(labels, y, "y")

    steps = [student.adjust_brightness, student.adjust_brightness, student.horizontal_flip]
    augmenter = student.Augmenter(steps)
    for seed in (3, 4):
        images, _ = augmenter(x, y, np.random.default_rng(seed))
        if "x" in student.mutated:
            raise CheckFailure("Augmenter changes x in place")
        assert_close(images, one_by_one(student, steps, x, seed), "x")

    assert_rejects(lambda: augmenter(x, y[:-1], rng), naming="y")
