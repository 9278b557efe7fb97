"""The messages between grader and worker as plain frozen data, and the errors of the connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

# a header and its segments (bytes, bytearray or memoryview)
Packet: TypeAlias = tuple[bytes, list[Any]]
# Returns the seconds that a read or write may block; raises if the time is up.
Patience: TypeAlias = Callable[[], float | None]


class ProtocolError(Exception):
    """The other side sent something that an honest worker never sends."""


class TooLarge(Exception):
    """A value exceeds the limits of one packet."""


class Closed(Exception):
    """The other side has closed the connection."""


class TooLate(Exception):
    """The deadline passed before the packet was transferred."""


@dataclass(frozen=True, slots=True)
class Handle:
    """An object that stays in the worker. `kind` is the name of its type, as the worker claims."""

    id: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """In a batch: the result of call number `index`, or one item of the tuple that it returned."""

    index: int
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """In the worker: a function of the check author that runs on the other side."""

    index: int


@dataclass(frozen=True, slots=True)
class Call:
    """One operation for the worker.

    Args:
        op: "call" a function, "get" an attribute, "item" (index; with a second argument, assign),
            "binary" and "unary" operators by name, "hold" a value in the worker, "write" args[1]
            under the key args[0] (an array of the same shape is overwritten in place), "map" a
            function over the rows of stacked arguments, "seed" the random generators, "free"
            objects (without arguments: all).
        module: The file stem; with `name`, it identifies the symbol if there is no target.
        target: The object of the operation.
        name: The name of the symbol or operator. It may be dotted, and is relative to the target if
            there is one.
        args: The positional arguments.
        kwargs: The keyword arguments.
        last: What to do with the last item of a returned tuple (the cache of a forward pass):
            "send" it, "keep" it in the worker behind a handle, or "drop" it and send None instead.
            Any other result of a call is sent. A "get" with "keep" always returns a handle.

    """

    op: str
    module: str = ""
    target: Handle | Ref | None = None
    name: str = ""
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    last: str = "send"


@dataclass(frozen=True, slots=True)
class Frame:
    """A line of student code in a traceback, with the shapes of its arrays: "x (8, 3) float64"."""

    file: str
    line: int
    function: str
    source: str
    shapes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception in the worker. Nothing in it can be trusted.

    Args:
        kind: The name of its type.
        message: Its text.
        bases: The names of its builtin base classes, the nearest first: a subclass of ValueError
            counts as one.
        frames: The student's own lines of the traceback.
        missing: The symbol does not exist, or a stub raised NotImplementedError.
        refused: The sandbox denied a system call.
        errno: The error number of an OSError.

    """

    kind: str
    message: str = ""
    bases: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    missing: bool = False
    refused: bool = False
    errno: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one call.

    The attempts are only informative: code in the worker can hide them, but gains nothing by it,
    because the refusal protects and not the report.

    Args:
        value: The returned value.
        raised: The exception, if there was one.
        mutated: The parameters whose arrays the call changed in place.
        attempts: Descriptions of forbidden attempts since the previous answer.
        during_import: Whether they happened while a module of the student was being imported.

    """

    value: Any = None
    raised: Raised | None = None
    mutated: tuple[str, ...] = ()
    attempts: tuple[str, ...] = ()
    during_import: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """Grader to worker, as the first message: the fields of `worker.Settings`."""

    settings: dict[str, Any]


class Layer(NamedTuple):
    """A layer of confinement: whether it holds, a detail, and the kernel's error number."""

    holds: bool
    detail: str = ""
    errno: int = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """Worker to grader: the layers by name, sent before any student code runs."""

    layers: dict[str, Layer]


@dataclass(frozen=True, slots=True)
class Request:
    """Grader to worker. The id is random, so that a reply prepared in advance is not accepted."""

    id: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """Worker to grader: one answer per call, up to the first one that raised."""

    id: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Worker to grader, during a call: the student's code calls a function of the check author."""

    function: int
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """Grader to worker: the answer to an Ask."""

    value: Any = None
    raised: Raised | None = None


Message: TypeAlias = Setup | Ready | Request | Reply | Ask | Told
