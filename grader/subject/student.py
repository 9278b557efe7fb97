"""What check authors touch: a submission, or the reference, as an object that answers calls.

A check says `student.affine_forward(x, w, b)` and never knows where that runs. What a runner needs
is in `Session`.
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
    """A submission, or the reference, by the names that the assignment gives to its functions and
    classes.
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
        """The names of the arguments that the last call has modified."""
        return self._session.mutated

    def value(self, name: str) -> Any:
        """A variable of the submission, as data: `student.value("DEFAULT_CONFIG")`."""
        return self._session.perform(
            [Call("get", module=self._session.module_of(name), name=name)]
        )[0]

    def module(self, name: str) -> LibraryModule:
        """A library in the submission's process: `student.module("torch").manual_seed(0)`."""
        return LibraryModule(self._session, name, "")

    def batch(
        self, name: str, arguments: Sequence[tuple[Any, ...]], last: str = "drop"
    ) -> list[Any]:
        """Call one function on many argument tuples in one frame; `last="drop"` leaves each cache
        behind.
        """
        module = self._session.module_of(name)
        calls = [Call("call", module=module, name=name, args=args, last=last) for args in arguments]
        return self._session.perform(calls)

    def map(self, name: str, *stacked: np.ndarray) -> Any:
        """Call one function on every row of the stacked arguments; the results come back
        stacked.
        """
        return self._session.perform(
            [Call("map", module=self._session.module_of(name), name=name, args=stacked)]
        )[0]

    def hold(self, value: Any) -> RemoteObject:
        """Leave a value with the submission and get it as an object: for a dict that a function
        updates in place.
        """
        return self._object(Call("hold", args=(value,)))

    def attribute(self, owner: RemoteObject, name: str) -> RemoteObject:
        """An attribute as the object that it is, not as a copy of its data:
        `student.attribute(model, "params")`.
        """
        return self._object(Call("get", target=owner._handle, name=name, last="keep"))

    def write(self, owner: RemoteObject, values: Mapping[Any, Any]) -> None:
        """Set `owner[key]` for every item; an array of the same shape is overwritten in place, for
        all names it has.
        """
        self._session.perform(
            [Call("write", target=owner._handle, args=item) for item in values.items()]
        )

    def _object(self, call: Call) -> RemoteObject:
        kept = self._session.perform([call])[0]
        if not isinstance(kept, RemoteObject):
            raise TypeError(f"{call.name or call.op} gave no object")
        return kept


class LibraryModule(StudentFunction):
    """A library in the submission's process; what is in it is called there, and can be an argument
    of a call.
    """

    def __getattr__(self, name: str) -> LibraryModule:
        if name.startswith("_"):
            raise AttributeError(name)
        return LibraryModule(self._session, self._module, f"{self.name}.{name}".lstrip("."))


_RESERVED = frozenset(name for name in dir(Student) if not name.startswith("_"))


def modules_of(files: Mapping[str, Sequence[str]]) -> Callable[[str], str]:
    """Map a symbol to the module that holds it, from the `[files]` table of an assignment.

    Raises:
        CourseError: A symbol has the name of a method of `Student`, so no check could ask for it.

    """
    table = {
        symbol: name.removesuffix(".py") for name, symbols in files.items() for symbol in symbols
    }
    if taken := sorted(table.keys() & _RESERVED):
        raise CourseError(
            f'[files] lists "{taken[0]}", which no check can ask for: `student.{taken[0]}` is a '
            "method of the fixture. "
            "Give it another name"
        )

    def module_of(symbol: str) -> str:
        if symbol not in table:
            raise AttributeError(
                f"the assignment has no symbol {symbol!r}; it has {', '.join(sorted(table))}"
            )
        return table[symbol]

    return module_of
