"""Write a new assignment from the template files in this folder."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from grader.errors import CourseError

__all__ = ["start"]

_HERE = Path(__file__).parent


def start(name: str, root: Path) -> tuple[str, list[Path]]:
    """Write a new assignment and its reference.

    Args:
        name: The topic, with or without a number in front. Without one, the next free number is
            used.
        root: The course folder.

    Returns:
        The full name of the assignment, and the files that were written.

    Raises:
        CourseError: The name is not a valid module name, or a file of that name already exists.

    """
    number, words = _parts(name, root)
    module = "_".join(words)
    if not module.isidentifier() or keyword.iskeyword(module):
        raise CourseError(f"'{name}' is not a valid module name: use words such as 'sparse coding'")
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
            raise CourseError(f"{target} already exists")
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
