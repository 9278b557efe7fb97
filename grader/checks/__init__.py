"""The functions that authors of checks import."""

from .closeness import assert_close
from .failure import CheckFailure
from .gradients import check_gradients, check_loss_gradient
from .learning import assert_learns
from .rejection import assert_rejects
from .scores import accuracy, mean_squared_error, score_between

__all__ = [
    "CheckFailure",
    "accuracy",
    "assert_close",
    "assert_learns",
    "assert_rejects",
    "check_gradients",
    "check_loss_gradient",
    "mean_squared_error",
    "score_between",
]
