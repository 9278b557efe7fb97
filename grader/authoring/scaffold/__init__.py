"""`grade new`: an assignment to start from. The files beside this one are copied with the names
filled in.
"""

from grader.authoring.scaffold.start import start

__all__ = ["start"]
