"""Augmentation: which images can come out, how often each does, and what must never change."""

import collections
import functools

import numpy as np
import pytest
import scipy.stats

from reference import augmentation
from reference.augmentation import (
    Augmenter,
    adjust_brightness,
    adjust_contrast,
    gaussian_noise,
    horizontal_flip,
    random_crop,
    random_shift,
    rotate90,
)

GEOMETRY = [horizontal_flip, random_crop, random_shift, rotate90]
INTENSITY = [adjust_contrast, adjust_brightness, gaussian_noise]

every_geometry = pytest.mark.parametrize("transform", GEOMETRY)
every_intensity = pytest.mark.parametrize("transform", INTENSITY)
every_transform = pytest.mark.parametrize("transform", GEOMETRY + INTENSITY)


def rng(seed=0):
    return np.random.default_rng(seed)


def images(N=8, C=3, H=5, W=5, seed=1):
    return rng(seed).uniform(size=(N, C, H, W))


def copies(image, N=6000):
    return np.repeat(image[None], N, axis=0)


def outcomes(batch, candidates):
    """How often each candidate, a dict of name: image, is an image of the batch. Every image must
    be one of them.
    """
    names = {np.ascontiguousarray(image).tobytes(): name for name, image in candidates.items()}
    assert len(names) == len(candidates)
    return collections.Counter(names[np.ascontiguousarray(image).tobytes()] for image in batch)


def assert_equally_likely(counts, candidates):
    assert scipy.stats.chisquare([counts[name] for name in candidates]).pvalue > 0.01


# ---- what all have in common


@every_transform
@pytest.mark.parametrize("shape", [(8, 3, 5, 5), (1, 1, 6, 6), (4, 1, 1, 1), (0, 3, 5, 5)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_dtype_range_and_input_are_kept(transform, shape, dtype):
    x = images(*shape).astype(dtype)
    before = x.copy()
    y = transform(x, rng())
    assert y.shape == shape
    assert y.dtype == dtype
    assert np.all((y >= 0) & (y <= 1))
    assert not np.shares_memory(x, y)
    np.testing.assert_array_equal(x, before)


@every_transform
def test_the_generator_decides_the_result(transform):
    x = images(32)
    np.testing.assert_array_equal(transform(x, rng(3)), transform(x, rng(3)))
    assert not np.array_equal(transform(x, rng(3)), transform(x, rng(4)))
    shared = rng(3)
    assert not np.array_equal(transform(x, shared), transform(x, shared))


@every_transform
def test_nested_lists_are_images_too(transform):
    np.testing.assert_array_equal(transform(images().tolist(), rng()), transform(images(), rng()))


@every_transform
def test_each_image_has_its_own_draw(transform):
    y = transform(copies(images(1)[0], 64), rng())
    assert len({image.tobytes() for image in y}) > 1


@pytest.mark.parametrize("transform", [horizontal_flip, random_crop, random_shift])
def test_images_need_not_be_square(transform):
    assert transform(images(4, 2, 3, 7), rng()).shape == (4, 2, 3, 7)


@every_geometry
def test_moving_pixels_keeps_integer_dtypes(transform):
    assert transform(np.full((4, 1, 3, 3), 200, np.uint8), rng()).dtype == np.uint8


@every_intensity
def test_changing_pixels_makes_integers_float64(transform):
    assert transform(np.ones((4, 1, 3, 3), int), rng()).dtype == np.float64


@every_transform
def test_anything_but_a_batch_of_images_is_refused(transform):
    with pytest.raises(
        ValueError,
        match=r"x has shape \(3, 5, 5\), but a batch of images \(N, C, H, W\) is expected",
    ):
        transform(np.ones((3, 5, 5)), rng())


@every_intensity
@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 255.0), (0.0, 1.01), (-0.01, 1.0), (0.0, float("nan"))]
)
def test_values_outside_zero_to_one_are_refused(transform, low, high):
    x = np.array([low, high]).reshape(1, 1, 1, 2)
    with pytest.raises(
        ValueError, match=r"x has values from .* to .*, but they must be in \[0, 1\]"
    ):
        transform(x, rng())


@every_intensity
def test_the_ends_of_the_range_are_allowed(transform):
    transform(np.array([0.0, 1.0]).reshape(1, 1, 1, 2), rng())


# ---- flip


def test_flip_mirrors_the_width_of_half_the_images():
    image = images(1, 3, 2, 4)[0]
    candidates = {"same": image, "mirrored": image[:, :, ::-1]}
    assert_equally_likely(outcomes(horizontal_flip(copies(image), rng()), candidates), candidates)


@pytest.mark.parametrize(("p", "flipped"), [(0.0, 0), (1.0, 500)])
def test_flip_with_certainty(p, flipped):
    image = images(1)[0]
    counts = outcomes(
        horizontal_flip(copies(image, 500), rng(), p),
        {"same": image, "mirrored": image[:, :, ::-1]},
    )
    assert counts["mirrored"] == flipped


def test_flip_probability_is_that_of_flipping():
    image = images(1)[0]
    counts = outcomes(
        horizontal_flip(copies(image), rng(), 0.2), {"same": image, "mirrored": image[:, :, ::-1]}
    )
    assert counts["mirrored"] / 6000 == pytest.approx(0.2, abs=0.02)


def test_each_image_of_a_batch_is_flipped_by_itself():
    x = images(200)
    y = horizontal_flip(x, rng())
    for before, after in zip(x, y, strict=True):
        assert np.array_equal(after, before) or np.array_equal(after, before[:, :, ::-1])


def test_flip_compares_each_draw_with_p():
    class Fixed:
        def random(self, size):
            return np.linspace(0, 0.5, size)

    x = images(2)
    np.testing.assert_array_equal(horizontal_flip(x, Fixed(), 0.5), [x[0, :, :, ::-1], x[1]])
    np.testing.assert_array_equal(horizontal_flip(x, Fixed(), 0.0), x)


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_flip_refuses_what_is_no_probability(p):
    with pytest.raises(ValueError, match=rf"p is {p}, but it must be in \[0, 1\]"):
        horizontal_flip(images(), rng(), p)


# ---- crop and shift


def crops(image, pad):
    """All crops, pixel by pixel."""
    _, H, W = image.shape
    candidates = {}
    for top in range(2 * pad + 1):
        for left in range(2 * pad + 1):
            crop = np.zeros_like(image)
            for i in range(H):
                for j in range(W):
                    if 0 <= i + top - pad < H and 0 <= j + left - pad < W:
                        crop[:, i, j] = image[:, i + top - pad, j + left - pad]
            candidates[top, left] = crop
    return candidates


def shifts(image, max_shift):
    """All shifts, pixel by pixel."""
    _, H, W = image.shape
    candidates = {}
    for down in range(-max_shift, max_shift + 1):
        for right in range(-max_shift, max_shift + 1):
            shifted = np.empty_like(image)
            for i in range(H):
                for j in range(W):
                    shifted[:, i, j] = image[
                        :, min(max(i - down, 0), H - 1), min(max(j - right, 0), W - 1)
                    ]
            candidates[down, right] = shifted
    return candidates


@pytest.mark.parametrize("amount", [1, 2])
@pytest.mark.parametrize(
    ("transform", "all_results"), [(random_crop, crops), (random_shift, shifts)]
)
def test_all_offsets_are_equally_likely(transform, all_results, amount):
    image = images(1, 2, 5, 7)[0]
    candidates = all_results(image, amount)
    assert_equally_likely(outcomes(transform(copies(image), rng(), amount), candidates), candidates)


@pytest.mark.parametrize("transform", [random_crop, random_shift])
def test_no_room_to_move_changes_nothing(transform):
    np.testing.assert_array_equal(transform(images(), rng(), 0), images())


@pytest.mark.parametrize(
    ("transform", "all_results"), [(random_crop, crops), (random_shift, shifts)]
)
def test_images_of_a_batch_are_not_mixed(transform, all_results):
    x = images(100, 2, 4, 3)
    for before, after in zip(x, transform(x, rng(), 1), strict=True):
        assert sum(outcomes([after], all_results(before, 1)).values()) == 1


@pytest.mark.parametrize(
    ("transform", "all_results", "amount"), [(random_crop, crops, 4), (random_shift, shifts, 2)]
)
def test_default_offsets(transform, all_results, amount):
    image = images(1, 1, 9, 9)[0]
    counts = outcomes(transform(copies(image), rng()), all_results(image, amount))
    assert len(counts) == (2 * amount + 1) ** 2


def test_a_shift_brings_in_no_black_and_nothing_from_the_other_side():
    x = np.tile(np.linspace(0.5, 1, 6), (40, 1, 6, 1))
    y = random_shift(x, rng(), 3)
    assert y.min() == 0.5
    assert np.all(np.diff(y, axis=3) >= 0)


@pytest.mark.parametrize(("transform", "name"), [(random_crop, "pad"), (random_shift, "max_shift")])
def test_negative_offsets_are_refused(transform, name):
    with pytest.raises(ValueError, match=f"{name} is -1, but it must not be negative"):
        transform(images(), rng(), -1)


# ---- rotate


def test_all_four_turns_are_equally_likely():
    image = images(1)[0]
    quarter = image.transpose(0, 2, 1)[:, ::-1]  # (i, j) comes from (j, W - 1 - i)
    candidates = {
        0: image,
        1: quarter,
        2: image[:, ::-1, ::-1],
        3: image.transpose(0, 2, 1)[:, :, ::-1],
    }
    assert_equally_likely(outcomes(rotate90(copies(image), rng()), candidates), candidates)


def test_each_image_of_a_batch_is_turned_by_itself():
    x = images(100)
    for before, after in zip(x, rotate90(x, rng()), strict=True):
        assert any(np.array_equal(after, np.rot90(before, k, axes=(1, 2))) for k in range(4))


def test_images_that_are_not_square_are_not_turned():
    with pytest.raises(
        ValueError, match="x has images of 3 x 7 pixels, but only square ones keep their shape"
    ):
        rotate90(images(2, 1, 3, 7), rng())


# ---- contrast, brightness, noise


def middling(N=4000):
    """Images without values near 0 or 1, where nothing is clipped."""
    return rng(2).uniform(0.4, 0.6, (N, 2, 3, 3))


@pytest.mark.parametrize("strength", [None, 0.05, 0.6])
def test_contrast_scales_each_image_around_its_mean_by_a_uniform_factor(strength):
    x = middling()
    y = adjust_contrast(x, rng()) if strength is None else adjust_contrast(x, rng(), strength)
    mean = np.array([image.mean() for image in x])[:, None, None, None]
    factors = (y - mean) / (x - mean)
    np.testing.assert_allclose(factors, factors[:, :1, :1, :1] * np.ones_like(x), rtol=1e-6)
    uniform = scipy.stats.uniform(1 - (strength or 0.2), 2 * (strength or 0.2))
    assert scipy.stats.kstest(factors[:, 0, 0, 0], uniform.cdf).pvalue > 0.01


@pytest.mark.parametrize("strength", [None, 0.05, 0.4])
def test_brightness_adds_one_uniform_number_to_each_image(strength):
    x = middling()
    y = adjust_brightness(x, rng()) if strength is None else adjust_brightness(x, rng(), strength)
    deltas = y - x
    np.testing.assert_allclose(deltas, deltas[:, :1, :1, :1] * np.ones_like(x), atol=1e-12)
    uniform = scipy.stats.uniform(-(strength or 0.2), 2 * (strength or 0.2))
    assert scipy.stats.kstest(deltas[:, 0, 0, 0], uniform.cdf).pvalue > 0.01


@pytest.mark.parametrize("std", [None, 0.02])
def test_noise_is_normal_and_different_for_each_pixel(std):
    x = middling()
    y = gaussian_noise(x, rng()) if std is None else gaussian_noise(x, rng(), std)
    noise = y - x
    assert scipy.stats.kstest(noise.ravel(), scipy.stats.norm(0, std or 0.05).cdf).pvalue > 0.01
    assert abs(np.corrcoef(noise[:, 0, 0, 0], noise[:, 1, 0, 0])[0, 1]) < 0.06
    assert abs(np.corrcoef(noise[:, 0, 0, 0], noise[:, 0, 0, 1])[0, 1]) < 0.06


@every_intensity
def test_values_are_clipped_and_not_wrapped_or_rescaled(transform):
    x = np.linspace(0, 1, 200 * 16).reshape(200, 1, 4, 4)
    y = transform(x, rng(), 1)
    assert y.min() == 0
    assert y.max() == 1
    if transform is not gaussian_noise:  # then the order of the pixels of an image stays
        assert np.all(np.diff(y, axis=3) >= 0)


@every_intensity
def test_no_strength_changes_nothing(transform):
    np.testing.assert_allclose(transform(images(), rng(), 0), images(), rtol=1e-12)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_contrast_of_a_constant_image_changes_nothing(value):
    np.testing.assert_allclose(
        adjust_contrast(np.full((2, 1, 3, 3), value), rng(), 1.0), value, rtol=1e-12
    )


@pytest.mark.parametrize("transform", [adjust_contrast, adjust_brightness])
@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_strengths_outside_zero_to_one_are_refused(transform, strength):
    with pytest.raises(ValueError, match=rf"strength is {strength}, but it must be in \[0, 1\]"):
        transform(images(), rng(), strength)


@pytest.mark.parametrize("std", [-0.1, float("nan")])
def test_a_negative_std_is_refused(std):
    with pytest.raises(ValueError, match=f"std is {std}, but it must not be negative"):
        gaussian_noise(images(), rng(), std)


# ---- Augmenter


def test_steps_are_applied_in_their_order_with_one_generator():
    x, y = images(), np.arange(8)
    steps = [horizontal_flip, functools.partial(random_crop, pad=1), gaussian_noise]
    generator, expected = rng(5), x
    for step in steps:
        expected = step(expected, generator)
    got, labels = Augmenter(steps)(x, y, rng(5))
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(labels, np.arange(8))


def test_augmenting_leaves_images_and_labels_of_the_caller_alone():
    x, y = images(), np.arange(8)
    got, labels = Augmenter([getattr(augmentation, t.__name__) for t in GEOMETRY + INTENSITY])(
        x, y, rng()
    )
    got += 1
    np.testing.assert_array_equal(x, images())
    np.testing.assert_array_equal(labels, np.arange(8))


def test_an_augmenter_without_steps_gives_a_copy():
    x = images()
    got, _ = Augmenter([])(x, np.arange(8), rng())
    np.testing.assert_array_equal(got, x)
    assert not np.shares_memory(got, x)


def test_two_epochs_see_different_images_and_two_equal_seeds_the_same():
    augmenter, generator = Augmenter([horizontal_flip, random_crop]), rng(1)
    epochs = [augmenter(images(), np.arange(8), generator)[0] for _ in range(2)]
    assert not np.array_equal(*epochs)
    np.testing.assert_array_equal(augmenter(images(), np.arange(8), rng(1))[0], epochs[0])


def test_later_changes_of_the_list_do_not_reach_the_augmenter():
    steps = [horizontal_flip]
    augmenter = Augmenter(steps)
    steps.clear()
    assert augmenter.steps == [horizontal_flip]


def test_images_and_labels_of_different_number_are_refused():
    with pytest.raises(ValueError, match="x has 8 images, but y has 7 labels"):
        Augmenter([])(images(), np.arange(7), rng())
