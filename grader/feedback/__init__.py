"""Feedback that names the mistake: verdicts, words for exceptions and structures, diagnosis by
replay.
"""

from grader.feedback.mistakes import Mistake, mistake

__all__ = ["Mistake", "mistake"]
