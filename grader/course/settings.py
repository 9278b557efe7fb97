"""`assignment.toml` as typed data; an error names the key, the value and what was expected."""

from __future__ import annotations

import difflib
import json
import keyword
import math
import re
import tomllib
from collections.abc import Iterable
from typing import Any

import msgspec

from grader.errors import CourseError
from grader.model import Budget, Limits, Visibility

__all__ = ["Settings", "as_written", "did_you_mean", "read_settings"]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of assignment.toml; `Assignment` documents the keys."""

    title: str
    seed: int
    files: dict[str, list[str]]
    imports: list[str] = msgspec.field(default_factory=lambda: ["numpy"])
    preload: list[str] = []
    limits: Limits = Limits()
    budget: Budget = Budget()
    visibility: Visibility = Visibility()


TABLES: dict[str, type[msgspec.Struct]] = {
    "": Settings,
    "limits": Limits,
    "budget": Budget,
    "visibility": Visibility,
}
EXAMPLES = {
    "title": 'title = "Layers and losses"',
    "seed": "seed = 4",
    "files": '[files] with "layers.py" = ["affine_forward"]',
}
EXPECTED = {
    "str": "a string in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list of strings",
    "object": "a table",
}


def read_settings(raw: bytes, shown: str) -> Settings:
    """Parse and validate an assignment.toml.

    Args:
        raw: The content of the file.
        shown: Its path, for messages.

    Raises:
        CourseError: It is not valid.

    """
    try:
        data = tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CourseError(
            f"{shown}, line {line}: this is not UTF-8: save the file as UTF-8"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{shown} is not TOML: {error}") from error
    except RecursionError as error:
        raise CourseError(f"{shown}: the tables and lists are nested too deeply") from error
    try:
        if "files" in data:
            _check_files(data["files"])
        settings = _converted(data)
        _check_values(settings)
    except CourseError as error:
        raise CourseError(f"{shown}: {error}") from error
    return settings


def _check_files(files: object) -> None:
    """Validate [files], whose keys are free: msgspec's messages do not name such keys."""
    if not isinstance(files, dict) or not files:
        raise CourseError(f"files is {as_written(files)}, expected a table: {EXAMPLES['files']}")
    home: dict[str, str] = {}
    for file, symbols in files.items():
        stem = file.removesuffix(".py")
        if stem == file or not _is_name(stem):
            raise CourseError(
                f'[files] has the key "{file}", expected the name of a module such as "layers.py"'
            )
        if (
            not isinstance(symbols, list)
            or not symbols
            or not all(isinstance(symbol, str) for symbol in symbols)
        ):
            raise CourseError(
                f'[files] "{file}" is {as_written(symbols)}, expected a list of names such as '
                '["affine_forward"]'
            )
        for symbol in symbols:
            if not _is_name(symbol):
                raise CourseError(
                    f'[files] "{file}" lists "{symbol}", which is not a name of a function or class'
                )
            if symbol.startswith("_"):
                raise CourseError(
                    f'[files] "{file}" lists "{symbol}": a name that starts with _ is private'
                )
            if symbol in home:
                raise CourseError(
                    f'[files] lists "{symbol}" twice, in "{home[symbol]}" and in "{file}"'
                )
            home[symbol] = file


def _converted(data: dict[str, Any]) -> Settings:
    try:
        return msgspec.convert(data, Settings)
    except msgspec.ValidationError as error:
        raise CourseError(_explained(str(error), data)) from error


def _explained(message: str, data: dict[str, Any]) -> str:
    """Rewrite a message of msgspec: "Expected `float`, got `str` - at `$.limits.seconds`"."""
    message, _, path = message.partition(" - at `$.")
    keys = path.rstrip("`").partition("[")[0].split(".") if path else []
    table = keys[0] if keys and keys[0] in TABLES else ""
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", message, re.DOTALL):
        known = TABLES[table].__struct_fields__
        hint = did_you_mean(unknown[1], known) or f"; the keys are {', '.join(known)}"
        return (f"[{table}] has" if table else "there is") + f" no key '{unknown[1]}'{hint}"
    if missing := re.fullmatch(r"Object missing required field `(.*)`", message):
        return f"the key '{missing[1]}' is missing: add {EXAMPLES[missing[1]]}"
    value: Any = data
    for key in keys:
        value = value[key]
    subject = f"[{table}] {keys[1]}" if table and keys[1:] else ".".join(keys)
    kind = re.match(r"Expected `(\w+)", message)
    expected = EXPECTED.get("array" if "[" in path else kind[1] if kind else "")
    return f"{subject} is {as_written(value)}" + (
        f", expected {expected}" if expected else f": {message}"
    )


def _check_values(settings: Settings) -> None:
    """Validate what the types do not express."""
    if not settings.title.strip():
        raise CourseError("title is empty, expected the name of the assignment")
    if not 0 <= settings.seed < 1 << 63:  # the range of a database column
        raise CourseError(f"seed is {settings.seed}, expected a whole number from 0 to 2^63 - 1")
    for key in ("imports", "preload"):
        for package in getattr(settings, key):
            if not all(_is_name(part) for part in package.split(".")):
                raise CourseError(
                    f'{key} holds "{package}", expected the name of a package such as "numpy"'
                )
    for table, values in (("limits", settings.limits), ("budget", settings.budget)):
        for key, value in msgspec.structs.asdict(values).items():
            if not (math.isfinite(value) and value > 0):
                raise CourseError(f"[{table}] {key} is {value}, expected a number above 0")
    if settings.budget.seconds < settings.limits.seconds:
        raise CourseError(
            f"[budget] seconds is {settings.budget.seconds:g}, expected at least the "
            f"{settings.limits.seconds:g} seconds that [limits] allows a single check"
        )


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def as_written(value: object) -> str:
    """A value about as in the file, shortened if it is long."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: "; did you mean 'seconds'?", or ""."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""
