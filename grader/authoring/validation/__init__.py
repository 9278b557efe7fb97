"""`grade validate` and `grade calibrate`: the proof that an assignment's checks are fair and sharp.

proof        everything that is tried
claims       what must hold, and what was seen of it
variants     the reference, the starter and other right solutions as submissions
wrong        known mistakes, one or two at a time, and what the checks make of them
survival     mutants of the reference against the checks
calibration  the thresholds of convergence checks
page         the result as Markdown
"""

from grader.authoring.validation.calibration import calibrate
from grader.authoring.validation.claims import Claim
from grader.authoring.validation.page import as_markdown
from grader.authoring.validation.proof import Validation, validate, validate_all
from grader.authoring.validation.survival import MutantResult
from grader.authoring.validation.wrong import MistakeResult

__all__ = [
    "Claim",
    "MistakeResult",
    "MutantResult",
    "Validation",
    "as_markdown",
    "calibrate",
    "validate",
    "validate_all",
]
