"""`grade validate` and `grade calibrate`: prove that the checks of an assignment work.

proof        runs everything that has to be tested
claims       the claims, and their results
variants     the reference, the starter and other correct solutions as submissions
wrong        known mistakes, one or two at a time, and the results of the checks
survival     mutants of the reference against the checks
calibration  the thresholds of convergence checks
page         the results as Markdown
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
