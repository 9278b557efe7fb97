"""What becomes of a check: verdicts, points, order, and whose fault it was."""

import numpy as np
import pytest

from grader.checks import CheckFailure, assert_learns
from grader.checks.learning import calibrate
from grader.errors import CourseError
from grader.grading import plugin as plugin_module
from grader.grading.fixtures import Award
from grader.grading.ledger import results
from grader.model import Figure, Verdict, plain
from tests.grader.tiny_course import CHECKS, REFERENCE, make_course, result, run


@pytest.fixture
def tiny(tmp_path):
    return make_course(tmp_path)


def check(code, *marks, args="student", name="test_x", points=1):
    """A check file with one check that runs `code`."""
    decorators = [f"@pytest.mark.{mark}" for mark in (f"points({points})", *marks)]
    return "\n".join(
        [
            "import pytest",
            *decorators,
            f"def {name}({args}):",
            '    """A title"""',
            f"    {code}",
            "",
        ]
    )


def one(tmp_path, body, source=REFERENCE):
    plugin = run(make_course(tmp_path, checks=body), source)
    return results(plugin.ledger)[0]


def test_the_reference_passes_everything(tiny):
    found = results(run(tiny).ledger)
    assert [(r.verdict, r.points) for r in found] == [
        (Verdict.PASSED, 4),
        (Verdict.PASSED, 4),
        (Verdict.PASSED, 2),
    ]
    assert [r.title for r in found] == [
        "Scale: the output",
        "Scale: the gradients",
        "Counter: counts",
    ]
    assert [r.hidden for r in found] == [False, True, False]


def test_a_failed_check_skips_what_depends_on_it_and_says_why(tiny):
    plugin = run(tiny, REFERENCE.replace("return x * factor,", "return x + factor,"))
    assert result(plugin, "test_forward").verdict is Verdict.FAILED
    skipped = result(plugin, "test_backward")
    assert skipped.verdict is Verdict.SKIPPED
    assert "Scale: the output" in skipped.feedback.summary
    assert result(plugin, "test_counter").points == 2


def test_a_stub_is_missing(tiny):
    plugin = run(
        tiny, REFERENCE.replace("return x * factor, (x, factor)", "raise NotImplementedError")
    )
    assert result(plugin, "test_forward").verdict is Verdict.MISSING


def test_an_absent_function_is_missing(tiny):
    plugin = run(tiny, REFERENCE.replace("def scale_forward", "def other"))
    assert result(plugin, "test_forward").verdict is Verdict.MISSING


def test_an_exception_of_the_student_is_an_error_in_their_own_words(tiny):
    plugin = run(tiny, REFERENCE.replace("return x * factor,", "return x * {}['factor'],"))
    found = result(plugin, "test_forward")
    assert found.verdict is Verdict.ERROR
    assert "KeyError" in found.feedback.summary


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("None", "returned None"),
        ("(x,)", "1 value ("),
        ("'text'", "returned text"),
        ("5.0", "returned a number"),
    ],
)
def test_a_result_that_the_check_cannot_use_is_the_students_fault(tiny, returned, words):
    plugin = run(tiny, REFERENCE.replace("return x * factor, (x, factor)", f"return {returned}"))
    found = result(plugin, "test_forward")
    assert found.verdict is Verdict.FAILED
    assert words in found.feedback.summary
    assert "scale_forward" in found.feedback.summary


def test_a_check_that_fails_for_the_reference_too_is_our_fault(tmp_path):
    found = one(tmp_path, check("student.Counter(1); {}['typo']"))
    assert found.verdict is Verdict.GRADER_ERROR
    assert "KeyError" in found.feedback.details


def test_a_typo_in_a_symbol_is_our_fault(tmp_path):
    assert one(tmp_path, check("student.scale_forwrad(1)")).verdict is Verdict.GRADER_ERROR


def test_an_object_that_equals_everything_answers_nothing(tmp_path):
    liar = REFERENCE + "\n\nclass Liar:\n    def __eq__(self, other):\n        return True\n"
    liar = liar.replace("return self.value", "return Liar()")
    assert (
        one(tmp_path, check("assert student.Counter(2).add(3) == 5"), liar).verdict
        is Verdict.FAILED
    )


CLAIMS = {
    "an object": "class Claim: dtype = np.dtype('float32')\n    out = Claim()",
    "an object that claims a shape": "class Claim: dtype, shape, ndim = np.float32, (3,), 1\n    "
    "out = Claim()",
    "an object that claims a name": "class Claim: dtype = 'float32'\n    out = Claim()",
    "an array of objects": "out = np.array([1.0, 2.0, 3.0], dtype=object)",
    "a subclass of another dtype": (
        "class Claim(np.ndarray): dtype = property(lambda self: np.dtype('float32'))\n"
        "    out = np.ones(3).view(Claim)"
    ),
    "a type that is an array to isinstance": (
        "class Claim: dtype, __class__ = np.dtype('float32'), np.ndarray\n    out = Claim()"
    ),
}
ASKS = {
    "dtype": "assert out.dtype == np.float32",
    "its name": "assert str(out.dtype) == 'float32'",
    "in a set": "assert {str(part.dtype) for part in (out, out)} == {'float32'}",
}


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("claim", CLAIMS)
def test_who_claims_a_dtype_has_none(tmp_path, claim, ask):
    code = (
        "import numpy as np; out, _ = student.scale_forward(np.ones(3, np.float32), 3.0); "
        f"{ASKS[ask]}"
    )
    liar = REFERENCE.replace(
        "return x * factor, (x, factor)", f"{CLAIMS[claim]}\n    return out, (x, factor)"
    )
    honest = REFERENCE.replace(
        "return x * factor, (x, factor)", "return x * np.float32(factor), (x, factor)"
    )
    (tmp_path / "liar").mkdir()
    (tmp_path / "honest").mkdir()
    assert one(tmp_path / "liar", check(code), liar).verdict is Verdict.FAILED
    assert one(tmp_path / "honest", check(code), honest).verdict is Verdict.PASSED


def test_all_cases_must_pass_for_the_points(tiny):
    plugin = run(
        tiny, REFERENCE.replace("return x * factor,", "return (x * factor if x.size == 2 else x),")
    )
    found = result(plugin, "test_forward")
    assert (found.verdict, found.points) == (Verdict.FAILED, 0)
    assert [case.verdict for case in found.cases] == [Verdict.PASSED, Verdict.FAILED]


def test_each_case_can_earn_its_own_share(tmp_path):
    source = REFERENCE.replace("return x * factor,", "return (x * factor if x.size == 2 else x),")
    first_check = CHECKS.partition("@pytest.mark.points(4)\n@pytest.mark.hidden")[0]
    found = one(tmp_path, first_check.replace("points(4)", "points(4, each=True)"), source)
    assert (found.verdict, found.points) == (Verdict.PARTIAL, 2)


def test_an_award_grants_a_share(tmp_path):
    found = one(tmp_path, check("student.Counter(1); award(0.25)", args="student, award", points=4))
    assert (found.verdict, found.points) == (Verdict.PARTIAL, 1.0)


def test_an_award_stays_when_the_check_fails_later(tmp_path):
    code = "award(0.5); assert student.Counter(1).value == 2"
    found = one(tmp_path, check(code, args="student, award", points=4))
    assert (found.verdict, found.points) == (Verdict.PARTIAL, 2.0)


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_an_award_outside_zero_to_one_is_refused(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Award()(share)


def test_checks_run_after_what_they_depend_on(tmp_path):
    first = check("assert student.Counter(1).value == 1", 'depends("test_b")', name="test_a")
    second = check("assert student.Counter(1).value == 2", name="test_b")
    plugin = run(make_course(tmp_path, checks=first + second))
    assert [r.verdict for r in results(plugin.ledger)] == [Verdict.SKIPPED, Verdict.FAILED]


def named(name, *marks):
    return check(f"student.Counter(0); print('{name}')", *marks, name=name)


def test_public_checks_run_first_and_the_results_keep_the_order_of_the_files(tmp_path, monkeypatch):
    checks = (
        named("test_a", 'hidden("")')
        + named("test_b", 'depends("test_d")')
        + named("test_c", 'hidden("")')
    )
    assignment = make_course(tmp_path, checks=checks + named("test_d"))
    (assignment.checks / "test_zmore.py").write_text(
        named("test_e", 'hidden("")') + named("test_f")
    )
    ran = []
    monkeypatch.setattr("builtins.print", ran.append)
    plugin = run(assignment)
    assert ran == ["test_d", "test_b", "test_f", "test_a", "test_c", "test_e"]
    ids = [result.id.rpartition("::")[2] for result in results(plugin.ledger)]
    assert ids == ["test_a", "test_b", "test_c", "test_d", "test_e", "test_f"]


SOME_CASES = """
import pytest

@pytest.mark.points(1)
@pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.hidden("Two."))])
def test_x(student, n):
    "A title"
"""


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (
            named("test_a", 'hidden("")') + named("test_b", 'depends("test_a")'),
            "test_b is public and depends on",
        ),
        (SOME_CASES, "hidden in some of its cases only"),
        (check("pass").replace('"""A title"""', ""), "has no docstring"),
        (check("pass").replace("@pytest.mark.points(1)", ""), "no @pytest.mark.points"),
        (check("pass", 'depends("nothing")'), "not a check of this"),
        (check("pass", 'depends("test_x")'), "depends on itself"),
        (check("pass", "limits(second=1)"), "limits"),
        (check("pass", "pionts(1)"), "pionts"),
        ("import nothing_of_this_name", "nothing_of_this_name"),
    ],
)
def test_an_authors_mistake_is_said_with_its_place(tmp_path, body, complaint):
    with pytest.raises(CourseError, match=complaint) as error:
        run(make_course(tmp_path, checks=body))
    assert "test_tiny.py" in str(error.value)


def test_only_public_checks_when_asked(tiny):
    plugin = run(tiny, select=lambda marks: not marks.hidden)
    assert [r.title for r in results(plugin.ledger)] == ["Scale: the output", "Counter: counts"]


def test_two_runs_draw_the_same_numbers(tmp_path):
    code = "student.Counter(float(rng.normal())); assert False"
    assignment = make_course(tmp_path, checks=check(code, args="student, rng"))
    first, second = (run(assignment).ledger.clues[0].transcript for _ in range(2))
    assert first == second


def test_what_a_hidden_check_says_when_it_skips_itself_is_for_the_staff(tmp_path):
    feedback = one(
        tmp_path, check("pytest.skip(f'{student.Counter(8).value}')", 'hidden("")')
    ).feedback
    assert (feedback.summary, feedback.details) == ("This check does not apply here.", "8")
    assert "8" in one(tmp_path / "public", check("pytest.skip('8')")).feedback.summary


@pytest.mark.parametrize("hidden", [True, False])
def test_the_hint_of_a_hidden_check_is_the_authors(tmp_path, hidden):
    code = (
        "from grader.checks import CheckFailure; raise CheckFailure('x', "
        "hint=str(student.Counter(8).value))"
    )
    found = one(tmp_path, check(code, *['hidden("")'] * hidden))
    assert found.feedback.hint == ("" if hidden else "8")


def test_curves_reach_the_result(tmp_path):
    found = one(
        tmp_path, check('student.Counter(1); plot("Loss", yours=[3, 2, 1])', args="student, plot")
    )
    figure = found.cases[0].figures[0]
    assert (figure.title, figure.series) == ("Loss", {"yours": (3.0, 2.0, 1.0)})


# ---- plain data only -----------------------------------------------------------------------------

WITH_FIGURE = """
import numpy as np
import pytest
from grader.checks import CheckFailure
from grader.model import Figure


@pytest.mark.points(2)
def test_x(student, award, plot):
    "X"
    award(np.float32(0.5))
    plot("t", a=np.array([1, np.inf], dtype=np.float16), b=[10**400, 1.5, None], c=[])
    raise CheckFailure(np.str_("it is wrong."), "\\ud800", figures={figures})
"""


def case_of(tmp_path, figures):
    plugin = run(make_course(tmp_path, checks=WITH_FIGURE.replace("{figures}", figures)))
    (case,) = result(plugin, "test_x").cases
    return case


def test_what_numpy_made_is_plain_in_a_case(tmp_path):
    case = case_of(tmp_path, '(Figure("u", {"v": np.ones(2)}, (np.zeros(1), [np.float64(2)])),)')
    assert (case.verdict, case.earned, type(case.earned)) == (Verdict.PARTIAL, 0.5, float)
    assert (case.feedback.summary, type(case.feedback.summary), case.feedback.details) == (
        "it is wrong.",
        str,
        "?",
    )
    assert case.figures == (
        Figure("t", {"a": (1.0, None), "b": (None, 1.5, None), "c": ()}),
        Figure("u", {"v": (1.0, 1.0)}, ((0.0,), (2.0,))),
    )
    assert plain(case) == case


@pytest.mark.parametrize("figures", ["(np.float64(1),)", '({"title": "t"},)', "3"])
def test_what_cannot_be_kept_is_the_graders_error_of_that_case(tmp_path, figures):
    case = case_of(tmp_path, figures)
    assert case.verdict is Verdict.GRADER_ERROR
    assert "Error" in case.feedback.details
    assert plain(case) == case


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ("points(float('nan'))", "points has nan, expected a number of at least 0"),
        ("points(-1)", "points has -1, expected"),
        ("points('many')", "points has 'many', expected"),
        ("points()", "points has None, expected"),
        ("points(1)\n@pytest.mark.hidden(3)", "hidden takes a string, not 3"),
        (
            "points(1)\n@pytest.mark.depends('test_x', consistent=2)",
            "depends has consistent=2, expected a number",
        ),
    ],
)
def test_a_marker_with_a_value_that_no_grade_can_hold_is_named(tmp_path, marker, complaint):
    checks = f"import pytest\n@pytest.mark.{marker}\ndef test_x(student):\n    'X'\n"
    with pytest.raises(CourseError) as caught:
        run(make_course(tmp_path, checks=checks))
    assert complaint in str(caught.value)


def test_what_goes_wrong_while_a_case_is_closed_costs_that_case_alone(tmp_path, monkeypatch):
    inner = plugin_module.judge

    def breaks(error, student, arbiter):
        if error is not None:
            raise RecursionError("over an answer of the student's")
        return inner(error, student, arbiter)

    monkeypatch.setattr(plugin_module, "judge", breaks)
    plugin = run(make_course(tmp_path), REFERENCE.replace("self.value += n", "self.value += 1"))
    assert result(plugin, "test_counter").verdict is Verdict.GRADER_ERROR
    assert result(plugin, "test_forward").verdict is Verdict.PASSED


def test_a_training_run_that_misses_gives_a_band_of_plain_numbers():
    entry = calibrate(
        lambda _: [0.9, np.linspace(1, 0.1, 20)], lambda r: r[0], range(40), history=lambda r: r[1]
    )
    for losses in (
        np.linspace(2, 1, 30),
        [1.7e308, -1.7e308] * 10,
        [float("nan")] * 12,
        np.float32([3] * 15),
    ):
        with pytest.raises(CheckFailure) as caught:
            assert_learns(
                lambda _, losses=losses: [0.1, losses],
                metric=lambda r: r[0],
                key="k",
                calibration={"k": entry},
                history=lambda r: r[1],
            )
        (figure,) = caught.value.figures
        assert {type(value) for edge in figure.band for value in edge} == {float}
        assert plain(figure) == figure


def test_a_check_that_is_stuck_in_its_own_code_is_the_graders_error(tmp_path, monkeypatch):
    monkeypatch.setattr(plugin_module, "_trusted_seconds", lambda _: 0.5)
    body = """
    try:
        while True:
            pass
    except Exception:
        pass
    """
    found = one(tmp_path, check(body))
    assert found.verdict is Verdict.GRADER_ERROR
    assert "interrupted after 0.5 seconds" in found.feedback.details
