"""The budget of a whole submission, and what is paid for once only."""

import time

import pytest

from grader.grading import open_grader
from grader.model import Budget, Limits, Verdict
from grader.sandbox.transport import CallTimeout, WorkerCrashed, WorkerKilled
from grader.sandbox.wire import Answer, Raised
from grader.subject import Session, Student, StudentRaised
from grader.subject.budget import Account, BudgetSpent
from grader.submission import read_submission
from tests.grader.tiny_course import REFERENCE, SETTINGS, make_course

CHECKS = "import pytest\n" + "".join(
    f"""
@pytest.mark.points(1)
@pytest.mark.limits(seconds=5)
{fresh}
def test_number_{number}(student):
    "Number {number}"
    assert student.Counter({number}).value == {number}
"""
    for number, fresh in enumerate(["", "", "@pytest.mark.fresh", "@pytest.mark.fresh", "", ""])
)


BURN = """
import time

def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
"""


@pytest.fixture
def grade(tmp_path):
    def grade(source, budget=60.0, checks=CHECKS):
        assignment = make_course(
            tmp_path, checks=checks, settings=f"{SETTINGS}[budget]\nseconds = {budget}\n"
        )
        (tmp_path / "ada").mkdir()
        (tmp_path / "ada" / "tiny.py").write_text(source)
        with open_grader(assignment) as grader:
            return grader.grade(read_submission(tmp_path / "ada", expected=assignment.files))

    return grade


def sayings(grade):
    return [(check.verdict, check.feedback.summary) for check in grade.checks]


def test_a_spent_budget_ends_the_checks_and_not_the_grade(grade):
    begun = time.monotonic()
    graded = grade(BURN + REFERENCE.replace("self.value", "burn(1.2); self.value", 1), budget=3.0)
    assert time.monotonic() - begun < 30
    verdicts = [check.verdict for check in graded.checks]
    assert verdicts == [Verdict.PASSED] * 2 + [Verdict.TIMEOUT] * 4
    assert (
        sayings(graded)[2][1]
        == "Your submission has used its 3 seconds of processor time; this check was stopped."
    )
    for _, says in sayings(graded)[3:]:
        assert (
            says
            == "Your submission has used its 3 seconds of processor time; this check was not run."
        )
    assert not graded.withheld
    assert graded.points == 2
    assert [check.seconds for check in graded.checks[3:]] == [0.0] * 3
    used = (
        "Your submission used 100% of the time for all its checks together (3 seconds of "
        "processor time, or 36 with"
    )
    assert graded.notes[0].text.startswith(used)


def test_objects_that_take_long_to_go_are_ended_and_charged(grade):
    begun = time.monotonic()
    graded = grade(f"{BURN}{REFERENCE}\n    def __del__(self):\n        burn(50)\n", budget=2.5)
    assert time.monotonic() - begun < 30
    assert not graded.withheld
    assert [check.verdict for check in graded.checks][-1] is Verdict.TIMEOUT


def test_an_honest_submission_hears_nothing_of_it(grade):
    graded = grade(REFERENCE)
    assert graded.points == graded.max_points
    assert graded.notes == ()


@pytest.mark.parametrize(
    ("body", "verdict", "first", "then"),
    [
        (
            "time.sleep(2); os._exit(0)",
            Verdict.CRASHED,
            "ended the process. Your code ended",
            "ended the process",
        ),
        (
            "time.sleep(2); raise KeyError('layer')",
            Verdict.ERROR,
            "raised KeyError: 'layer'",
            "raised KeyError",
        ),
        (
            "class Own(ValueError): pass\nraise Own('x')",
            Verdict.ERROR,
            "raised Own: x",
            "raised ValueError",
        ),
        (
            "time.sleep(2); raise NotImplementedError",
            Verdict.MISSING,
            "is not implemented yet",
            "NotImplementedError",
        ),
        ("x = bytearray(8 << 30)", Verdict.MEMORY, "requested more memory", "raised MemoryError"),
        (
            "open('/etc/passwd')",
            Verdict.FORBIDDEN,
            "must not do: open '/etc/passwd'",
            "open '/etc/passwd'",
        ),
    ],
)
def test_an_import_that_failed_is_not_paid_again(grade, body, verdict, first, then):
    begun = time.monotonic()
    graded = grade(f"import os, time\n{body}\n")
    assert time.monotonic() - begun < 10
    assert {check.verdict for check in graded.checks} == {verdict}
    says = [check.feedback.summary for check in graded.checks]
    assert first in says[0]
    for again in says[1:]:
        assert then in again
        if verdict is not Verdict.FORBIDDEN:
            assert again.startswith("Importing tiny.py ")
            assert again.endswith(", see the first check; it was not tried again.")


def test_an_import_that_the_machine_may_have_killed_gets_one_more_try(grade):
    body = "import os, signal, time\ntime.sleep(1)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    begun = time.monotonic()
    graded = grade(body)
    assert 2 < time.monotonic() - begun < 8
    assert {check.verdict for check in graded.checks} == {Verdict.CRASHED}
    assert not graded.withheld


# ---- without a process ---------------------------------------------------------------------------


class Answering:
    """A transport that says what it is told to, and takes the time that it is told to take."""

    def __init__(self, script):
        self.script, self.used, self.asked = script, 0.0, []

    def request(self, calls, *, seconds, wall):
        if calls[0].op == "free":
            return [Answer()] * len(calls)
        self.asked.append((calls[0].name, seconds, wall))
        cost, what = self.script.pop(0)
        self.used += cost
        if isinstance(what, Exception):
            raise what
        return [what]

    def output(self):
        return ""

    def cpu_seconds(self):
        return self.used

    def close(self):
        pass


def subject(*scripts, budget=10.0):
    started = []

    def start(_):
        started.append(Answering(scripts[len(started)]))
        return started[-1]

    return Session(start, lambda name: name, budget=Budget(budget)), started


def test_a_request_is_granted_no_more_than_is_left():
    student, started = subject([(3.0, Answer("layers")), (4.0, Answer(1)), (1.0, Answer(1))])
    student.begin(1, Limits(seconds=8.0), hidden=False)
    Student(student).f()
    Student(student).f()
    assert [seconds for _, seconds, _ in started[0].asked] == [10.0, 7.0, 3.0]
    assert student.budget_share == pytest.approx(0.8)


def test_the_budget_outlives_its_workers():
    student, started = subject([(6.0, CallTimeout("stopped"))], [(6.0, CallTimeout("stopped"))], [])
    student.begin(1, Limits(), hidden=False)
    with pytest.raises(CallTimeout):
        Student(student).in_one_file()
    student.begin(2, Limits(), hidden=False)
    with pytest.raises(BudgetSpent, match="10 seconds of processor time; this check was stopped"):
        Student(student).in_another()
    student.begin(3, Limits(), hidden=False)
    with pytest.raises(BudgetSpent, match="was not run"):
        Student(student).hold({})
    assert len(started) == 2
    assert student.seconds == 0.0


def test_words_of_an_import_are_not_carried_to_another_worker():
    """They may hold what a hidden check gave the submission; the check that asks now may be a
    public one.
    """
    secret = Raised("Stolen0123", "3.14159", ("ValueError", "Exception"))
    student, _ = subject([(0.0, Answer(raised=secret))], [])
    student.begin(1, Limits(), hidden=False)
    with pytest.raises(StudentRaised):
        Student(student).f()
    student.begin(2, Limits(), hidden=False, fresh=True)
    with pytest.raises(StudentRaised) as again:
        Student(student).f()
    assert "3.14159" not in repr(again.value.raised) + str(again.value)
    assert "Stolen" not in str(again.value)


def test_what_the_machine_killed_is_told_apart_from_what_ended_itself():
    killed = WorkerKilled("killed")
    student, started = subject([(0.0, killed)], [(0.0, Answer("layers")), (0.0, Answer(5))])
    student.begin(1, Limits(), hidden=False)
    with pytest.raises(WorkerKilled):
        Student(student).f()
    student.begin(1, Limits(), hidden=False)
    assert Student(student).f() == 5
    student, started = subject([(0.0, WorkerCrashed("exit"))], [])
    for seed in (1, 2):
        student.begin(seed, Limits(), hidden=False)
        with pytest.raises(WorkerCrashed):
            Student(student).f()
    assert sum(len(one.asked) for one in started) == 1


def test_waiting_spends_the_budget_too():
    student, _ = subject([(0.1, Answer("layers")), (0.1, Answer(1))])
    student.begin(1, Limits(), hidden=False)
    student._account.wall = student._account.budget.wall_seconds
    student.begin(2, Limits(), hidden=False)
    with pytest.raises(
        BudgetSpent, match="has used its 50 seconds, most of them waiting; this check was not run"
    ):
        Student(student).f()


def test_time_that_others_had_the_processor_is_free():
    class Waiting(Answering):
        delayed = 0.0

        def delayed_seconds(self):
            self.delayed += 100.0
            return self.delayed

    account = Account(Budget(10.0))
    with account.charged(Waiting([])):
        time.sleep(0.05)
    assert account.wall == 0.0
