"""An assignment's checks, run on any student without a sandbox."""

import os
import sys

import pytest

from grader.errors import CourseError
from grader.grading.checks import Checks, parameters_of
from grader.grading.ledger import results
from grader.grading.marks import public_only
from grader.model import Verdict
from tests.grader.tiny_course import REFERENCE, make_course

WRONG = {"tiny.py": REFERENCE.replace("x * factor, (", "x + factor, (").encode()}


@pytest.fixture
def tiny(tmp_path):
    return make_course(tmp_path)


def by_name(ledger):
    return {check.id.rpartition("::")[2]: check.verdict for check in results(ledger)}


def test_the_checks_are_collected_without_a_run(tiny):
    with Checks(tiny) as checks:
        marks = checks.collect()
    assert [(mark.function, mark.points, mark.hidden) for mark in marks.values()] == [
        ("test_forward", 4, False),
        ("test_backward", 4, True),
        ("test_counter", 2, False),
    ]


def test_the_reference_passes_and_a_wrong_version_does_not(tiny):
    with Checks(tiny) as checks:
        right = by_name(checks.run_on(tiny.reference_files))
        wrong = by_name(checks.run_on(WRONG))
    assert set(right.values()) == {Verdict.PASSED}
    assert wrong["test_forward"] is Verdict.FAILED
    assert wrong["test_counter"] is Verdict.PASSED


def test_only_some_checks_run(tiny):
    with Checks(tiny) as checks:
        ledger = checks.run_on(tiny.reference_files, only=["test_tiny.py::test_counter"])
    assert by_name(ledger) == {"test_counter": Verdict.PASSED}


def test_a_selection_holds_for_every_run(tiny):
    with Checks(tiny, select=public_only) as checks:
        assert not any(mark.hidden for mark in checks.collect().values())
        assert by_name(checks.run_on(tiny.reference_files)).keys() == {
            "test_forward",
            "test_counter",
        }


def test_a_run_can_stop_at_the_first_failure(tiny):
    with Checks(tiny) as checks:
        ledger = checks.run_on(WRONG, first_failure=True)
    assert ledger.cases.keys() == {"test_tiny.py::test_forward"}
    assert by_name(ledger)["test_counter"] is Verdict.GRADER_ERROR, "it has not passed"


def test_another_seed_asks_other_questions(tiny):
    def asked(checks, **seed):
        events = []
        checks.run_on(tiny.reference_files, observe=events.append, **seed)
        return [str(event.arguments) for event in events]

    with Checks(tiny) as checks:
        assert asked(checks) == asked(checks, seed=tiny.seed)
        assert asked(checks) != asked(checks, seed=tiny.seed + 1)


def test_the_checks_that_a_symbol_reaches_come_with_the_nearest_first(tiny):
    with Checks(tiny) as checks:
        reaching = checks.reaching()
    assert reaching("Counter") == ["test_tiny.py::test_counter"]
    assert "test_tiny.py::test_forward" in reaching("scale_forward")
    assert reaching("nothing") == []


def test_the_parameters_are_those_of_the_reference(tiny):
    found = parameters_of(tiny)
    assert found["scale_forward"] == ("x", "factor")


def test_a_closed_set_of_checks_forgets_the_reference(tiny):
    before = {name for name in sys.modules if name.startswith("_gradmark_variant_")}
    with Checks(tiny) as checks:
        checks.run_on(tiny.reference_files)
    assert {name for name in sys.modules if name.startswith("_gradmark_variant_")} == before


def test_options_of_the_callers_pytest_do_not_reach_the_checks(tiny, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    with Checks(tiny) as checks:
        assert set(by_name(checks.run_on(tiny.reference_files)).values()) == {Verdict.PASSED}
    assert os.environ["PYTEST_ADDOPTS"] == "--no-such-option"


def test_a_changed_check_file_is_read_again(tiny):
    with Checks(tiny) as checks:
        checks.run_on(tiny.reference_files)
        file = tiny.checks / "test_tiny.py"
        file.write_text(file.read_text().replace("def test_counter", "def test_renamed"))
        names = by_name(checks.run_on(tiny.reference_files))
    assert "test_renamed" in names
    assert "test_counter" not in names


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "no checks found"), ("import nothing_of_this_name\n", "nothing_of_this_name")],
)
def test_checks_that_cannot_be_collected_are_a_course_error(tiny, text, says):
    (tiny.checks / "test_tiny.py").write_text(text)
    with Checks(tiny) as checks, pytest.raises(CourseError, match=says):
        checks.collect()
