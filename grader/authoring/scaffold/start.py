"""Writes a new assignment from the files beside this one."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from grader.errors import CourseError

__all__ = ["start"]

_HERE = Path(__file__).parent


def start(name: str, root: Path) -> tuple[str, list[Path]]:
    """Write a new assignment and its reference below `root`; its full name, and the files that were
    written.

    name: with its number in front or not; the next free number is taken where there is none. Raises
    CourseError when the name cannot be one of a module, or when something of that name is there
    already.
    """
    number, words = _parts(name, root)
    module = "_".join(words)
    if not module.isidentifier() or keyword.iskeyword(module):
        raise CourseError(
            f"'{name}' cannot be the name of a module: take words such as 'sparse coding'"
        )
    full = f"{number:02}-{'-'.join(words)}"
    folder = root / "assignments" / full
    targets = {
        "assignment.toml.in": folder / "assignment.toml",
        "handout.md.in": folder / "README.md",
        "checks.py.in": folder / "checks" / f"test_{module}.py",
        "mistakes.py.in": folder / "mistakes.py",
        "reference.py.in": root / "reference" / f"{module}.py",
    }
    for target in (folder, *targets.values()):
        if target.exists():
            raise CourseError(f"{target} is there already")
    names = {"@module@": module, "@title@": " ".join(words).capitalize(), "@number@": str(number)}
    for source, target in targets.items():
        text = (_HERE / source).read_text("utf-8")
        for placeholder, value in names.items():
            text = text.replace(placeholder, value)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return full, list(targets.values())


def _parts(name: str, root: Path) -> tuple[int, list[str]]:
    words = re.findall(r"[a-z0-9]+", name.lower())
    if words and words[0].isdecimal():
        return int(words[0]), words[1:]
    taken = [
        int(match[0])
        for path in root.glob("assignments/*")
        if (match := re.match(r"\d+", path.name))
    ]
    return max(taken, default=0) + 1, words
