"""Known mistakes: edits of the reference, read from a file."""

import pytest

from grader.errors import CourseError
from grader.feedback.mistakes import Mistake, load_mistakes, mistake

REFERENCE = {
    "layers.py": b'def double(x):\n    """x * 2 in words."""\n    return x * 2\n',
    "model.py": b"class Model:\n    def loss(self, x):\n        return x - 1\n",
}


def instead_of_double(x):
    return x + x + 1


def test_edits_change_one_file_and_leave_the_others():
    wrong = mistake("double", "triples", "It triples.", ("x * 2", "x * 3"))
    made = wrong.apply(REFERENCE)
    assert made["layers.py"].endswith(b"return x * 3\n")
    assert b"x * 2 in words" in made["layers.py"]
    assert made["model.py"] is REFERENCE["model.py"]
    assert REFERENCE["layers.py"].endswith(b"return x * 2\n")


def test_a_method_is_named_with_its_class():
    wrong = mistake("Model.loss", "adds", "It adds.", ("x - 1", "x + 1"))
    assert (wrong.id, wrong.top_level) == ("Model.loss: adds", "Model")
    assert b"return x + 1" in wrong.apply(REFERENCE)["model.py"]


def test_a_whole_function_takes_the_symbols_name():
    wrong = mistake("double", "one more", "One more.", instead=instead_of_double)
    assert b"def double(x):\n    return x + x + 1\n" in wrong.apply(REFERENCE)["layers.py"]
    assert b"instead_of_double" not in wrong.apply(REFERENCE)["layers.py"]


def test_two_mistakes_can_be_made_after_each_other():
    first = mistake("double", "triples", "", ("x * 2", "x * 3"))
    second = mistake("Model.loss", "adds", "", ("x - 1", "x + 1"))
    made = second.apply(first.apply(REFERENCE))
    assert b"x * 3" in made["layers.py"]
    assert b"x + 1" in made["model.py"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (Mistake("triple", "a", "", (("x", "y"),)), "no file of the reference defines triple"),
        (Mistake("double", "a", "", (("x * 9", "y"),)), r"does not fit reference/layers\.py"),
    ],
)
def test_a_mistake_that_has_lost_its_place_is_named(wrong, says):
    with pytest.raises(CourseError, match=says):
        wrong.apply(REFERENCE)


@pytest.mark.parametrize("given", [{}, {"instead": instead_of_double}], ids=["nothing", "both"])
def test_a_mistake_is_edits_or_a_function(given):
    edits = [("a", "b")] if given else []
    with pytest.raises(CourseError, match="either edits or a function"):
        mistake("double", "a", "says", *edits, **given)


# ---- the file ------------------------------------------------------------------------------------


def written(tmp_path, text):
    path = tmp_path / "mistakes.py"
    path.write_text(f"from grader.feedback import mistake\n{text}")
    return path


def test_the_list_is_read_in_its_order(tmp_path):
    path = written(
        tmp_path,
        "MISTAKES = [mistake('b', 'x', 's', ('1', '2')), mistake('a', 'x', 's', ('1', '2'))]",
    )
    assert [known.id for known in load_mistakes(path)] == ["b: x", "a: x"]


def test_without_a_file_there_are_none(tmp_path):
    assert load_mistakes(tmp_path / "mistakes.py") == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("MISTAKE = []", "does not define a list MISTAKES"),
        ("MISTAKES = [1 / 0]", "ZeroDivisionError"),
        ("MISTAKES = [mistake('a', 'x', 's')]", "either edits or a function"),
        ("MISTAKES = 2 * [mistake('a', 'x', 's', ('1', '2'))]", "'a: x' is listed twice"),
        ("MISTAKES = (", "SyntaxError"),
    ],
)
def test_what_is_wrong_with_the_file_is_said_with_its_path(tmp_path, text, says):
    path = written(tmp_path, text)
    with pytest.raises(CourseError, match=says) as caught:
        load_mistakes(path)
    if "either" not in says:
        assert str(path) in str(caught.value)
