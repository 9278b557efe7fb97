"""What a student reads, for every kind of verdict, kept as text beside this file and reviewed by
eye.

pytest tests/grader/feedback/texts --update-feedback writes the texts again after a change; read the
difference before you commit it.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.course import find_course, sources
from grader.grading.batch import Options, grade_class
from grader.model import Level
from grader.report.text import view_text
from grader.report.view import student_view
from grader.submission import submission_of_ours

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Slip:
    """A definition in the place of one of the right solution, or lines before a file; and the
    checks to show.
    """

    name: str
    symbol: str
    text: str
    checks: tuple[str, ...]
    file: str = "layers.py"


SLIPS = [
    Slip(
        "known-mistake", "affine_backward",
        "def affine_backward(dout, cache):\n    x, w = cache\n    rows = x.reshape(len(x), -1)\n"
        "    return (dout @ w.T).reshape(x.shape), rows.T @ dout, dout.mean(axis=0)\n",
        ("test_affine_backward",),
    ),
    Slip(
        "two-known-mistakes", "affine_backward",
        "def affine_backward(dout, cache):\n    x, w = cache\n    rows = x.reshape(len(x), -1)\n"
        "    return (dout @ w.T).reshape(x.shape), dout.T @ rows, dout.mean(axis=0)\n",
        ("test_affine_backward",),
    ),
    Slip(
        "unknown-factor", "affine_forward",
        "def affine_forward(x, w, b):\n    x, w, b = (np.asarray(a) for a in (x, w, b))\n"
        "    return 2.5 * (x.reshape(len(x), -1) @ w + b), (x, w, b)\n",
        ("test_affine_forward",),
    ),
    Slip(
        "wrong-shapes-inside", "affine_forward",
        "def affine_forward(x, w, b):\n    rows = x.reshape(-1, len(x))\n    return rows @ w + b, "
        "(x, w)\n",
        ("test_affine_forward", "test_affine_backward"),
    ),
    Slip("returns-nothing", "relu_forward", "def relu_forward(x):\n    np.maximum(x, "
                                            "0)\n", ("test_relu_forward",)),
    Slip(
        "prints", "heaviside", "def heaviside(x):\n    print((np.asarray(x) > 0) * "
                               "1.0)\n", ("test_heaviside",)
    ),
    Slip(
        "returns-too-little", "relu_forward", "def relu_forward(x):\n    return np.maximum(x, 0)\n",
        ("test_relu_forward",),
    ),
    Slip(
        "other-order", "affine_forward",
        "def affine_forward(w, x, b):\n    return x.reshape(len(x), -1) @ w + b, (x, w, b)\n",
        ("test_affine_forward",),
    ),
    Slip(
        "not-implemented", "relu_forward", "def relu_forward(x):\n    raise NotImplementedError\n",
        ("test_relu_forward", "test_relu_backward"),
    ),
    Slip("absent", "relu_forward", "relu_fordward = None\n", ("test_relu_forward",)),
    Slip("recursion", "relu_forward", "def relu_forward(x):\n    return "
                                      "relu_forward(x)\n", ("test_relu_forward",)),
    Slip(
        "endless", "relu_forward", "def relu_forward(x):\n    while True:\n        x = "
                                   "abs(x)\n", ("test_relu_forward",)
    ),
    Slip(
        "too-much-memory", "relu_forward", "def relu_forward(x):\n    return np.ones((1 << 20, 1 "
                                           "<< 12)), x\n",
        ("test_relu_forward",),
    ),
    Slip(
        "ends-the-process", "relu_forward", "def relu_forward(x):\n    import os\n    "
                                            "os._exit(0)\n",
        ("test_relu_forward",),
    ),
    Slip(
        "reads-other-files", "relu_forward", "def relu_forward(x):\n    return "
                                             "open('/etc/passwd').read(), x\n",
        ("test_relu_forward",),
    ),
    Slip("forbidden-import", "", "import torch\n", ("test_relu_forward",)),
    Slip("syntax-error", "", "def f(:\n", ("test_relu_forward",)),
    Slip(
        "hidden-check", "softmax_loss",
        "def softmax_loss(scores, y):\n    p = np.exp(scores) / np.exp(scores).sum(axis=1, "
        "keepdims=True)\n"
        "    rows = np.arange(len(y))\n    loss = -np.log(p[rows, y]).mean()\n    p[rows, y] -= 1\n"
        "    return loss, p / len(y)\n",
        ("test_softmax_loss_value", "test_softmax_loss_is_stable", "test_softmax_loss_rejects_bad_labels"),
        "losses.py",
    ),
    Slip(
        "numbers-broke", "relu_forward", "def relu_forward(x):\n    root = np.sqrt(x)\n    return "
                                         "root * root, x\n",
        ("test_relu_forward",),
    ),
    Slip(
        "stale-cache", "affine_backward",
        "SEEN = {}\n\n\ndef affine_backward(dout, cache):\n    w = cache[1]\n"
        "    rows = SEEN['x'].reshape(len(dout), -1)\n"
        "    return (dout @ w.T).reshape(SEEN['x'].shape), rows.T @ dout, dout.sum(axis=0)\n\n\n"
        "def affine_forward(x, w, b):\n    SEEN['x'] = x\n    return x.reshape(len(x), -1) @ w + "
        "b, (x, w)\n",
        ("test_affine_backward",),
    ),
    Slip(
        "modified-input", "relu_backward",
        "def relu_backward(dout, x):\n    dout[x <= 0] = 0\n    return "
        "dout\n", ("test_relu_backward",)
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def assignment():
    return find_course(HERE).assignment("04")


@pytest.fixture(scope="module")
def rendered(assignment):
    """The text of every slip, all graded as one class."""
    right = {
        name: sources.as_submission(raw.decode())
        for name, raw in assignment.reference_files.items()
    }
    submissions, only = [], {}
    for slip in SLIPS:
        text = right[slip.file]
        text = sources.replaced(text, slip.symbol, slip.text) if slip.symbol else slip.text + text
        files = {name: source.encode() for name, source in {**right, slip.file: text}.items()}
        submissions.append(submission_of_ours(slip.name, files))
        stem = {"layers.py": "test_layers.py", "losses.py": "test_losses.py"}[slip.file]
        only[slip.name] = {f"{stem}::{check}" for check in slip.checks}
    grades = grade_class(
        assignment.folder, submissions, Options(jobs=2, minimum=Level.PARTIAL), only=only
    )
    return {grade.student: view_text(student_view(grade)) for grade in grades}


@pytest.mark.parametrize("name", [slip.name for slip in SLIPS])
def test_the_text_is_the_one_that_was_reviewed(rendered, name, request):
    path = HERE / f"{name}.txt"
    if request.config.getoption("--update-feedback"):
        path.write_text(rendered[name], "utf-8")
    assert rendered[name] == path.read_text("utf-8")


def test_no_reviewed_text_is_left_over():
    assert {path.stem for path in HERE.glob("*.txt")} == {slip.name for slip in SLIPS}
