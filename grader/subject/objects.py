"""Proxies for what stays in the sandbox: functions by name, and objects that a call returned.

A check calls them, reads their attributes and computes with them; each of these is one call through
the session.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from grader.sandbox import wire
from grader.sandbox.wire import Call

__all__ = ["Performer", "RemoteObject", "StudentFunction", "name_of"]

# op_forward returns (out, ..., cache). The cache stays in the sandbox (docs/curriculum.md,
# conventions).
CACHE_SUFFIX = "_forward"


class Performer(Protocol):
    """The part of a session that functions and objects need."""

    def perform(self, calls: Sequence[Call]) -> list[Any]:
        """Make the calls and return the value of each."""

    def name_of(self, handle: wire.Handle) -> str:
        """The expression that gave a check an object, "MLP.loss"."""


class StudentFunction:
    """A function or class of the submission, by name: `student.affine_forward`."""

    def __init__(
        self, session: Performer, module: str, name: str, parameters: Sequence[str] | None = None
    ) -> None:
        self._session, self._module, self.name = session, module, name
        if parameters is not None:
            kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
            self.__signature__ = inspect.Signature([inspect.Parameter(p, kind) for p in parameters])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it in the submission's process.

        Raises:
            StudentRaised: The function raised an exception.
            StudentFault: The process had to be stopped.

        """
        last = "keep" if self.name.endswith(CACHE_SUFFIX) else "send"
        call = Call(
            "call", module=self._module, name=self.name, args=args, kwargs=kwargs, last=last
        )
        return self._session.perform([call])[0]

    def __repr__(self) -> str:
        return f"<{self.name} of the submission>"


def name_of(function: object) -> str:
    """The name of a function, or of a method of a remote object, for messages: "loss"."""
    if isinstance(function, StudentFunction):
        return function.name
    if isinstance(function, RemoteObject):
        return function._session.name_of(function._handle).rpartition(".")[2]
    return "the object"


def _binary(name: str, *, swapped: bool = False) -> Callable[[RemoteObject, Any], Any]:
    def operate(self: RemoteObject, other: Any) -> Any:
        args = (other, self) if swapped else (self, other)
        return self._session.perform([Call("binary", name=name, args=args)])[0]

    return operate


def _unary(name: str) -> Callable[[RemoteObject], Any]:
    def operate(self: RemoteObject) -> Any:
        return self._session.perform([Call("unary", name=name, args=(self,))])[0]

    return operate


# The attributes of arrays. Arrays are sent as data; from an object these could be false.
_OF_ARRAYS = frozenset(("dtype", "shape", "ndim", "size", "nbytes", "itemsize", "strides"))


class RemoteObject:
    """An object that stays with the submission: a cache, a model, a node of a graph.

    Attributes, calls, indexing and arithmetic go to the submission. Comparisons and truth values do
    not: an object that claims to be equal to everything must never decide a check. Neither do the
    attributes of arrays: an object that claims to hold float32 is not an array, whether its class
    is one of the submission or it is an array of objects.
    """

    __array_ufunc__ = None  # numpy_array * remote calls remote, instead of iterating over it

    def __init__(self, session: Performer, handle: wire.Handle) -> None:
        self._session, self._handle = session, handle

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # numpy, copy and pytest look for protocols; there are none
            raise AttributeError(name)
        if name in _OF_ARRAYS:
            raise TypeError(f"the submission returned {self!r}, which is an object, not an array")
        return self._session.perform([Call("get", target=self._handle, name=name)])[0]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object in the submission's process; raises like `StudentFunction`."""
        return self._session.perform([Call("call", target=self._handle, args=args, kwargs=kwargs)])[
            0
        ]

    def __getitem__(self, key: Any) -> Any:
        return self._session.perform([Call("item", target=self._handle, args=(key,))])[0]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._session.perform([Call("item", target=self._handle, args=(key, value))])

    def __iter__(self) -> Iterator[Any]:
        raise TypeError(
            f"the submission returned {self!r}, which is an object, not a sequence of values"
        )

    def __bool__(self) -> bool:
        raise TypeError(f"the submission returned {self!r}, which is an object, not a truth value")

    def __repr__(self) -> str:
        return f"<{self._handle.kind} object of the submission>"

    __add__, __radd__ = _binary("add"), _binary("add", swapped=True)
    __sub__, __rsub__ = _binary("sub"), _binary("sub", swapped=True)
    __mul__, __rmul__ = _binary("mul"), _binary("mul", swapped=True)
    __truediv__, __rtruediv__ = _binary("truediv"), _binary("truediv", swapped=True)
    __pow__, __rpow__ = _binary("pow"), _binary("pow", swapped=True)
    __matmul__, __rmatmul__ = _binary("matmul"), _binary("matmul", swapped=True)
    __neg__, __abs__ = _unary("neg"), _unary("abs")
