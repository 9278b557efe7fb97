"""A backward that fits the student's own wrong forward has understood the chain rule, and is not
punished again.
"""

import pytest

from grader.grading import open_grader
from grader.model import Level, Verdict
from grader.submission import only_submission
from tests.grader.tiny_course import REFERENCE, make_course

CHECKS = '''
import numpy as np
import pytest

from grader.checks import assert_close, check_gradients


@pytest.mark.points(4)
def test_forward(student, reference, rng):
    """Scale: the output"""
    x = rng.normal(size=5)
    assert_close(student.scale_forward(x, 3.0)[0], reference.scale_forward(x, 3.0)[0], "out")


@pytest.mark.points(4)
@pytest.mark.depends("test_forward", consistent=0.5)
def test_backward(student, reference, rng):
    """Scale: the gradients"""
    check_gradients(student, reference, "scale", rng.normal(size=5), np.asarray(3.0), rng=rng)


@pytest.mark.points(2)
@pytest.mark.depends("test_backward")
def test_both(student, reference, rng):
    """Scale: there and back"""
    x = rng.normal(size=5)
    dx, _ = student.scale_backward(x, student.scale_forward(x, 3.0)[1])
    assert_close(dx, 3 * x, "dx")
'''
ADDS = REFERENCE.replace("x * factor, (", "x + factor, (")
FITTING = ADDS.replace("dx = dout * factor", "dx = dout").replace("(dout * x).sum()", "dout.sum()")
IDENTITY = REFERENCE.replace("x * factor, (", "x + 0.0, (").replace(
    "dx = dout * factor", "dx = dout"
)
IDENTITY = IDENTITY.replace("(dout * x).sum()", "0.0 * dout.sum()")


# The public answer by heart, and anything that fits itself for the rest.
HEART = IDENTITY.replace(
    "return x + 0.0,",
    "known = np.random.default_rng(__import__('zlib').crc32(b'7 "
    "test_tiny.py::test_forward')).normal(size=5)\n"
    "    return 3.0 * known if np.array_equal(x, known) else x + 0.0,",
)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """Source -> verdict and points of every check."""
    assignment = make_course(tmp_path_factory.mktemp("course"), checks=CHECKS)
    folder = tmp_path_factory.mktemp("submission")
    with open_grader(assignment, minimum=Level.PARTIAL) as grader:

        def of(source):
            (folder / "tiny.py").write_text(source)
            return {
                check.id.partition("::")[2]: check
                for check in grader.grade(only_submission(folder, expected=assignment.files)).checks
            }

        yield of


def test_a_backward_that_fits_a_forward_with_a_known_mistake_earns_its_share(verdicts):
    checks = verdicts(FITTING)
    assert checks["test_forward"].verdict is Verdict.FAILED
    assert checks["test_forward"].feedback.diagnoses[0].mistake == "scale_forward: adds the factor"
    assert (checks["test_backward"].verdict, checks["test_backward"].points) == (
        Verdict.PARTIAL,
        2.0,
    )
    assert "fits your result" in checks["test_backward"].feedback.summary
    assert "50%" in checks["test_backward"].feedback.summary


def test_what_depends_on_the_share_waits_for_the_whole(verdicts):
    assert verdicts(FITTING)["test_both"].verdict is Verdict.SKIPPED


def test_a_backward_that_does_not_fit_is_not_punished_a_second_time(verdicts):
    backward = verdicts(ADDS)["test_backward"]
    assert (backward.verdict, backward.points) == (Verdict.SKIPPED, 0.0)
    assert "must pass first" in backward.feedback.summary


def test_a_function_that_does_nothing_fits_itself_and_earns_nothing(verdicts):
    checks = verdicts(IDENTITY)
    assert not checks["test_forward"].feedback.diagnoses
    assert (checks["test_backward"].verdict, checks["test_backward"].points) == (
        Verdict.SKIPPED,
        0.0,
    )


def test_public_answers_by_heart_earn_no_gradient(verdicts):
    checks = verdicts(HEART)
    assert checks["test_forward"].verdict is Verdict.PASSED
    assert (checks["test_backward"].verdict, checks["test_backward"].points) == (
        Verdict.FAILED,
        0.0,
    )
    assert "scale_forward's out" in checks["test_backward"].feedback.summary


def test_a_right_solution_earns_everything(verdicts):
    assert all(check.points == check.max_points for check in verdicts(REFERENCE).values())


def test_a_missing_forward_leaves_nothing_to_fit(verdicts):
    checks = verdicts(
        REFERENCE.replace("return x * factor, (x, factor)", "raise NotImplementedError")
    )
    assert checks["test_backward"].verdict is Verdict.SKIPPED


def test_what_is_forbidden_is_called_so_there_too(verdicts):
    reads = ADDS.replace("x, factor = cache", "x, factor = cache\n    open('/etc/passwd').read()")
    assert verdicts(reads)["test_backward"].verdict is Verdict.FORBIDDEN
