"""Feedback that names the mistake: verdicts, messages for exceptions and diagnosis by replay."""

from grader.feedback.mistakes import Mistake, mistake

__all__ = ["Mistake", "mistake"]
