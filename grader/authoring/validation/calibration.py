"""The content of calibration.json: what the reference reaches over many seeds, and what a student's
slip costs.
"""

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

MOST_MISTAKES = 20  # that are trained with


def calibrate(assignment: Assignment, runs: int) -> dict[str, Any]:
    """Measure every convergence check of the assignment.

    runs: how many seeds; none of them is one that grading uses. Each entry also says what the best
    of some known mistakes reaches that misses the threshold, so that it is seen to separate the
    two.
    Raises CourseError when the runs are too few.
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
    """The convergence checks alone, in process."""
    with Checks(assignment, select=_is_calibrated) as checks:
        return results(checks.run_on(solution))


def _trained_through(assignment: Assignment) -> list[Mistake]:
    """Known mistakes in the code that is trained: at most so many, spread over all of them, for
    each costs a run.
    """
    with Checks(assignment, select=_is_calibrated) as checks:
        reaching = checks.reaching()
    found = [known for known in load_mistakes(assignment.mistakes) if reaching(known.top_level)]
    step = max(1, -(-len(found) // MOST_MISTAKES))
    return found[::step]


def _is_calibrated(marks: Marks) -> bool:
    return marks.calibrated


def _best(better: str, found: Sequence[tuple[float, str]]) -> dict[str, Any] | None:
    """The score that comes nearest to the threshold without reaching it, and whose it is."""
    if not found:
        return None
    score, known = max(found) if better == "higher" else min(found)
    return {"mistake": known, "reached": score}
