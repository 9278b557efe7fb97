"""The functions that authors of checks import.

assert_close          an answer is right up to rounding
assert_rejects        a function refuses bad input
check_gradients       a backward function fits its forward function
check_loss_gradient   the gradient of a loss fits the loss
assert_learns         a training reaches a calibrated threshold
accuracy, mean_squared_error, score_between   measures of a training
digits                real data: small images of digits
CheckFailure          fail with your own words
StudentRaised         what the student's code raised
"""

from grader.subject import StudentRaised

from .closeness import assert_close
from .datasets import digits
from .failure import CheckFailure
from .gradients import check_gradients, check_loss_gradient
from .learning import assert_learns
from .rejection import assert_rejects
from .scores import accuracy, mean_squared_error, score_between

__all__ = [
    "CheckFailure",
    "StudentRaised",
    "accuracy",
    "assert_close",
    "assert_learns",
    "assert_rejects",
    "check_gradients",
    "check_loss_gradient",
    "digits",
    "mean_squared_error",
    "score_between",
]
