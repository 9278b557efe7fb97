"""What is said across the wall, as plain frozen data, and what can go wrong on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

# a header and its segments (bytes, bytearray or memoryview)
Packet: TypeAlias = tuple[bytes, list[Any]]
# seconds that a read or write may block; raises when time is up
Patience: TypeAlias = Callable[[], float | None]


class ProtocolError(Exception):
    """The other side sent what no honest worker sends."""


class TooLarge(Exception):
    """A value passes the limits of one packet."""


class Closed(Exception):
    """The other side is gone."""


class TooLate(Exception):
    """The deadline passed before the packet was through."""


@dataclass(frozen=True, slots=True)
class Handle:
    """An object that stays in the worker. `kind` is the name of its type, as the worker claims."""

    id: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """Inside one batch: the value of the call number `index`, or one element of the tuple that it
    returned.
    """

    index: int
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """In the worker: a function of the check author's that lives on the other side."""

    index: int


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that the worker is asked to do.

    op: "call" a function, "get" an attribute, "item" (index; with a second argument, assign),
    "binary" and "unary" operators by name, "hold" a value in the worker, "write" args[1] under the
    key args[0] (an array of the same shape is overwritten in place), "map" a function over the rows
    of stacked arguments, "seed" the random generators, "free" objects (without arguments: all).
    target: the object that is meant; without one, `module` (a file stem) and `name` say which
    symbol. `name` may be dotted, and is relative to the target when there is one.
    last: what becomes of the last element of a returned tuple (the cache of a forward pass): "send"
    it, "keep" it in the worker behind a handle, or "drop" it, None being sent in its place. Any
    other result of a call is sent; a "get" with "keep" answers a handle whatever the attribute is.
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
    """A line of the student's in a traceback. shapes: of the arrays that it names, such as "x (8,
    3) float64".
    """

    file: str
    line: int
    function: str
    source: str
    shapes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception in the worker. All of it is the worker's claim.

    bases: names of the builtin exceptions that it is, the nearest first: a subclass of ValueError
    counts as one. missing: the symbol is absent, or a stub raised NotImplementedError. refused: the
    sandbox denied a system call.
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
    """What came of one call.

    mutated: the parameters whose arrays the call changed in place. attempts: forbidden things that
    were tried since the answer before, in words; during_import when a module of the student's was
    being imported. Advisory: code in the worker can hide them, and gains nothing by it, for what
    protects is the refusal and not the report.
    """

    value: Any = None
    raised: Raised | None = None
    mutated: tuple[str, ...] = ()
    attempts: tuple[str, ...] = ()
    during_import: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """Grader to worker, first of all: the settings of `worker.Settings`."""

    settings: dict[str, Any]


class Layer(NamedTuple):
    """A layer of confinement: whether it holds, a word about it, and the kernel's error number."""

    holds: bool
    detail: str = ""
    errno: int = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """Worker to grader: the layers by name. It is sent before any student code runs."""

    layers: dict[str, Layer]


@dataclass(frozen=True, slots=True)
class Request:
    """Grader to worker. The id is drawn at random, so that a reply made up in advance answers
    nothing.
    """

    id: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """Worker to grader: one answer per call, up to the first that raised."""

    id: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Worker to grader, while a call runs: the student's code calls a function of the check
    author's.
    """

    function: int
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """Grader to worker: the answer to an Ask."""

    value: Any = None
    raised: Raised | None = None


Message: TypeAlias = Setup | Ready | Request | Reply | Ask | Told
