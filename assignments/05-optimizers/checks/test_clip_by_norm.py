import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, assert_rejects

SHAPES = ((3, 4), (4,), (2, 1, 2))


def tensors(rng, scale):
    return [scale * rng.normal(size=shape) for shape in SHAPES]


@pytest.mark.points(4)
@pytest.mark.concept("clip_by_norm")
@pytest.mark.parametrize("scale", [10.0, 0.01], ids=["long", "short"])
def test_clip_by_norm(student, reference, rng, scale):
    """Clipping: one norm and one factor for the whole list, and what is short enough stays"""
    grads = tensors(rng, scale)

    clipped, norm = student.clip_by_norm(grads, 2.0)

    if student.mutated:
        raise CheckFailure(
            "clip_by_norm changes the arrays that it was given", hint="Return a list of new arrays."
        )
    expected, expected_norm = reference.clip_by_norm(grads, 2.0)
    assert_close(
        norm,
        expected_norm,
        "norm",
        hint="The norm before clipping: the root of all squares in all arrays.",
    )
    assert_close(clipped, expected, "grads")


@pytest.mark.points(3)
@pytest.mark.concept("clip_by_norm")
@pytest.mark.depends("test_clip_by_norm")
@pytest.mark.hidden(
    "What is the norm of zeros, of one number, of a list with a NaN, and of float32 values around "
    "1e25?"
)
def test_clip_by_norm_in_the_corners(student, reference, rng):
    """Clipping: zeros, a single array, NaN, and float32 that must not overflow"""
    for grads in (
        [np.zeros(3), np.zeros((2, 2))],
        [rng.normal(size=5)],
        [np.array(-7.0), rng.normal(size=(1, 2))],
    ):
        clipped, norm = student.clip_by_norm(grads, 0.5)
        expected, expected_norm = reference.clip_by_norm(grads, 0.5)
        assert_close(norm, expected_norm, "norm")
        assert_close(clipped, expected, "grads")

    _, norm = student.clip_by_norm([np.array([1.0, np.nan]), np.ones(2)], 0.5)
    if not np.isnan(np.asarray(norm, dtype=float)).all():
        raise CheckFailure("a NaN in grads does not show in norm")

    huge = [(1e25 * array).astype(np.float32) for array in tensors(rng, 1.0)]
    clipped, norm = student.clip_by_norm(huge, 2.0)
    expected, expected_norm = reference.clip_by_norm(huge, 2.0)
    assert_close(norm, expected_norm, "norm", rtol=1e-5)
    assert_close(clipped, expected, "grads")
    for array in clipped:
        assert array.dtype == np.float32, (
            f"grads are float32, and a clipped one has dtype {array.dtype}"
        )


@pytest.mark.points(1)
@pytest.mark.concept("clip_by_norm")
@pytest.mark.depends("test_clip_by_norm")
@pytest.mark.hidden(
    "A max_norm has to be positive. Iterating over an array, or a dict, gives something else than "
    "arrays."
)
def test_clip_by_norm_rejects(student, rng):
    """Clipping: a max_norm that is not positive, and grads that are no list, raise a ValueError"""
    for max_norm in (0.0, -1.0):
        assert_rejects(student.clip_by_norm, tensors(rng, 1.0), max_norm, naming="max_norm")
    for grads in (rng.normal(size=(3, 2)), {"W1": rng.normal(size=3)}):
        assert_rejects(student.clip_by_norm, grads, 1.0, naming="grads")
