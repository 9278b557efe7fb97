"""Numeric derivatives with error bars, from an untrusted forward pass.

A probe moves one coordinate, or all of them along a random direction (the cost does not grow with
the tensor), by t · step for t = ±1, ±τ, and measures the effect on  L = Σ ⟨dout, out⟩:

    D(t) = (L(t) - L(-t)) / 2t
    S(t) = (L(t) - 2 L(0) + L(-t)) / t²
    L' ≈ (D(τ) - τ² D(1)) / (1 - τ²)

Where L is smooth, D(1) = D(τ) and S(1) = S(τ) up to terms of third and fourth order in the step.
A kink within reach of the step (ReLU near zero, two equal maxima in a pooling window) breaks one of
the two equalities by so much that the error of L' is at most 1.9 times the larger gap, wherever the
kink is. Rounding breaks both. That gap is therefore the error bar of L'.
τ is the golden ratio: with ½, a function that jumps at regular intervals (float32 inside) could
look smooth by chance.

Extrapolation: Richardson 1911; Press et al., Numerical Recipes, 3rd ed., section 5.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .calls import Answer, Differentiable, read_outs
from .failure import CheckFailure
from .trees import Floats, Path, alike, float_arrays, replaced

__all__ = ["LADDER", "Leaf", "Meter", "Probe", "Slope", "coordinates", "direction", "typical"]

# factors on a step: short steps avoid kinks, the long step exceeds rounding
LADDER = (1.0, 1 / 64, 64.0, 1 / 2048)

_STEP = 1e-5  # relative to the values: truncation h² and rounding ε/h are near 1e-10
_SHORT = (5**0.5 - 1) / 2  # τ
_REACH = 64  # a direction moves the output as far as this many coordinates
_ROUNDING = 8 * float(np.finfo(np.float64).eps)
_REQUEST_BYTES = 16 << 20  # of arguments or of outputs, in one request


@dataclass(frozen=True)
class Leaf:
    """One float64 array among the arguments, and the name of its gradient."""

    argument: int
    path: Path
    value: Floats
    name: str


@dataclass(frozen=True)
class Probe:
    """Moves `indices` of the flattened leaf by `steps`: a coordinate, or several as a direction."""

    leaf: Leaf
    indices: NDArray[np.intp]
    steps: Floats

    @property
    def is_coordinate(self) -> bool:
        """Whether the probe moves only one element."""
        return len(self.indices) == 1

    def moved(self, t: float) -> Floats:
        """The leaf's array, moved by t steps."""
        value = self.leaf.value.copy()
        value.reshape(-1)[self.indices] += t * self.steps
        return value


@dataclass(frozen=True)
class Slope:
    """A measured slope, per unit along a coordinate or per step along a direction."""

    probe: Probe
    numeric: float
    error: float  # how far the slope may be off
    rounding: float  # the part of the error that rounding of the output explains


def typical(value: Floats) -> float:
    """The root mean square; 1 if that is zero or not finite."""
    with np.errstate(all="ignore"):
        size = float(np.sqrt(np.mean(np.square(value)))) if value.size else 0.0
    return size if np.isfinite(size) and size > 0 else 1.0


def coordinates(leaf: Leaf, indices: Sequence[int] | NDArray[np.intp]) -> list[Probe]:
    """A probe for each index of the flattened leaf."""
    flat, size = leaf.value.reshape(-1), min(typical(leaf.value), 1.0)
    return [
        Probe(leaf, np.array([i]), np.array([_STEP * max(abs(flat[i]), size)])) for i in indices
    ]


def direction(leaf: Leaf, rng: np.random.Generator) -> Probe:
    """A probe that moves every element up or down at random, by amounts within a factor of two.

    With equal amounts, an error that two elements share would cancel in every second direction.
    """
    n = leaf.value.size
    step = _STEP * typical(leaf.value) * np.sqrt(min(1.0, _REACH / n))
    return Probe(leaf, np.arange(n), step * rng.choice([-1.0, 1.0], n) * rng.uniform(0.5, 1.0, n))


class Meter:
    """Measures slopes of one subject at one point, for one draw of upstream gradients.

    Args:
        called: The operation or loss to measure.
        arguments: The point: the arguments of the forward.
        answer: The outputs and upstream gradients at that point.

    """

    def __init__(
        self, called: Differentiable, arguments: tuple[object, ...], answer: Answer
    ) -> None:
        self._called, self._arguments = called, arguments
        self._outs, self._douts = answer.outs, answer.douts
        weighted = [dout * out for dout, out in zip(answer.douts, answer.outs, strict=True)]
        self._rounding = _ROUNDING * float(np.sqrt(sum(float(np.vdot(w, w)) for w in weighted)))
        inputs = sum(array.nbytes for _, array in float_arrays(arguments))
        bytes_per_probe = 4 * max(inputs, sum(out.nbytes for out in answer.outs), 1)
        self._probes_per_request = max(1, _REQUEST_BYTES // bytes_per_probe)
        self._repeatable = False

    def measure(self, probes: Sequence[Probe], factor: float = 1.0) -> list[Slope]:
        """The slope of every probe.

        Args:
            probes: The probes, in any order.
            factor: Multiplies the steps of every probe.

        Raises:
            CheckFailure: A result of the forward is malformed.

        """
        slopes = []
        for start in range(0, len(probes), self._probes_per_request):
            some = probes[start : start + self._probes_per_request]
            moved = [
                self._moved(probe, t * factor)
                for probe in some
                for t in (1.0, -1.0, _SHORT, -_SHORT)
            ]
            if not self._repeatable:
                base, *answers = self._forward([self._arguments, *moved])
                self._expect_same(base)
            else:
                answers = self._forward(moved)
            slopes += [
                self._slope(probe, factor, answers[4 * i : 4 * i + 4])
                for i, probe in enumerate(some)
            ]
        return slopes

    def _forward(self, many: list[tuple[object, ...]]) -> list[list[Floats]]:
        name = self._called.forward_name
        return [read_outs(values, self._outs, name) for values in self._called.outs_of_many(many)]

    def _expect_same(self, base: list[Floats]) -> None:
        if not alike(base, self._outs):
            raise CheckFailure(
                f"{self._called.forward_name} returns a different result when called again with "
                "the same arguments",
                hint="The result must depend on the arguments only: keep no state between calls, "
                "draw no random numbers.",
            )
        self._repeatable = True

    def _moved(self, probe: Probe, t: float) -> tuple[object, ...]:
        arguments = list(self._arguments)
        arguments[probe.leaf.argument] = replaced(
            arguments[probe.leaf.argument], probe.leaf.path, probe.moved(t)
        )
        return tuple(arguments)

    def _slope(self, probe: Probe, factor: float, answers: list[list[Floats]]) -> Slope:
        wide = narrow = wide_bend = narrow_bend = 0.0
        with np.errstate(all="ignore"):
            for dout, middle, up, down, near_up, near_down in zip(
                self._douts, self._outs, *answers, strict=True
            ):
                wide += float(np.vdot(dout, up - down)) / 2
                narrow += float(np.vdot(dout, near_up - near_down)) / (2 * _SHORT)
                wide_bend += float(np.vdot(dout, (up - middle) - (middle - down)))
                narrow_bend += (
                    float(np.vdot(dout, (near_up - middle) - (middle - near_down))) / _SHORT**2
                )
        gap = max(abs(narrow - wide), abs(narrow_bend - wide_bend))
        if not np.isfinite(gap):  # the step left the domain of the function
            return Slope(probe, 0.0, np.inf, 0.0)
        unit = factor * float(probe.steps[0]) if probe.is_coordinate else factor
        slope = (narrow - _SHORT**2 * wide) / (1 - _SHORT**2)
        return Slope(probe, slope / unit, max(gap, self._rounding) / unit, self._rounding / unit)
