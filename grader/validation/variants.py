"""What an assignment is validated with: versions of its solution, each made to look like a submission."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader import sources
from grader.batch import Options, grade_class
from grader.course import Assignment
from grader.feedback.mistakes import Mistake
from grader.model import Grade
from grader.submission import Submission, read_submission

__all__ = [
    "REFERENCE",
    "STARTER",
    "Variant",
    "applied",
    "graded",
    "handed_in",
    "right_solutions",
    "starter",
    "the_reference",
]

REFERENCE, STARTER = "the reference", "the starter"


@dataclass(frozen=True)
class Variant:
    """Files under a name."""

    name: str
    files: Mapping[str, bytes]

    def submission(self) -> Submission:
        """As if somebody had handed it in."""
        digest = hashlib.sha256(repr(sorted(self.files.items())).encode()).hexdigest()
        return Submission(student=self.name, origin=Path(self.name), files=self.files, digest=digest)


def the_reference(assignment: Assignment) -> Variant:
    """The solution itself."""
    return Variant(REFERENCE, _handed_in(assignment.reference_files))


def starter(assignment: Assignment) -> Variant:
    """What a student begins with."""
    stubs = {
        name: sources.starter(raw.decode(), assignment.files[name]) for name, raw in assignment.reference_files.items()
    }
    return Variant(STARTER, {name: text.encode() for name, text in stubs.items()})


def handed_in(name: str, files: Mapping[str, bytes]) -> Submission:
    """Files of the reference, changed or not, as somebody would hand them in."""
    return Variant(name, _handed_in(files)).submission()


def applied(assignment: Assignment, *mistakes: Mistake) -> Mapping[str, bytes]:
    """The files of the reference with the mistakes made."""
    files = assignment.reference_files
    for known in mistakes:
        files = known.apply(files)
    return files


def right_solutions(assignment: Assignment) -> Iterator[Submission]:
    """Solutions in other styles, from tests/verdicts/right/ASSIGNMENT/STYLE/ of the course; there need not be any."""
    folder = assignment.folder.parents[1] / "tests" / "verdicts" / "right" / assignment.name
    for style in sorted(folder.iterdir()) if folder.is_dir() else ():
        if style.is_dir():
            yield read_submission(style, expected=assignment.files)


def graded(
    assignment: Assignment,
    submissions: Iterable[Submission],
    options: Options,
    only: Mapping[str, Collection[str]] | None = None,
) -> dict[str, Grade]:
    """The grade of each, by name, as `grade submit/` would give it. only: the checks to run, for some names."""
    grades = grade_class(assignment.folder, list(submissions), options, only=only)
    return {grade.student: grade for grade in grades}


def _handed_in(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: sources.as_submission(raw.decode()).encode() for name, raw in files.items()}
