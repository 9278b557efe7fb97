"""Runs attacks: each in a grading process of its own, its evidence collected by the process that started it.

Every attempt of an attack is judged too: one that works although its case does not declare it as open is an effect.

blocked         it was refused and that shows: a verdict `forbidden`, an exception, a submission that is not taken
contained       it ran and cost nobody but itself: no point gained, nothing learnt, nothing reached
not contained   the evidence says otherwise
"""

import ast
import contextlib
import json
import os
import platform
import re
import resource
import secrets
import shutil
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from grader.grading import open_grader
from grader.model import Budget, Grade, Level, Limits, Verdict
from grader.report.pages import class_page, student_page
from grader.report.results import grades_csv, staff_json, student_json
from grader.report.text import view_text
from grader.report.view import student_view
from grader.sandbox import packages, wire
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.wire import Call
from grader.submission import ConfinedReader, read_submission
from tests.attacks.evidence import Dye, Evidence
from tests.attacks.handed_in import HANDED_IN
from tests.attacks.target import ATTEMPT_MARK, Canaries, Target

__all__ = ["CASES", "Case", "Outcome", "Run", "cases", "run_all"]

FOLDER = Path(__file__).with_name("cases")
ENVIRONMENT = "GRADMARK_ATTACK_SECRET"
BLOCKED, CONTAINED, NOT_CONTAINED, NOT_TRIED = "blocked", "contained", "not contained", "not tried"
_CASE_SECONDS = 120.0
_SPARE_SECONDS = 10.0
# a worker's limit, what the warm interpreter has, and what two looks may miss
_MEMORY_LIMIT = 576 << 20
# four messages of the largest size: the answer, what is made of it, what is kept
_GRADER_SPARE = 1024 << 20
_READING_LIMIT = 384  # MiB for the process that reads what is handed in
_DANGEROUS = "Not below full as root:"

# What would act outside the place where it is shown: in a page, in a terminal, in the log of a CI system.
_MARKUP = ("<script>gradmark", "<img src=x", "href='javascript", 'href="javascript')
_FORMULAS = ("=", "+", "-", "@")
_CONTROL = ("\x1b", "\x07", "\x9b", "\u202e", "\r")
_COMMANDS = ("::error", "::set-output", "::add-mask")


@dataclass(frozen=True)
class Case:
    """One attack. says: what it tries. build: puts it into a folder and gives the path that is handed in."""

    name: str
    says: str
    build: Callable[[Path, str], Path]
    dangerous: str = ""
    seen: tuple[str, ...] = ()
    open: tuple[str, ...] = ()  # attempts that are known to work, and are not claimed to be stopped

    @property
    def topic(self) -> str:
        """The first word of the name: files, secrets, ..."""
        return self.name.partition("_")[0]


def _from_file(path: Path) -> Case:
    def build(folder: Path, knows: str) -> Path:
        folder.mkdir()
        (folder / "target.py").write_bytes(path.read_bytes())
        (folder / "knows.py").write_text(knows)
        return folder

    return _case(path.stem, ast.get_docstring(ast.parse(path.read_bytes())) or "", build)


def _case(name: str, docstring: str, build: Callable[[Path, str], Path]) -> Case:
    """The first line says what is tried; "Seen: a; b" what the feedback must name; a line why it may be dangerous.

    Each line "Open: attempt" is an attempt that works, in the words of its source.
    """
    says, *rest = docstring.splitlines()
    lines = [line.strip() for line in rest]
    dangerous = next(
        (line.removeprefix(_DANGEROUS).strip() for line in lines if line.startswith(_DANGEROUS)), ""
    )
    seen = next((line.removeprefix("Seen:") for line in lines if line.startswith("Seen:")), "")
    known = tuple(line.removeprefix("Open:").strip() for line in lines if line.startswith("Open:"))
    return Case(
        name,
        says,
        build,
        dangerous,
        tuple(words.strip() for words in seen.split(";") if words.strip()),
        known,
    )


def cases() -> dict[str, Case]:
    """All attacks, by name."""
    found = [_from_file(path) for path in sorted(FOLDER.glob("*.py"))]
    found += [_case(build.__name__, build.__doc__ or "", build) for build in HANDED_IN]
    return {case.name: case for case in sorted(found, key=lambda case: case.name)}


CASES = cases()


@dataclass
class Outcome:
    """What became of one attack. verdict: the gravest; words: what the feedback says about it.

    attempts: each attempt of a case that makes several -> "refused", "without effect" or "open".
    """

    case: str
    outcome: str
    effects: list[str] = field(default_factory=list)
    verdict: str = ""
    words: str = ""
    points: float = 0.0
    seconds: float = 0.0
    attempts: dict[str, str] = field(default_factory=dict)


@dataclass
class Run:
    """One run of the suite: where, at which level, and the outcomes."""

    environment: str
    level: str
    reached: str
    layers: dict[str, str]
    machine: dict[str, str]
    nothing: float  # the points of a submission that knows nothing
    outcomes: list[Outcome]

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = asdict(self)
        outcomes = whole.pop("outcomes")  # one line each, so that two runs can be compared
        lines = ",\n".join(json.dumps(outcome, ensure_ascii=False) for outcome in outcomes)
        head = json.dumps(whole, indent=1)
        path.write_text(f'{head[:-2]},\n "outcomes": [\n{lines}\n]\n}}\n', encoding="utf-8")


def run_all(
    chosen: Iterable[Case],
    level: Level,
    environment: str,
    argument: str,
    tell: Callable[[str], object] = lambda _: None,
) -> Run:
    """Run the attacks one after the other. argument: the secret among this process's arguments."""
    packages.usable(["numpy"])  # what every grading process looks up, once for all of them
    suite = _Suite(level, argument)
    root = os.geteuid() == 0
    outcomes = []
    for case in chosen:
        if case.dangerous and root and level is not Level.FULL:
            outcome = Outcome(case.name, NOT_TRIED, words=case.dangerous)
        else:
            outcome = suite.run(case)
        outcomes.append(outcome)
        tell(f"{outcome.outcome:>13}  {case.name:<40} {outcome.verdict:>9} {outcome.seconds:5.1f} s  "
             f"{'; '.join(outcome.effects) or outcome.words}")  # fmt: skip
    reached, layers = suite.reached
    return Run(environment, str(level), reached, layers, _machine(), suite.nothing, outcomes)


def _machine() -> dict[str, str]:
    import numpy as np

    return {
        "kernel": platform.release(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "user": "root" if os.geteuid() == 0 else "unprivileged",
    }


class _Suite:
    def __init__(self, level: Level, argument: str) -> None:
        self._level = level
        self._secrets = os.environ.get(ENVIRONMENT, secrets.token_hex(8)), argument

    @cached_property
    def reached(self) -> tuple[str, dict[str, str]]:
        """The level that the sandbox reaches when it is asked for this one, and by which layers."""
        with Sandbox(Level.PLAIN, at_most=self._level, private=[]) as sandbox:
            return str(sandbox.level), dict(sandbox.layers)

    @cached_property
    def nothing(self) -> float:
        """The points of who knows the public answers, as every student does, and nothing else."""

        def build(folder: Path, knows: str) -> Path:
            folder.mkdir()
            (folder / "target.py").write_text(_NOTHING)
            return folder

        report, effects = self._graded(Case("nothing", "", build))
        assert not effects, f"the grader itself leaves traces: {effects}"
        assert report["withheld"] is False
        return report["points"]

    def run(self, case: Case) -> Outcome:
        """Run one attack."""
        nothing, begun = self.nothing, time.monotonic()
        report, effects = self._graded(case)
        if report["points"] > nothing:
            effects.append(f"gained {report['points'] - nothing:g} points")
        attempts = report["attempts"]
        effects += [
            f"could {what}"
            for what, became in attempts.items()
            if became == "open" and what not in case.open
        ]
        if effects:
            outcome = NOT_CONTAINED
        elif report["verdict"] in (Verdict.FORBIDDEN, Verdict.ERROR, "refused"):
            outcome = BLOCKED
        else:
            outcome = CONTAINED
        words = "" if effects else report["words"]  # what was stolen is not to be saved
        seconds = round(time.monotonic() - begun, 1)
        return Outcome(
            case.name,
            outcome,
            effects,
            report["verdict"],
            words,
            report["points"],
            seconds,
            attempts,
        )

    def _graded(self, case: Case) -> tuple[dict, list[str]]:
        """What the grading process reports of the submission, and the effects."""
        canaries = Canaries.draw(*self._secrets)
        target = Target(canaries, closed=self._level is Level.PARTIAL)
        evidence = Evidence(target)
        try:
            report = _in_a_process(
                lambda send: _grade(case, target, evidence, self._level, send), evidence.dye
            )
            effects = [*report["effects"], *evidence.effects()]
            if report["folder"] and os.path.exists(report["folder"]):
                effects.append("left its scratch folder")
                shutil.rmtree(report["folder"], ignore_errors=True)
            return report, effects
        finally:
            evidence.close()
            target.close()


_NOTHING = """
import numpy as np
def double(x): return {1.0: np.array([2.0, 4.0, 10.0])}[x[0]]
def mix(x): return np.zeros_like(x)
def layer_forward(x, w): return np.zeros((len(x), w.shape[1])), (x, w)
def layer_backward(dout, cache): return tuple(np.zeros_like(a) for a in cache)
def softplus(x): return np.zeros_like(x)
def constant(): return 0
def label(text): return text
def apply(function, x): return function(x)
def train(x, y, x_test, seed): return np.ones(len(x_test), int), [1.0] * 20
class Model:
    def __init__(self, start): self.start = start
    def value(self): return self.start
def shift(x): return np.zeros_like(x)
def again(x): return np.zeros_like(x)
def square_forward(x): return np.array([0.25, 1.0, 4.0]), None
"""


def _in_a_process(work: Callable[[Callable[[dict], None]], None], dye: Dye) -> dict:
    """Let `work` run in a child and send reports; the last of them. What the attack does to the child is an effect."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(reading)
            os.setsid()
            work(lambda report: _write_all(writing, report))
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    data, ended = _read_until(reading, time.monotonic() + _CASE_SECONDS)
    os.close(reading)
    if not ended:
        for each in {
            pid,
            *dye.processes(),
        }:  # all of them: one that traces another keeps it from ending
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    report = {
        "effects": [],
        "points": 0.0,
        "verdict": "",
        "words": "",
        "folder": "",
        "withheld": True,
        "attempts": {},
    }
    for line in data.splitlines():
        report |= json.loads(line)
    if not ended:
        report["effects"].append("held the grader up")
    elif status != 0:
        report["effects"].append("ended the grader")
    return report


def _write_all(descriptor: int, report: dict) -> None:
    data = json.dumps(report).encode() + b"\n"
    while data:
        data = data[os.write(descriptor, data) :]


def _read_until(descriptor: int, deadline: float) -> tuple[bytes, bool]:
    import select

    data = b""
    while (left := deadline - time.monotonic()) > 0:
        if select.select([descriptor], [], [], left)[0]:
            more = os.read(descriptor, 1 << 16)
            if not more:
                return data, True
            data += more
    return data, False


# ---- in the grading process -------------------------------------------------------------------------------------------


class _Tap:
    """Keeps, in the trusted process, all that workers have said: what is stolen has to come this way."""

    def __init__(self) -> None:
        self.said = bytearray()
        self._recv = wire.recv
        wire.recv = self._listen

    def _listen(self, *args: object, **kwargs: object) -> wire.Packet:
        header, segments = self._recv(*args, **kwargs)
        for part in (header, *segments):
            self.said += memoryview(part)[: (64 << 20) - len(self.said)]
        return header, segments


def _grade(
    case: Case, target: Target, evidence: Evidence, level: Level, send: Callable[[dict], None]
) -> None:
    """Grade the attack with a neighbour at work in the same sandbox, then the neighbour's own submission."""
    evidence.dye.apply()
    sys.dont_write_bytecode = True
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    tap = _Tap()
    effects: list[str] = []
    with (
        open_grader(target.assignment, minimum=Level.PLAIN, at_most=level) as grader,
        ConfinedReader(memory=_READING_LIMIT) as reader,
    ):
        victim = read_submission(target.submit / "victim", expected=target.assignment.files)
        sandbox = grader.sandbox
        send({"folder": sandbox._folder})
        neighbour = sandbox.start(victim.files, memory=192, output=4)
        ask = Call("call", "target", name="constant")
        neighbour.request([ask], seconds=5, wall=20)
        home = target.attacker / "mallory"
        constants = {
            "NEIGHBOUR": neighbour._process.pid, "NEIGHBOUR_FOLDER": neighbour.folder, "GRADER": os.getpid(),
            "SANDBOX": sandbox._folder, **evidence.constants(),
        }  # fmt: skip
        handed_in = case.build(home, target.knows(**constants))
        begun = time.monotonic()
        submission = read_submission(handed_in, expected=target.assignment.files, reader=reader)
        tap.said.clear()
        grade = grader.grade(submission)
        taken = time.monotonic() - begun
        said = bytes(tap.said) + grade_bytes(grade)
        effects += [f"learnt {what}" for what in target.canaries.found_in(said)]
        if struct.pack("<d", target.canaries.factor) in said:
            effects.append("learnt the secret factor")
        effects += _shown(grade, target.canaries)
        effects += _costs(grade, target.assignment.limits, target.assignment.budget, taken)
        try:
            (answer,) = neighbour.request([ask], seconds=5, wall=20)
            unharmed = (
                answer.raised is None
                and answer.value == target.canaries.number
                and not answer.attempts
            )
        except Exception:
            unharmed = False
        effects += [] if unharmed else ["harmed the worker beside it"]
        after = grader.grade(victim)
        if after.points != after.max_points or any(
            c.output for check in after.checks for c in check.cases
        ):
            effects.append("changed the neighbour's grade")
        effects += (
            ["the grader failed over it, and the grade is withheld"] if grade.withheld else []
        )
        verdict, words = ("refused", submission.problem) if submission.problem else _gravest(grade)
        for name in (
            sandbox._folder,
            str(target.place),
            target.token,
        ):  # they differ from run to run
            words = words.replace(name, "…")
        attempts = _attempts(grade, [sandbox._folder, str(target.place), target.token])
        send({"points": grade.points, "verdict": verdict, "words": words[:200], "withheld": grade.withheld,
              "attempts": attempts})  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
    if peak > _MEMORY_LIMIT:
        effects.append(f"took {peak >> 20} MiB of memory")
    used = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    allowed = target.assignment.budget.seconds + _SPARE_SECONDS
    effects += (
        [f"used {used:.0f} s of processor time where {allowed:.0f} are its share"]
        if used > allowed
        else []
    )
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10) - before
    if grown > _GRADER_SPARE:
        effects.append(f"made the grader take {grown >> 20} MiB of memory")
    send({"effects": effects})


def grade_bytes(grade: Grade) -> bytes:
    return staff_json(grade)


def _attempts(grade: Grade, passing: list[str]) -> dict[str, str]:
    """What became of each attempt, as the attack itself says. passing: words that differ from run to run."""
    found = {}
    lines = [
        line for check in grade.checks for case in check.cases for line in case.output.splitlines()
    ]
    for line in lines:
        with contextlib.suppress(ValueError):
            if line.startswith(ATTEMPT_MARK):
                what, became = json.loads(line.removeprefix(ATTEMPT_MARK))
                for word in passing:
                    what = what.replace(word, "…")
                found[re.sub(r"\b\d{3,}\b", "N", what)] = became
    return found


def _gravest(grade: Grade) -> tuple[str, str]:
    """The verdict that says most about the attack, and the first sentence of the feedback there."""
    order = [Verdict.FORBIDDEN, Verdict.TIMEOUT, Verdict.MEMORY, Verdict.CRASHED, Verdict.ERROR, Verdict.FAILED,
             Verdict.PARTIAL, Verdict.PASSED, Verdict.MISSING]  # fmt: skip
    known = [check for check in grade.checks if check.verdict in order]
    first = min(known, key=lambda check: order.index(check.verdict), default=None)
    if first is None:
        return "", ""
    return str(first.verdict), first.feedback.summary.strip().partition("\n")[0]


def _shown(grade: Grade, canaries: Canaries) -> list[str]:
    """What is wrong with what people get to read of the grade."""
    view = student_view(grade)
    pages = (
        student_page(grade, "Target")
        + class_page([grade], "Target")
        + student_page(grade, "Target", staff=True)
    )
    text = view_text(view)
    found = [f"put {mark} into a page" for mark in _MARKUP if mark in pages]
    found += [f"put {mark!r} into a terminal" for mark in _CONTROL if mark in text]
    table = grades_csv([grade]).splitlines()[1:]
    found += (
        ["put a formula into a table"]
        if any(line.lstrip('"').startswith(_FORMULAS) for line in table)
        else []
    )
    lines = [line.lstrip() for line in text.splitlines()]
    found += [
        f"put {mark} into a log"
        for mark in _COMMANDS
        if any(line.startswith(mark) for line in lines)
    ]
    student = text + student_page(grade, "Target") + student_json(grade).decode()
    # the words around it may have been spelt in another way
    token = canaries.input.rpartition("-")[2]
    return found + (["showed the student the input of a hidden check"] if token in student else [])


def _costs(grade: Grade, limits: Limits, budget: Budget, taken: float) -> list[str]:
    """Whether it took longer than it may: each check's wall time, its budget, and what the grader itself needs.

    Where more wants to run than there are processors, all of that takes so much longer.
    """
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    allowed = (
        min(len(grade.checks) * limits.wall_seconds, budget.wall_seconds) + _SPARE_SECONDS
    ) * busy
    return [f"took {taken:.0f} s where {allowed:.0f} are its share"] if taken > allowed else []
