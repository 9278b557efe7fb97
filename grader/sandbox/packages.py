"""Which installed packages a submission may use, and where the others are."""

from __future__ import annotations

import os
import re
import site
import sys
import sysconfig
import zipfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib import metadata
from importlib.machinery import all_suffixes

__all__ = ["HARMLESS", "forbidden_paths", "usable"]

# For plots and progress bars. None of these packages solves an assignment.
HARMLESS = ("matplotlib", "mpl_toolkits", "tqdm", "IPython")

_PACKAGES = ("site-packages", "dist-packages")
_DEPTH = 3  # levels below a tree: lib/python3.11/site-packages, also of an interpreter inside it

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r";.*\bextra\b")


def usable(imports: Iterable[str]) -> set[str]:
    """Return the packages that a submission may import.

    Args:
        imports: The allowed packages.

    Returns:
        The import names of these packages, of the harmless ones, and of all their dependencies.

    """
    by_package = _distributions()
    packages = {name.partition(".")[0] for name in imports} | set(HARMLESS)
    waiting = [name for package in packages for name in by_package.get(package, ())]
    wanted: set[str] = set()
    while waiting:
        name = _normal(waiting.pop())
        if name not in wanted:
            wanted.add(name)
            waiting += _required(name)
    return packages | {
        package for package, names in by_package.items() if wanted & set(map(_normal, names))
    }


def forbidden_paths(
    search_path: Iterable[str], trees: Iterable[str], allowed: Collection[str]
) -> list[str]:
    """Return the files and folders in readable trees that contain packages which are not allowed.

    On the module search path, these are all modules and packages that are neither allowed nor part
    of the standard library, including those in zip files and eggs. Any other folder of packages,
    such as the one of the interpreter that a virtual environment was made from, is forbidden as a
    whole, because code that knows its path could import from it.

    Args:
        search_path: The module search path of the worker.
        trees: The trees that the worker may read.
        allowed: The import names of the allowed packages.

    """
    search_path = list(search_path)
    searched = {os.path.realpath(path) for path in search_path}
    usable_here = sys.stdlib_module_names | set(allowed)
    found: list[str] = []
    for path in search_path:
        if _is_standard(path):
            continue
        if os.path.isdir(path):
            found += _others_in(path, usable_here)
        elif not set(_in_archive(path)) <= usable_here:
            found.append(path)
    return [
        *found,
        *(path for path in _folders_of_packages(trees, searched) if path not in searched),
    ]


def _is_standard(path: str) -> bool:
    """Return whether a folder belongs to the standard library.

    In most installations, the folders of packages are below it; those do not count.
    """
    real = os.path.join(os.path.realpath(path), "")
    inside = real.startswith(tuple(os.path.join(folder, "") for folder in _standard()))
    return inside and not set(_PACKAGES) & set(real.split(os.sep))


def _others_in(folder: str, usable_here: Collection[str]) -> Iterator[str]:
    """Yield what can be imported from a folder of the search path but is not allowed."""
    for entry in os.scandir(folder):
        if entry.name.endswith(".egg"):
            names = set(_in_archive(entry.path) if entry.is_file() else _in_egg(entry.path))
            if not names <= set(usable_here):
                yield entry.path
        elif (name := _imported_as(entry)) and name not in usable_here:
            yield entry.path


def _imported_as(entry: os.DirEntry[str]) -> str:
    """Return the name under which a file or folder is imported, or "" for anything else."""
    stem, _, suffix = entry.name.partition(".")
    if not stem.isidentifier() or stem == "__pycache__":
        return ""
    if entry.is_dir():
        return "" if suffix else stem
    return stem if entry.name.endswith((*all_suffixes(), ".pyd")) else ""


def _in_egg(folder: str) -> Iterator[str]:
    return filter(None, map(_imported_as, os.scandir(folder)))


def _in_archive(path: str) -> Iterator[str]:
    """Yield the names that can be imported from a zip file; nothing for any other file."""
    with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            first, _, rest = name.partition("/")
            stem, _, suffix = first.partition(".")
            if stem.isidentifier() and (rest or f".{suffix}" in all_suffixes()):
                yield stem


def _folders_of_packages(trees: Iterable[str], searched: Collection[str]) -> Iterator[str]:
    """Yield all folders of packages inside the trees, and the folders that their .pth files add."""
    tops = {os.path.realpath(tree) for tree in trees}
    inside = tuple(os.path.join(top, "") for top in tops)
    named = [*sys.path, *site.getsitepackages(), site.getusersitepackages()]
    waiting = [(top, _DEPTH) for top in tops - set(searched)]
    while waiting:
        folder, depth = waiting.pop()
        with suppress(OSError):
            for entry in os.scandir(folder):
                if entry.name in _PACKAGES:
                    named.append(entry.path)
                elif depth and entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, depth - 1))
    for folder in dict.fromkeys(named):
        for path in map(os.path.realpath, (folder, *_added_by_pth(folder))):
            if path.startswith(inside) and path not in _standard() and os.path.exists(path):
                yield path


def _added_by_pth(folder: str) -> Iterator[str]:
    """Yield the folders that .pth files in a folder of packages add to the search path."""
    with suppress(OSError):
        for name in os.listdir(folder):
            if name.endswith(".pth"):
                with (
                    suppress(OSError),
                    open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file,
                ):
                    lines = [line.strip() for line in file if not line.startswith(("#", "import"))]
                    yield from (os.path.join(folder, line) for line in lines if line)


@cache
def _standard() -> tuple[str, ...]:
    """Return the folders of the standard library."""
    return tuple({os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")})


@cache
def _distributions() -> dict[str, list[str]]:
    """Return import name of a package -> the distributions that install it."""
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
