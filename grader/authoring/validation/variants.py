"""Versions of an assignment's solution, as submissions for the validation."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from grader.course import Assignment, sources
from grader.feedback.mistakes import Mistake
from grader.grading.batch import Options, grade_class
from grader.model import Grade
from grader.submission import Submission, read_submission, submission_of_ours

__all__ = [
    "REFERENCE",
    "STARTER",
    "Variant",
    "applied",
    "as_package",
    "graded",
    "handed_in",
    "right_solutions",
    "starter",
    "the_reference",
]

REFERENCE, STARTER = "the reference", "the starter"


@dataclass(frozen=True)
class Variant:
    """A named set of files."""

    name: str
    files: Mapping[str, bytes]

    def submission(self) -> Submission:
        """Return it as a submission."""
        return submission_of_ours(self.name, self.files)


def the_reference(assignment: Assignment) -> Variant:
    """Return the solution itself."""
    return Variant(REFERENCE, _handed_in(assignment.reference_files))


def starter(assignment: Assignment) -> Variant:
    """Return the stubs that students start from."""
    stubs = {
        name: sources.starter(raw.decode(), assignment.files[name])
        for name, raw in assignment.reference_files.items()
    }
    return Variant(STARTER, {name: text.encode() for name, text in stubs.items()})


def handed_in(name: str, files: Mapping[str, bytes]) -> Submission:
    """Return files of the reference, changed or not, as a submission."""
    return Variant(name, _handed_in(files)).submission()


def applied(assignment: Assignment, *mistakes: Mistake) -> Mapping[str, bytes]:
    """Return the files of the reference with the mistakes applied."""
    files = assignment.reference_files
    for known in mistakes:
        files = known.apply(files)
    return files


def right_solutions(assignment: Assignment) -> Iterator[Submission]:
    """Yield the solutions in other styles: the folders in `right/` of the assignment, if any."""
    folder = assignment.folder / "right"
    for style in sorted(folder.iterdir()) if folder.is_dir() else ():
        if style.is_dir():
            yield read_submission(style, expected=assignment.files)


def as_package(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files as somebody handed them in, for a run in this process.

    A submission imports its own files by their bare names, a package by relative ones.
    """
    stems = "|".join(re.escape(name[:-3]) for name in files if name.endswith(".py"))
    names = re.compile(rf"^([ \t]*from )(?=(?:{stems}) import\b)".encode(), re.MULTILINE)
    module = re.compile(rf"^([ \t]*)(?=import (?:{stems})\b)".encode(), re.MULTILINE)
    return {name: module.sub(rb"\1from . ", names.sub(rb"\1.", raw)) for name, raw in files.items()}


def graded(
    assignment: Assignment,
    submissions: Iterable[Submission],
    options: Options,
    only: Mapping[str, Collection[str]] | None = None,
) -> dict[str, Grade]:
    """Grade submissions as `grade submit/` would.

    Args:
        assignment: The assignment.
        submissions: The submissions.
        options: The number of processes and the sandbox levels.
        only: Name -> the checks to run. Other names run all checks.

    Returns:
        Name -> grade.

    """
    grades = grade_class(assignment.folder, list(submissions), options, only=only)
    return {grade.student: grade for grade in grades}


def _handed_in(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: sources.as_submission(raw.decode()).encode() for name, raw in files.items()}
