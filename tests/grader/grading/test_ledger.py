"""From what happened to results: each step changes what it is for, and nothing else."""

import copy

import pytest

from grader.feedback.diagnosis import Clue
from grader.grading.ledger import (
    FitsItself,
    Ledger,
    consistent,
    diagnosed,
    results,
    unanswered,
    with_details,
)
from grader.grading.marks import Marks
from grader.model import CaseResult, Diagnosis, Feedback, Limits, Verdict

SLIP = Diagnosis("f: slip", "f forgets the slip.", "on the one call")


def marks(name, **changed):
    values = {
        "id": f"test_a.py::{name}",
        "function": name,
        "title": f"Title of {name}",
        "points": 10.0,
        "each": False,
        "hidden": False,
        "hint": "",
        "depends": (),
        "consistent": 0.0,
        "limits": Limits(),
        "concept": "affine",
        "fresh": False,
        "gpu": False,
        "calibrated": False,
    }
    return Marks(**values | changed)


def case(verdict=Verdict.PASSED, earned=None, words="", name=""):
    share = float(verdict is Verdict.PASSED) if earned is None else earned
    return CaseResult(name, verdict, Feedback(words), earned=share)


def ledger(*checks, **more):
    """checks: (marks, cases)."""
    found = Ledger(**more)
    for mark, cases in checks:
        found.marks[mark.id] = mark
        found.cases[mark.id] = list(cases)
    return found


class Names:
    """A diagnostician that names the same mistake for some clues."""

    def __init__(self, *indices):
        self.indices = indices

    def diagnose(self, _):
        return dict.fromkeys(self.indices, (SLIP,))


def clue(mark, number):
    return Clue(mark.id, number, (), lambda _: None)


# ---- verdicts and points -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "each", "expected"),
    [
        ([Verdict.PASSED, Verdict.PASSED], False, Verdict.PASSED),
        ([Verdict.PASSED, Verdict.FAILED], False, Verdict.FAILED),
        ([Verdict.FAILED, Verdict.TIMEOUT, Verdict.ERROR], False, Verdict.TIMEOUT),
        ([Verdict.TIMEOUT, Verdict.FORBIDDEN], False, Verdict.FORBIDDEN),
        ([Verdict.FORBIDDEN, Verdict.GRADER_ERROR], False, Verdict.GRADER_ERROR),
        ([Verdict.PASSED, Verdict.FAILED], True, Verdict.PARTIAL),
        ([Verdict.FAILED, Verdict.FAILED], True, Verdict.FAILED),
        ([Verdict.PASSED, Verdict.FORBIDDEN], True, Verdict.FORBIDDEN),
        ([Verdict.PASSED, Verdict.SKIPPED], True, Verdict.SKIPPED),
        ([], False, Verdict.GRADER_ERROR),
    ],
)
def test_the_worst_case_decides(verdicts, each, expected):
    mark = marks("test_x", each=each)
    assert ledger((mark, map(case, verdicts))).verdict(mark) is expected


@pytest.mark.parametrize(("each", "points"), [(False, 2.5), (True, 20 / 3)])
def test_points_follow_the_least_case_or_the_mean_of_all(each, points):
    cases = [case(), case(Verdict.PARTIAL, 0.75), case(Verdict.PARTIAL, 0.25)]
    (found,) = results(ledger((marks("test_x", each=each), cases)))
    assert found.points == pytest.approx(points, abs=1e-6)
    assert found.max_points == 10


def test_results_keep_the_order_of_the_files_and_what_the_marks_say():
    first, second = marks("test_b", hidden=True), marks("test_a", points=5.0, concept="relu")
    found = results(ledger((first, [case()]), (second, [case(Verdict.FAILED, words="wrong")])))
    assert [(r.id, r.title, r.hidden, r.concept, r.points) for r in found] == [
        ("test_a.py::test_b", "Title of test_b", True, "affine", 10),
        ("test_a.py::test_a", "Title of test_a", False, "relu", 0),
    ]
    assert found[1].feedback.summary == "wrong"


def test_a_check_that_never_ran_is_our_fault_and_earns_nothing():
    (found,) = results(ledger((marks("test_x"), [])))
    assert (found.verdict, found.points, found.cases) == (Verdict.GRADER_ERROR, 0, ())


def test_one_reason_for_all_checks():
    known = {mark.id: mark for mark in (marks("test_a"), marks("test_b"))}
    found = unanswered(known, Verdict.MISSING, "The archive is empty.")
    assert [(r.verdict, r.points, r.max_points) for r in found] == [(Verdict.MISSING, 0, 10)] * 2
    assert {r.feedback.summary for r in found} == {"The archive is empty."}


# ---- diagnosed -----------------------------------------------------------------------------------


def test_a_diagnosis_goes_to_the_case_that_its_clue_came_from():
    mark = marks("test_x")
    before = ledger((mark, [case(), case(Verdict.FAILED, words="wrong"), case(Verdict.FAILED)]))
    before.clues.extend([clue(mark, 2), clue(mark, 1)])
    after = diagnosed(before, Names(1))
    named = [one.feedback.diagnoses for one in after.cases[mark.id]]
    assert named == [(), (SLIP,), ()]
    assert after.cases[mark.id][1].feedback.summary == "wrong"


def test_the_clues_are_gone_after_a_diagnosis():
    mark = marks("test_x")
    before = ledger((mark, [case(Verdict.FAILED)]))
    before.clues.append(clue(mark, 0))
    assert diagnosed(before, Names()).clues == before.clues == []


# ---- consistent ----------------------------------------------------------------------------------


def fits(diagnoses, consistent=0.5):
    needed, mark = marks("test_forward"), marks("test_backward", consistent=consistent)
    wrong = CaseResult("", Verdict.FAILED, Feedback("out is wrong", diagnoses=diagnoses))
    found = ledger((needed, [wrong]), (mark, [case(Verdict.SKIPPED)]))
    found.fits_itself.append(FitsItself(mark, 0, needed))
    return mark, found


def test_a_backward_that_fits_a_known_mistake_earns_its_share():
    mark, before = fits((SLIP,))
    after = consistent(before)
    (found,) = after.cases[mark.id]
    assert (found.verdict, found.earned) == (Verdict.PARTIAL, 0.5)
    assert "fits your result of \u201cTitle of test_forward\u201d" in found.feedback.summary
    assert "50%" in found.feedback.summary
    assert results(after)[1].points == 5


def test_a_backward_that_fits_an_unknown_forward_earns_nothing():
    mark, before = fits(())
    assert consistent(before).cases[mark.id] == before.cases[mark.id]


def test_a_function_that_is_wrong_in_one_mode_is_told_so():
    train, test = marks("test_train"), marks("test_test")
    before = ledger((train, [case()]), (test, [case(Verdict.FAILED, words="out is wrong")]))
    before.passed_in.add(("norm", "train"))
    before.failed_in[test.id, 0] = {("norm", "test")}
    (found,) = consistent(before).cases[test.id]
    assert (
        found.feedback.details == "Your norm passes in train mode: what is different in test mode?"
    )
    assert found.feedback.summary == "out is wrong"


def test_no_step_changes_the_cases_that_it_was_given():
    _, before = fits((SLIP,))
    cases = copy.deepcopy(before.cases)
    consistent(diagnosed(before, Names()))
    assert before.cases == cases


def test_details_are_added_below_those_that_are_there():
    assert with_details(Feedback("x", "first"), "second").details == "first\nsecond"
    assert with_details(Feedback("x"), "second").details == "second"
