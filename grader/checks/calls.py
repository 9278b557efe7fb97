"""Call an operation or a loss of a subject, and report every way its results can be malformed."""

from __future__ import annotations

import contextlib
import copy
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from .failure import (
    CheckFailure,
    NotFinite,
    describe,
    join,
    place,
    plain,
    plain_dict,
    plural,
    printable,
)
from .trees import Floats, alike, float64, float_arrays, has_floats, replaced, same

__all__ = ["Answer", "Differentiable", "Loss", "Operation", "read_outs"]

_CHANGED_HINT = (
    "Work on a copy: `a *= b` writes into the caller's array, `a = a * b` makes a new one."
)


@dataclass(frozen=True)
class Answer:
    """One forward and backward pass.

    `douts` correspond to `outs`; `gradients` to the differentiable arguments, as trees.
    """

    outs: list[Floats]
    douts: list[Floats]
    gradients: list[Any]


class Differentiable(Protocol):
    """What a gradient check needs from the code that it checks."""

    forward_name: str
    arguments: tuple[Any, ...]  # float64 where floating
    argument_names: list[str] | None
    differentiable: list[int]  # positions of the arguments that have gradients
    self_contained: bool  # the arguments are all that the forward gets
    sizes: dict[str, float]  # numbers that may name a constant factor

    def gradient_name(self, argument: int) -> str:
        """The name of the gradient of an argument, given by position."""

    def out_names(self, count: int) -> list[str]:
        """The names of `count` outputs, with the function that returned them."""

    def answer(
        self, arguments: tuple[Any, ...], rng: np.random.Generator, like: Answer | None = None
    ) -> Answer:
        """Run forward and backward several times, to verify that they have no side effects.

        Args:
            arguments: The arguments of the forward function.
            rng: Draws the upstream gradients.
            like: An answer whose upstream gradients are used if its outputs have the same shapes.

        Raises:
            CheckFailure: A result is malformed, or a call has a side effect.

        """

    def answer_once(self, arguments: tuple[Any, ...], rng: np.random.Generator) -> Answer:
        """Run forward and backward once, with upstream gradients drawn from rng.

        Raises:
            CheckFailure: A result is malformed.

        """

    def outs_of_many(self, many: list[tuple[Any, ...]]) -> list[list[Any]]:
        """The outputs of the forward for each tuple of arguments: no cache, not yet validated."""


class Operation:
    """`<op>_forward` and `<op>_backward`, a Differentiable."""

    def __init__(
        self,
        subject: Any,
        op: str,
        inputs: tuple[Any, ...],
        param: Any,
        names: Sequence[str] | None,
    ) -> None:
        self.subject, self.param = subject, param
        self.forward_name, self.backward_name = f"{op}_forward", f"{op}_backward"
        self.arguments = tuple(map(float64, inputs))
        self.self_contained = param is None
        signature = _positional_names(subject, self.forward_name)
        self.param_name = signature[len(inputs)] if len(signature) > len(inputs) else None
        if names is not None and len(names) != len(inputs):
            raise TypeError(
                f"check_gradients: {plural(len(inputs), 'input')}, but {plural(len(names), 'name')}"
            )
        known = list(names or signature[: len(inputs)])
        self.argument_names = known if len(known) == len(inputs) else None
        self.sizes = _batch_size(self.arguments[:1])
        self.differentiable = [i for i, tree in enumerate(self.arguments) if has_floats(tree)]
        if not self.differentiable:
            raise TypeError(
                f"check_gradients: none of the inputs of {op} is an array of floating dtype"
            )

    def gradient_name(self, argument: int) -> str:
        """See Differentiable."""
        if self.argument_names:
            return f"d{self.argument_names[argument]}"
        return (
            f"gradient {self.differentiable.index(argument) + 1}"
            if len(self.differentiable) > 1
            else "the gradient"
        )

    def out_names(self, count: int) -> list[str]:
        """See Differentiable."""
        return [f"{self.forward_name}'s {name}" for name in _out_names(count)]

    def answer(
        self, arguments: tuple[Any, ...], rng: np.random.Generator, like: Answer | None = None
    ) -> Answer:
        """See Differentiable."""
        sent = self._for_one_call(arguments)
        result = getattr(self.subject, self.forward_name)(*sent)
        self._forbid_changes(sent, arguments)
        outs = self._outs(result)
        douts = _upstream(outs, rng, like)
        gradients = self._backward(douts, result[-1])
        again = self._backward(douts, result[-1])
        self._forbid_changes(sent, arguments, forward=False)
        with contextlib.suppress(Exception):  # it may not accept other arguments
            getattr(self.subject, self.forward_name)(*self._for_one_call(_halved(arguments)))
        later = self._backward(douts, result[-1])
        for argument, first, second in zip(self.differentiable, gradients, again, strict=True):
            if not alike(first, second):
                raise CheckFailure(
                    f"{self.backward_name} returns a different {self.gradient_name(argument)} "
                    "when called again with the same arguments",
                    hint="backward must not change the cache or draw new random numbers.",
                )
        for argument, first, second in zip(self.differentiable, gradients, later, strict=True):
            if not alike(first, second):
                raise CheckFailure(
                    f"{self.backward_name} returns a different {self.gradient_name(argument)} for "
                    f"the same cache after {self.forward_name} is called with other arguments",
                    hint="Does backward use values stored by the last forward call instead of the "
                    "cache that it receives?",
                )
        return Answer(outs, [np.asarray(dout) for dout in douts], gradients)

    def answer_once(self, arguments: tuple[Any, ...], rng: np.random.Generator) -> Answer:
        """See Differentiable."""
        result = getattr(self.subject, self.forward_name)(*self._for_one_call(arguments))
        outs = self._outs(result)
        douts = _upstream(outs, rng)
        return Answer(outs, [np.asarray(dout) for dout in douts], self._backward(douts, result[-1]))

    def outs_of_many(self, many: list[tuple[Any, ...]]) -> list[list[Any]]:
        """See Differentiable."""
        results = _call_many(
            self.subject, self.forward_name, [self._for_one_call(arguments) for arguments in many]
        )
        return [
            list(result[:-1]) if type(result) in (tuple, list) else [result] for result in results
        ]

    def _for_one_call(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """A copy: calls share no array, and a generator in param draws the same numbers in each."""
        return copy.deepcopy(arguments if self.param is None else (*arguments, self.param))

    def _outs(self, result: Any) -> list[Floats]:
        if type(result) not in (tuple, list) or len(result) < 2:
            raise CheckFailure(
                f"{self.forward_name} returned {describe(result)}; expected out and "
                f"cache{_no_return(result)}"
            )
        return [
            _finite(value, name, precise=True)
            for value, name in zip(result[:-1], self.out_names(len(result) - 1), strict=True)
        ]

    def _backward(self, douts: list[Any], cache: Any) -> list[Any]:
        sent = copy.deepcopy(douts)
        result = getattr(self.subject, self.backward_name)(*sent, cache)
        if not same(sent, douts) or _mutated(self.subject):
            changed = join(list(_mutated(self.subject)) or ["dout"])
            raise CheckFailure(
                f"{self.backward_name} changes its argument {changed} in place", hint=_CHANGED_HINT
            )
        names = [self.gradient_name(argument) for argument in self.differentiable]
        if len(names) == 1:
            gradients = [result]
        elif type(result) in (tuple, list) and len(result) == len(names):
            gradients = list(result)
        else:
            what = (
                plural(len(result), "value") if type(result) in (tuple, list) else describe(result)
            )
            raise CheckFailure(
                f"{self.backward_name} returned {what}; expected {len(names)}: "
                f"{', '.join(names)}{_no_return(result)}"
            )
        return [
            _gradient(value, self.arguments[argument], name, self.backward_name)
            for value, argument, name in zip(gradients, self.differentiable, names, strict=True)
        ]

    def _forbid_changes(
        self, sent: tuple[Any, ...], arguments: tuple[Any, ...], *, forward: bool = True
    ) -> None:
        """Changes in param are ignored: batch norm keeps its running statistics there."""
        labels = self.argument_names or [f"input {i + 1}" for i in range(len(arguments))]
        changed = [
            name
            for name, mine, theirs in zip(labels, arguments, sent, strict=False)
            if not same(mine, theirs)
        ]
        if forward:
            mutated = [name for name in _mutated(self.subject) if name != self.param_name]
            changed = changed or [
                name for name in mutated if self.param is None or not name.endswith("param")
            ]
        if changed:
            function = self.forward_name if forward else self.backward_name
            raise CheckFailure(
                f"{function} changes its argument {join(changed)} in place", hint=_CHANGED_HINT
            )


class Loss:
    """A function `(loss, gradient with respect to the first argument)`, a Differentiable."""

    def __init__(self, subject: Any, function: str, inputs: tuple[Any, ...]) -> None:
        self.subject, self.forward_name = subject, function
        self.arguments = tuple(map(float64, inputs))
        self.self_contained = True
        # a penalty has no batch
        self.sizes = _batch_size(self.arguments[:2]) if len(inputs) > 1 else {}
        known = _positional_names(subject, function)[: len(inputs)]
        self.argument_names = known if len(known) == len(inputs) else None
        self.differentiable = [0]
        if not inputs or not has_floats(self.arguments[0]):
            raise TypeError(
                f"check_loss_gradient: the first argument of {function} is not an array of "
                "floating dtype"
            )

    def gradient_name(self, argument: int) -> str:
        """See Differentiable."""
        return f"d{self.argument_names[argument]}" if self.argument_names else "the gradient"

    def out_names(self, count: int) -> list[str]:
        """See Differentiable."""
        return [f"the loss of {self.forward_name}"] * count

    def answer(
        self,
        arguments: tuple[Any, ...],
        rng: np.random.Generator,  # noqa: ARG002 - nothing is upstream of a loss
        like: Answer | None = None,  # noqa: ARG002 - as above
    ) -> Answer:
        """See Differentiable."""
        sent = copy.deepcopy(arguments)
        result = getattr(self.subject, self.forward_name)(*sent)
        labels = self.argument_names or [f"input {i + 1}" for i in range(len(arguments))]
        changed = [
            name
            for name, mine, theirs in zip(labels, arguments, sent, strict=True)
            if not same(mine, theirs)
        ]
        changed = changed or list(_mutated(self.subject))
        if changed:
            raise CheckFailure(
                f"{self.forward_name} changes its argument {join(changed)} in place",
                hint=_CHANGED_HINT,
            )
        name = self.gradient_name(0)
        if type(result) not in (tuple, list) or len(result) != 2:
            raise CheckFailure(
                f"{self.forward_name} returned {describe(result)}; expected the loss and "
                f"{name}{_no_return(result)}"
            )
        loss = _finite(result[0], *self.out_names(1), precise=True)
        if loss.ndim:
            raise CheckFailure(
                f"the loss of {self.forward_name} has shape {loss.shape}; expected one number"
            )
        gradient = _gradient(result[1], self.arguments[0], name, self.forward_name)
        return Answer([loss], [np.asarray(1.0)], [gradient])

    def answer_once(self, arguments: tuple[Any, ...], rng: np.random.Generator) -> Answer:
        """See Differentiable."""
        return self.answer(arguments, rng)

    def outs_of_many(self, many: list[tuple[Any, ...]]) -> list[list[Any]]:
        """See Differentiable."""
        results = _call_many(self.subject, self.forward_name, copy.deepcopy(many))
        return [
            [result[0]] if type(result) in (tuple, list) and result else [result]
            for result in results
        ]


def _upstream(
    outs: list[Floats], rng: np.random.Generator, like: Answer | None = None
) -> list[Any]:
    """A gradient for each output (a number for a number): those of `like` if they fit, or drawn."""
    if like is not None and [dout.shape for dout in like.douts] == [out.shape for out in outs]:
        return [dout.copy() if dout.ndim else float(dout) for dout in like.douts]
    return [rng.normal(size=out.shape) if out.ndim else float(rng.normal()) for out in outs]


def _halved(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Other valid arguments of the same shapes: all floating numbers are halved."""
    for path, value in list(float_arrays(arguments)):
        arguments = replaced(arguments, path, np.asarray(value / 2))
    return arguments


def _batch_size(batched: tuple[Any, ...]) -> dict[str, float]:
    """The common length of the arguments: N by convention, since the batch axis comes first."""
    lengths = {
        len(value) if isinstance(value, np.ndarray) and value.ndim else 0 for value in batched
    }
    return {"N": float(N)} if len(lengths) == 1 and (N := lengths.pop()) else {}


def read_outs(values: list[Any], like: list[Floats], function: str) -> list[Floats]:
    """Validate the outputs of another forward call. They need not be finite.

    Args:
        values: The outputs, without the cache.
        like: The outputs of the first call, of any shapes.
        function: The name of the forward, for messages.

    Returns:
        The outputs as float64 arrays, each of the same shape as in `like`.

    Raises:
        CheckFailure: Their number, a type or a shape differs from the first call.

    """
    if len(values) != len(like):
        raise CheckFailure(
            f"{function} first returned {plural(len(like), 'output')}, then {len(values)} for a "
            "slightly different input"
        )
    outs = []
    for value, out, name in zip(values, like, _out_names(len(like)), strict=True):
        array = _floating(value, f"{function}'s {name}", precise=True)
        if array.shape != out.shape:
            raise CheckFailure(
                f"{function}'s {name} first has shape {out.shape}, then {array.shape} for a "
                "slightly different input"
            )
        outs.append(array)
    return outs


def _out_names(count: int) -> list[str]:
    return ["out"] if count == 1 else [f"output {i + 1}" for i in range(count)]


def _call_many(subject: Any, function: str, many: list[tuple[Any, ...]]) -> list[Any]:
    """Use one request if the subject supports it; a module's function named batch is not that."""
    batch = None if isinstance(subject, ModuleType) else getattr(subject, "batch", None)
    if callable(batch):
        return list(batch(function, many, last="drop"))
    call = getattr(subject, function)
    return [call(*arguments) for arguments in many]


def _mutated(subject: Any) -> tuple[str, ...]:
    """Arguments that the last call changed in the sandbox, except the cache: it is not an input."""
    names = () if isinstance(subject, ModuleType) else getattr(subject, "mutated", ())
    return tuple(printable(name) for name in names if name != "cache")


def _positional_names(subject: Any, function: str) -> list[str]:
    try:
        parameters = inspect.signature(getattr(subject, function)).parameters.values()
    except (TypeError, ValueError):  # a builtin, or a proxy that does not know
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _no_return(result: Any) -> str:
    return ". Is a return statement missing?" if result is None else ""


def _floating(value: Any, name: str, *, precise: bool) -> Floats:
    """A student's number or array as float64.

    If `precise`, lower precision is an error: rounding would hide the differences.
    """
    value = plain(value)
    if type(value) is int and value.bit_length() < 64:
        value = float(value)
    if issubclass(type(value), (float, np.floating)):
        value = np.asarray(value)
    if type(value) is not np.ndarray:
        raise CheckFailure(f"{name} is {describe(value)}; expected an array{_no_return(value)}")
    if value.dtype.kind != "f":
        raise CheckFailure(
            f"{name} has dtype {printable(str(value.dtype))}; expected floating numbers"
        )
    if precise and value.dtype.itemsize < np.dtype(np.float64).itemsize:
        raise CheckFailure(
            f"{name} has dtype {value.dtype} though the input has float64",
            hint="Keep the precision of the input.",
        )
    with np.errstate(all="ignore"):
        array: Floats = value.astype(np.float64)
    return array


def _finite(value: Any, name: str, *, precise: bool) -> Floats:
    array = _floating(value, name, precise=precise)
    bad = ~np.isfinite(array)
    if bad.any():
        first = tuple(map(int, np.unravel_index(int(np.argmax(bad)), array.shape)))
        what = "NaN" if np.isnan(array[first]) else "infinite"
        where = (
            f" in {int(bad.sum())} of {plural(array.size, 'place')}, first at {place('', first)}"
            if first
            else ""
        )
        raise NotFinite(f"{name} is {what}{where}")
    return array


def _gradient(value: Any, wanted: Any, name: str, function: str) -> Any:
    """A student's gradient as a tree like the argument `wanted`: finite arrays of its shapes."""
    if isinstance(wanted, np.ndarray):
        if type(value) is np.ndarray and value.shape != wanted.shape:
            raise CheckFailure(
                f"{name} has shape {value.shape}; expected the shape of its input, {wanted.shape}"
            )
        array = _finite(value, f"{function}'s {name}", precise=False)
        if array.shape != wanted.shape:
            raise CheckFailure(
                f"{name} is one number; expected the shape of its input, {wanted.shape}"
            )
        return array
    if type(value) is not dict and (type(wanted) is dict or type(value) not in (tuple, list)):
        kind = "dict" if type(wanted) is dict else type(wanted).__name__
        raise CheckFailure(
            f"{function}'s {name} is {describe(value)}; expected a {kind} of gradients"
        )
    items = plain_dict(value) if type(value) is dict else dict(enumerate(value))
    gradient = {}
    for key, item in wanted.items() if type(wanted) is dict else enumerate(wanted):
        if has_floats(item):
            if key not in items:
                raise CheckFailure(f"{function}'s {name} has no {key!r}")
            gradient[key] = _gradient(items[key], item, f"{name}[{key!r}]", function)
    return gradient
