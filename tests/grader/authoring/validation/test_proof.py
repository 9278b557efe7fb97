"""The proof of the tiny course, and what it says when something is wrong with one."""

import io
import os

import pytest
from rich.console import Console

from grader.authoring.validation import as_markdown, calibrate, validate, variants
from grader.authoring.validation.mutants import mutants, read_reasons
from grader.authoring.validation.proof import Claim, Validation
from grader.authoring.validation.survival import ACCEPTED, CAUGHT, SURVIVED, survival
from grader.authoring.validation.wrong import MistakeResult
from grader.authoring.validation.wrong import result as result_of
from grader.errors import CourseError, GradmarkError
from grader.grading.batch import Options
from grader.model import CaseResult, CheckResult, Feedback, Verdict
from grader.report.terminal import validation_report, validation_summary
from tests.grader.tiny_course import CHECKS, MISTAKES, REFERENCE, SETTINGS, make_course

FULL = CHECKS.replace("points(4)", "points(40)").replace("points(2)", "points(20)")


def proof(tmp_path, **parts):
    validation = validate(make_course(tmp_path, **{"checks": FULL, **parts}), Options())
    return validation, {claim.claim: claim for claim in validation.claims}


def test_a_sound_assignment_holds(tmp_path):
    validation, claims = proof(tmp_path)
    assert validation.holds, validation.claims
    assert claims["every symbol is tested"].seen == "3 symbols"
    assert [found.caught_by for found in validation.mistakes][2] == ("test_tiny.py::test_forward",)


def test_a_check_that_fails_with_some_seeds_is_named(tmp_path):
    flaky = FULL.replace("    assert counter.value == 5\n", "    assert rng.random() < 0.7\n")
    _, claims = proof(
        tmp_path,
        checks=flaky.replace("def test_counter(student)", "def test_counter(student, rng)"),
    )
    claim = claims["correct solutions pass every check with 5 other seeds"]
    assert not claim.holds
    assert "test_counter fails with seed" in claim.seen


def test_a_symbol_that_no_check_asks_for_is_named(tmp_path):
    start = FULL.index("@pytest.mark.points(20)")
    _, claims = proof(tmp_path, checks=FULL[:start])
    assert claims["every symbol is tested"].seen == "Counter"


@pytest.mark.slow
def test_a_limit_that_is_tight_for_the_reference_is_named(tmp_path):
    slow = REFERENCE.replace(
        "        self.value += n\n", "        self.value += n + 0 * sum(range(25_000_000))\n"
    )
    _, claims = proof(
        tmp_path, reference=slow, settings=SETTINGS.replace("seconds = 2", "seconds = 0.5")
    )
    claim = claims["the reference needs under a quarter of each limit"]
    assert not claim.holds
    assert "test_counter uses" in claim.seen


def test_a_check_that_may_use_more_than_the_whole_budget_is_named(tmp_path):
    large = FULL.replace("def test_counter", "@pytest.mark.limits(seconds=50)\ndef test_counter")
    _, claims = proof(tmp_path, checks=large, settings=f"{SETTINGS}[budget]\nseconds = 20\n")
    claim = claims["the reference needs under a quarter of a submission's budget"]
    assert not claim.holds
    assert claim.seen.endswith("of 20 seconds; the largest check may use 50")


def test_mistakes_that_nobody_catches_or_names_are_said(tmp_path):
    harmless = (
        'mistake("Counter.add", "in another way", "x", ("self.value += n", "self.value = n '
        '+ self.value")),\n]'
    )
    validation, claims = proof(tmp_path, mistakes=MISTAKES.replace("\n]", "\n    " + harmless))
    assert not claims["every known mistake loses points in a check"].holds
    assert (
        "Counter.add: in another way" in claims["every known mistake loses points in a check"].seen
    )
    assert "3 of 4; not diagnosed:" in claims["at least 95% of them are diagnosed correctly"].seen
    assert not validation.holds


def graded_through_the_sandbox(monkeypatch):
    """What is graded from now on, by name, and by which checks when not by all."""
    seen = {}
    grade = variants.graded

    def watched(assignment, submissions, options, only):
        seen.update({one.student: sorted(only.get(one.student, ["all"])) for one in submissions})
        return grade(assignment, submissions, options, only)

    monkeypatch.setattr(variants, "graded", watched)
    return seen


WHOLE = {"the reference": ["all"], "the starter": ["all"]}


def test_a_short_proof_takes_a_sample_through_the_sandbox(tmp_path, monkeypatch):
    seen = graded_through_the_sandbox(monkeypatch)
    validation, _ = proof(tmp_path)
    assert seen == {**WHOLE, validation.mistakes[0].mistake: list(validation.mistakes[0].caught_by)}


def test_a_thorough_proof_takes_everything_through_the_sandbox(tmp_path, monkeypatch):
    assignment = make_course(tmp_path, checks=FULL)
    short = validate(assignment, Options())
    seen = graded_through_the_sandbox(monkeypatch)
    thorough = validate(assignment, Options(), thorough=True)
    assert {*WHOLE, *(found.mistake for found in thorough.mistakes)} < seen.keys()
    assert any(" + " in name for name in seen)
    assert any(
        claim.claim == "correct solutions pass every check with 20 other seeds"
        for claim in thorough.claims
    )
    assert [found.mistake for found in thorough.mistakes] == [
        found.mistake for found in short.mistakes
    ]
    assert all(found.settled for found in (*short.mistakes, *thorough.mistakes))


def test_a_mistake_that_only_the_sandbox_can_tell_is_caught_there(tmp_path, monkeypatch):
    """In the grader's process nothing limits the memory."""
    edit = '("return x * factor", "np.ones(4 * 10**7); return x * factor")'
    hungry = f'    mistake("scale_forward", "hungry", "x", {edit}),\n]'
    seen = graded_through_the_sandbox(monkeypatch)
    settings = SETTINGS.replace("seconds = 2", "seconds = 2\nmemory = 64")
    validation, claims = proof(
        tmp_path, mistakes=MISTAKES.replace("\n]", "\n" + hungry), settings=settings
    )
    assert claims["every known mistake loses points in a check"].holds
    assert "scale_forward: hungry" in seen
    assert validation.mistakes[-1].caught_by


def test_a_failure_of_the_grader_catches_no_mistake():
    case = CaseResult("", Verdict.GRADER_ERROR, Feedback("It failed."))
    check = CheckResult(
        "test_f.py::test_f", "f", Verdict.GRADER_ERROR, 0.0, 5.0, hidden=False, cases=(case,)
    )
    assert not result_of("f: sign", [check]).caught


def test_a_right_solution_in_another_style_has_to_pass(tmp_path):
    for style, source in (
        ("same", REFERENCE),
        ("harsh", REFERENCE.replace("x * factor, (x", "x + 0.1, (x")),
    ):
        folder = tmp_path / "assignments" / "01-tiny" / "right" / style
        folder.mkdir(parents=True)
        (folder / "tiny.py").write_text(source)
    _, claims = proof(tmp_path)
    claim = claims["correct solutions in other styles earn everything, with no diagnosis"]
    assert not claim.holds
    assert claim.seen.startswith("harsh: 20 of 100 (test_tiny.py::test_forward")
    assert "same" not in claim.seen


# ---- the report ----------------------------------------------------------------------------------


def said(renderable):
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(renderable)
    return console.export_text()


def test_several_proofs_end_with_what_fell_short():
    sound = Validation(
        "01-sound", (Claim("the reference earns everything", True, "100 of 100"),), ()
    )
    short = Validation(
        "02-short", (*sound.claims, Claim("the points add up to 100", False, "98 points")), ()
    )
    assert said(validation_summary([sound, short])) == (
        "02-short ✗ the points add up to 100: 98 points\n1 of 2 assignments are valid.\n"
    )


def test_of_several_proofs_only_the_mistakes_that_fell_short_are_listed():
    caught = MistakeResult("f: sign", 5.0, ("test_f.py::test_f",), ("f: sign",))
    unnamed = MistakeResult("f: axis", 5.0, ("test_f.py::test_f",), ())
    validation = Validation("01-sound", (), (caught, unnamed))
    assert "f: sign" in said(validation_report(validation))
    brief = said(validation_report(validation, every_mistake=False))
    assert "f: axis" in brief
    assert "f: sign" not in brief
    assert "known mistake" not in said(
        validation_report(Validation("01", (), (caught,)), every_mistake=False)
    )


# ---- mutants -------------------------------------------------------------------------------------


def test_where_a_fork_cannot_run_the_reference_no_mutant_is_judged(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADMARK_TEST", str(os.getpid()))
    picky = REFERENCE.replace("import numpy", "import os\n\nimport numpy").replace(
        "    return x * factor",
        "    assert os.environ['GRADMARK_TEST'] == str(os.getpid())\n    return x * factor",
    )
    with pytest.raises(GradmarkError, match="the reference does not pass in a fork"):
        survival(make_course(tmp_path, reference=picky), 1)


def test_mutants_are_caught_survive_or_are_accepted(tmp_path):
    weak = FULL.replace("    assert np.allclose(dfactor, dout @ x)\n", "")
    assignment = make_course(tmp_path, checks=weak)
    found = survival(assignment, 2)
    assert len(found) == len(list(mutants(REFERENCE)))
    survivors = [mutant for mutant in found if mutant.outcome == SURVIVED]
    assert {mutant.symbol for mutant in survivors} == {"scale_backward"}
    assert all("dfactor" in mutant.change or "dout" in mutant.change for mutant in survivors)
    accepted = "".join(
        f"[[mutant]]\nmodule = \"tiny\"\nsymbol = \"scale_backward\"\nchange = '''{mutant.change}'''\nreason = \"w\"\n"
        for mutant in survivors
    )
    (assignment.folder / "accepted_mutants.toml").write_text(accepted)
    again = survival(assignment, 2)
    assert {mutant.outcome for mutant in again} == {CAUGHT, ACCEPTED}


@pytest.mark.slow
def test_an_endless_mutant_is_caught(tmp_path):
    reference = REFERENCE.replace(
        "    return x * factor, (x, factor)",
        "    n = 0\n    while n < 3:\n        n += 1\n    return x * factor, (x, factor)",
    )
    (endless,) = [
        m for m in survival(make_course(tmp_path, reference=reference), 2) if "n -= 1" in m.change
    ]
    assert endless.outcome == CAUGHT


def test_a_second_run_takes_what_the_first_has_found(tmp_path, monkeypatch):
    assignment = make_course(tmp_path)
    first = survival(assignment, 2)
    monkeypatch.setattr("os.fork", lambda: pytest.fail("nothing is left to judge"))
    assert survival(assignment, 2) == first


def test_a_mutant_that_writes_files_leaves_none_where_the_grader_runs(tmp_path, monkeypatch):
    write = "    if factor is None:\n        open('None.partial', 'w').close()\n"
    reference = REFERENCE.replace("    return x * factor, (x", f"{write}    return x * factor, (x")
    assignment = make_course(tmp_path / "course", reference=reference)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    found = survival(assignment, 2)
    assert any("is not" in mutant.change for mutant in found), (
        "one of them opens the file in every call"
    )
    assert list((tmp_path / "here").iterdir()) == []


def test_reasons_that_cannot_be_read_are_said(tmp_path):
    (tmp_path / "a.toml").write_text('[[mutant]]\nmodule = "x"\n')
    with pytest.raises(CourseError, match="module, symbol, change and reason"):
        read_reasons(tmp_path / "a.toml")
    assert read_reasons(tmp_path / "b.toml") == {}


# ---- the page, calibration -----------------------------------------------------------------------


def test_the_page_shows_every_claim_and_every_survivor(tmp_path):
    assignment = make_course(
        tmp_path, checks=FULL.replace("    assert np.allclose(dfactor, dout @ x)\n", "")
    )
    result = validate(assignment, Options(), mutants=True)
    page = as_markdown([result], "grade validate --all --mutants", thorough=False)
    assert "Generated by `grade validate --all --mutants`" in page
    assert "a sample of the known mistakes were graded in the sandbox" in page.replace("\n", " ")
    assert "| ✗ | at least 97% of the reference's mutants are caught |" in page
    assert "**survived**" in page
    assert "| 01-tiny | " in page


LEARNING = '''
import numpy as np
import pytest

from grader.checks import assert_learns


@pytest.mark.points(100)
def test_learns(student, calibration):
    """Learns"""

    def train(seed):
        out, _ = student.scale_forward(np.random.default_rng(seed).normal(1.0, 0.01, size=20), 3.0)
        return out

    assert_learns(train, metric=lambda out: float(np.mean(out)), key="mean", calibration=calibration)
'''


def test_calibration_says_how_near_the_best_known_mistake_comes(tmp_path):
    mistakes = MISTAKES.replace("x + factor, (", "x * (factor - 1), (").replace(
        "adds the factor", "a smaller factor"
    )
    entry = calibrate(make_course(tmp_path, checks=LEARNING, mistakes=mistakes), 40)["mean"]
    assert entry["threshold"] == pytest.approx(3, abs=0.05)
    assert entry["best_mistake"]["mistake"] == "scale_forward: a smaller factor"
    assert entry["best_mistake"]["reached"] == pytest.approx(2, abs=0.05)
