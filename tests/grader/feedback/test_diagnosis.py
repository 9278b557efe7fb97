"""Which mistake is named, and when nothing is said."""

import pytest

from grader.errors import CourseError
from grader.feedback.diagnosis import Diagnostician
from grader.feedback.mistakes import load_mistakes, mistake
from tests.grader.tiny_course import REFERENCE, make_course, run


@pytest.fixture
def tiny(tmp_path):
    return make_course(tmp_path)


def named(assignment, source, **options):
    mistakes = load_mistakes(assignment.mistakes)
    diagnostician = Diagnostician(assignment.reference_files, assignment.files, mistakes, **options)
    found = diagnostician.diagnose(run(assignment, source).ledger.clues)
    diagnostician.close()
    return {diagnosis.mistake for diagnoses in found.values() for diagnosis in diagnoses}


@pytest.mark.parametrize("number", range(3))
def test_every_mistake_is_named_and_no_other(tiny, number):
    known = load_mistakes(tiny.mistakes)[number]
    source = known.apply(tiny.reference_files)["tiny.py"].decode()
    assert named(tiny, source) == {known.id}


def test_the_same_mistake_in_another_style_is_named(tiny):
    other = REFERENCE.replace("(dout * x).sum()", "sum(d * v for d, v in zip(dout, x)) / len(x)")
    assert named(tiny, other) == {"scale_backward: mean in place of sum"}


def test_a_right_solution_gives_nothing_to_explain(tiny):
    assert (
        run(
            tiny, REFERENCE.replace("x * factor, (x, factor)", "factor * x, (x, factor)")
        ).ledger.clues
        == []
    )


def test_an_unknown_mistake_is_met_with_silence(tiny):
    assert named(tiny, REFERENCE.replace("(dout * x).sum()", "(dout * x).max()")) == set()


def test_a_failure_that_the_answers_do_not_show_is_met_with_silence(tmp_path):
    lines = [
        "import pytest",
        "@pytest.mark.points(1)",
        "def test_x(student):",
        "    'X'",
        "    student.Counter(1)",
    ]
    body = "\n".join([*lines, "    assert False", ""])
    assert named(make_course(tmp_path, checks=body), REFERENCE) == set()


def test_two_mistakes_that_look_alike_are_met_with_silence(tmp_path):
    twins = (
        "from grader.feedback import mistake\nMISTAKES = [\n"
        'mistake("scale_backward", "a", "A.", (".sum()", ".mean()")),\n'
        'mistake("scale_backward", "b", "B.", (".sum()", ".sum() / len(x)")),\n]\n'
    )
    assert (
        named(make_course(tmp_path, mistakes=twins), REFERENCE.replace(".sum()", ".mean()"))
        == set()
    )


def test_two_mistakes_at_once_are_both_named(tiny):
    source = REFERENCE.replace(".sum()", ".mean()").replace("dx = dout * factor", "dx = dout + 0")
    assert named(tiny, source) == {
        "scale_backward: mean in place of sum",
        "scale_backward: forgets the factor",
    }


def test_of_pairs_that_look_alike_only_what_they_share_is_named(tmp_path):
    more = (
        "from grader.feedback import mistake\nMISTAKES = [\n"
        'mistake("scale_backward", "mean", "A.", (".sum()", ".mean()")),\n'
        'mistake("scale_backward", "no factor", "B.", ("dx = dout * factor", "dx = dout + 0")),\n'
        'mistake("scale_backward", "also none", "C.", ("dx = dout * factor", "dx = dout * '
        '1")),\n]\n'
    )
    source = REFERENCE.replace(".sum()", ".mean()").replace("dx = dout * factor", "dx = dout + 0")
    assert named(make_course(tmp_path, mistakes=more), source) == {"scale_backward: mean"}


def test_no_time_means_silence(tiny):
    assert named(tiny, REFERENCE.replace(".sum()", ".mean()"), seconds=-1.0) == set()


def test_what_was_matched_is_said(tiny):
    diagnostician = Diagnostician(tiny.reference_files, tiny.files, load_mistakes(tiny.mistakes))
    ((found,),) = diagnostician.diagnose(
        run(tiny, REFERENCE.replace(".sum()", ".mean()")).ledger.clues
    ).values()
    assert found.says == "dfactor is a mean; it must be a sum."
    assert "scale_backward" in found.matched
    diagnostician.close()


def test_an_edit_that_does_not_fit_names_the_mistake(tiny):
    with pytest.raises(CourseError, match="scale_forward: lost"):
        mistake("scale_forward", "lost", "…", ("not there", "")).apply(tiny.reference_files)


def test_a_mistake_needs_edits_or_a_function():
    with pytest.raises(CourseError, match="give either edits or a function"):
        mistake("f", "x", "…")


def wrong_scale_forward(x, factor):
    return x - factor, (x, factor)


def test_a_whole_function_can_stand_for_a_mistake(tiny):
    known = mistake("scale_forward", "subtracts", "…", instead=wrong_scale_forward)
    source = known.apply(tiny.reference_files)["tiny.py"].decode()
    assert "def scale_forward(x, factor):\n    return x - factor" in source
    assert "wrong_scale_forward" not in source


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("MISTAKE = []", "does not define a list MISTAKES"),
        ("1 / 0", "ZeroDivisionError"),
        (
            'from grader.feedback import mistake\nm = mistake("f", "x", "…", ("a", '
            '"b"))\nMISTAKES = [m, m]',
            "'f: x' is listed twice",
        ),
    ],
)
def test_a_broken_mistakes_file_is_named(tmp_path, text, complaint):
    path = tmp_path / "mistakes.py"
    path.write_text(text)
    with pytest.raises(CourseError, match=complaint) as error:
        load_mistakes(path)
    assert str(path) in str(error.value)
