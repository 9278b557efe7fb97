"""What was asked and answered, compared as two right implementations may differ."""

from decimal import Decimal

import numpy as np
import pytest

from grader.subject.transcript import Event, Opaque, same, size


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (1.0, 1.0 + 1e-9, True),
        (1.0, 1.0 + 1e-6, False),
        (np.float32(1), np.float32(1 + 1e-5), True),
        (np.float32(1), np.float64(1), False),
        (1, 1.0, False),
        (1, np.int64(1), True),
        (True, 1, False),
        (np.nan, np.nan, True),
        (np.inf, -np.inf, False),
        (np.zeros(3), np.zeros((3, 1)), False),
        (np.array([1e6, 1e-9]), np.array([1e6, 0.0]), True),
        ((1, 2), [1, 2], False),
        ([1, (2.0, "a")], [1, (2.0, "a")], True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        (None, None, True),
        (None, 0, False),
        ("a", "b", False),
        (b"a", b"a", True),
        (Opaque(1), Opaque(1), True),
        (Opaque(1), Opaque(2), False),
        (np.zeros(0), np.zeros(0), True),
        (slice(1, 2), slice(1, 2), True),
        (Decimal(1), Decimal(2), False),
    ],
)
def test_values(a, b, equal):
    assert same(a, b) is equal
    assert same(b, a) is equal


@pytest.mark.parametrize(
    ("changed", "equal"),
    [
        ({}, True),
        ({"call": "g"}, False),
        ({"arguments": (2.0,)}, False),
        ({"answer": 4.0}, False),
        ({"answer": 3.0 + 1e-9}, True),
        ({"raised": "ValueError"}, False),
        ({"mutated": ("x",)}, False),
        ({"mutated": ("w", "x")}, False),
    ],
)
def test_events(changed, equal):
    first = {"call": "f", "arguments": (1.0,), "answer": 3.0}
    assert same(Event(**first), Event(**first | changed)) is equal


def test_the_order_of_changed_arguments_plays_no_part():
    assert same(Event("f", (), 1, mutated=("a", "b")), Event("f", (), 1, mutated=("b", "a")))


def test_tensors_are_compared_without_importing_torch():
    torch = pytest.importorskip("torch")
    assert same(torch.ones(2, requires_grad=True), torch.ones(2))
    assert not same(torch.ones(2), torch.zeros(2))
    assert not same(torch.ones(2), np.ones(2, np.float32))


@pytest.mark.parametrize(
    ("value", "least"),
    [
        (np.zeros(1000), 8000),
        (np.broadcast_to(1.0, (1000,)), 8000),
        (bytes(5000), 5000),
        ("x" * 5000, 5000),
        ([0.5] * 1000, 8000),
        ({"key": np.zeros(100)}, 800),
        (10**3000, 1200),
    ],
)
def test_a_size_counts_the_data(value, least):
    assert least <= size(value) < 6 * least


def test_the_size_of_an_unknown_object_is_not_asked_of_it():
    class Liar:
        @property
        def nbytes(self):
            raise AssertionError("asked")

        def __sizeof__(self):
            raise AssertionError("asked")

    class Plain:
        def __getattr__(self, name):
            raise AssertionError("asked")

    assert size(Plain()) > 0
