"""Evaluate calls on a student's modules or on the reference, in a confined worker or in process.

A `Dispatcher` has no side effects apart from those of the code that it runs. It does not protect
anything: student code shares its process, so its answers are not trusted.
"""

from __future__ import annotations

import builtins
import contextlib
import inspect
import operator
import os
import random
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, ClassVar, Protocol

import numpy as np

from grader.sandbox import wire
from grader.sandbox.inside import traces
from grader.sandbox.wire import (
    Answer,
    Ask,
    Call,
    Function,
    Handle,
    Packet,
    Raised,
    Ref,
    Request,
    Told,
)

__all__ = ["Dispatcher", "gives_object"]

# No comparison and no truth value: an object that claims to be equal to everything must not decide
# for the grader.
_BINARY = (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and_",
    "or_",
    "xor",
    "lshift",
    "rshift",
)
_UNARY = ("neg", "pos", "abs", "invert")
_CONVERSIONS = {conversion.__name__: conversion for conversion in (len, float, int, list)}
_OPERATORS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in (*_BINARY, *_UNARY)},
    **_CONVERSIONS,
}

_FEW_BYTES = 1 << 16  # below it, copying two arrays is faster than comparing them with numpy


class _Witness(Protocol):
    def take(self) -> tuple[tuple[str, ...], bool]:
        """Return the forbidden attempts since the last call, and whether during an import."""


class Dispatcher:
    """Answers requests.

    Set the attribute `ask` to a function that sends an Ask and waits for the result of the check
    author's function. Without it, functions cannot be called.

    Args:
        load: Returns the module for a file stem. Raises ModuleNotFoundError (with that name) if
            there is none.
        root: The folder of the student's files, for tracebacks. Without it, there are none.
        witness: Reports forbidden attempts after every call.

    """

    def __init__(
        self,
        load: Callable[[str], ModuleType],
        *,
        root: str | None = None,
        witness: _Witness | None = None,
    ) -> None:
        self.ask: Callable[[Packet], Told] | None = None
        self._load, self._root, self._witness = load, root, witness
        self._objects: dict[int, object] = {}
        self._numbers: dict[int, int] = {}  # id() of a kept object -> its number
        self._count = 0
        self._thread: int | None = None  # the thread in which a call is running
        self._asking = False

    def answer(self, request: Request) -> Packet:
        """Run the calls up to the first one that raises; return the reply, ready to send."""
        # A call may change what an earlier one returned, so the answers of a batch are copied at
        # once.
        reply = wire.Encoder(self._keep, snapshot=len(request.calls) > 1)
        nodes, values = [], list[Any]()
        before, self._thread = self._thread, threading.get_ident()
        try:
            for call in request.calls:
                answer = self._run(call, values)
                try:
                    nodes.append(reply.answer(answer))
                except Exception as error:  # noqa: BLE001 - too large, or of a type that raises when it is read
                    raised = Raised(traces.type_name(error), f"the result cannot be sent: {error}")
                    answer = Answer(raised=raised)
                    nodes.append(reply.answer(answer))
                if answer.raised is not None:
                    break
            return reply.packet("reply", request.id, nodes)
        finally:
            self._thread = before

    # ---- one call --------------------------------------------------------------------------------

    def _run(self, call: Call, values: list[Any]) -> Answer:
        arrays = _Arrays()
        sent = raised = None
        try:
            args = tuple(
                self._arrive(a, values, arrays.named(str(i))) for i, a in enumerate(call.args)
            )
            kwargs = {
                name: self._arrive(a, values, arrays.named(name)) for name, a in call.kwargs.items()
            }
            result = self._perform(call, values, args, kwargs, arrays)
            sent = self._sent(call, result)
            values.append(sent if call.last == "drop" else result)
        except BaseException as error:  # noqa: BLE001 - student code may raise SystemExit and KeyboardInterrupt too
            raised = traces.describe(error, self._root)
        attempts, during_import = self._witness.take() if self._witness else ((), False)
        return Answer(sent, raised, arrays.changed(), attempts, during_import)

    def _perform(
        self,
        call: Call,
        values: list[Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        arrays: _Arrays,
    ) -> Any:
        if call.op not in ("call", "map"):
            return self._OPERATIONS[call.op](self, call, values, *args)
        function = arrays.function = self._subject(call, values)
        if call.op == "call":
            return function(*args, **kwargs)
        rows = zip(*args, strict=True)
        return _columns([self._without_last(function(*row, **kwargs), call.last) for row in rows])

    def _sent(self, call: Call, result: Any) -> Any:
        """Return the part of a result that leaves the worker."""
        if call.op == "hold" or (call.op == "get" and call.last == "keep"):
            return self._keep(result)
        return self._without_last(result, call.last) if call.op == "call" else result

    def _without_last(self, result: Any, last: str) -> Any:
        if last == "send" or type(result) is not tuple or len(result) < 2:
            return result
        return (*result[:-1], self._keep(result[-1]) if last == "keep" else None)

    def _subject(self, call: Call, values: list[Any]) -> Any:
        """Return the object of the call. Raises `traces.Missing` if the submission lacks it."""
        if call.target is not None:
            found, where = self._resolve(call.target, values), "the object"
        else:
            found, where = self._module(call.module), f"{call.module}.py"
        for part in call.name.split(".") if call.name else ():
            try:
                found = getattr(found, part)
            except AttributeError as error:
                if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                    raise  # it was raised inside a property of the student's class
                raise traces.Missing("AttributeError", f"{where} has no {part}") from None
        return found

    def _module(self, stem: str) -> ModuleType:
        try:
            return self._load(stem)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.rpartition(".")[2] != stem:
                raise  # the file exists, but imports a module that does not
            raise traces.Missing("ModuleNotFoundError", f"there is no {stem}.py") from None

    def _item(self, call: Call, values: list[Any], key: Any, *value: Any) -> Any:
        subject = self._subject(call, values)
        if not value:
            return subject[key]
        (subject[key],) = value
        return None

    def _write(self, call: Call, values: list[Any], key: Any, value: Any) -> None:
        subject = self._subject(call, values)
        old = subject[key]
        if type(old) is np.ndarray and type(value) is np.ndarray and old.shape == value.shape:
            old[...] = value  # every reference to the array sees the change
        else:
            subject[key] = value

    def _free(self, _call: Call, _values: list[Any], *things: Any) -> None:
        for thing in things or list(self._objects.values()):
            number = self._numbers.pop(id(thing), 0)
            self._objects.pop(number, None)

    def _seed(self, seed: int) -> None:
        """Reset the random generators, and the warnings, which Python gives only once per line."""
        _seed(seed)
        for module in list(sys.modules.values()) if self._root else ():
            # sys.modules may contain objects of any type
            names = module.__dict__ if type(module) is ModuleType else {}
            if str(names.get("__file__")).startswith(f"{self._root}{os.sep}"):
                names.pop("__warningregistry__", None)

    _OPERATIONS: ClassVar[Mapping[str, Callable[..., Any]]] = {
        "get": lambda self, call, values: self._subject(call, values),
        "item": _item,
        "write": _write,
        "binary": lambda _self, call, _values, left, right: _object_of(call.name, left, right),
        "unary": lambda _self, call, _values, operand: _object_of(call.name, operand),
        "hold": lambda _self, _call, _values, thing: thing,
        "seed": lambda self, _call, _values, seed: self._seed(seed),
        "free": _free,
    }

    # ---- incoming values -------------------------------------------------------------------------

    def _arrive(self, value: Any, values: list[Any], arrays: _Arrays) -> Any:
        """Return the value for student code: arrays are copied, and handles are resolved."""
        kind = type(value)
        if kind is np.ndarray:
            return arrays.copy(value)
        if kind in (list, tuple):
            return kind(self._arrive(v, values, arrays) for v in value)
        if kind is dict:
            return {key: self._arrive(v, values, arrays) for key, v in value.items()}
        if kind is Handle or kind is Ref:
            return self._resolve(value, values)
        if kind is Function:
            return self._stub(value.index)
        torch = sys.modules.get("torch")
        if torch is not None and kind is torch.Tensor:
            return arrays.clone(value)
        return value

    def _resolve(self, place: Handle | Ref, values: list[Any]) -> Any:
        if isinstance(place, Ref):
            value = values[place.index]
            return value if place.item is None else value[place.item]
        if place.id not in self._objects:
            raise LookupError(
                f"object {place.id} does not exist: it was made in another worker, or freed"
            )
        return self._objects[place.id]

    def _stub(self, index: int) -> Callable[..., Any]:
        """Return a function that calls the check author's function."""

        def function(*args: Any, **kwargs: Any) -> Any:
            if self.ask is None or self._thread != threading.get_ident():
                raise RuntimeError(
                    "the check's function can only be called during the call and in its thread"
                )
            if self._asking:
                raise RuntimeError("the check's function cannot be called from within itself")
            self._asking = True
            try:
                told = self.ask(wire.encode(Ask(index, args, kwargs), keep=self._keep))
            finally:
                self._asking = False
            if told.raised is not None:
                raise _plain_exception(told.raised)
            return self._arrive(told.value, [], _Arrays())

        return function

    # ---- objects that stay in the worker ---------------------------------------------------------

    def _keep(self, thing: object) -> Handle:
        number = self._numbers.get(id(thing))
        if number is None:
            self._count += 1
            number = self._numbers[id(thing)] = self._count
            self._objects[number] = thing  # keeps the object alive, so id(thing) is not reused
        return Handle(number, traces.type_name(thing))


def _object_of(name: str, *operands: Any) -> Any:
    """Return the result of an operator, which has to be an object, or the data of a conversion."""
    result = _OPERATORS[name](*operands)
    if gives_object(name):
        try:
            wire.Encoder().value(result)
        except TypeError:
            return result  # it stays here
        kind = traces.type_name(result)
        raise RuntimeError(
            f"{name} returned a plain {kind}; for objects of the submission it has to return such "
            "an object"
        )
    return result


def gives_object(name: str) -> bool:
    """Return whether the result of an operator stays in the worker: all but conversions to data."""
    return name not in _CONVERSIONS


def _columns(results: list[Any]) -> Any:
    """Return tuples of equal length as one tuple of columns, anything else as one column."""
    if not (results and all(type(r) is tuple and len(r) == len(results[0]) >= 2 for r in results)):
        return _stack(results)
    return tuple(map(_stack, map(list, zip(*results, strict=True))))


def _stack(results: list[Any]) -> Any:
    """Stack the results into one array if that is lossless; None if all are None, else a list."""
    if all(result is None for result in results):
        return None
    kinds = {
        (type(r), r.dtype, r.shape) if isinstance(r, (np.ndarray, np.generic)) else type(r)
        for r in results
    }
    if len(kinds) == 1 and (
        type(results[0]) in (float, int, bool, np.ndarray) or isinstance(results[0], np.generic)
    ):
        return np.stack([np.asarray(r) for r in results])
    return results


def _seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - the legacy generator is what students' code may draw from
    torch = sys.modules.get("torch")
    if torch is not None:
        # torch.manual_seed would record the whole stack for devices that are not in use, which
        # costs more than most calls of a check.
        torch.default_generator.manual_seed(seed)
        if torch.cuda.is_initialized():
            torch.cuda.manual_seed_all(seed)


def _plain_exception(raised: Raised) -> Exception:
    kind = getattr(builtins, raised.kind, None)
    if (
        isinstance(kind, type)
        and issubclass(kind, Exception)
        and not issubclass(kind, UnicodeError)
    ):
        return kind(raised.message)
    return RuntimeError(f"{raised.kind}: {raised.message}")


class _Arrays:
    """The arrays among the arguments of one call, with their original content."""

    def __init__(self) -> None:
        self.function: Any = None
        self._name = ""
        self._pairs: list[tuple[str, Any, np.ndarray]] = []

    def named(self, name: str) -> _Arrays:
        """Set the argument to which the next copied arrays belong."""
        self._name = name
        return self

    def copy(self, array: np.ndarray) -> np.ndarray:
        """Return a copy that is writable and owns its data, like an array made by the student."""
        own = array.copy()
        self._pairs.append((self._name, own, array))
        return own

    def clone(self, tensor: Any) -> Any:
        """Return a copy of a tensor."""
        own = tensor.detach().clone().requires_grad_(tensor.requires_grad)
        self._pairs.append((self._name, own.detach().numpy(), tensor.detach().numpy()))
        return own

    def changed(self) -> tuple[str, ...]:
        """Return the names of the arguments whose arrays have changed."""
        names = dict.fromkeys(
            name for name, now, before in self._pairs if not _same_bytes(now, before)
        )
        return _parameter_names(self.function, list(names)) if names else ()


def _same_bytes(now: np.ndarray, before: np.ndarray) -> bool:
    """Compare bytes, so that NaN equals itself; a different shape counts as a change."""
    if now.shape != before.shape or now.dtype != before.dtype:
        return False
    if now.nbytes < _FEW_BYTES:
        return now.tobytes() == before.tobytes()
    return bool((_words_of(now) == _words_of(before)).all())


def _words_of(array: np.ndarray) -> np.ndarray:
    return np.asarray(array, order="C").reshape(-1).view(f"u{min(array.itemsize, 8)}")


def _parameter_names(function: Any, names: Sequence[str]) -> tuple[str, ...]:
    """Replace positions by the parameter names of the student's signature."""
    parameters: list[str] = []
    # A builtin has no signature, and a student's object may raise anything.
    with contextlib.suppress(Exception):
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        parameters = [
            p.name for p in inspect.signature(function).parameters.values() if p.kind in positional
        ]
    return tuple(
        parameters[int(name)] if name.isdecimal() and int(name) < len(parameters) else name
        for name in names
    )
