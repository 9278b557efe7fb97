"""The curriculum is complete: each concept has code, tests and a doctest, and the page that shows
it is fresh.
"""

import shutil

import pytest

from tools import curriculum

CURRICULUM = """
[[assignment]]
number = 4
name = "layers"

[[assignment.row]]
module = "layers"
symbols = ["relu_forward", "relu_backward", "MLP"]
sources = ["L0"]
"""
MODULE = '''
__all__ = ["relu_forward", "relu_backward", "MLP"]


def relu_forward(x):
    """Clip at zero.

    >>> relu_forward(-1)
    0
    >>> relu_backward(2, 1)
    2
    """


def relu_backward(dout, cache):
    """The gradient. An example stands with relu_forward."""


class MLP:
    def loss(self):
        """The loss.

        >>> MLP().loss()
        """
'''
TESTS = """
import torch

from reference import layers
from reference.layers import MLP as Network

OPS = ["relu"]


def make():
    return Network()


def test_of_a_pair_by_its_stem():
    check_gradients(layers, layers, OPS[0])


def test_of_the_class_through_a_helper():
    make()
    torch.other(1)


def test_of_the_forward_alone():
    layers.relu_forward(1)
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "curriculum.toml").write_text(CURRICULUM)
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "layers.py").write_text(MODULE)
    (tmp_path / "tests" / "reference").mkdir(parents=True)
    (tmp_path / "tests" / "reference" / "test_layers.py").write_text(TESTS)
    return tmp_path


def replace(path, old, new):
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_every_concept_has_code_tests_and_a_doctest_and_the_page_is_fresh(capsys):
    status = curriculum.main(["--check"])
    assert capsys.readouterr().err == ""
    assert status == 0


def test_a_row_holds_the_tests_that_name_its_symbol(project):
    forward, backward, network = curriculum.rows(project)
    assert forward.tests == ("test_of_the_forward_alone", "test_of_a_pair_by_its_stem")
    assert backward.tests == ("test_of_a_pair_by_its_stem",)
    assert network.tests == ("test_of_the_class_through_a_helper",)


def test_an_example_may_stand_with_another_function_that_uses_it(project):
    assert [row.example for row in curriculum.rows(project)] == [
        "relu_forward",
        "relu_forward",
        "MLP",
    ]
    replace(project / "reference" / "layers.py", "    >>> relu_backward(2, 1)\n    2\n", "")
    assert curriculum.missing(project) == [
        "04-layers: relu_backward has no example (>>>) in its docstring in reference/layers.py"
    ]


def test_what_is_missing_is_said_in_a_sentence(project):
    replace(project / "tests" / "reference" / "test_layers.py", "    make()\n", "")
    assert curriculum.missing(project) == [
        "04-layers: MLP is not named by any test in tests/reference/test_layers.py"
    ]
    replace(
        project / "reference" / "layers.py",
        '"MLP"]',
        '"helper"]\n\ndef helper():\n    """Help."""\n',
    )
    assert curriculum.missing(project) == [
        "04-layers: MLP is not a function or class in __all__ of reference/layers.py",
        "reference/layers.py makes helper public, but no row of docs/curriculum.toml names it",
    ]
    shutil.rmtree(project / "reference")
    assert len(curriculum.missing(project)) == 3


def test_a_stale_page_fails_the_check_and_a_run_mends_it(project, capsys):
    assert curriculum.main(["--check", "--root", str(project)]) == 1
    assert "docs/curriculum.md is out of date" in capsys.readouterr().err
    assert curriculum.main(["--root", str(project)]) == 0
    assert curriculum.main(["--check", "--root", str(project)]) == 0
    assert "| `relu_backward` |" in (project / "docs" / "curriculum.md").read_text()
