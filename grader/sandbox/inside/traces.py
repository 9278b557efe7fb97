"""Describe an exception of student code: the student's own lines and the shapes of their arrays."""

from __future__ import annotations

import errno
import linecache
import os
import re
import sys
from collections import deque
from collections.abc import Iterator
from types import CodeType, FrameType, TracebackType
from typing import Any

import numpy as np

from grader.sandbox.wire import MAX_FRAMES, MAX_MESSAGE, MAX_SHAPES, MAX_TEXT, Frame, Raised

__all__ = ["Missing", "describe", "type_name"]

_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_STEPS = 500
_REFUSED = (errno.EPERM, errno.EACCES)


class Missing(Exception):
    """The submission has no such file, function or attribute."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def type_name(thing: object) -> str:
    """Return the name of the thing's type, even if its metaclass redefines `__name__`."""
    name: Any = type.__dict__["__name__"].__get__(type(thing))
    return str(name)[:MAX_TEXT]


def describe(error: BaseException, root: str | None) -> Raised:
    """Describe an exception. Never raises, whatever the student's exception class does."""
    if isinstance(error, Missing):
        return Raised(error.kind, str(error), (error.kind, "Exception"), missing=True)
    kind, number = type_name(error), None
    bases = tuple(
        b.__name__
        for b in type.__dict__["__mro__"].__get__(type(error))
        if b.__module__ == "builtins"
    )
    try:
        message = str(error)[:MAX_MESSAGE]
    except BaseException:  # noqa: BLE001 - a student's __str__ may raise anything
        message = "(its text cannot be shown)"
    if isinstance(error, OSError) and type(error.errno) is int:
        number = error.errno
    try:
        frames = () if root is None else tuple(_frames(error, root))
    except Exception:  # noqa: BLE001 - out of memory or stack: the exception itself is more important
        frames = ()
    return Raised(
        kind,
        message,
        bases,
        frames,
        isinstance(error, NotImplementedError),
        number in _REFUSED,
        number,
    )


def _frames(error: BaseException, root: str) -> Iterator[Frame]:
    steps = [
        (_own_file(step.tb_frame.f_code.co_filename, root), step)
        for step in _steps(error.__traceback__)
    ]
    own = [(file, step) for file, step in steps if file]
    half = MAX_FRAMES // 2 - 1  # for an endless recursion, the start and the end are enough
    for file, step in own if len(own) <= 2 * half else own[:half] + own[-half:]:
        yield _frame(file, step)
    if isinstance(error, SyntaxError) and (file := _own_file(error.filename or "", root)):
        yield Frame(file, error.lineno or 0, "", (error.text or "").rstrip()[:MAX_TEXT])


def _steps(traceback: TracebackType | None) -> list[TracebackType]:
    """Return the first and the last steps; without a recursion limit there may be millions."""
    first: list[TracebackType] = []
    last: deque[TracebackType] = deque(maxlen=_STEPS)
    while traceback is not None:
        (first if len(first) < _STEPS else last).append(traceback)
        traceback = traceback.tb_next
    return [*first, *last]


def _own_file(filename: str, root: str) -> str:
    """Return the file name inside the submission, or "" for code that is not the student's.

    Cells of a notebook have no path.
    """
    if filename.startswith(root + os.sep):
        return filename[len(root) + 1 :].replace(os.sep, "/")
    foreign = os.path.isabs(filename) or filename.startswith("<") or filename not in linecache.cache
    return "" if foreign else filename


def _frame(file: str, step: TracebackType) -> Frame:
    code = step.tb_frame.f_code
    source = linecache.getline(code.co_filename, step.tb_lineno).rstrip()
    end = _last_line(code, step.tb_lasti) or step.tb_lineno
    span = range(step.tb_lineno, min(end, step.tb_lineno + 8) + 1)
    lines = "".join(linecache.getline(code.co_filename, number) for number in span)
    return Frame(
        file, step.tb_lineno, code.co_name, source[:MAX_TEXT], tuple(_shapes(step.tb_frame, lines))
    )


def _last_line(code: CodeType, instruction: int) -> int | None:
    """Return the last line of the expression that raised, which may span several lines."""
    for index, (_, end, _, _) in enumerate(code.co_positions()):
        if index == instruction // 2:
            return end
    return None


def _shapes(frame: FrameType, source: str) -> list[str]:
    """Return the shape and type of every array that the source names: "x (8, 3) float64"."""
    found: dict[str, str] = {}
    for name in _NAME.findall(source):
        value: Any = frame.f_locals.get(name.partition(".")[0])
        for part in name.split(".")[1:]:
            if isinstance(value, np.ndarray):
                break  # x.shape, x.T: the array is x
            attributes = getattr(value, "__dict__", None)
            value = attributes.get(part) if type(attributes) is dict else None
        shape = _shape(value)
        if shape:
            found.setdefault(_array_name(name, frame), shape)
    return [f"{name} {shape}"[:MAX_TEXT] for name, shape in found.items()][:MAX_SHAPES]


def _array_name(name: str, frame: FrameType) -> str:
    first = name.partition(".")[0]
    return first if isinstance(frame.f_locals.get(first), np.ndarray) else name


def _shape(value: Any) -> str:
    torch = sys.modules.get("torch")
    if isinstance(value, np.ndarray) or (
        torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter)
    ):
        return f"{tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"
    return ""
