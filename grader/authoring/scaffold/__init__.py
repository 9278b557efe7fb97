"""`grade new`: start an assignment from the template files in this folder."""

from grader.authoring.scaffold.start import start

__all__ = ["start"]
