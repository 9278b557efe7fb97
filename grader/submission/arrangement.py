"""Select what is graded: find the root folder, choose the notebook, and name each file.

Everything here works on bytes that were read before (`intake`), and may run in a process that can
no longer read files.
"""

from __future__ import annotations

import inspect
import keyword
import re
import sys
from collections.abc import Collection, Iterable
from itertools import takewhile
from pathlib import PurePosixPath

from grader.errors import SubmissionError
from grader.model import Note
from grader.submission.archive import unpack
from grader.submission.contents import MAX_PACKAGES, Contents, Import
from grader.submission.intake import ARCHIVES, CODE, Intake, mib
from grader.submission.notebook import notebook_source
from grader.submission.parsing import decode_source, inspected

__all__ = ["KINDS", "OTHER_KINDS", "arranged", "listed"]

# types of files that are handed in by mistake
OTHER_KINDS = (".rar", ".7z", ".gz", ".bz2", ".xz", ".zst", ".pdf", ".doc", ".docx", ".odt")
KINDS = "a .py file, a notebook, a .zip or a .tar.gz"
MAX_PYTHON = 2 << 20  # bytes of Python in one submission
MAX_STEM = 100  # characters of a module's name that is derived from a notebook's
RESERVED = frozenset(sys.stdlib_module_names) | {
    "IPython",
    "_pytest",
    "conftest",
    "grader",
    "matplotlib",
    "msgspec",
    "nbformat",
    "numpy",
    "pandas",
    "pluggy",
    "pytest",
    "reference",
    "scipy",
    "sitecustomize",
    "sklearn",
    "torch",
    "torchvision",
    "usercustomize",
}


def arranged(intake: Intake, expected: Collection[str]) -> Contents:
    """Select what is graded of the files that were read.

    Args:
        intake: The files.
        expected: The names of the assignment's files.

    Raises:
        SubmissionError: There is nothing to grade, or no unique choice.

    """
    arrangement = _Arrangement(intake, frozenset(expected))
    arrangement.arrange()
    return arrangement.contents()


def listed(names: Iterable[str]) -> str:
    """The first names of a list, sorted, for a sentence."""
    shown = sorted(names)
    return ", ".join(shown[:6]) + (f" and {len(shown) - 6} more" if len(shown) > 6 else "")


class _Arrangement:
    """Turns what was handed in into the files that are graded; raises SubmissionError."""

    def __init__(self, intake: Intake, expected: frozenset[str]) -> None:
        self.expected = expected
        self._name = intake.source
        self.files = intake.files
        self.notes = list(intake.notes)
        self.syntax_errors: dict[str, str] = {}
        self.module: str | None = None
        self.notebooks: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        self._imports: list[Import] = []
        self._parameters: dict[str, tuple[str, ...]] = {}

    def arrange(self) -> None:
        self._unpack_only_archive()
        self._choose_root()
        self._name_only_module()
        self._leave_out_reserved()
        if not any(file.endswith(CODE) for file in self.files):
            raise SubmissionError(
                f"{self._name} holds no .py file and no notebook: hand in {listed(self.expected)}"
            )
        self._convert_notebooks()
        self._choose_module()
        self._inspect_files()
        if len({found.package for found in self._imports}) > MAX_PACKAGES:
            raise SubmissionError(
                f"{self._name} imports over {MAX_PACKAGES} packages: hand in your own files only"
            )

    def contents(self) -> Contents:
        return Contents(
            self.files,
            tuple(self.notes),
            None,
            self.syntax_errors,
            self.module,
            self.notebooks,
            self.sources,
            tuple(self._imports),
            self._parameters,
        )

    def _unpack_only_archive(self) -> None:
        """An archive, or a folder that a learning platform created for one archive."""
        archives = [name for name in self.files if name.lower().endswith(ARCHIVES)]
        if len(archives) == 1 and not any(name.endswith(CODE) for name in self.files):
            intake = unpack(self.files[archives[0]], archives[0])
            self.files = intake.files
            self.notes += intake.notes

    def _choose_root(self) -> None:
        """Use the shallowest folder with a file of the assignment, or unwrap single top folders."""
        paths = {name: PurePosixPath(name) for name in self.files}
        as_notebooks = {file.removesuffix(".py") + ".ipynb" for file in self.expected}
        homes = {path.parent for path in paths.values() if path.name in self.expected}
        homes = homes or {path.parent for path in paths.values() if path.name in as_notebooks}
        if homes:
            depth = min(len(home.parts) for home in homes)
            roots = sorted(home for home in homes if len(home.parts) == depth)
            if len(roots) > 1:
                folders = listed(str(root) for root in roots)
                raise SubmissionError(
                    f"{self._name} holds the assignment's files more than once ({folders}): keep "
                    "one"
                )
            root = roots[0]
        else:
            levels = zip(*(path.parent.parts for path in paths.values()), strict=False)
            root = PurePosixPath(
                *(level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels))
            )
        outside = [name for name, path in paths.items() if root not in path.parents]
        if any(name.endswith(CODE) for name in outside):
            self.notes.append(
                Note(f"only the folder '{root}' was read, because the assignment's files are there")
            )
        inside = self.files.keys() - set(outside)
        self.files = {
            str(paths[name].relative_to(root)): self.files[name] for name in sorted(inside)
        }

    def _name_only_module(self) -> None:
        """Rename a single .py file that cannot be imported ("my solution.py", "code.py")."""
        code = [name for name in self.files if name.endswith(CODE)]
        if len(code) == 1 and code[0].endswith(".py") and code[0] not in self.expected:
            stem = PurePosixPath(code[0]).stem
            if (
                "/" in code[0]
                or not stem.isidentifier()
                or keyword.iskeyword(stem)
                or stem in RESERVED
            ):
                self.files["submission.py"] = self.files.pop(code[0])
                self.notes.append(
                    Note(f"'{code[0]}' is graded as submission.py: its name cannot be imported")
                )

    def _leave_out_reserved(self) -> None:
        """Ignore modules that would be imported instead of the standard library or the grader."""
        tops = {name.split("/")[0] for name in self.files}
        packages = {
            name.split("/")[0] for name in self.files if re.fullmatch(r"[^/]+/__init__\.\w+", name)
        }
        hiding = {
            top: module
            for top in tops - self.expected
            if (module := top if top in packages else inspect.getmodulename(top)) in RESERVED
        }
        self.files = {
            name: data for name, data in self.files.items() if name.split("/")[0] not in hiding
        }
        for top, module in sorted(hiding.items()):
            self.notes.append(
                Note(f"{top} was ignored, because it would hide the module '{module}': rename it")
            )

    def _convert_notebooks(self) -> None:
        """Replace the notebooks that are graded by generated modules, and remove the others."""
        found = {
            name: self.files.pop(name) for name in sorted(self.files) if name.endswith(".ipynb")
        }
        written = self.expected & self.files.keys()
        chosen = [
            name
            for name in found
            if (file := f"{name[:-6]}.py") in self.expected and file not in written
        ]
        if found and not chosen and not written:
            chosen = [name for name in found if "/" not in name] or list(found)
            if len(chosen) > 1:
                raise SubmissionError(
                    f"{self._name} holds several notebooks ({listed(chosen)}): hand in one"
                )
        for name in chosen:
            notebook = PurePosixPath(name)
            converted = notebook_source(found.pop(name), notebook.name)
            module = self._module_name(notebook.stem)
            self.files[f"{module}.py"] = converted.source.encode()
            self.notebooks[module] = notebook.name
            self.sources.update(converted.cells)
            self.notes += converted.notes
            for label, text in converted.cells.items():
                self._inspect(text, label, module)
        if found:
            read = listed(written or chosen)
            self.notes.append(Note(f"ignored, because {read} was handed in too: {listed(found)}"))

    def _module_name(self, stem: str) -> str:
        """A name for a notebook's module that can be imported and hides no other module."""
        name = re.sub(r"[^0-9A-Za-z_]", "_", stem)[:MAX_STEM]
        if not name.isidentifier() or keyword.iskeyword(name):
            name = f"notebook_{name}"
        while f"{name}.py" not in self.expected and (
            name in RESERVED or f"{name}.py" in self.files
        ):
            name += "_notebook"
        return name

    def _choose_module(self) -> None:
        """Find the only notebook or .py file, of any name: it replaces all files."""
        present = {name.removesuffix(".py") for name in self.expected & self.files.keys()}
        if len(self.notebooks) == 1 and present <= self.notebooks.keys():
            (self.module,) = self.notebooks
        elif not present:
            python = [name for name in self.files if name.endswith(".py") and "/" not in name]
            if len(python) == 1:
                self.module = python[0].removesuffix(".py")
            else:
                found = listed(python or self.files)
                self.notes.append(
                    Note(
                        f"none of {listed(self.expected)} was found, only {found}: rename your "
                        "files"
                    )
                )

    def _inspect_files(self) -> None:
        generated = {f"{module}.py" for module in self.notebooks}
        python = [file for file in self.files if file.endswith(".py") and file not in generated]
        if sum(len(self.files[file]) for file in python) > MAX_PYTHON:
            raise SubmissionError(
                f"{self._name} holds over {mib(MAX_PYTHON)} of Python: hand in your own files only"
            )
        for file in python:
            text, problem = decode_source(self.files[file], file)
            self.sources[file] = text
            found = self._inspect(text, file, file.partition("/")[0].removesuffix(".py"))
            problem = problem or found
            if problem:
                self.syntax_errors[file] = problem

    def _inspect(self, text: str, shown: str, module: str) -> str | None:
        """Store what a text imports and defines; returns a sentence about its syntax error."""
        found = inspected(text, shown)
        self._imports += (
            Import(shown, module, line, package) for package, line in found.imports.items()
        )
        self._parameters |= found.parameters
        return found.problem
