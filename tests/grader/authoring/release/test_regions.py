import json

import pytest

from grader.authoring.release.regions import student_version
from grader.errors import CourseError

SOLUTION = """\
def relu(x):
    # BEGIN SOLUTION
    return max(x, 0)
    # END SOLUTION

### BEGIN SOLUTION
SECRET = 1
### END SOLUTION
"""


def test_marked_regions_become_not_implemented_at_their_indentation():
    text = student_version(SOLUTION.encode(), "layers.py").decode()
    assert text == (
        "def relu(x):\n    # YOUR CODE HERE\n    raise NotImplementedError\n\n"
        "# YOUR CODE HERE\nraise NotImplementedError\n"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# BEGIN SOLUTION\nx = 1\n", "line 1: this BEGIN SOLUTION has no END SOLUTION"),
        ("x = 1\n# END SOLUTION\n", "line 2: END SOLUTION without a BEGIN SOLUTION above it"),
        (
            "# BEGIN SOLUTION\n# BEGIN SOLUTION\n# END SOLUTION",
            "line 2: a solution begins inside the solution of line 1",
        ),
    ],
)
def test_markers_that_do_not_match_are_an_error(text, message):
    with pytest.raises(CourseError, match=message):
        student_version(text.encode(), "layers.py")


def test_a_notebook_loses_solutions_outputs_and_metadata():
    cell = {
        "cell_type": "code",
        "source": SOLUTION.splitlines(keepends=True),
        "execution_count": 3,
        "id": "a",
    }
    cell |= {
        "outputs": [{"output_type": "stream", "text": "SECRET = 1"}],
        "metadata": {"note": "SECRET"},
    }
    words = {
        "cell_type": "markdown",
        "source": "# Title",
        "metadata": {"SECRET": 1},
        "attachments": {"SECRET": 1},
    }
    notebook = {
        "cells": [cell, words],
        "metadata": {"kernelspec": {"name": "python3"}, "author": "SECRET"},
    }
    raw = student_version(
        json.dumps(notebook | {"nbformat": 4, "nbformat_minor": 5}).encode(), "hw.ipynb"
    )
    assert b"SECRET" not in raw
    assert b"max(x, 0)" not in raw
    made = json.loads(raw)
    assert made["cells"][1]["source"] == "# Title"
    assert made["metadata"] == {"kernelspec": {"name": "python3"}}
    assert "raise NotImplementedError" in made["cells"][0]["source"]


def test_the_cell_of_a_wrong_marker_is_named():
    notebook = {
        "cells": [{"cell_type": "code", "source": "# END SOLUTION", "metadata": {}}],
        "metadata": {},
    }
    with pytest.raises(CourseError, match=r"hw\.ipynb, cell 1, line 1"):
        student_version(json.dumps(notebook).encode(), "hw.ipynb")


@pytest.mark.parametrize("raw", [b"{", b'{"cells": 3}', b"[]", b"\xff"])
def test_what_is_no_notebook_is_said_to_be_none(raw):
    with pytest.raises(CourseError, match=r"hw\.ipynb cannot be read"):
        student_version(raw, "hw.ipynb")
