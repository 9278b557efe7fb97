"""The content of calibration.json: the scores of the reference and of known mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader.authoring.validation.variants import applied
from grader.checks.learning import Calibrator, Scorer
from grader.course import Assignment
from grader.errors import CourseError
from grader.feedback.mistakes import Mistake, load_mistakes
from grader.grading.checks import Checks
from grader.grading.ledger import results
from grader.grading.marks import Marks
from grader.model import CheckResult, Verdict

__all__ = ["calibrate"]

MOST_MISTAKES = 20  # the number of known mistakes to train with


def calibrate(assignment: Assignment, runs: int) -> dict[str, Any]:
    """Measure every convergence check of the assignment.

    Each entry also contains the best score of a known mistake that misses the threshold, to show
    how well the threshold separates them.

    Args:
        assignment: The assignment.
        runs: The number of seeds. Grading uses none of these seeds.

    Returns:
        The entries of calibration.json.

    Raises:
        CourseError: There are too few runs, or a check does not pass on the reference.

    """
    measured = Calibrator(range(1000, 1000 + runs))
    for check in _trained(replace(assignment, calibration=measured), assignment.reference_files):
        if check.verdict is not Verdict.PASSED:
            raise CourseError(
                f"{check.id} does not pass on the reference: {check.feedback.summary}"
            )
    scores: dict[str, list[tuple[float, str]]] = {key: [] for key in measured}
    for known in _trained_through(replace(assignment, calibration=dict(measured))):
        scorer = Scorer(measured)
        _trained(replace(assignment, calibration=scorer), applied(assignment, known))
        for key, score in scorer.missed.items():
            scores[key].append((score, known.id))
    return {
        key: {**entry, "best_mistake": _best(entry["better"], scores[key])}
        for key, entry in measured.items()
    }


def _trained(assignment: Assignment, solution: Mapping[str, bytes]) -> Sequence[CheckResult]:
    """Run only the convergence checks, in this process."""
    with Checks(assignment, select=_is_calibrated) as checks:
        return results(checks.run_on(solution))


def _trained_through(assignment: Assignment) -> list[Mistake]:
    """Return known mistakes in the code that is trained.

    They are an even sample of limited size, because each one costs a training run.
    """
    with Checks(assignment, select=_is_calibrated) as checks:
        reaching = checks.reaching()
    found = [known for known in load_mistakes(assignment.mistakes) if reaching(known.top_level)]
    step = max(1, -(-len(found) // MOST_MISTAKES))
    return found[::step]


def _is_calibrated(marks: Marks) -> bool:
    return marks.calibrated


def _best(better: str, found: Sequence[tuple[float, str]]) -> dict[str, Any] | None:
    """Return the mistake whose score is closest to the threshold, and the score."""
    if not found:
        return None
    score, known = max(found) if better == "higher" else min(found)
    return {"mistake": known, "reached": score}
