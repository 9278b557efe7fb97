"""Submissions made at random, for `handed_in`: honest ones, broken ones and hostile ones of every
kind.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

REFERENCE = """
import numpy as np
def f(x):
    return 2.0 * x
def label(text):
    return "label " + text
def losses(n):
    return [1.0 / (1 + step) for step in range(n)]
def op_forward(x, w):
    return x @ w, (x, w)
def op_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout
class Thing:
    def __init__(self, start):
        self.state = {"start": start}
    def value(self):
        return self.state["start"]
"""
_PIECES = (
    "\n", " ", "\t", "a", "a ", ":", "::error::", "\n::", "##vso[", "\x1b[", "\x1b[31m", "0;", "(", "()", "[", "{",
    "'",
    '"', '"""', "\\", "\\\n", "#", "%%time\n", "%time ", "!ls\n", "x?\n", "x = %ls\n", "a, b = ", "-", "not ",
    "lambda: ",
    "1", ".", "e", "\u0301", "\u6570", "\u200b", "\u202e", "\0", "\r", "\u2028", "\x0c", "\xa0", "\U0001f600",
    "<script>", "&lt;",
    "=1+1", "NaN", "a.py:1: RuntimeWarning: overflow encountered in "
                   "x\n", " at 0x1", "site-packages", "if 1:\n ",
    ";", ",",
    "import os\n", "from x import *\n", "async ", "await ", "f'{", "{x!r:", "@", "class A:\n", "\\N{", "0x", "1_",
    "..", "//",
)  # fmt: skip
_NAMES = (
    "work.py", "work.ipynb", "Work.py", "other.py", "sub/work.py", "a/b/c/d/e/f/g/h/i/j/k/l/m/n.py", "../work.py",
    "/work.py",
    "./work.py", "work.py/", "work.py/x.py", "C:\\work.py", "a\\b.py", ".hidden.py", "__pycache__/work.py",
    "__MACOSX/work.py",
    "numpy.py", "numpy/__init__.py", "conftest.py", "data.bin", "data/x.npz", "x.zip", "x.tar.gz", "work.py.txt",
    "", ".", "..",
    "\u6570" * 85 + ".txt", "\u6570" * 80 + ".py", "a" * 260, "e\u0301.py", "\xe9.py", "\x1b[2J.py", "\u202etxt.py",
    "con.py", "work .py",
    "pyvenv.cfg", "env/pyvenv.cfg", "-rf.py", "=1.py", "work.PY", "x" * 200 + ".ipynb", "class.py", "1.py",
    "work\0.py",
)  # fmt: skip
_VALUES = (
    "None", "True", "1", "-0.0", "1e308", "float('nan')", "float('inf')", "2 ** 16000", "2 ** 80", "1j", "x",
    "x * 2", "...",
    "''", "b'x'", "b'x' * 5000000", "[]", "()", "{}", "set()", "range(10**9)", "slice(None)", "object()",
    "lambda: 1", "f",
    "type", "iter([])", "Hostile()", "[Hostile()] * 3", "np.zeros(0)", "np.zeros((0, "
                                                                       "3))", "np.zeros(3)",
    "np.zeros(4)",
    "np.zeros((4, 1))", "np.zeros((1,) * 32)", "np.full(4, "
                                               "np.nan)", "np.full(4, "
                                                          "1.7e308)", "np.full(4, -1.7e308)",
    "np.float16(1)",
    "np.zeros(4, '>f8')", "np.zeros(4, 'f2')", "np.zeros(4, "
                                               "'c16')", "np.zeros(4, object)", "np.zeros(4, 'U5')",
    "np.zeros(4, 'M8[s]')",
    "np.zeros(2, [('a', 'f8')])", "np.zeros(10_000_000)", "np.zeros(100_000_000, np.uint8)",
    "np.broadcast_to(1.0, (4, 10**7))",
    "np.ma.zeros(4)", "np.matrix([1.0])", "np.random.default_rng(0)", "np.dtype('f8')", "np.float32", "np.array(3)",
    "np.bool_(1)",
    "np.float64('nan')", "np.ones(4)[::-1]", "[1.7e308, -1.7e308] * "
                                             "3", "[float('nan')] * 5", "['a'] * 5",
    "[[1], [1, 2]]",
    "list(range(100_000))", "{n: n for n in range(900)}", "{(n,): n for n in range(900)}",
    "{'k' * 100_000: [Hostile()] * 10_000}",
    "recursive()", "deep(30)", "deep(40)", "(x, x, x)", "(x, {'cache': "
                                                        "Hostile()})", "(Hostile(), x)", "sys",
    "NotImplemented",
    "Exception('x')", "np.nan_to_num", "memoryview(b'x')", "bytearray(9)", "10**400", "Text('x')", "Number(3)",
    "{Number(1): 1}",
)  # fmt: skip
_OUTPUT = (
    "print({0})", "raise ValueError({0})", "raise type({0}[:50] or 'E', (Exception,), {{}})({0})",
    "sys.stderr.write({0})", "sys.stdout.buffer.write({0}.encode('utf-16'))", "np.ones(2) / 0; "
                                                                              "print({0})",
    "import warnings; warnings.warn({0})",
)  # fmt: skip
_CLASS = """class Thing:
    def __init__(self, x): self.state = {0}
    def value(self): return self.state
"""
_NESTS = ("[{}", "[", '{"a":', "[1,")
_HEAD = """
import sys
import numpy as np
class Hostile:
    def __getattr__(self, name): return Hostile()
    def __eq__(self, other): return True
    def __hash__(self): return 1
    def __repr__(self): raise ValueError("no")
    def __float__(self): return 1.0
    def __len__(self): return -1
class Text(str): pass
class Number(int): pass
def recursive():
    found = []
    found.append(found)
    return found
def deep(depth):
    found = 1
    for _ in range(depth): found = [found] * 3
    return found
"""


class Maker:
    """Makes one example: a path that is handed in, and what kind it is."""

    def __init__(self, seed: int, number: int) -> None:
        self._random = random.Random(f"{seed}:{number}")

    def make(self, folder: Path) -> str:
        """Put something into the folder; its kind."""
        folder.mkdir()
        kinds: dict[str, Callable[[Path], None]] = {
            "values": self._values, "printed": self._printed, "source": self._source, "notebook": self._notebook,
            "zip": self._zip, "tar": self._tar, "folder": self._folder, "bytes": self._bytes,
        }  # fmt: skip
        kind = self._random.choice([*kinds])
        kinds[kind](folder)
        return kind

    # ---- code that runs --------------------------------------------------------------------------

    def _values(self, folder: Path) -> None:
        (folder / "work.py").write_text(self._answering(lambda: f"return {self._value()}"))

    def _printed(self, folder: Path) -> None:
        def body() -> str:
            text = (
                f"{self._random.choice(_PIECES)!r} * {self._count(200_000)} + "
                f"{self._random.choice(_PIECES)!r}"
            )
            done = self._random.choice(_OUTPUT).format(f"({text})")
            return done if done.startswith("raise") else f"{done}; return {self._value()}"

        (folder / "work.py").write_text(self._answering(body), "utf-8", "surrogatepass")

    def _answering(self, body: Callable[[], str]) -> str:
        functions = {
            "f": "x",
            "label": "x",
            "losses": "x",
            "op_forward": "x, w",
            "op_backward": "x, cache",
        }
        text = _HEAD
        for name, parameters in functions.items():
            text += f"def {name}({parameters}):\n    {body()}\n"
        if self._random.random() < 0.5:
            text += _CLASS.replace("{0}", self._value())
        else:
            text += f"def Thing(x):\n    {body()}\n"
        return text

    def _value(self) -> str:
        draw = self._random.random()
        if draw < 0.7:
            return self._random.choice(_VALUES)
        if draw < 0.8:
            return f"[{self._value()}] * {self._count(1000)}"
        if draw < 0.9:
            return f"({self._value()}, {self._value()})"
        return f"{{{self._random.choice(_PIECES)!r} * {self._count(10_000)}: {self._value()}}}"

    # ---- text and bytes --------------------------------------------------------------------------

    def _count(self, most: int) -> int:
        return int(most ** self._random.random())

    def _text(self, most: int = 300_000) -> str:
        parts = []
        for _ in range(self._random.randrange(1, 6)):
            some = [self._random.choice(_PIECES) for _ in range(self._random.randrange(1, 4))]
            parts.append("".join(some) * self._count(most // 10))
        return "".join(parts)[:most]

    def _broken(self, raw: bytes) -> bytes:
        data = bytearray(raw)
        for _ in range(self._random.choice((0, 1, 1, 2, 8))):
            at = self._random.randrange(len(data) + 1)
            way = self._random.randrange(5)
            if way == 0 and at < len(data):
                data[at] ^= 1 << self._random.randrange(8)
            elif way == 1:
                del data[at : at + self._count(2000)]
            elif way == 2:
                data[at:at] = self._random.randbytes(self._count(64))
            elif way == 3:
                data[at : at + 4] = self._random.choice(
                    (b"\xff" * 4, bytes(4), b"\x01\0\0\0", b"9999")
                )
            else:
                piece = bytes(data[at : at + self._count(4000)])
                data[at:at] = piece * self._count(50)
        return bytes(data[: 30 << 20])

    def _python(self) -> bytes:
        honest = REFERENCE.encode()
        at = self._random.randrange(len(honest))
        text = self._text().encode("utf-8", "surrogatepass")
        return self._broken(
            honest[:at] + text + honest[at:] if self._random.random() < 0.7 else text
        )

    def _name(self) -> str:
        draw = self._random.random()
        if draw < 0.3:
            return "work.py"
        if draw < 0.9:
            return self._random.choice(_NAMES)
        return self._text(300) + self._random.choice((".py", ".txt", ".ipynb", ""))

    def _source(self, folder: Path) -> None:
        (folder / "work.py").write_bytes(self._python())

    def _bytes(self, folder: Path) -> None:
        suffix = self._random.choice((".py", ".ipynb", ".zip", ".tar", ".tar.gz", ".tgz"))
        (folder / f"work{suffix}").write_bytes(
            self._broken(self._random.randbytes(self._count(5000)))
        )

    # ---- notebooks -------------------------------------------------------------------------------

    def _notebook_bytes(self) -> bytes:
        cells: list[Any] = [
            {
                "cell_type": "code",
                "metadata": {},
                "source": self._cell(),
                "outputs": [],
                "execution_count": None,
            }
            for _ in range(self._random.randrange(1, 6))
        ]
        version = self._random.choice((4, 4, 4, 3, 2, 99))
        tree: Any = {"nbformat": version, "nbformat_minor": 5, "metadata": {}, "cells": cells}
        if self._random.random() < 0.2:
            cells *= self._count(3000)
        for _ in range(self._random.choice((0, 0, 1, 2, 5))):
            self._in_the_tree(tree)
        text = json.dumps(tree)
        if self._random.random() < 0.15:
            nest = self._random.choice(_NESTS) * self._count(400_000)
            text = text.replace('"metadata": {}', f'"metadata": {{"x": {nest}', 1)
        return self._broken(text.encode()) if self._random.random() < 0.4 else text.encode()

    def _cell(self) -> Any:
        draw = self._random.random()
        text = REFERENCE if draw < 0.4 else self._text(60_000)
        return text if draw < 0.8 else text.splitlines(keepends=True)

    def _in_the_tree(self, tree: Any) -> None:
        node, way = tree, []
        while isinstance(node, dict | list) and node:
            way.append(node)
            key = self._random.choice([*node] if isinstance(node, dict) else range(len(node)))
            node = node[key]
            if self._random.random() < 0.4:
                break
        atoms: tuple[Any, ...] = (
            None,
            True,
            0,
            -1,
            1e308,
            "",
            "x",
            [],
            {},
            [[]],
            {"a": {}},
            10**400,
            ["x", 1],
            "code",
        )
        atoms += (self._text(1000),)
        way[-1][key] = self._random.choice(atoms)

    def _notebook(self, folder: Path) -> None:
        (folder / "work.ipynb").write_bytes(self._notebook_bytes())

    # ---- archives and folders --------------------------------------------------------------------

    def _content(self, name: str) -> bytes:
        draw = self._random.random()
        if name.endswith(".ipynb"):
            return self._notebook_bytes()
        if draw < 0.5:
            return REFERENCE.encode()
        if draw < 0.9:
            return self._python()
        return bytes(self._count(60 << 20))

    def _zip(self, folder: Path) -> None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _ in range(self._random.randrange(1, 6)):
                name = self._name()
                member = zipfile.ZipInfo(name)
                member.external_attr = (
                    self._random.choice((0, 0, 0, 0o120777, 0o40755, 0o100644, 0o20666)) << 16
                )
                with suppress(ValueError, UnicodeEncodeError):
                    archive.writestr(member, self._content(name))
            if self._random.random() < 0.1:
                for number in range(self._count(60_000)):
                    archive.writestr(f"{number}\x01.txt", "")
        (folder / "work.zip").write_bytes(self._broken(file.getvalue()))

    def _tar(self, folder: Path) -> None:
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=self._random.choice((0, 1, 2))) as archive:
            for _ in range(self._random.randrange(1, 6)):
                name = self._name()
                member = tarfile.TarInfo(name)
                data = self._content(name)
                if self._random.random() < 0.2:
                    member.type = self._random.choice(
                        (b"x", b"g", b"L", b"K", b"S", b"1", b"2", b"5", b"6", b"7")
                    )
                    records = b"1" * self._count(8 << 20), b"11 path=a.py\n" * self._count(10_000)
                    data = self._random.choice((data, *records))
                member.size = len(data)
                with suppress(ValueError, UnicodeEncodeError):
                    archive.addfile(member, io.BytesIO(data))
        raw = self._broken(file.getvalue())
        if self._random.random() < 0.5:
            (folder / "work.tar").write_bytes(raw)
        else:
            packed = gzip.compress(raw, 1)
            (folder / "work.tar.gz").write_bytes(
                self._broken(packed) if self._random.random() < 0.3 else packed
            )

    def _folder(self, folder: Path) -> None:
        for _ in range(self._random.randrange(1, 8)):
            name = self._name().strip("/")
            with suppress(OSError, ValueError, UnicodeEncodeError):
                path = folder / "ada" / name
                if ".." in path.parts or os.path.lexists(path):
                    continue
                path.parent.mkdir(parents=True, exist_ok=True)
                way = self._random.random()
                if way < 0.1:
                    path.symlink_to(
                        self._random.choice(("/etc/passwd", ".", "work.py", "/dev/zero", "loop"))
                    )
                elif way < 0.15:
                    os.mkfifo(path)
                else:
                    path.write_bytes(self._content(name))
