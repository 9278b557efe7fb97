"""Compare gradients with numeric differences of the same forward, and both with the solution.

All computation is in float64. Kinks are avoided, not tolerated: every numeric derivative has an
error bar. If the bar is too wide, the derivative is measured with other steps, then at a nearby
point, and is otherwise ignored.

A few random directions accept most tensors at a fraction of the cost of their coordinates, which
are checked one by one only if a direction is wrong or unclear. The idea of random directions is
from the fast mode of PyTorch's gradcheck.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from .calls import Answer, Differentiable, Loss, Operation, read_outs
from .derivatives import LADDER, Leaf, Meter, Probe, Slope, coordinates, direction, typical
from .failure import CheckFailure, WrongForward, aligned, apart, join, place, plural
from .slips import Slip, recognise
from .solution import Solution
from .trees import Floats, alike, float_arrays, follow, replaced, suffix

__all__ = ["check_gradients", "check_loss_gradient"]

_QUICK_DIRECTIONS = 3  # a tensor is accepted if all of these are right and sharp
_ALL_COORDINATES = 64  # otherwise, all coordinates of a tensor up to this size are checked
_SOME_COORDINATES = 24  # coordinates of a larger tensor
_DIRECTIONS = 8  # directions of a larger tensor
_COORDINATE_RTOL = 1e-5  # of the coordinate's own derivative
_COORDINATE_ATOL = 1e-6  # of the root mean square of the tensor's derivatives
_DIRECTION_RTOL = 2e-7  # of the length of the gradient along the direction
_ERRORS = 4  # error bars that a correct value may be off; a single kink accounts for two
_USABLE = 0.75  # share of the probes that must be usable to judge the point
_NUDGE = 1e-2  # relative distance that the inputs move if they are on kinks
# tensors up to this size are measured completely once they are known to be wrong
_EXPLAINED_SIZE = 256
_NUMERIC_RTOL = 1e-5  # precision of a complete numeric gradient, to recognise a slip


@dataclass(frozen=True)
class _Finding:
    """A numeric slope, and the analytic value that should equal it up to `tolerance` and error."""

    slope: Slope
    analytic: float
    tolerance: float

    @property
    def sharp(self) -> bool:
        return self.slope.error <= self.tolerance

    @property
    def usable(self) -> bool:
        """Sharp, or as sharp as rounding of the output allows.

        A gradient of zero has no scale to be compared with. Overflow is never usable: its infinite
        tolerance would accept anything.
        """
        finite = np.isfinite(self.slope.error) and np.isfinite(self.tolerance)
        return bool(
            finite and self.slope.error <= max(self.tolerance, _ERRORS * self.slope.rounding)
        )

    @property
    def excess(self) -> float:
        """The difference divided by the allowed difference."""
        allowed = self.tolerance + _ERRORS * self.slope.error
        difference = abs(self.analytic - self.slope.numeric)
        return difference / allowed if allowed else np.inf if difference else 0.0

    @property
    def wrong(self) -> bool:
        return self.usable and not self.excess <= 1


def check_gradients(
    subject: Any,
    reference: Any,
    op: str,
    *inputs: Any,
    param: Any = None,
    rng: np.random.Generator,
    wrt: Sequence[int | str] | None = None,
    names: Sequence[str] | None = None,
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Check that `<op>_backward` is the derivative of `<op>_forward`, and that both are right.

    Args:
        subject: A module, or any object with `<op>_forward(*inputs[, param]) -> (out, ...,
            cache)` and `<op>_backward(dout, ..., cache) -> gradients`: one for each input of
            floating dtype, in order; the bare array if there is only one. The cache is ignored.
            A method `subject.batch(name, arguments, last="drop")` is used for many calls at once;
            `subject.mutated` names arguments that the last call changed inside a sandbox.
        reference: An object with the right `<op>_forward` and `<op>_backward`. If several
            forwards are right, a function `judge(*inputs, *outs)` that raises CheckFailure for a
            wrong one.
        op: The name of the operation: "affine" checks affine_forward and affine_backward.
        inputs: Arrays, cast to float64 if floating; a dict, list or tuple of arrays has a gradient
            of the same structure. Arrays of integers or truth values, numbers and strings are
            constants.
        param: If not None, the last argument of the forward, copied for each call with the random
            generators in it. It may be changed in place.
        rng: Draws the upstream gradients, the coordinates and the directions.
        wrt: The inputs, by position or name, whose gradients are compared; all must be returned.
        names: Names of the inputs, if the signature of the forward does not give them.
        rtol: Relative tolerance of outputs and gradients against the reference, as in
            `assert_close`, if right solutions differ by more than rounding.
        atol: Absolute tolerance of the same comparison.

    Raises:
        CheckFailure: A gradient is wrong, is not finite or has the wrong shape; the number of
            gradients is wrong; a call changes its arguments; or the same call returns a
            different result the second time.
        WrongForward: Only the forward is wrong.

    """
    __tracebackhide__ = True
    _expect_name(op)
    called = Operation(subject, op, inputs, param, names)
    solved = None if _is_judge(reference) else Operation(reference, op, inputs, param, names)
    _check(called, _Expected(solved, reference, rtol, atol), _positions(called, wrt), rng)


def check_loss_gradient(
    subject: Any,
    reference: Any,
    function: str,
    *inputs: Any,
    rng: np.random.Generator,
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Check a function that returns a loss and its gradient against differences of that loss.

    Args:
        subject: A module, or any object with `<function>(*inputs) -> (loss, gradient)`.
        reference: An object with the right function, or a function `judge(*inputs, loss)`.
        function: The name of the function.
        inputs: The first is an array of floating dtype, or a dict, list or tuple of such arrays;
            the gradient is with respect to it. The others are constants.
        rng: As in `check_gradients`.
        rtol: As in `check_gradients`.
        atol: As in `check_gradients`.

    Raises:
        CheckFailure: As in `check_gradients`.
        WrongForward: Only the loss is wrong.

    """
    __tracebackhide__ = True
    _expect_name(function)
    solved = None if _is_judge(reference) else Loss(reference, function, inputs)
    _check(Loss(subject, function, inputs), _Expected(solved, reference, rtol, atol), [0], rng)


@dataclass(frozen=True)
class _Expected:
    """Where the right answers come from: see `Solution`."""

    solved: Differentiable | None
    judge: Any
    rtol: float | None
    atol: float | None

    def at(self, arguments: tuple[Any, ...], rng: np.random.Generator) -> Solution:
        return Solution(self.solved, self.judge, arguments, rng, self.rtol, self.atol)


def _is_judge(reference: Any) -> bool:
    """Whether the reference is a function, not an object that has functions."""
    return isinstance(reference, FunctionType | MethodType | partial)


def _expect_name(op: object) -> None:
    """If the author forgets the reference, an input is in this position."""
    if not isinstance(op, str):
        raise TypeError(
            "pass the reference after the student: check_gradients(student, reference, 'relu', "
            "x, …)"
        )


def _positions(called: Operation, wrt: Sequence[int | str] | None) -> list[int]:
    if wrt is None:
        return called.differentiable
    known = called.argument_names or []
    positions = [known.index(which) if which in known else which for which in wrt]
    if not set(positions) <= set(called.differentiable):
        raise TypeError(
            f"check_gradients: wrt={wrt!r} is not an input of floating dtype; the inputs: "
            f"{known or 'unnamed'}"
        )
    return [int(position) for position in positions]


def _check(
    called: Differentiable, right: _Expected, positions: list[int], rng: np.random.Generator
) -> None:
    __tracebackhide__ = True
    # The calls of the reference must not depend on the subject's results.
    elsewhere = copy.deepcopy(rng)
    other = _nudged(called.arguments, called.differentiable, elsewhere)
    solutions = right.at(called.arguments, rng), right.at(other, elsewhere)
    here = _Point(called, solutions[0], called.arguments, positions, rng)
    here.judge([group for group in here.groups if not _inconclusive(group)])
    points = [here]
    if any(map(_inconclusive, here.groups)):
        nearby = _Point(called, solutions[1], other, positions, elsewhere)
        points.append(nearby)
        for group in filter(_inconclusive, nearby.groups):
            unclear = sum(not finding.usable for finding in group)
            raise here.complaint or CheckFailure(
                f"{group[0].slope.probe.leaf.name} cannot be checked: {called.forward_name} jumps "
                f"or bends at {unclear} of the {plural(len(group), 'place')} tried",
                hint="Does it round, compute in float32, or compare numbers where it should "
                "calculate with them?",
            )
        nearby.judge(nearby.groups)
    findings = [finding for point in points for finding in point.findings]
    if called.self_contained and not any(
        finding.slope.numeric or finding.analytic for finding in findings
    ):
        _expect_some_influence(called, here.answer, rng)
    for point in points:
        point.compare()


def _expect_some_influence(
    called: Differentiable, answer: Answer, rng: np.random.Generator
) -> None:
    """Fail a forward that ignores its inputs, although zero is its correct gradient.

    Two random points and their negatives distinguish it from a ReLU whose units are all off.
    """
    if not sum(out.size for out in answer.outs):
        return
    many = []
    for _ in range(2):
        one, other = called.arguments, called.arguments
        for argument in called.differentiable:
            for path, value in list(float_arrays(called.arguments[argument])):
                drawn = rng.normal(size=value.shape)
                one = replaced(one, (argument, *path), drawn)
                other = replaced(other, (argument, *path), -drawn)
        many += [one, other]
    outs = [
        read_outs(values, answer.outs, called.forward_name) for values in called.outs_of_many(many)
    ]
    defined = all(np.isfinite(array).all() for out in outs for array in out)
    if defined and all(alike(out, outs[0]) for out in outs[1:]):
        raise CheckFailure(f"{called.forward_name} returns the same result for every input")


def _inconclusive(group: list[_Finding]) -> bool:
    """Whether too few of a leaf's coordinates, or of its directions, are usable.

    The usable ones are not evidence then: a function that jumps everywhere looks smooth at some
    points by chance.
    """
    kinds = (
        [f.usable for f in group if f.slope.probe.is_coordinate is kind] for kind in (True, False)
    )
    return any(sum(usable) < _USABLE * len(usable) for usable in kinds)


def _sharpest(tries: list[Slope]) -> Slope:
    """The slope with the smallest error, which is increased if the others contradict it.

    A staircase, such as float32 produces, is flat at a small enough scale, but that is not its
    slope.
    """
    best = min(tries, key=lambda slope: slope.error)
    gaps = (
        (abs(best.numeric - other.numeric), _ERRORS * (best.error + other.error)) for other in tries
    )
    return replace(best, error=max([best.error, *(gap for gap, allowed in gaps if gap > allowed)]))


def _nudged(
    arguments: tuple[Any, ...], which: list[int], rng: np.random.Generator
) -> tuple[Any, ...]:
    """Move the arguments at the positions `which` by a small amount.

    Each element moves by a different amount, so that no two are equal and none is zero. Values
    shrink and keep their signs, and zeros become positive: probabilities stay probabilities, and
    logarithms stay defined.
    """
    for path, value in [
        (path, value) for path, value in float_arrays(arguments) if path[0] in which
    ]:
        shift = _NUDGE * rng.uniform(0.5, 1.0, value.shape)
        arguments = replaced(
            arguments, path, np.where(value == 0, shift * typical(value), value - shift * value)
        )
    return arguments


class _Point:
    """The subject at one point: its results there, and the findings of the probes.

    complaint: what is wrong with its outputs, or None.
    """

    def __init__(
        self,
        called: Differentiable,
        solution: Solution,
        arguments: tuple[Any, ...],
        positions: list[int],
        rng: np.random.Generator,
    ) -> None:
        self.called, self.solution, self.rng = called, solution, rng
        self.answer = called.answer(arguments, rng, solution.answer)
        self.complaint = solution.complaint(
            self.answer.outs, called.out_names(len(self.answer.outs)), called.sizes
        )
        self.meter = Meter(called, arguments, self.answer)
        leaves = [
            Leaf(argument, path, value, called.gradient_name(argument) + suffix(path))
            for argument in positions
            for path, value in float_arrays(arguments[argument])
        ]
        clear = self._check_quickly(leaves)
        unclear = [
            leaf
            for leaf in leaves
            if not any(finding.slope.probe.leaf is leaf for finding in clear)
        ]
        self.findings = clear + self._examine(
            [probe for leaf in unclear for probe in self._probes(leaf)]
        )
        self.groups = [
            [f for f in self.findings if f.slope.probe.leaf is leaf]
            for leaf in leaves
            if leaf.value.size
        ]

    def gradient(self, leaf: Leaf, answer: Answer | None = None) -> Floats:
        """The student's gradient of a leaf, or that of another answer."""
        gradients = (answer or self.answer).gradients
        array: Floats = follow(
            gradients[self.called.differentiable.index(leaf.argument)], leaf.path
        )
        return array

    def _check_quickly(self, leaves: list[Leaf]) -> list[_Finding]:
        """The findings of a few directions, for the leaves that these show to be right.

        A direction moves every coordinate, each by a different amount. A single wrong one is
        visible in every direction, and wrong ones that cancel in one direction do not in the next.
        """
        probes = [
            coordinates(leaf, range(leaf.value.size))
            if leaf.value.size <= _QUICK_DIRECTIONS
            else [direction(leaf, self.rng) for _ in range(_QUICK_DIRECTIONS)]
            for leaf in leaves
        ]
        findings = iter(
            self._compare(self.meter.measure([probe for some in probes for probe in some]))
        )
        seen = [[next(findings) for _ in some] for some in probes]
        return [
            finding
            for group in seen
            if all(f.sharp and not f.wrong for f in group)
            for finding in group
        ]

    def _probes(self, leaf: Leaf) -> Iterator[Probe]:
        """All coordinates of a small leaf; some coordinates and some directions of a larger one."""
        n = leaf.value.size
        if n <= _ALL_COORDINATES:
            yield from coordinates(leaf, range(n))
        else:
            yield from coordinates(
                leaf, np.sort(self.rng.choice(n, _SOME_COORDINATES, replace=False))
            )
            yield from (direction(leaf, self.rng) for _ in range(_DIRECTIONS))

    def _examine(self, probes: list[Probe]) -> list[_Finding]:
        """Measure every probe, unclear ones with all steps of the ladder; keep the sharpest."""
        tries = [[slope] for slope in self.meter.measure(probes)]
        findings = self._compare([slope for (slope,) in tries])
        for factor in LADDER[1:]:
            again = [i for i, finding in enumerate(findings) if not finding.sharp]
            if not again:
                break
            for i, slope in zip(
                again, self.meter.measure([probes[i] for i in again], factor), strict=True
            ):
                tries[i].append(slope)
            findings = self._compare([_sharpest(slopes) for slopes in tries])
        return findings

    def _compare(self, slopes: list[Slope]) -> list[_Finding]:
        known: dict[str, list[float]] = {}
        for slope in slopes:
            if slope.probe.is_coordinate and np.isfinite(slope.error):
                known.setdefault(slope.probe.leaf.name, []).append(slope.numeric)
        with np.errstate(all="ignore"):
            scales = {
                name: float(np.sqrt(np.mean(np.square(values)))) for name, values in known.items()
            }
        return [self._finding(slope, scales.get(slope.probe.leaf.name, 0.0)) for slope in slopes]

    def _finding(self, slope: Slope, scale: float) -> _Finding:
        probe = slope.probe
        along = self.gradient(probe.leaf).reshape(-1)[probe.indices]
        if probe.is_coordinate:
            return _Finding(
                slope,
                float(along[0]),
                _COORDINATE_RTOL * abs(slope.numeric) + _COORDINATE_ATOL * scale,
            )
        with np.errstate(all="ignore"):
            analytic, length = (
                float(along @ probe.steps),
                float(np.linalg.norm(along * probe.steps)),
            )
        return _Finding(slope, analytic, _DIRECTION_RTOL * max(length, abs(slope.numeric)))

    # ---- messages --------------------------------------------------------------------------------

    def compare(self) -> None:
        """Compare with the solution; raises WrongForward, or CheckFailure for a gradient."""
        __tracebackhide__ = True
        if self.complaint is not None:
            raise WrongForward(self.complaint.summary, self.complaint.details, self.complaint.hint)
        if self.solution.answer is None:
            return
        for finding in self.findings:
            analytic, allowed = self._solved(finding, self.solution.answer)
            if finding.usable and not abs(finding.analytic - analytic) <= allowed:
                yours, expected = apart(np.float64(finding.analytic), np.float64(analytic))
                forward, leaf = self.called.forward_name, finding.slope.probe.leaf
                values = aligned({"yours": yours, "expected": expected})
                raise CheckFailure(
                    f"{leaf.name} fits the values of {forward} next to these inputs, but those "
                    "are wrong",
                    f"at {self._where(finding)}:\n{values}",
                )

    def _solved(self, finding: _Finding, answer: Answer) -> tuple[float, float]:
        """The value of the solution's gradient for a finding, and the allowed difference."""
        probe, rtol, atol = (
            finding.slope.probe,
            self.solution.rtol or 0.0,
            self.solution.atol or 0.0,
        )
        along = self.gradient(probe.leaf, answer).reshape(-1)[probe.indices]
        steps = np.ones(1) if probe.is_coordinate else probe.steps
        loose = rtol * np.linalg.norm(along * steps) + atol * np.linalg.norm(steps)
        # Each may differ from the numeric slope by its error.
        return float(along @ steps), 2 * (
            finding.tolerance + _ERRORS * finding.slope.error
        ) + float(loose)

    def judge(self, groups: list[list[_Finding]]) -> None:
        """Raise CheckFailure for the first leaf that is wrong."""
        __tracebackhide__ = True
        wrong = [group for group in groups if any(finding.wrong for finding in group)]
        if not wrong:
            return
        if self.complaint is not None:  # the forward comes first
            raise self.complaint
        names = [group[0].slope.probe.leaf.name for group in wrong]
        right = [name for group in groups if (name := group[0].slope.probe.leaf.name) not in names]
        summary, details = self._explain(wrong[0])
        others = [f"also wrong: {join(names[1:])}"] * bool(names[1:]) + [
            f"right: {join(right)}"
        ] * bool(right)
        raise CheckFailure(summary, "\n".join([details, *others]))

    def _explain(self, group: list[_Finding]) -> tuple[str, str]:
        leaf = group[0].slope.probe.leaf
        tried = [
            finding for finding in group if finding.usable and finding.slope.probe.is_coordinate
        ]
        bad = [finding for finding in tried if finding.wrong]
        worst = max(bad, key=lambda finding: finding.excess) if bad else self._locate(group)
        slip = self._slip(leaf, group)
        if slip:
            summary = f"{leaf.name} {slip.says}"
        elif bad:
            summary = (
                f"{leaf.name} is wrong in {len(bad)} of the {plural(len(tried), 'place')} tried"
            )
        else:
            summary = f"{leaf.name} is wrong in some places"
        yours, numeric = apart(np.float64(worst.analytic), np.float64(worst.slope.numeric))
        return (
            summary,
            f"worst at {self._where(worst)}:\n{aligned({'yours': yours, 'numeric': numeric})}",
        )

    @staticmethod
    def _where(finding: _Finding) -> str:
        probe, leaf = finding.slope.probe, finding.slope.probe.leaf
        if not probe.is_coordinate:
            return f"{leaf.name} along a random direction"
        return place(
            leaf.name, tuple(map(int, np.unravel_index(int(probe.indices[0]), leaf.value.shape)))
        )

    def _locate(self, group: list[_Finding]) -> _Finding:
        """Bisect a wrong direction down to a wrong coordinate, as far as the error is visible."""
        finding = max(
            (finding for finding in group if finding.wrong), key=lambda finding: finding.excess
        )
        probe = finding.slope.probe
        while len(probe.indices) > 1:
            middle = len(probe.indices) // 2
            halves = [
                Probe(probe.leaf, indices, steps)
                if len(indices) > 1
                else coordinates(probe.leaf, indices)[0]
                for indices, steps in (
                    (probe.indices[:middle], probe.steps[:middle]),
                    (probe.indices[middle:], probe.steps[middle:]),
                )
            ]
            half = max(
                self._examine(halves), key=lambda finding: finding.excess if finding.usable else 0.0
            )
            if not half.wrong:
                break
            finding, probe = half, half.slope.probe
        return finding

    def _slip(self, leaf: Leaf, group: list[_Finding]) -> Slip | None:
        gradient, sizes = self.gradient(leaf), self.called.sizes
        if not gradient.any():
            return Slip("zeros", "is all zeros")
        if leaf.value.size <= _EXPLAINED_SIZE:
            everywhere = self._examine(coordinates(leaf, range(leaf.value.size)))
            if all(finding.usable for finding in everywhere):
                numeric = np.reshape(
                    [finding.slope.numeric for finding in everywhere], leaf.value.shape
                )
                return recognise(gradient, numeric, sizes=sizes, rtol=_NUMERIC_RTOL)
            group = everywhere
        slips = set()  # a factor of the whole shows in every sample and in every direction
        for kind in {finding.slope.probe.is_coordinate for finding in group}:
            chosen = [f for f in group if f.usable and f.slope.probe.is_coordinate is kind]
            yours, numeric = (
                np.array([[f.analytic, f.slope.numeric] for f in chosen]).reshape(-1, 2)
            ).T
            slips.add(recognise(yours, numeric, sizes=sizes, rtol=_NUMERIC_RTOL))
        slip = slips.pop()
        return slip if slip and not slips and slip.kind in ("factor", "sign") else None
