"""The code under test, as a runner controls it, and the transcript of its calls and results.

A `Session` uses a transport: a confined worker that runs a submission, or a loopback that runs the
reference (or the reference with a known mistake) in this process. Both evaluate the same frames
with the same code, so a check, a rerun and a diagnosis use one mechanism. A check sees it as a
`Student`.
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
    """The code under test raised an exception.

    Args:
        raised: The exception, and the student's lines in its traceback.
        call: The call that raised.

    """

    def __init__(self, raised: Raised, call: str) -> None:
        super().__init__(f"{call} raised {raised.kind}: {raised.message}")
        self.raised = raised
        self.call = call


# CPU seconds to import one file of the submission, which no check counts: a notebook runs as a
# whole, with plots.
IMPORT_SECONDS = 30.0

# A check that trains a large network makes more calls than are worth keeping; an incomplete
# transcript explains nothing.
MAX_TRANSCRIPT_BYTES = 128 << 20
_NAME = 120  # characters of an object's name in messages


class ImportedBefore(StudentRaised):
    """A file raised while it was imported; the first check that needed it reports the details."""

    def __str__(self) -> str:
        return (
            f"{self.call} raised {self.raised.kind}, see the first check; it was not tried again."
        )


class NotAllowed(StudentFault):
    """The called function is in a file that breaks a rule of the assignment, so it is not run."""

    verdict = Verdict.FORBIDDEN


@dataclass(frozen=True)
class _FailedImport:
    """How an import failed that is not tried again, and what it tried that is not allowed."""

    end: Answer | StudentFault
    attempts: tuple[str, ...]


# How an import ended whose worker had to be stopped, to follow "Importing layers.py".
_ENDS = {
    Verdict.TIMEOUT: "took too long",
    Verdict.MEMORY: "took too much memory",
    Verdict.CRASHED: "ended the process",
    Verdict.FORBIDDEN: "did what a submission must not do",
}


@dataclass
class _Budget:
    """The time that the running check may still use."""

    limits: Limits
    cpu_at_start: float = 0.0
    wall_left: float = field(init=False)

    def __post_init__(self) -> None:
        self.wall_left = self.limits.wall_seconds


class Session:
    """A submission, or the reference, that executes calls.

    Args:
        start: Opens a transport with the given limits. It is called again after a fault, for a
            check that needs its own worker, and for one with another memory limit.
        module_of: Returns the module (file stem) of a symbol of the assignment; raises
            AttributeError for any other name.
        parameters: The names of a function's parameters, in order, as in the assignment.
        observe: Called with every event as it happens; a diagnosis stops a replay from there.
        refused: Modules that are not run at all, with the sentence that says why.
        budget: The time for all checks together, and for all that happens between them.
        trusted: The session contains no student code, so it may remember hidden checks.

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
        # Its worker has seen a hidden check, so its output must not reach the student.
        self.knows_hidden = False
        self._transport: Transport | None = None
        self._fault: StudentFault | None = None
        self._budget = _Budget(Limits())
        self._numbers: dict[int, int] = {}
        self._names: dict[int, str] = {}
        self._import_attempts: tuple[str, ...] = ()
        self._imported: set[str] = set()
        self._failed_imports: dict[str, _FailedImport] = {}
        # The machine may have been the cause: these get a second attempt.
        self._killed_imports: set[str] = set()
        self._account = Account(budget)
        self.recorded = 0
        self.transcript: Transcript = []
        self.mutated: tuple[str, ...] = ()
        self.attempts: tuple[str, ...] = ()
        self.seconds = 0.0

    # ---- the life of a check ---------------------------------------------------------------------

    def begin(self, seed: int, limits: Limits, *, hidden: bool, fresh: bool = False) -> None:
        """Prepare for one check: a running worker, no state of earlier checks, seeded generators.

        A worker that has run a hidden check is replaced before a public one, since its code may
        have kept the arguments.

        Args:
            seed: Seeds the generators.
            limits: The limits of the check.
            hidden: The calls and results are not shown to the student.
            fresh: The check requires a new worker.

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
        except WorkerKilled:  # by something the last check left behind: use a new worker
            self.close()
            self._fault = None
            with suppress(StudentFault):  # the budget is spent: the first call reports it
                self._prepare(seed, hidden=hidden, replaces=True)
        except BudgetSpent:  # the first call reports it
            pass

    def _prepare(self, seed: int, *, hidden: bool, replaces: bool) -> None:
        """Get a clean worker. replaces: it replaces one that the submission lost."""
        if self._account.spent:
            self.close()
            self._fault = self._account.fault("not run")
            return
        if self._transport is None:
            try:
                with self._account.charged_to_start() if replaces else nullcontext():
                    self._transport = self._start(self.limits)
            except StudentFault as fault:  # no worker can run these files: every call raises this
                self._fault = fault
                return
            self._import_attempts = self.attempts = ()
        self.knows_hidden |= hidden and not self._trusted
        limits = self.limits
        self._send([Call("free"), Call("seed", args=(seed,))], limits.seconds, limits.wall_seconds)
        self._budget.cpu_at_start = self._transport.cpu_seconds()

    @property
    def limits(self) -> Limits:
        """The limits of the current check."""
        return self._budget.limits

    @property
    def budget_share(self) -> float:
        """The share of the submission's budget that is used."""
        return self._account.share

    @property
    def complete(self) -> bool:
        """Whether the transcript contains all calls since `begin`."""
        return self.recorded <= MAX_TRANSCRIPT_BYTES

    def output(self) -> str:
        """The text that the code under test printed since the last call of this."""
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
        """Execute and record calls, and return their values.

        Args:
            calls: The calls, all of the same module.

        Raises:
            StudentRaised: A call raised; the calls after it have not run.
            StudentFault: The process had to be stopped.

        """
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
            values.append(self._incoming(answer.value, self._call_name(call)))
            self._record(call, answer)
            if answer.raised is not None:
                raise StudentRaised(answer.raised, self._call_name(call))
        return values

    def _import(self, call: Call) -> None:
        """Import the file that the call needs, with separate limits; raises like the call.

        A failed import is not tried again in any worker: it would take as long in every check.
        """
        if not call.module or call.module in self._imported:
            return
        if call.module in self._failed_imports:
            self._raise_again(call, self._failed_imports[call.module])
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
            # Otherwise the file does not exist.
            if not answer.raised.missing or "NotImplementedError" in answer.raised.bases:
                self._failed_imports[call.module] = _FailedImport(answer, answer.attempts)
            self._record(call, answer)
            raise StudentRaised(answer.raised, f"Importing {call.module}.py")
        self._imported.add(call.module)

    def _raise_again(self, call: Call, failed: _FailedImport) -> NoReturn:
        """Raise the error of a failed import again, without any text of the submission.

        That text may contain data of a hidden check, and this check may be a public one.
        """
        self.attempts += tuple(
            attempt for attempt in failed.attempts if attempt not in self.attempts
        )
        importing = f"Importing {call.module}.py"
        if isinstance(failed.end, StudentFault):
            end = f"{_ENDS[failed.end.verdict]}, see the first check; it was not tried again."
            fault = type(failed.end)(f"{importing} {end}")
            fault.while_importing = True
            raise fault
        self._record(call, failed.end)
        raised = failed.end.raised
        assert raised is not None, "only failures are kept"
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
        assert self._transport is not None, "call begin() before the first call"
        seconds, wall = self._account.granted(seconds, wall)
        try:
            with self._account.charged(self._transport):
                answers = self._transport.request(calls, seconds=seconds, wall=wall)
        except StudentFault as fault:
            self._fault = self._account.fault("stopped") if self._account.spent else fault
            raise self._fault from None
        for answer in answers:
            self.attempts = _merged(self.attempts, answer.attempts)
            if answer.during_import:
                self._import_attempts = _merged(self._import_attempts, answer.attempts)
        return answers

    def _outgoing(self, call: Call) -> Call:
        """Replace the proxies among the arguments by the subject's objects."""
        args = tuple(self._unwrap(a) for a in call.args)
        kwargs = {k: self._unwrap(v) for k, v in call.kwargs.items()}
        return Call(call.op, call.module, call.target, call.name, args, kwargs, call.last)

    def _unwrap(self, value: Any) -> Any:
        if isinstance(value, RemoteObject):
            return value._handle
        # A class or function of the submission as an argument.
        if isinstance(value, StudentFunction):
            return self._request([Call("get", module=value._module, name=value.name)])[0].value
        if type(value) in (list, tuple):
            return type(value)(self._unwrap(v) for v in value)
        if type(value) is dict:
            return {k: self._unwrap(v) for k, v in value.items()}
        return value

    def _incoming(self, value: Any, name: str) -> Any:
        """Replace handles by proxies. name: the expression of the value, for messages."""
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
            self._call_name(call),
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

    def _call_name(self, call: Call) -> str:
        """The call as in the source of the check, "MLP.loss": equal for every subject."""
        if not isinstance(call.target, wire.Handle):
            return call.name or call.op
        owner = self._names.get(call.target.id, "object")
        if call.op in ("item", "write"):
            return f"{owner}[{call.args[0]!r}]"
        return f"{owner}.{call.name}" if call.name else owner

    def name_of(self, handle: wire.Handle) -> str:
        """The expression that gave the check an object, "MLP.loss"."""
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
        if callable(value):  # a function of the check: the same one in every replay
            return "function"
        return value


def _builtin(raised: Raised) -> str:
    """The name of the builtin exception that was raised, or that its class is derived from."""
    known = (
        name
        for name in (raised.kind, *raised.bases)
        if isinstance(getattr(builtins, name, None), type)
    )
    return next(known, "an exception")


def _merged(known: tuple[str, ...], found: Sequence[str]) -> tuple[str, ...]:
    """All attempts, each once; limited, since a worker can report any number of them."""
    return tuple(dict.fromkeys((*known, *found)))[: wire.MAX_ATTEMPTS]


def _part(name: str, key: str) -> str:
    """The name of a part of a result, limited for deep nesting and long keys."""
    return name if len(name) > _NAME else f"{name}(…)[{key}]"


def _shown(key: Any) -> str:
    return (
        repr(key[:_NAME]) if type(key) is str else repr(key) if type(key) in (bool, float) else "…"
    )
