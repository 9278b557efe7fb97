"""Which installed packages a submission may use, and where the others lie."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from functools import cache
from importlib import metadata

__all__ = ["HARMLESS", "forbidden_paths", "usable"]

# Students plot, and show how far their loops are; none of these does anybody's homework.
HARMLESS = ("matplotlib", "mpl_toolkits", "tqdm", "IPython")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r";.*\bextra\b")


def usable(imports: Iterable[str]) -> set[str]:
    """The allowed packages, the harmless ones, and all that these need themselves: names as they are imported."""
    by_package = _distributions()
    packages = {name.partition(".")[0] for name in imports} | set(HARMLESS)
    waiting = [name for package in packages for name in by_package.get(package, ())]
    wanted: set[str] = set()
    while waiting:
        name = _normal(waiting.pop())
        if name not in wanted:
            wanted.add(name)
            waiting += _required(name)
    return packages | {package for package, names in by_package.items() if wanted & set(map(_normal, names))}


def forbidden_paths(search_path: Iterable[str], allowed: Collection[str]) -> list[str]:
    """The files and folders on the module search path that belong to installed packages beside the allowed ones."""
    others = _distributions().keys() - set(allowed)
    found = []
    for folder in search_path:
        if os.path.isdir(folder):
            found += [entry.path for entry in os.scandir(folder) if entry.name.partition(".")[0] in others]
    return found


@cache
def _distributions() -> dict[str, list[str]]:
    """Package as it is imported -> the distributions that install it."""
    return {package: list(names) for package, names in metadata.packages_distributions().items()}


@cache
def _required(name: str) -> list[str]:
    try:
        requirements = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
    matches = (_NAME.match(line) for line in requirements if not _EXTRA.search(line))
    return [match[0] for match in matches if match]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
