import pytest

from grader.checks import CheckFailure, assert_close

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
