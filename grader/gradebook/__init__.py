"""Every attempt that was ever graded, in a database: what a run leaves behind, and where the next
one goes on.
"""

from grader.gradebook.book import Attempt, Gradebook, default_gradebook

__all__ = ["Attempt", "Gradebook", "default_gradebook"]
