import json

import pytest

from grader.submission import read_submission
from grader.submission.imports import forbidden_imports


def found(tmp_path, asked=("numpy",), **files):
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)
    return forbidden_imports(
        read_submission(tmp_path, expected=["layers.py", "mlp.py"]), set(asked), asked
    )


@pytest.mark.parametrize(
    "line",
    [
        "import torch",
        "import torch.nn as nn",
        "from torch.nn import functional",
        "import numpy, torch",
        "def f():\n    import torch",
        "__import__('torch')",
        "import importlib\nimportlib.import_module('torch.nn')",
    ],
)
def test_an_import_that_is_not_allowed_is_found_wherever_it_stands(tmp_path, line):
    number = line.count("\n") + 1
    assert found(tmp_path, layers=line) == {
        "layers": f"layers.py, line {number} imports torch: this assignment allows only "
        "numpy and the standard "
        "library"
    }


def test_what_is_allowed_and_what_is_ones_own_is_not_found(tmp_path):
    text = (
        "import math, numpy.linalg\nfrom layers import relu\nimport helpers\nfrom . import "
        "mlp\nname = 'torch'\n"
    )
    assert found(tmp_path, layers="x = 1", helpers="import json", mlp=text) == {}


def test_only_the_file_with_the_import_is_named(tmp_path):
    assert found(tmp_path, layers="import numpy", mlp="import torch").keys() == {"mlp"}


def test_an_assignment_without_packages_says_so(tmp_path):
    (sentence,) = found(tmp_path, asked=(), layers="import numpy").values()
    assert sentence.endswith("this assignment allows only the standard library")


def test_a_cell_of_a_notebook_is_named(tmp_path):
    cells = [
        {
            "cell_type": "code",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "id": f"c{i}",
        }
        for i, source in enumerate(["import numpy", "x = 1\nimport sklearn.svm"])
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "hw.ipynb").write_text(json.dumps(notebook))
    submission = read_submission(tmp_path / "hw.ipynb", expected=["layers.py"])
    (sentence,) = forbidden_imports(submission, {"numpy"}, ["numpy"]).values()
    assert sentence.startswith("hw.ipynb, cell 2, line 2 imports sklearn")


def test_a_file_with_a_syntax_error_is_left_to_others(tmp_path):
    assert found(tmp_path, layers="import torch\ndef") == {}
