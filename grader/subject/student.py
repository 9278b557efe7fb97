"""The interface for check authors: a submission, or the reference, as an object.

A check calls `student.affine_forward(x, w, b)` and does not know where that runs. The interface for
a runner is `Session`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from grader.errors import CourseError
from grader.sandbox.wire import Call
from grader.subject.objects import RemoteObject, StudentFunction
from grader.subject.session import Session

__all__ = ["LibraryModule", "Student", "modules_of"]


class Student:
    """A submission, or the reference; its attributes are the functions of the assignment.

    Args:
        session: Executes the calls.

    """

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> StudentFunction:
        if name.startswith("_"):
            raise AttributeError(name)
        return StudentFunction(
            self._session, self._session.module_of(name), name, self._session.parameters.get(name)
        )

    @property
    def mutated(self) -> tuple[str, ...]:
        """The names of the arguments that the last call modified."""
        return self._session.mutated

    def value(self, name: str) -> Any:
        """A variable of the submission as data: `student.value("DEFAULT_CONFIG")`."""
        return self._session.perform(
            [Call("get", module=self._session.module_of(name), name=name)]
        )[0]

    def module(self, name: str) -> LibraryModule:
        """A library in the submission's process: `student.module("torch").manual_seed(0)`."""
        return LibraryModule(self._session, name, "")

    def batch(
        self, name: str, arguments: Sequence[tuple[Any, ...]], last: str = "drop"
    ) -> list[Any]:
        """Call one function on many argument tuples in one request.

        Args:
            name: The function.
            arguments: The arguments of each call.
            last: "drop" leaves the last value of each result, the cache, in the sandbox.

        Raises:
            StudentRaised: A call raised.

        """
        module = self._session.module_of(name)
        calls = [Call("call", module=module, name=name, args=args, last=last) for args in arguments]
        return self._session.perform(calls)

    def map(self, name: str, *stacked: np.ndarray) -> Any:
        """Call one function on every row of the stacked arguments; the results are stacked too."""
        return self._session.perform(
            [Call("map", module=self._session.module_of(name), name=name, args=stacked)]
        )[0]

    def hold(self, value: Any) -> RemoteObject:
        """Send a value to the submission and return its proxy, for a dict that is updated."""
        return self._object(Call("hold", args=(value,)))

    def attribute(self, owner: RemoteObject, name: str) -> RemoteObject:
        """An attribute as an object, not a copy: `student.attribute(model, "params")`."""
        return self._object(Call("get", target=owner._handle, name=name, last="keep"))

    def write(self, owner: RemoteObject, values: Mapping[Any, Any]) -> None:
        """Set `owner[key]` for every item.

        An array of the same shape is overwritten in place, so that every reference to it changes.
        """
        self._session.perform(
            [Call("write", target=owner._handle, args=item) for item in values.items()]
        )

    def _object(self, call: Call) -> RemoteObject:
        kept = self._session.perform([call])[0]
        if not isinstance(kept, RemoteObject):
            raise TypeError(f"{call.name or call.op} did not return an object")
        return kept


class LibraryModule(StudentFunction):
    """A library in the submission's process; its functions run there, and can be arguments."""

    def __getattr__(self, name: str) -> LibraryModule:
        if name.startswith("_"):
            raise AttributeError(name)
        return LibraryModule(self._session, self._module, f"{self.name}.{name}".lstrip("."))


_RESERVED = frozenset(name for name in dir(Student) if not name.startswith("_"))


def modules_of(files: Mapping[str, Sequence[str]]) -> Callable[[str], str]:
    """Map a symbol to its module, from the `[files]` table of an assignment.

    Args:
        files: The symbols of each file.

    Returns:
        A function from a symbol to its module; it raises AttributeError for any other name.

    Raises:
        CourseError: A symbol has the name of a method of `Student`, so checks cannot use it.

    """
    table = {
        symbol: name.removesuffix(".py") for name, symbols in files.items() for symbol in symbols
    }
    if taken := sorted(table.keys() & _RESERVED):
        raise CourseError(
            f'[files] lists "{taken[0]}", which checks cannot use: `student.{taken[0]}` is a '
            "method of the fixture. Rename it"
        )

    def module_of(symbol: str) -> str:
        if symbol not in table:
            raise AttributeError(
                f"the assignment has no symbol {symbol!r}; it has {', '.join(sorted(table))}"
            )
        return table[symbol]

    return module_of
