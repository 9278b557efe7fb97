"""Gradmark: an autograder for deep-learning courses.

Check authors need `grader.checks`; everything else is behind the command `grade`.
"""

__version__ = "0.2.0.dev0"
