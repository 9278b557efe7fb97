"""Nothing that a student gets depends on what a hidden check hands to their code, whatever that
code does with it.

Every argument of the hidden checks is a canary, drawn anew. The same submissions are graded with
two sets of them: the student's files must not hold a canary in any spelling, and must be equal in
both, byte for byte. So a spelling that nobody thought of would show, too.
"""

import base64
import html
import json
import random
import re
import string
import struct
import subprocess
import sys
from dataclasses import dataclass

import pytest

from tests.grader.tiny_course import make_course

SETTINGS = """
title = "Tainted"
seed = 7
[files]
"tiny.py" = ["first", "double", "label", "parts", "curve"]
[limits]
seconds = 2
"""
REFERENCE = '''
import numpy as np


def first(x):
    """The first element."""
    return x[0]


def double(x, factor):
    """Twice x times factor."""
    return 2 * x * factor


def label(text):
    """The text, marked."""
    return f"<{text}>"


class Part:
    """Holds a number."""

    def __init__(self, value):
        self.value = value

    def get(self):
        """The number."""
        return self.value


def parts(x):
    """A Part of each element, by number."""
    return {f"part{i}": Part(value) for i, value in enumerate(x.tolist())}


def curve(n):
    """A falling curve."""
    return [1.0 / (1 + i) for i in range(n)]
'''
# Public checks stand before and after the hidden ones, and in a file that comes later.
CHECKS = '''
import numpy as np
import pytest


@pytest.mark.points(1)
def test_first(student, reference):
    """First: the first element"""
    assert student.first(np.array([3.0, 4.0])) == 3.0


@pytest.mark.points(2)
@pytest.mark.hidden("Think of other numbers.")
@pytest.mark.parametrize("factor", [{factor!r}])
def test_double(student, reference, factor):
    """Double: other numbers"""
    x = np.array({array!r})
    assert np.allclose(student.double(x, factor), reference.double(x, factor)), f"wrong for {{x}}"


@pytest.mark.points(2)
@pytest.mark.hidden("Think of other texts.")
def test_label(student, reference):
    """Label: other texts"""
    assert student.label({text!r}) == reference.label({text!r})


@pytest.mark.points(2)
@pytest.mark.hidden("Think of each part.")
def test_parts(student):
    """Parts: each of them"""
    x = np.array({array!r})
    for part, value in zip(student.parts(x).values(), x, strict=True):
        assert part.get() == value


@pytest.mark.points(1)
def test_first_again(student):
    """First: of another array"""
    assert student.first(np.array([5.0])) == 5.0


@pytest.mark.points(1)
def test_curve(student, plot):
    """Curve: it falls"""
    losses = student.curve(5)
    plot("losses", yours=losses)
    assert losses[-1] < losses[0]
'''
MORE_CHECKS = '''
import numpy as np
import pytest


@pytest.mark.points(1)
@pytest.mark.fresh
def test_first_in_a_fresh_worker(student):
    """First: in a fresh worker"""
    assert student.first(np.array([6.0])) == 6.0


@pytest.mark.points(1)
def test_first_later(student):
    """First: later"""
    assert student.first(np.array([7.0])) == 7.0


@pytest.mark.points(1)
@pytest.mark.hidden("Think of one more text.")
def test_label_last(student):
    """Label: the last check of all"""
    assert student.label({text!r}) == "<" + {text!r} + ">"
'''

# Keeps what the hidden checks hand over in every place that there is, in several spellings, and
# finds it again.
PRELUDE = """
import atexit, base64, builtins, gc, os, re, sys, tempfile, threading, time, types, warnings
import numpy as np

kept = getattr(builtins, "kept", None) or []
builtins.kept = np.kept = threading.kept = sys.kept = kept
PLACES = [".", tempfile.gettempdir()]


def spelt(value):
    if isinstance(value, str):
        raw, plain = value.encode(), value
    else:
        numbers = np.asarray(value, float).ravel()
        raw, plain = numbers.tobytes(), " ".join(map(repr, numbers.tolist()))
    return " ".join([plain, raw.hex(), base64.b64encode(raw).decode(), repr(raw), str(list(raw)), plain[::-1]])


def keep(*values):
    text = " ".join(map(spelt, values))
    kept.append(text)
    sys.modules.setdefault("kept_module", types.ModuleType("kept_module")).text = text
    os.environ["KEPT"] = text[:1000].replace(chr(0), "")
    for place in PLACES:
        try:
            with open(os.path.join(place, "kept.txt"), "w") as file:
                file.write(text)
        except OSError:
            pass
    return text


def known():
    found = [*kept, getattr(sys.modules.get("kept_module"), "text", ""), os.environ.get("KEPT", "")]
    for place in PLACES:
        try:
            found.append(open(os.path.join(place, "kept.txt")).read())
        except OSError:
            pass
    return " ".join(found).strip() or "nothing"


def first(x):
    return x[0]
def double(x, factor):
    keep(x, factor)
    return 2 * x * factor
def label(text):
    keep(text)
    return f"<{text}>"
class Part:
    def __init__(self, value): self.value = value
    def get(self): return self.value
def parts(x):
    keep(x)
    return {f"part{i}": Part(value) for i, value in enumerate(x.tolist())}
def curve(n):
    return [1.0 / (1 + i) for i in range(n)]
"""
NAMED = "type(known()[:400], ({base},), {{}})"
# What the public functions do with it, and what is done at once, while a hidden check waits for the
# answer.
TELLS = {
    "raises": "def first(x): raise ValueError(known())",
    "prints": "def first(x):\n    print(known(), file=sys.stderr); print(known())\n    return 0.0",
    "warns": "def first(x):\n    warnings.warn(known())\n    return 0.0",
    "returns-text": "def first(x): return known()",
    "returns-numbers": "def first(x): return np.frombuffer(known().encode()[:800], "
    "np.uint8).astype(float)",
    "returns-a-dict": "def first(x): return {known()[:500]: 1}",
    "returns-a-named-type": f"def first(x): return {NAMED.format(base='object')}()",
    "raises-a-named-type": f"def first(x): raise {NAMED.format(base='Exception')}()",
    "raises-in-str": "class Told(Exception):\n    def __str__(self): return known()\ndef "
    "first(x): raise Told()",
    "is-not-implemented": "def first(x): raise NotImplementedError(known())",
    "refers-to-a-name": "def first(x): return eval('_' + known().encode().hex()[:300])",
    "shape": "def first(x): return np.zeros((1, 1 + len(known()), 1 + sum(known().encode()) % "
    "999))",
    "figure": "def curve(n): return [float(byte) for byte in known().encode()[:500]]",
    "attempt": "def first(x):\n    open('/etc/' + known()[:200].replace('/', '_'))\n    return 0.0",
    "files-elsewhere": (
        "PLACES += ['..', '../..', '/tmp', '/dev/shm', '/var/tmp', os.path.expanduser('~')]\n"
        "def first(x): raise ValueError(known())"
    ),
    "exit-status": "def first(x): os._exit(sum(known().encode()) % 200)",
    "mutates": "def first(x):\n    x[...] = len(known())\n    return 0.0",
    "thread": (
        "def wait():\n    while not kept: time.sleep(0.01)\n    while True:\n        "
        "print(known()); time.sleep(0.01)\n"
        "threading.Thread(target=wait, daemon=True).start()\n"
        "def first(x):\n    time.sleep(0.1)\n    return 0.0"
    ),
    "at-exit": "atexit.register(lambda: print(known()))\ndef first(x): return 0.0",
    "garbage": (
        "def first(x):\n    found = [thing for thing in gc.get_objects() if type(thing) in (str, "
        "list, dict)]\n"
        "    told = [str(thing)[:300] for thing in found if re.search('canary[a-z]{20}', "
        "str(thing))]\n"
        "    raise ValueError(' '.join(told))"
    ),
    "hidden-raises": "def double(*values): raise ValueError(keep(*values))\nlabel = parts = double",
    "hidden-raises-a-named-type": (
        "def label(text): raise type(keep(text)[:400], (Exception,), {})(text)\n"
        "def double(x, factor): raise type(keep(x, factor)[:400], (Exception,), {})(keep(x))"
    ),
    "hidden-prints": (
        "def double(x, factor): print(keep(x, factor)); return None\ndef label(text): print(text, "
        "keep(text))"
    ),
    "hidden-is-missing": (
        "def missing(kind, message):\n"
        "    for found in Exception.__subclasses__():\n"
        "        if found.__name__ == 'Missing': raise found(kind, message)\n"
        "def double(x, factor): missing('AttributeError', keep(x, factor))\n"
        "def label(text): raise NotImplementedError(keep(text))"
    ),
    "hidden-names-its-parts": (
        "class Part:\n    def get(self): print('told')\n"
        "def parts(x): return {keep(value): Part() for value in x.tolist()}"
    ),
    "hidden-parts-are-missing": (
        "class Part:\n    def get(self): raise NotImplementedError()\n"
        "def parts(x): return {keep(value): Part() for value in x.tolist()}"
    ),
    "hidden-attempts": (
        "def label(text):\n    open('/etc/' + text)\n"
        "def double(x, factor):\n    import socket; socket.create_connection((repr(factor), 80))"
    ),
    "hidden-notes": (
        "def double(x, factor):\n"
        "    globals().setdefault('__cell_errors__', []).append((1, 'Told', keep(x, factor)))\n"
        "    return 2 * x * factor\n"
        "def label(text):\n    __cell_errors__[:] = [(1, text, keep(text))] * 5\n    return "
        "f'<{text}>'"
    ),
    "hidden-patches-the-worker": (
        "def double(x, factor):\n    text = keep(x, factor)\n"
        "    for thing in gc.get_objects():\n"
        "        if type(thing).__name__ == 'Witness':\n"
        "            thing.take = lambda: ((text,), True)\n"
        "    return 2 * x * factor"
    ),
}
# seconds that a hidden check is kept waiting, as a message: the CPU as well as the clock
SLEEPS = 1.5
TELLS["times"] = f"""
def double(x, factor):
    until = time.process_time() + {SLEEPS} / 2
    while time.process_time() < until: pass
    time.sleep({SLEEPS} / 2)
    return 2 * x * factor
"""

NOTEBOOK = "-notebook"
IN_NOTEBOOKS = ("raises", "prints", "thread", "hidden-raises", "hidden-notes", "times")
NAMES = [*TELLS, *(name + NOTEBOOK for name in IN_NOTEBOOKS)]


@dataclass(frozen=True)
class Canaries:
    array: list[float]
    factor: float
    text: str

    @classmethod
    def draw(cls):
        chance = random.SystemRandom()
        number = lambda: chance.uniform(1e3, 9e3)  # noqa: E731
        letters = "".join(chance.choices(string.ascii_lowercase, k=20))
        return cls([number(), number(), number()], number(), f"canary{letters}")

    def spellings(self):
        """Byte strings, each of which gives a canary away."""
        for number in (*self.array, self.factor):
            raw = struct.pack("<d", number)
            digits = f"{number:.6f}".replace(".", "")
            yield from (
                f"{number:.3f}",
                f"{number:.5e}"[:7],
                digits[:8],
                digits[:8][::-1],
                number.hex()[4:14],
            )
            yield from (raw.hex(), raw[::-1].hex(), str(list(raw))[1:-1], repr(raw)[2:-1], raw)
            yield from (_base64(raw, shift) for shift in range(3))
        raw = self.text.encode()
        yield from (
            self.text,
            self.text[::-1],
            raw.hex(),
            str(list(raw))[1:-1],
            *(_base64(raw, n) for n in range(3)),
        )


def _base64(raw, shift):
    """The letters of base64 that come from `raw` alone, where it begins at any byte of three."""
    whole = base64.b64encode(bytes(shift) + raw).decode().rstrip("=")
    return whole[2 * shift : -2]


def notebook(source):
    cells = [
        {
            "cell_type": "code",
            "source": part,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for part in (source, "1 / 0")
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


def write_course(root, canaries):
    checks = CHECKS.format(**vars(canaries))
    assignment = make_course(
        root, checks=checks, settings=SETTINGS, mistakes="MISTAKES = []", reference=REFERENCE
    )
    (assignment.checks / "test_zlater.py").write_text(MORE_CHECKS.format(**vars(canaries)))


def hand_in(folder, name):
    """Write one of the submissions."""
    source = f"{PRELUDE}\n{TELLS[name.removesuffix(NOTEBOOK)]}\n"
    folder.mkdir(parents=True)
    if name.endswith(NOTEBOOK):
        (folder / "mine.ipynb").write_text(notebook(source))
    else:
        (folder / "tiny.py").write_text(source)


def graded(root, canaries):
    """Name of a submission -> name of a file or output that the student gets -> its bytes."""
    write_course(root, canaries)
    for name in NAMES:
        hand_in(root / "submit" / name, name)
    command = [
        sys.executable,
        "-m",
        "grader",
        str(root / "submit"),
        "-o",
        str(root / "out"),
        "--sandbox=partial",
    ]
    ran = subprocess.run([*command, "--json"], cwd=root, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    printed = {result["extra_data"]["student"]: result for result in json.loads(ran.stdout)}
    found = {}
    for folder in sorted((root / "submit").iterdir()):
        name = folder.name
        files = {
            path.suffix: path.read_bytes() for path in (root / "out" / "results").glob(f"{name}.*")
        }
        assert files.keys() == {".html", ".json"}
        found[name] = {**files, "printed": json.dumps(printed[name]).encode()}
    table = (root / "out" / "grades.csv").read_bytes()
    staff = {name: (root / "out" / "staff" / f"{name}.json").read_bytes() for name in found}
    return found, table, staff


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The same class, graded with two sets of canaries."""
    drawn = [Canaries.draw(), Canaries.draw()]
    return [(canaries, *graded(tmp_path_factory.mktemp("course"), canaries)) for canaries in drawn]


def said(raw):
    """The bytes, and the texts that JSON or HTML escapes."""
    text = raw.decode("utf-8", "replace")
    unescaped = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)
    return raw + html.unescape(unescaped).encode("utf-8", "replace")


@pytest.mark.parametrize("name", NAMES)
def test_no_spelling_of_a_canary_reaches_the_student(both, name):
    for canaries, found, table, _ in both:
        for kind, raw in {**found[name], "table": table}.items():
            text = said(raw)
            for spelling in canaries.spellings():
                needle = spelling if isinstance(spelling, bytes) else spelling.encode()
                assert needle not in text, f"{spelling!r} is in the {kind}"


def without_what_differs(raw):
    """The digest of the assignment, which the canaries are a part of, and the time that the public
    checks took.
    """
    return re.sub(rb'"(assignment_digest|execution_time)": ?("\w+"|[\d.e-]+)', rb'"\1": 0', raw)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_student_gets_does_not_depend_on_the_canaries(both, name):
    (_, one, _, _), (_, other, _, _) = both
    for kind in one[name]:
        assert without_what_differs(one[name][kind]) == without_what_differs(other[name][kind]), (
            f"the {kind} differs"
        )


@pytest.mark.parametrize("kind", ["", "-notebook"])
def test_the_time_that_hidden_checks_take_is_not_told(both, kind):
    for _, found, _, _ in both:
        for output in (".json", "printed"):
            assert json.loads(found[f"times{kind}"][output])["execution_time"] < SLEEPS / 2


def test_the_canaries_were_seen(both):
    """One that no submission ever saw proves nothing: the staff reads them."""
    for canaries, _, _, staff in both:
        assert canaries.text in staff["hidden-raises"].decode()
        assert repr(canaries.factor) in staff["hidden-raises-notebook"].decode()
        assert all(json.loads(raw)["checks"][1]["cases"] for raw in staff.values())


@pytest.mark.parametrize("name", ["raises", "prints", "raises-notebook"])
def test_the_students_own_check_tells_nothing_either(both, tmp_path, name):
    """`grade check` on the same files, beside the hidden checks."""
    canaries = Canaries.draw()
    write_course(tmp_path, canaries)
    folder = tmp_path / "mine"
    hand_in(folder, name)
    ran = subprocess.run(
        [sys.executable, "-m", "grader", "check", "."], cwd=folder, capture_output=True, check=False
    )
    assert b"First: the first element" in ran.stdout, ran.stderr
    for spelling in canaries.spellings():
        needle = spelling if isinstance(spelling, bytes) else spelling.encode()
        assert needle not in said(ran.stdout + ran.stderr)
