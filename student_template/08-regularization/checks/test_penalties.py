import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, check_loss_gradient


def either(got, usual, other):
    """The squares are written with and without one half; what matters is that the gradient belongs
    to the penalty.
    """
    return other if np.ndim(got) == 0 and np.isclose(got, other) else usual


def judge_l2(W, reg, penalty):
    squares = reg * np.sum(W**2)
    expected = either(penalty, squares, squares / 2)
    assert_close(
        penalty, expected, "penalty", hint="Square each weight, add all of them up, times λ."
    )


def judge_elastic_net(W, reg1, reg2, penalty):
    absolute, squares = reg1 * np.sum(np.abs(W)), reg2 * np.sum(W**2)
    expected = either(penalty, absolute + squares, absolute + squares / 2)
    assert_close(
        penalty,
        expected,
        "penalty",
        hint="reg1 belongs to the absolute values, reg2 to the squares.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("l2_penalty")
def test_l2_penalty(student, rng):
    """L2: λ times the sum of the squared weights, and its gradient"""
    check_loss_gradient(student, judge_l2, "l2_penalty", rng.normal(size=(4, 3)), 0.3, rng=rng)


@pytest.mark.points(2)
@pytest.mark.concept("l1_penalty")
def test_l1_penalty(student, reference, rng):
    """L1: λ times the sum of the absolute weights, and its gradient"""
    check_loss_gradient(student, reference, "l1_penalty", rng.normal(size=(3, 5)), 0.3, rng=rng)


@pytest.mark.points(2)
@pytest.mark.concept("elastic_net_penalty")
def test_elastic_net_penalty(student, rng):
    """Elastic net: λ₁ for the absolute weights and λ₂ for their squares, and its gradient"""
    check_loss_gradient(
        student,
        judge_elastic_net,
        "elastic_net_penalty",
        rng.normal(size=(4, 3)),
        0.7,
        0.2,
        rng=rng,
    )


@pytest.mark.points(3)
@pytest.mark.concept("soft_shrinkage")
@pytest.mark.parametrize("shape", [(12,), (4, 5)], ids=str)
def test_soft_shrinkage(student, reference, rng, shape):
    """Soft shrinkage: each weight moves towards zero by the threshold and stays there if it
    arrives
    """
    W = rng.normal(size=shape)

    shrunk = student.soft_shrinkage(W, 0.4)

    assert_close(
        shrunk, reference.soft_shrinkage(W, 0.4), "the result", hint="sign(W) max(|W| - s, 0)"
    )
    if student.mutated:
        raise CheckFailure(
            f"soft_shrinkage changes {student.mutated[0]} in place; make a new array"
        )


@pytest.mark.points(3)
@pytest.mark.concept("soft_shrinkage")
@pytest.mark.depends("test_soft_shrinkage", "test_l1_penalty", "test_l2_penalty")
def test_l1_makes_exact_zeros(student, rng):
    """L1 and shrinkage find the weights that are of no use and make them exactly zero; L2
    does not
    """
    X, w = rng.normal(size=(80, 10)), np.array([3.0, -2.0, 0, 0, 1.5, 0, 0, 0, -1.0, 0])
    y = X @ w + 0.05 * rng.normal(size=80)
    rate = 1 / np.linalg.eigvalsh(X.T @ X / 80).max()
    lasso, ridge = np.zeros(10), np.zeros(10)
    for _ in range(200):
        lasso = student.soft_shrinkage(lasso - rate * X.T @ (X @ lasso - y) / 80, rate * 0.2)
        ridge = ridge - rate / 2 * (X.T @ (X @ ridge - y) / 80 + student.l2_penalty(ridge, 0.1)[1])

    found = np.flatnonzero(lasso)
    if not np.array_equal(found, np.flatnonzero(w)):
        raise CheckFailure(
            f"with L1 the weights {found} are not zero; the data came from {np.flatnonzero(w)}"
        )
    if not ridge.all():
        raise CheckFailure("with the L2 penalty some weights are exactly zero, which is L1's doing")
    slope = X.T @ (X @ lasso - y) / 80 + student.l1_penalty(lasso, 0.2)[1]
    assert_close(
        slope[found],
        np.zeros(len(found)),
        "the gradient of loss plus penalty in the end",
        atol=1e-6,
    )
