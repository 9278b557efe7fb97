"""What is attacked: a course with a secret solution, a neighbour's submission, and the places that attackers know of.

Every secret holds a canary, a word drawn at random for this run. A canary that turns up where a worker speaks, or in
what a student gets to read, has been stolen.
"""

import os
import py_compile
import secrets
import shutil
import tempfile
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from grader.course import Assignment, load_assignment

SETTINGS = """
title = "Target"
seed = 3
[files]
"target.py" = ["double", "mix", "layer_forward", "layer_backward", "softplus", "constant", "label", "apply", "train",
               "Model", "shift", "again", "square_forward", "square_backward"]
[limits]
seconds = 0.5
memory = 192
output = 16
[budget]
seconds = 12
"""

REFERENCE = '''
"""The solution: {reference}"""
import numpy as np

FACTOR, NUMBER = {factor!r}, {number}


def double(x):
    """Twice x."""
    return 2 * x


def mix(x):
    """What only the instructor knows."""
    return np.tanh(FACTOR * x)


def layer_forward(x, w):
    """A linear layer with a secret scale."""
    return FACTOR * (x @ w), (x, w)


def layer_backward(dout, cache):
    """Its gradients."""
    x, w = cache
    return FACTOR * (dout @ w.T), FACTOR * (x.T @ dout)


def softplus(x):
    """log(1 + exp(x))."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def constant():
    """A number."""
    return NUMBER


def label(text):
    """A text with the number."""
    return f"{{NUMBER}} {{text}}"


def apply(function, x):
    """Call a function of the check's."""
    return FACTOR * function(x)


def train(x, y, x_test, seed):
    """Least squares; the predicted classes of x_test and the losses."""
    w = np.linalg.lstsq(x, 2.0 * y - 1.0, rcond=None)[0]
    return (x_test @ w > 0).astype(int), [1.0 / (1 + step) for step in range(20)]


class Model:
    """Has state."""

    def __init__(self, start):
        self.start = start

    def value(self):
        """The start and the number."""
        return self.start + NUMBER


def shift(x):
    """Compared by numpy's own functions."""
    return np.tanh(FACTOR * x + 1.0)


def again(x):
    """Asked by two checks of different files."""
    return np.sin(FACTOR * x)


def square_forward(x):
    """x squared, which is no secret."""
    return x * x, x


def square_backward(dout, x):
    """Its gradient, which some do not know."""
    return 2 * x * dout
'''

CHECKS = '''
"""Hidden checks: {checks}"""
import numpy as np
import pytest

from grader.checks import assert_close, assert_learns, check_gradients


@pytest.mark.points(1)
def test_double(student, reference):
    """Double"""
    x = np.array([1.0, 2.0, 5.0])
    assert_close(student.double(x), reference.double(x), "double")


@pytest.mark.points(2)
@pytest.mark.hidden("The mix.")
def test_mix(student, reference, rng):
    """Mix"""
    x = rng.normal(size=6)
    assert_close(student.mix(x), reference.mix(x), "mix")


@pytest.mark.points(2)
@pytest.mark.hidden("The layer.")
def test_layer(student, reference, rng):
    """Layer: the gradients"""
    x, w, dout = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    out, cache = student.layer_forward(x, w)
    assert_close(out, reference.layer_forward(x, w)[0], "out")
    dx, dw = student.layer_backward(dout, cache)
    _, cache = reference.layer_forward(x, w)
    expected = reference.layer_backward(dout, cache)
    assert_close(dx, expected[0], "dx")
    assert_close(dw, expected[1], "dw")
    check_gradients(student, reference, "layer", x, w, rng=rng)


@pytest.mark.points(2)
@pytest.mark.hidden("Softplus, with numpy alone.")
def test_softplus(student, reference, rng):
    """Softplus"""
    x = 10 * rng.normal(size=8)
    assert_close(student.softplus(x), reference.softplus(x), "softplus")


@pytest.mark.points(2)
@pytest.mark.hidden("The constant.")
def test_constant(student, reference):
    """Constant"""
    assert student.constant() == reference.constant()


@pytest.mark.points(1)
@pytest.mark.hidden("The constant, nearly.")
def test_constant_is_near(student, reference):
    """Constant, with a tolerance"""
    assert abs(student.constant() - reference.constant()) < 0.5


@pytest.mark.points(2)
@pytest.mark.hidden("The label.")
def test_label(student, reference):
    """Label"""
    assert student.label("{input}") == reference.label("{input}")


@pytest.mark.points(2)
@pytest.mark.hidden("Apply.")
def test_apply(student, reference, rng):
    """Apply"""
    x, target = rng.normal(size=4), rng.normal(size=4)

    def function(w):
        return float(((w - target) ** 2).sum())

    assert_close(student.apply(function, x), reference.apply(function, x), "apply")


@pytest.mark.points(2)
@pytest.mark.hidden("Does it learn?")
def test_train(student, rng):
    """Train"""
    w = rng.normal(size=8)
    x, x_test = rng.normal(size=(600, 8)), rng.normal(size=(60, 8))  # enough for any draw
    y, y_test = (x @ w > 0).astype(int), (x_test @ w > 0).astype(int)
    assert_learns(
        lambda seed: student.train(x, y, x_test, seed),
        metric=lambda result: np.mean(np.asarray(result[0]) == y_test),
        threshold=0.85,
        history=lambda result: result[1],
    )


@pytest.mark.points(1)
def test_square(student, reference):
    """Square: the output"""
    x = np.array([0.5, -1.0, 2.0])
    out, _ = student.square_forward(x)
    assert_close(out, reference.square_forward(x)[0], "out")


@pytest.mark.points(2)
@pytest.mark.depends("test_square")
def test_square_backward(student, reference, rng):
    """Square: the gradient"""
    check_gradients(student, reference, "square", np.array([1.5, -0.5, 3.0]), rng=rng)
'''

MORE_CHECKS = '''
"""More hidden checks, in a worker of their own: {checks}"""
import numpy as np
import pytest


@pytest.mark.points(2)
@pytest.mark.hidden("The model.")
def test_model(student, reference):
    """Model"""
    assert student.Model(3).value() == reference.Model(3).value()


@pytest.mark.points(2)
@pytest.mark.hidden("By numpy.testing.")
def test_shift(student, reference, rng):
    """Shift"""
    x = rng.normal(size=5)
    np.testing.assert_allclose(student.shift(x), reference.shift(x))


@pytest.mark.points(2)
@pytest.mark.hidden("By numpy.allclose.")
def test_allclose(student, reference, rng):
    """Shift, once more"""
    x = rng.normal(size=5)
    assert np.allclose(student.shift(x), reference.shift(x))


@pytest.mark.points(2)
@pytest.mark.fresh
@pytest.mark.hidden("In a fresh worker.")
def test_again(student, reference, rng):
    """Again"""
    x = rng.normal(size=5)
    got = np.asarray(student.again(x))
    assert got.shape == (5,)
    assert np.abs(got - reference.again(x)).max() < 1e-9


@pytest.mark.points(1)
@pytest.mark.hidden("The label, last of all.")
def test_label_again(student, reference):
    """Label, again"""
    assert student.label("{input}") == reference.label("{input}")

'''

# Begins the lines in which an attack says what became of one of its attempts.
ATTEMPT_MARK = "an attempt: "

# What an attacker may know: everything but the secrets. It lies beside every attack as knows.py.
KNOWS = '''
"""What the attacker knows, and any system call."""
import ctypes
import json
import linecache
import os

{constants}

_libc = ctypes.CDLL(None, use_errno=True)


def syscall(number, *args):
    """Make a system call; raise OSError as os.* would."""
    ctypes.set_errno(0)
    result = _libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if type(a) is int else a for a in args])
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"system call {{number}}: {{os.strerror(error)}}")
    return result


def each(*attempts):
    """Make all attempts, whatever becomes of the others; what they gave, or the first refusal when nothing worked.

    What became of each goes to the output, for the suite to read. An attempt that worked gives something that is true.
    """
    gained, refused = [], []
    for attempt in attempts:
        try:
            gained.append(attempt())
            _tell(attempt, "open" if gained[-1] else "without effect")
        except Exception as error:
            refused.append(error)
            _tell(attempt, "refused")
    if refused and not any(gained):
        raise refused[0]
    return repr(gained)


def _tell(attempt, became):
    print("{attempt_mark}" + json.dumps([_label(attempt), became]), flush=True)


def _label(attempt):
    """The source of a lambda, the name of a function."""
    code = attempt.__code__
    if code.co_name != "<lambda>":
        return code.co_name
    places = [place for place in code.co_positions() if place[0] == place[1] == code.co_firstlineno and place[3]]
    line = linecache.getline(code.co_filename, code.co_firstlineno).encode()
    text = line[min(place[2] for place in places) : max(place[3] for place in places)].decode()
    return text + "".join(f" with {{value!r}}" for value in attempt.__defaults__ or ())
'''


@dataclass(frozen=True)
class Canaries:
    """The words by which stolen secrets are recognised."""

    reference: str
    checks: str
    gradebook: str
    neighbour: str
    memory: str
    input: str
    environment: str
    argument: str
    factor: float = field(default_factory=lambda: 1.0 + secrets.randbelow(10**9) / 1e9)
    number: int = field(default_factory=lambda: 10**6 + secrets.randbelow(10**9))

    @classmethod
    def draw(cls, environment: str, argument: str) -> "Canaries":
        """New ones. environment, argument: those that the grading process was started with."""
        names = ("reference", "checks", "gradebook", "neighbour", "memory", "input")
        words = {name: f"canary-{name}-{secrets.token_hex(8)}" for name in names}
        return cls(**words, environment=environment, argument=argument)

    def found_in(self, said: bytes) -> list[str]:
        """Which secrets are in the bytes. The input is none here: the code under test has to see it."""
        words = {
            "the reference": self.reference,
            "a hidden check": self.checks,
            "the gradebook": self.gradebook,
            "the neighbour's submission": self.neighbour,
            "the memory of another process": self.memory,
            "the grader's environment": self.environment,
            "the grader's arguments": self.argument,
            "the users of the machine": "root:x:0:0:",
            "the secret factor": repr(self.factor),
        }
        return [name for name, word in words.items() if word.encode() in said]


class Target:
    """A course in a folder of its own, its secrets, a guard folder that anybody could write to."""

    def __init__(self, canaries: Canaries, *, closed: bool) -> None:
        """closed: the course is in a folder of mode 0700, as the level partial asks for; else anybody may read it."""
        self.canaries, self.token = canaries, secrets.token_hex(8)
        self.place = Path(tempfile.mkdtemp(prefix="gradmark-attacks-", dir="/tmp"))
        os.chmod(self.place, 0o755)
        self.course, self.guard, self.submit = (
            self.place / name for name in ("course", "guard", "submit")
        )
        # where the attack is handed in; the one folder that is not watched
        self.attacker = self.place / "attacker"
        self.attacker.mkdir()
        self.assignment = self._make_course()
        self._make_guard()
        self.solution = REFERENCE.format(**self._words() | {"reference": canaries.neighbour})
        self.write("submit/victim/target.py", self.solution)
        if closed:
            for folder in (self.course, self.submit):
                os.chmod(folder, 0o700)

    def _words(self) -> dict[str, object]:
        return {name: getattr(self.canaries, name) for name in self.canaries.__dataclass_fields__}

    def _make_course(self) -> Assignment:
        words = self._words()
        self.write("course/reference/target.py", REFERENCE.format(**words))
        py_compile.compile(str(self.course / "reference" / "target.py"))
        home = "course/assignments/01-target"
        self.write(f"{home}/assignment.toml", SETTINGS)
        self.write(f"{home}/checks/test_target.py", _filled(CHECKS, words))
        self.write(f"{home}/checks/test_zmore.py", _filled(MORE_CHECKS, words))
        self.write("course/.gradmark/grades.csv", f"victim,23,{self.canaries.gradebook}\n")
        return load_assignment(self.place / home)

    def _make_guard(self) -> None:
        self.write("guard/file.txt", self.canaries.gradebook)
        self.write("guard/folder/inner.txt", "inner")
        self.write("guard/data.bin", "\0" * 4096)
        (self.guard / "link").symlink_to("file.txt")
        for path in (self.guard, *self.guard.rglob("*")):
            if not path.is_symlink():
                os.chmod(path, 0o777 if path.is_dir() else 0o666)

    def write(self, name: str, text: str) -> Path:
        """A file below the place."""
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def knows(self, **constants: object) -> str:
        """The text of knows.py."""
        known = {
            "COURSE": str(self.course),
            "REFERENCE": str(self.course / "reference" / "target.py"),
            "CHECKS": str(self.course / "assignments" / "01-target" / "checks"),
            "GRADEBOOK": str(self.course / ".gradmark" / "grades.csv"),
            "VICTIM": str(self.submit / "victim" / "target.py"),
            "GUARD": str(self.guard),
            "TOKEN": self.token,
            "KEY": int(self.token[:7], 16),
            **constants,
        }
        return KNOWS.format(
            attempt_mark=ATTEMPT_MARK,
            constants="\n".join(f"{name} = {value!r}" for name, value in known.items()),
        )

    def close(self) -> None:
        """Remove it all."""
        shutil.rmtree(self.place, ignore_errors=True)


def _filled(text: str, words: dict[str, object]) -> str:
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", str(word))
    return text
