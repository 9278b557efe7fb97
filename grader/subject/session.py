"""The thing under test as a runner drives it, and the record of what it was asked and what it
answered.

Behind a `Session` stands a transport: a confined worker that holds a submission, or a loopback that
holds the reference (or the reference with a known mistake) in this process. Both evaluate the same
frames with the same code, so a check, a rerun and a diagnosis are one mechanism. What a check sees
of it is a `Student`.
"""

from __future__ import annotations

import builtins
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import numpy as np

from grader.model import Budget, Limits, Verdict
from grader.sandbox import wire
from grader.sandbox.transport import StudentFault, Transport, WorkerKilled
from grader.sandbox.wire import Answer, Call, Raised
from grader.subject.budget import UNLIMITED, Account, BudgetSpent
from grader.subject.objects import RemoteObject, StudentFunction
from grader.subject.transcript import Event, Opaque, Transcript, size

__all__ = ["ImportedBefore", "Session", "StudentRaised"]


class StudentRaised(Exception):
    """The code under test raised. `raised` says what, and in which of its own lines."""

    def __init__(self, raised: Raised, call: str) -> None:
        super().__init__(f"{call} raised {raised.kind}: {raised.message}")
        self.raised = raised
        self.call = call


# CPU seconds for importing one of the submission's files, which no check pays for: a notebook runs
# whole, with plots.
IMPORT_SECONDS = 30.0

# A check that trains a large network asks for more than is worth keeping; a transcript that was cut
# explains nothing.
MAX_TRANSCRIPT_BYTES = 128 << 20
_NAME = 120  # characters of what an object is called in messages


class ImportedBefore(StudentRaised):
    """A file raised while it was imported, and the check that met it first has said what."""

    def __str__(self) -> str:
        return (
            f"{self.call} raised {self.raised.kind}, as said at the first check; it was not "
            "tried again."
        )


class NotAllowed(StudentFault):
    """What is asked for lies in a file that breaks a rule of the assignment, so none of it runs."""

    verdict = Verdict.FORBIDDEN


@dataclass(frozen=True)
class _FailedImport:
    """How the import of a file ended that is not tried again, and what it had tried that it must
    not.
    """

    end: Answer | StudentFault
    attempts: tuple[str, ...]


# What became of an import whose worker had to be ended, in words that follow "Importing layers.py".
_ENDS = {
    Verdict.TIMEOUT: "took too long",
    Verdict.MEMORY: "took too much memory",
    Verdict.CRASHED: "ended the process",
    Verdict.FORBIDDEN: "did what a submission must not do",
}


@dataclass
class _Budget:
    """What the running check may still use."""

    limits: Limits
    cpu_at_start: float = 0.0
    wall_left: float = field(init=False)

    def __post_init__(self) -> None:
        self.wall_left = self.limits.wall_seconds


class Session:
    """A submission, or the reference, that answers calls.

    start: opens a transport under the given limits; called again after a fault, for a check that
    wants a worker of its own, and for one with another memory limit.
    module_of: the module (file stem) that holds a symbol of the assignment; raises AttributeError
    for any other name. parameters: the names of a function's parameters, in order, as the
    assignment has them.
    observe: sees every event as it happens; a diagnosis stops a replay from there.
    refused: modules that are not run at all, with the sentence that says why.
    trusted: it holds no code of a student's, so it may remember hidden checks.
    budget: what all checks together may use, with all that happens between them.
    """

    def __init__(
        self,
        start: Callable[[Limits], Transport],
        module_of: Callable[[str], str],
        parameters: Mapping[str, Sequence[str]] | None = None,
        observe: Callable[[Event], None] | None = None,
        refused: Mapping[str, str] | None = None,
        budget: Budget = UNLIMITED,
        *,
        trusted: bool = False,
    ) -> None:
        self._start = start
        self.module_of = module_of
        self.parameters = parameters or {}
        self._observe = observe
        self._refused = refused or {}
        self._trusted = trusted
        # its worker has seen a hidden check, so no word of it may reach the student
        self.knows_hidden = False
        self._transport: Transport | None = None
        self._fault: StudentFault | None = None
        self._budget = _Budget(Limits())
        self._numbers: dict[int, int] = {}
        self._names: dict[int, str] = {}
        self._import_attempts: tuple[str, ...] = ()
        self._imported: set[str] = set()
        self._failed_imports: dict[str, _FailedImport] = {}
        # that may have been the machine's fault: they get a second try
        self._killed_imports: set[str] = set()
        self._account = Account(budget)
        self.recorded = 0
        self.transcript: Transcript = []
        self.mutated: tuple[str, ...] = ()
        self.attempts: tuple[str, ...] = ()
        self.seconds = 0.0

    # ---- the life of a check ---------------------------------------------------------------------

    def begin(self, seed: int, limits: Limits, *, hidden: bool, fresh: bool = False) -> None:
        """Prepare for one check: a living worker, nothing left over from the check before, seeded
        generators.

        hidden: what is asked and answered from now on is not for the student to read. A worker that
        has seen such a check is replaced before anything that the student does read, since its code
        may have kept what it was given.
        """
        before, replaces = self._budget.limits, self._fault is not None
        fresh = fresh or replaces or (self.knows_hidden and not hidden)
        if fresh or (before.memory, before.output) != (limits.memory, limits.output):
            self.close()
        self._fault = None
        self._numbers, self._names, self.recorded = {}, {}, 0
        self.transcript, self.mutated, self.seconds = [], (), 0.0
        self.attempts = self._import_attempts
        self._budget = _Budget(limits)
        try:
            self._prepare(seed, hidden=hidden, replaces=replaces)
        except (
            WorkerKilled
        ):  # by what the check before has left behind: this one gets a worker without it
            self.close()
            self._fault = None
            with suppress(StudentFault):  # the budget has run out: the first call says so
                self._prepare(seed, hidden=hidden, replaces=True)
        except BudgetSpent:  # as above
            pass

    def _prepare(self, seed: int, *, hidden: bool, replaces: bool) -> None:
        """Have a worker that is tidy. replaces: it takes the place of one that the submission has
        lost.
        """
        if self._account.spent:
            self.close()
            self._fault = self._account.fault("not run")
            return
        if self._transport is None:
            try:
                with self._account.charged_to_start() if replaces else nullcontext():
                    self._transport = self._start(self.limits)
            except (
                StudentFault
            ) as fault:  # there is no worker to be had for these files: every call answers that
                self._fault = fault
                return
            self._import_attempts = self.attempts = ()
        self.knows_hidden |= hidden and not self._trusted
        limits = self.limits
        self._send([Call("free"), Call("seed", args=(seed,))], limits.seconds, limits.wall_seconds)
        self._budget.cpu_at_start = self._transport.cpu_seconds()

    @property
    def limits(self) -> Limits:
        """Of the check that runs now."""
        return self._budget.limits

    @property
    def budget_share(self) -> float:
        """The share of the submission's budget that is used."""
        return self._account.share

    @property
    def complete(self) -> bool:
        """Whether the transcript holds all that was asked since `begin`."""
        return self.recorded <= MAX_TRANSCRIPT_BYTES

    def output(self) -> str:
        """What the code under test printed since the last time this was asked."""
        return "" if self._transport is None else self._transport.output()

    def close(self) -> None:
        """End the worker."""
        if self._transport is not None:
            self._transport.close()
        self._transport = None
        self.knows_hidden = False
        self._import_attempts = ()
        self._imported = set()

    # ---- calls -----------------------------------------------------------------------------------

    def perform(self, calls: Sequence[Call]) -> list[Any]:
        """Ask, record, and give the values; raises StudentRaised for the first call that raised."""
        if calls[0].module in self._refused:
            raise NotAllowed(self._refused[calls[0].module])
        if self._fault is not None:
            raise self._fault
        self._import(calls[0])
        calls = [self._outgoing(call) for call in calls]
        answers = self._request(calls)
        values = []
        for call, answer in zip(calls, answers, strict=False):
            self.mutated = answer.mutated
            values.append(self._incoming(answer.value, self._spoken(call)))
            self._record(call, answer)
            if answer.raised is not None:
                raise StudentRaised(answer.raised, self._spoken(call))
        return values

    def _import(self, call: Call) -> None:
        """Import the file that the call needs, on its own account; raises what the call would have
        raised.

        An import that has failed is not tried again in any worker: it would cost as much for every
        check.
        """
        if not call.module or call.module in self._imported:
            return
        if call.module in self._failed_imports:
            self._say_again(call, self._failed_imports[call.module])
        wall = Limits(seconds=IMPORT_SECONDS).wall_seconds
        try:
            (answer,) = self._send(
                [Call("get", module=call.module, name="__name__")], IMPORT_SECONDS, wall
            )
        except BudgetSpent:
            raise
        except StudentFault as fault:
            if not isinstance(fault, WorkerKilled) or call.module in self._killed_imports:
                self._failed_imports[call.module] = _FailedImport(fault, self.attempts)
            self._killed_imports.add(call.module)
            self._fault = type(fault)(f"Importing {call.module}.py {_ENDS[fault.verdict]}. {fault}")
            self._fault.while_importing = True
            raise self._fault from None
        assert self._transport is not None, "it has just answered"
        self._budget.cpu_at_start = self._transport.cpu_seconds() - self.seconds
        if answer.raised is not None:
            if (
                not answer.raised.missing or "NotImplementedError" in answer.raised.bases
            ):  # else there is no file
                self._failed_imports[call.module] = _FailedImport(answer, answer.attempts)
            self._record(call, answer)
            raise StudentRaised(answer.raised, f"Importing {call.module}.py")
        self._imported.add(call.module)

    def _say_again(self, call: Call, failed: _FailedImport) -> NoReturn:
        """Raise once more what an import has ended with, in words that owe nothing to the
        submission.

        Its own words may hold what a hidden check gave it, and this check may be a public one.
        """
        self.attempts += tuple(
            attempt for attempt in failed.attempts if attempt not in self.attempts
        )
        importing = f"Importing {call.module}.py"
        if isinstance(failed.end, StudentFault):
            end = (
                f"{_ENDS[failed.end.verdict]}, as said at the first check; it was not tried again."
            )
            fault = type(failed.end)(f"{importing} {end}")
            fault.while_importing = True
            raise fault
        self._record(call, failed.end)
        raised = failed.end.raised
        assert raised is not None, "what was kept is a failure"
        raise ImportedBefore(
            replace(raised, kind=_builtin(raised), message="", frames=()), importing
        )

    def _request(self, calls: Sequence[Call]) -> list[Answer]:
        limits = self._budget.limits
        begun = time.monotonic()
        try:
            answers = self._send(
                calls, max(0.0, limits.seconds - self.seconds), max(0.0, self._budget.wall_left)
            )
        except StudentFault:
            self.seconds = limits.seconds
            raise
        assert self._transport is not None, "it has just answered"
        self.seconds = self._transport.cpu_seconds() - self._budget.cpu_at_start
        self._budget.wall_left -= time.monotonic() - begun
        return answers

    def _send(self, calls: Sequence[Call], seconds: float, wall: float) -> list[Answer]:
        if self._fault is not None:
            raise self._fault
        assert self._transport is not None, "begin() comes before the first call"
        seconds, wall = self._account.granted(seconds, wall)
        try:
            with self._account.charged(self._transport):
                answers = self._transport.request(calls, seconds=seconds, wall=wall)
        except StudentFault as fault:
            self._fault = self._account.fault("stopped") if self._account.spent else fault
            raise self._fault from None
        for answer in answers:
            self.attempts = _more(self.attempts, answer.attempts)
            if answer.during_import:
                self._import_attempts = _more(self._import_attempts, answer.attempts)
        return answers

    def _outgoing(self, call: Call) -> Call:
        """Objects that the subject handed out go back as what they are on its side."""
        args = tuple(self._unwrap(a) for a in call.args)
        kwargs = {k: self._unwrap(v) for k, v in call.kwargs.items()}
        return Call(call.op, call.module, call.target, call.name, args, kwargs, call.last)

    def _unwrap(self, value: Any) -> Any:
        if isinstance(value, RemoteObject):
            return value._handle
        if isinstance(
            value, StudentFunction
        ):  # a class or function of the submission as an argument
            return self._request([Call("get", module=value._module, name=value.name)])[0].value
        if type(value) in (list, tuple):
            return type(value)(self._unwrap(v) for v in value)
        if type(value) is dict:
            return {k: self._unwrap(v) for k, v in value.items()}
        return value

    def _incoming(self, value: Any, name: str) -> Any:
        """`name` is how the check came by the value: what an object is called in messages."""
        if isinstance(value, wire.Handle):
            self._names.setdefault(value.id, name)
            return RemoteObject(self, value)
        if type(value) in (list, tuple):
            return type(value)(self._incoming(v, _part(name, str(i))) for i, v in enumerate(value))
        if type(value) is dict:
            return {k: self._incoming(v, _part(name, _shown(k))) for k, v in value.items()}
        return value

    def _record(self, call: Call, answer: Answer) -> None:
        event = Event(
            self._spoken(call),
            self._comparable((call.target, call.args, dict(call.kwargs))),
            self._comparable(answer.value),
            answer.raised.kind if answer.raised else "",
            answer.mutated,
        )
        self.recorded += size(event.arguments) + size(event.answer)
        if self.complete:
            self.transcript.append(event)
        if self._observe is not None:
            self._observe(event)

    def _spoken(self, call: Call) -> str:
        """The call as the check's author wrote it, "MLP.loss": equal for every subject."""
        if not isinstance(call.target, wire.Handle):
            return call.name or call.op
        owner = self._names.get(call.target.id, "object")
        if call.op in ("item", "write"):
            return f"{owner}[{call.args[0]!r}]"
        return f"{owner}.{call.name}" if call.name else owner

    def name_of(self, handle: wire.Handle) -> str:
        """How the check came by an object, "MLP.loss"."""
        return self._names.get(handle.id, "the object")

    def _number(self, handle: wire.Handle) -> int:
        return self._numbers.setdefault(handle.id, len(self._numbers))

    def _comparable(self, value: Any) -> Any:
        if isinstance(value, wire.Handle):
            return Opaque(self._number(value))
        if type(value) in (list, tuple):
            return type(value)(self._comparable(v) for v in value)
        if type(value) is dict:
            return {k: self._comparable(v) for k, v in value.items()}
        if isinstance(value, np.random.Generator):
            return repr(value.bit_generator.state)
        if callable(value):  # the check author's own function: the same one in every replay
            return "function"
        return value


def _builtin(raised: Raised) -> str:
    """The name of an exception that is Python's own: the class that was raised, or what it was made
    of.
    """
    known = (
        name
        for name in (raised.kind, *raised.bases)
        if isinstance(getattr(builtins, name, None), type)
    )
    return next(known, "an exception")


def _more(known: tuple[str, ...], found: Sequence[str]) -> tuple[str, ...]:
    """What was tried, each once; a worker can claim any number of attempts, in every answer."""
    return tuple(dict.fromkeys((*known, *found)))[: wire.MAX_ATTEMPTS]


def _part(name: str, key: str) -> str:
    """What a part of an answer is called, however deep it lies and however long its key is."""
    return name if len(name) > _NAME else f"{name}(…)[{key}]"


def _shown(key: Any) -> str:
    return (
        repr(key[:_NAME]) if type(key) is str else repr(key) if type(key) in (bool, float) else "…"
    )
