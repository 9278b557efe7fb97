"""Build the student version of a course in memory; then write it, or compare it with the disk."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
import numpy as np

from grader.authoring.release.notebook import as_notebook
from grader.authoring.release.public import public_checks
from grader.authoring.release.regions import has_regions, student_version, without_solutions
from grader.course import RELEASED, Assignment, sources
from grader.errors import CourseError
from grader.grading.checks import Checks, parameters_of
from grader.grading.ledger import results
from grader.grading.marks import public_only
from grader.model import Verdict
from grader.sandbox.transport import Wrapper
from grader.sandbox.wire import Answer, Call
from grader.subject.frozen import Frozen, Recording

__all__ = ["build", "differences", "write"]

Files = Mapping[str, bytes]  # POSIX path -> content

ANSWERS = "answers.bin"
_RELEASED = (
    b"Made by `grade release`. Keep this file here: `grade check` uses it to find the course.\n"
)
MARK = (
    "<!-- Made by `grade release` from assignments/ and reference/. Changes made here are "
    "lost. -->\n"
)
# The start of a relative link, which has to be adjusted in a file that moves to another folder.
_LINK = re.compile(r"(!?\[[^\]]*\]\()(?![a-z]+:|[#/])")
_PRIVATE = {
    "README.md",
    "accepted_mutants.toml",
    "assignment.toml",
    "calibration.json",
    "checks",
    "mistakes.py",
    "right",
    "starter",
}


def build(assignments: Sequence[Assignment]) -> dict[str, bytes]:
    """Build all files of the student version.

    Args:
        assignments: The assignments to release.

    Returns:
        POSIX path -> content.

    Raises:
        CourseError: An assignment cannot be released in its current state.

    """
    found = {"README.md": _readme(assignments).encode(), RELEASED: _RELEASED}
    for assignment in assignments:
        handout = (
            assignment.handout.read_text("utf-8")
            if assignment.handout.is_file()
            else f"# {assignment.title}\n"
        )
        stubs = {file: _stub(assignment, file) for file in assignment.files}
        notebook = f"{assignment.name}.ipynb"
        # Notebooks are next to the assignment folders, not in them, so that a student who hands in
        # a whole folder hands in either the files or the notebook.
        found[f"notebooks/{notebook}"] = as_notebook(
            _LINK.sub(rf"\1../{assignment.name}/", handout), stubs, assignment.files, notebook
        )
        own = {
            "README.md": handout.encode(),
            **{file: text.encode() for file, text in stubs.items()},
        }
        own |= _assignment(assignment)
        found |= {f"{assignment.name}/{name}": raw for name, raw in own.items()}
    return dict(sorted(found.items()))


def differences(files: Files, folder: Path) -> list[str]:
    """Compare a folder with the output of `build`.

    Args:
        files: The output of `build`.
        folder: The folder to compare.

    Returns:
        One sentence per difference; empty if the folder is up to date.

    """
    there = {path.relative_to(folder).as_posix(): path for path in _files_in(folder)}
    found = [f"{name} is missing" for name in files.keys() - there.keys()]
    found += [f"{name} does not belong there" for name in there.keys() - files.keys()]
    found += [
        f"{name} is out of date"
        for name in files.keys() & there.keys()
        if not _same(files[name], there[name])
    ]
    return sorted(found)


def write(files: Files, folder: Path) -> None:
    """Bring a folder up to date.

    Args:
        files: The output of `build`.
        folder: The folder to write.

    Raises:
        CourseError: The folder contains something that `grade release` did not make.

    """
    readme = folder / "README.md"
    if _files_in(folder) and not (readme.is_file() and readme.read_text("utf-8").startswith(MARK)):
        raise CourseError(
            f"{folder} contains files that were not made by `grade release`: choose another folder "
            "with --out"
        )
    for path in _files_in(folder):
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for name, raw in files.items():
        path = folder / name
        if not (path.is_file() and _same(raw, path)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)


def _files_in(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
    ]


def _same(raw: bytes, path: Path) -> bool:
    """Return whether the contents are equal; answers may differ by rounding on another machine."""
    there = path.read_bytes()
    if path.name != ANSWERS or raw == there:
        return raw == there
    try:
        return Frozen.unpacked(raw, ANSWERS).same_as(Frozen.unpacked(there, ANSWERS))
    except CourseError:
        return False


def _assignment(assignment: Assignment) -> dict[str, bytes]:
    """Return the files of an assignment's folder, apart from the handout and the stubs."""
    given = dict(_given(assignment))
    checks = {f"checks/{name}": raw for name, raw in _checks(assignment)}
    if not checks:
        raise CourseError(
            f"{assignment.name} has no public checks, so students would have nothing to run"
        )
    return {
        "assignment.toml": _settings(assignment).encode(),
        ANSWERS: _answers(assignment).packed(),
        **checks,
        **given,
    }


def _stub(assignment: Assignment, file: str) -> str:
    """Return the starter: the author's own, the reference without marked regions, or bare stubs."""
    own = assignment.folder / "starter" / file
    if own.is_file():
        return without_solutions(own.read_text("utf-8"), str(own))
    text = assignment.reference_files[file].decode()
    if has_regions(text):
        return sources.as_submission(without_solutions(text, f"reference/{file}"))
    return sources.starter(text, assignment.files[file])


def _given(assignment: Assignment) -> Iterator[tuple[str, bytes]]:
    """Yield files that the handout links to (figures, data), and the author's own starter files."""
    handout = assignment.handout.read_text("utf-8") if assignment.handout.is_file() else ""
    for path in sorted(_files_in(assignment.folder)):
        name = path.relative_to(assignment.folder)
        if name.parts[0] == "starter":
            yield (
                PurePosixPath(*name.parts[1:]).as_posix(),
                (
                    student_version(path.read_bytes(), name.as_posix())
                    if path.suffix in (".py", ".ipynb")
                    else path.read_bytes()
                ),
            )
        elif name.parts[0] not in _PRIVATE and name.as_posix() in handout:
            yield name.as_posix(), path.read_bytes()


def _checks(assignment: Assignment) -> Iterator[tuple[str, bytes]]:
    """Yield the public checks, and the helper modules that they import."""
    helpers: dict[str, bytes] = {}
    imported: set[str] = set()
    for path in sorted(_files_in(assignment.checks)):
        name = path.relative_to(assignment.checks).as_posix()
        if not path.name.startswith("test_"):
            helpers[name] = path.read_bytes()
        elif (
            text := public_checks(path.read_text("utf-8"), f"{assignment.name}/checks/{name}")
        ) is not None:
            imported |= {
                word for line in text.split("\n") if "import" in line for word in line.split()
            }
            yield name, text.encode()
    for name, raw in helpers.items():
        if name == "conftest.py" or PurePosixPath(name).stem in imported:
            yield name, raw


def _settings(assignment: Assignment) -> str:
    """Return assignment.toml for students: the required symbols and the limits."""

    def text(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    limits = msgspec.structs.asdict(assignment.limits)
    lines = [
        f"title = {text(assignment.title)}",
        f"seed = {assignment.seed}",
        f"imports = {text(list(assignment.imports))}",
        f"preload = {text(list(assignment.preload))}",
        "",
        "[files]",
        *(f"{text(file)} = {text(list(symbols))}" for file, symbols in assignment.files.items()),
        "",
        "[limits]",
        *(
            f"{name} = {value:g}" if isinstance(value, float) else f"{name} = {value}"
            for name, value in limits.items()
        ),
        "",
        "[budget]",
        f"seconds = {assignment.budget.seconds:g}",
    ]
    return "\n".join(lines) + "\n"


class _Noted(dict[str, Any]):
    """A calibration that remembers which of its entries were used."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        super().__init__(entries)
        self.used: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        self.used[key] = super().__getitem__(key)
        return self.used[key]


def _answers(assignment: Assignment) -> Frozen:
    """Run the public checks on the reference, record its answers, and verify that they suffice."""
    recording, noted = Recording(), _Noted(assignment.calibration)
    noting = replace(assignment, calibration=noted)
    with Checks(noting, select=public_only, recording=recording) as checks:
        ledger = checks.run_on(assignment.reference_files)
    for check in results(ledger):
        if check.verdict is not Verdict.PASSED:
            raise CourseError(
                f"{check.id} does not pass on the reference: {check.feedback.summary}"
            )
    frozen = Frozen(recording.cases, parameters_of(assignment), noted.used)
    _prove_enough(assignment, frozen)
    return frozen


def _prove_enough(assignment: Assignment, frozen: Frozen) -> None:
    """Check that calls to the frozen reference do not depend on a student's answers.

    Raises CourseError if they do.
    """
    as_released = replace(assignment, reference_files={}, frozen=frozen.packed())
    with Checks(as_released, select=public_only) as checks:
        ledger = checks.run_on(assignment.reference_files, around=_Slightly)
    if ledger.unanswerable:
        raise CourseError(
            f"{assignment.name}: {min(ledger.unanswerable)} calls the reference with values that "
            "depend on the student's answers, which a student's copy cannot do: call the reference "
            "with the inputs only, or hide the check"
        )


class _Slightly(Wrapper):
    """A transport whose answers differ slightly from those of the reference."""

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:
        """Return the answers with every float slightly larger."""
        answers = super().request(calls, seconds=seconds, wall=wall)
        return [replace(answer, value=_larger(answer.value)) for answer in answers]


def _larger(value: Any) -> Any:
    if isinstance(value, float | np.ndarray) and np.asarray(value).dtype.kind == "f":
        return value * (1 + 3e-6)  # recorded values are compared to 1e-7
    if isinstance(value, list | tuple):
        return type(value)(map(_larger, value))
    if isinstance(value, dict):
        return {key: _larger(item) for key, item in value.items()}
    return value


_README = (
    MARK
    + """# Assignments

| folder | assignment | public checks |
| --- | --- | --- |
{rows}

Install the grader once (Python 3.11 or newer) from your course's copy of it:
`pip install PATH/TO/gradmark`.

Work through the `README.md` in an assignment's folder and write your code in the `.py` files next
to it. In that folder, run

    grade check                  every public check: what passes, what fails, and where to look
    grade check --watch          again whenever you save a file
    grade check --only NAME      only the checks of one function

If you prefer notebooks, `notebooks/` contains one notebook per assignment. Check it with
`grade check NOTEBOOK`. Hand in either the files or the notebook.

The checks that you see are the public ones. When your work is graded, hidden checks test the same
functions with other input: small batches, large numbers, other shapes. They have titles and hints,
so you will learn from them too.
"""
)


def _readme(assignments: Sequence[Assignment]) -> str:
    rows = []
    for assignment in assignments:
        with Checks(assignment) as checks:
            marks = checks.collect().values()
        public = sum(mark.points for mark in marks if not mark.hidden)
        total = sum(mark.points for mark in marks)
        rows.append(
            f"| [{assignment.name}]({assignment.name}/README.md) | {assignment.title} "
            f"| {public:g} of {total:g} points |"
        )
    return _README.format(rows="\n".join(rows))
