"""A database of all graded attempts, from which the next run continues."""

from grader.gradebook.book import Attempt, Gradebook, default_gradebook

__all__ = ["Attempt", "Gradebook", "default_gradebook"]
