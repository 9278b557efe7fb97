"""The command `grade`: parses options, calls the library, prints results.

Most imports are inside the commands to keep `grade --help` fast.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click
import msgspec
from rich.console import Console
from rich.markup import escape

from grader import __version__
from grader.errors import GradmarkError, ends_the_run
from grader.model import Grade, Level

if TYPE_CHECKING:
    from grader.course import Assignment
    from grader.grading.batch import Options
    from grader.submission import Submission

__all__ = ["main"]

GRADED, USAGE, GRADER_ERROR, SHORTFALL = 0, 2, 3, 1  # exit statuses

P = ParamSpec("P")


# The commands grouped by who needs them, in the order in which help lists them.
_GROUPS = {
    "Grading": ("run", "replay", "list"),
    "Students": ("check",),
    "Authors of assignments": ("new", "validate", "calibrate", "release"),
    "This machine": ("doctor",),
}


def _examples(*lines: str) -> str:
    """Return the epilog of a command's help: example command lines."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


class _DefaultCommand(click.Group):
    """`grade submit/` means `grade run submit/`: a first word that is not a command is a path."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """List the commands by group, one per line."""
        for title, names in _GROUPS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(name, self.commands[name].get_short_help_str(100)) for name in names]
                )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["run", *args]
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # An option before the path ("grade --jobs 2 submit/") belongs to the default command.
        first = next((arg for arg in args if not arg.startswith("-")), None)
        own = {"--help", "-h", "--version"}
        if args and args[0].startswith("-") and args[0] not in own and first not in self.commands:
            args = ["run", *args]
        return super().parse_args(ctx, args)


def _one_sentence(command: Callable[P, None]) -> Callable[P, None]:
    """Report errors that the user can fix in one sentence, without a traceback (exit status 2)."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except GradmarkError as error:
            click.secho(f"grade: {error}", fg="red", err=True)
            sys.exit(USAGE)
        except OSError as error:
            if not ends_the_run(error):
                raise
            click.secho(
                f"grade: {error.filename or 'a file'}: {error.strerror}", fg="red", err=True
            )
            sys.exit(USAGE)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            sys.exit(130)

    return guarded


class _LevelType(click.ParamType[Level]):
    name = "level"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Level:
        if isinstance(value, Level):
            return value
        try:
            return Level[str(value).upper()]
        except KeyError:
            self.fail(
                f"{value!r} is not a sandbox level; choose from "
                f"{', '.join(str(level) for level in reversed(Level))}",
                param,
                ctx,
            )

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 - click's signature
        return "[full|partial|plain]"


_assignment_option = click.option(
    "-a",
    "--assignment",
    metavar="NAME",
    help="The assignment, for example 04. Default: the only one whose files match.",
)
_course_option = click.option(
    "--course",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The course folder, which contains assignments/. Default: the current folder or the "
    "nearest parent that is a course.",
)
_jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    default=None,
    help="Number of submissions to run in parallel. Default: one per core.",
)
_sandbox_option = click.option(
    "--sandbox",
    type=_LevelType(),
    default=Level.FULL,
    show_default="full",
    help="Minimum sandbox level; if this machine does not support it, nothing is run. "
    "`grade doctor` shows the supported level.",
)
_json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print the results as JSON instead of a table."
)


@click.group(cls=_DefaultCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="grade")
def main() -> None:
    """Grade deep-learning assignments.

    A path instead of a command grades the submissions in it: `grade submit/` is short for `grade
    run submit/`.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Do not fail on a character that this terminal cannot display.
        sys.stdout.reconfigure(errors="replace")


@main.command(
    short_help="Grade a class or one submission.",
    epilog=_examples(
        "grade submit/",
        "grade submit/ada -a 04",
        "grade submit/ --jobs 8 --gradebook postgresql://host/course",
    ),
)
@click.argument("path", type=click.Path(path_type=Path))
@_assignment_option
@_course_option
@_jobs_option
@_sandbox_option
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=Path("graded"),
    show_default=True,
    help="Folder for the results.",
)
@click.option(
    "--force", is_flag=True, help="Grade every submission again, even if nothing has changed."
)
@click.option(
    "--gradebook",
    metavar="FILE|URL",
    help="Where to store attempts: a file or a PostgreSQL URL. Default: "
    ".gradmark/gradebook.sqlite in the course folder.",
)
@_json_option
@_one_sentence
def run(
    path: Path,
    assignment: str | None,
    course: Path,
    jobs: int | None,
    sandbox: Level,
    out: Path,
    gradebook: str | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Grade PATH: a folder of submissions, or one submission (a folder, a zip, a notebook, a file).

    Each grade is saved as soon as it is ready. An interrupted run resumes if you run the same
    command again, and a second run grades only what has changed.

    Exit status: 0 if every submission was graded, whatever the scores; 2 if you have to fix
    something first; 3 if a grade is withheld because the grader failed.
    """
    from grader.course import find_course
    from grader.gradebook import default_gradebook
    from grader.grading.batch import Options, default_jobs
    from grader.grading.choosing import guess_assignment
    from grader.report.files import prepare, write_class
    from grader.submission import ConfinedReader, find_submissions

    found = find_course(course)
    with ConfinedReader() as reader:
        if assignment:
            chosen = found.assignment(assignment)
        else:
            chosen = guess_assignment(found, path, reader)
        submissions = find_submissions(path, expected=chosen.files, reader=reader)
    options = Options(jobs or default_jobs(), minimum=sandbox)
    console = Console(stderr=as_json)
    prepare(out)
    kept_in = gradebook or default_gradebook(found.root)
    graded = _grade_all(chosen, submissions, options, console, kept_in, out, force=force)
    left_out = write_class(graded.grades, chosen.title, out)
    shown = _shown(lambda: _show_class(graded, out, console, as_json=as_json))
    if left_out:
        click.echo(
            "Left out of index.html or grades.csv because they could not be written: "
            f"{', '.join(left_out)}.",
            err=True,
        )
    whole = shown and not left_out and not any(grade.withheld for grade in graded.grades)
    sys.exit(GRADED if whole else GRADER_ERROR)


@dataclass(frozen=True)
class _Graded:
    """The grades of a run; `new` is how many of them were not in the gradebook before."""

    grades: list[Grade]
    new: int


def _grade_all(
    assignment: Assignment,
    submissions: Sequence[Submission],
    options: Options,
    console: Console,
    gradebook: str | Path,
    out: Path,
    *,
    force: bool,
) -> _Graded:
    """Grade what has changed, write the files of each grade, and show progress."""
    from grader.gradebook import Gradebook
    from grader.grading.batch import grade_what_changed
    from grader.report.files import write_grade
    from grader.report.terminal import progress
    from grader.submission.file_names import file_names

    names = file_names(submission.student for submission in submissions)
    grades: list[Grade] = []

    def publish(grade: Grade) -> None:
        write_grade(grade, assignment.title, out, names[grade.student])

    with (
        Gradebook(gradebook) as book,
        progress(console, assignment.title, len(submissions)) as bar,
    ):
        try:
            for grade in grade_what_changed(
                book,
                assignment,
                submissions,
                options,
                bar.started,
                bar.waiting,
                force=force,
                publish=publish,
            ):
                grades.append(grade)
                bar.finished(grade)
        except KeyboardInterrupt:
            done = f"{len(grades)} of {len(submissions)} graded and saved"
            click.echo(f"{done}. Run the same command again to continue.", err=True)
            raise
    return _Graded(grades, new=bar.count)


def _show_class(graded: _Graded, out: Path, console: Console, *, as_json: bool) -> None:
    from grader.report.results import student_results
    from grader.report.terminal import class_table

    if as_json:
        by_name = sorted(graded.grades, key=lambda grade: grade.student)
        results = [student_results(grade) for grade in by_name]
        click.echo(msgspec.json.format(msgspec.json.encode(results), indent=2))
    else:
        console.print(class_table(graded.grades, out, len(graded.grades) - graded.new))


def _shown(show: Callable[[], None]) -> bool:
    """Return whether the class could be shown.

    All files have been written by now, so a failure to print must not end the run. A reader that
    closes the pipe early (`grade submit/ | head`) is not an error.
    """
    try:
        show()
        if sys.stdout is not None:  # None if it was closed before the program started
            sys.stdout.flush()
    except (BrokenPipeError, SystemExit):
        # For a closed pipe, click raises the first and rich the second.
        # The interpreter flushes stdout once more when it exits; send that to /dev/null.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - the class is graded and written in any case
        click.echo(
            f"The results cannot be printed here ({type(error).__name__}: {error}); the files "
            "have been written.",
            err=True,
        )
        return False
    return True


@main.command(
    short_help="Run the public checks on your own files.",
    epilog=_examples(
        "grade check",
        "grade check --watch",
        "grade check --only softmax",
    ),
)
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@_assignment_option
@_course_option
@click.option(
    "--only", metavar="TEXT", default="", help="Run only checks with TEXT in their name or title."
)
@click.option("--watch", is_flag=True, help="Run again whenever a file is saved. Stop with Ctrl-C.")
@_json_option
@_one_sentence
def check(
    path: Path, assignment: str | None, course: Path, only: str, *, watch: bool, as_json: bool
) -> None:
    """Run the public checks on your own files in PATH (default: the current folder).

    Exit status: 0 if every check passed, otherwise 1.
    """
    from grader.course import find_course
    from grader.grading import open_grader
    from grader.grading.choosing import guess_assignment
    from grader.report.results import student_results
    from grader.report.terminal import check_report, redraw
    from grader.report.view import student_view
    from grader.submission import changes, only_submission

    found = find_course(course, path)
    chosen = found.assignment(assignment) if assignment else guess_assignment(found, path)
    console = Console(stderr=as_json)
    with open_grader(
        chosen,
        minimum=Level.PLAIN,
        at_most=Level.PLAIN,
        select=lambda marks: not marks.hidden and marks.matches(only),
    ) as grader:
        grade = grader.grade(only_submission(path, expected=chosen.files))
        if watch:
            redraw(console, check_report(student_view(grade), chosen.title, console.width))
            for _ in changes(path):
                with console.status("checking"):
                    grade = grader.grade(only_submission(path, expected=chosen.files))
                redraw(console, check_report(student_view(grade), chosen.title, console.width))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(student_results(grade)), indent=2))
    else:
        console.print(check_report(student_view(grade), chosen.title, console.width))
    sys.exit(GRADED if grade.points == grade.max_points and not grade.withheld else SHORTFALL)


@main.command(
    short_help="Prove that the checks of an assignment work.",
    epilog=_examples(
        "grade validate 04",
        "grade validate --all",
        "grade validate 04 --thorough --mutants",
    ),
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="Validate all assignments of the course.")
@click.option(
    "--thorough",
    is_flag=True,
    help="Run every mistake in the sandbox against every check, and use 20 seeds instead of 5.",
)
@click.option(
    "--mutants",
    is_flag=True,
    help="Also run mutation tests on the reference: several minutes per assignment.",
)
@click.option(
    "--markdown",
    type=click.Path(path_type=Path),
    help="Also write the results to this file as Markdown.",
)
@_course_option
@_jobs_option
@_sandbox_option
@_json_option
@_one_sentence
def validate(
    names: tuple[str, ...],
    course: Path,
    jobs: int | None,
    sandbox: Level,
    markdown: Path | None,
    *,
    every: bool,
    thorough: bool,
    mutants: bool,
    as_json: bool,
) -> None:
    """Prove that the checks of an assignment accept correct solutions and catch known mistakes.

    The reference and other correct solutions must earn full points with any seed. The starter
    must earn nothing. Every known mistake must lose points in a check and be diagnosed correctly.

    Correct solutions are graded in the sandbox by every check. A known mistake is run in the
    grader's own process against the checks closest to it, until one fails. Every tenth mistake,
    and every doubtful one, is run in the sandbox too.

    Exit status: 0 if every claim holds, otherwise 1.
    """
    from grader.authoring.validation import Validation, as_markdown, validate_all
    from grader.course import find_course
    from grader.grading.batch import Options, default_jobs
    from grader.report.terminal import validation_report, validation_summary
    from grader.report.waiting import Heartbeat

    found = find_course(course)
    if not (names or every):
        raise GradmarkError("name an assignment or use --all")
    chosen = found.assignments() if every else [found.assignment(name) for name in names]
    options = Options(jobs or default_jobs(), minimum=sandbox)
    console, results = Console(stderr=as_json), list[Validation]()
    with Heartbeat(console) as heartbeat:

        def at_work(running: Sequence[str]) -> None:
            heartbeat.doing(
                f"{len(results)} of {len(chosen)} validated, working on {' and '.join(running)}"
            )

        for result in validate_all(
            chosen, options, thorough=thorough, mutants=mutants, at_work=at_work
        ):
            results.append(result)
            if not as_json:
                console.print(validation_report(result, every_mistake=len(chosen) == 1))
                console.print(
                    f"{heartbeat.clock} {result.assignment} is done\n", style="dim", highlight=False
                )
    results.sort(key=lambda result: result.assignment)
    if not as_json and len(chosen) > 1:
        console.print(validation_summary(results))
    if markdown:
        words = ["--all"] if every else list(names)
        asked = [
            f"--{name}" for name, given in (("thorough", thorough), ("mutants", mutants)) if given
        ]
        command = ["grade", "validate", *words, *asked, "--markdown", str(markdown)]
        markdown.write_text(as_markdown(results, " ".join(command), thorough=thorough), "utf-8")
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(results), indent=2))
    sys.exit(GRADED if all(result.holds for result in results) else SHORTFALL)


@main.command(
    short_help="Make the student version of the course.",
    epilog=_examples(
        "grade release",
        "grade release --check",
        "grade release solution.ipynb --out handout/",
    ),
)
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="Output folder. Default: student_template/ next to assignments/.",
)
@click.option(
    "--check",
    "only_check",
    is_flag=True,
    help="Write nothing; exit with status 1 if the folder is out of date.",
)
@_course_option
@_one_sentence
def release(files: tuple[Path, ...], out: Path | None, course: Path, *, only_check: bool) -> None:
    """Make the student version of the course: stubs, notebooks, public checks with frozen answers.

    With FILE (.py or .ipynb), make the student version of these files only: remove everything
    between # BEGIN SOLUTION and # END SOLUTION, and write the result to the --out folder.
    """
    from grader.authoring.release import build, differences, student_version, write
    from grader.course import find_course

    if files:
        if out is None:
            raise GradmarkError("use --out to name the folder for the student versions")
        out.mkdir(parents=True, exist_ok=True)
        for file in files:
            (out / file.name).write_bytes(student_version(_read(file), file.name))
            click.echo(out / file.name)
        return
    found = find_course(course)
    folder = out or found.root / "student_template"
    with Console(stderr=True).status("running the public checks on the reference"):
        released = build(found.assignments())
    if not only_check:
        write(released, folder)
        click.echo(f"{len(released)} files in {folder}")
    elif stale := differences(released, folder):
        click.echo("\n".join([*stale, "Run `grade release` and commit the result."]))
        sys.exit(SHORTFALL)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise GradmarkError(f"{path} cannot be read ({error.strerror})") from error


@main.command(short_help="Start an assignment.", epilog=_examples('grade new "sparse coding"'))
@click.argument("name")
@_course_option
@_one_sentence
def new(name: str, course: Path) -> None:
    """Start an assignment: create a small, complete example that already passes `grade validate`.

    NAME is the topic ("sparse coding"), with or without a number in front.
    """
    from grader.authoring.scaffold import start
    from grader.course import find_course
    from grader.errors import CourseError

    try:
        root = find_course(course).root
    except CourseError:
        root = course  # the first assignment of a new course
    folder, written = start(name, root)
    click.echo("\n".join(str(path) for path in written))
    click.echo(f"Edit these files, then run: grade validate {folder}")


@main.command(
    short_help="Run one check of a graded submission again.",
    epilog=_examples(
        "grade replay graded/staff/ada.json::test_affine_forward",
        "grade replay graded/staff/ada.json::test_affine_forward --debug",
    ),
)
@click.argument("result")
@click.option(
    "--submission",
    type=click.Path(path_type=Path),
    help="The submission, if it has moved since it was graded.",
)
@click.option(
    "--debug", "with_debugger", is_flag=True, help="Run the code in pdb, without a sandbox."
)
@_course_option
@_sandbox_option
@_one_sentence
def replay(
    result: str, submission: Path | None, course: Path, sandbox: Level, *, with_debugger: bool
) -> None:
    """Run one check of a graded submission again.

    RESULT is FILE::CHECK, for example graded/staff/ada.json::test_affine_forward. The output
    includes everything that staff may see. Exit status: 0 if the check passes, otherwise 1.
    """
    from grader.course import find_course
    from grader.grading.replay import debug, read_result, submission_of
    from grader.grading.replay import replay as run_again
    from grader.report.terminal import check_report
    from grader.report.view import staff_view

    file, _, check = result.partition("::")
    if not check:
        raise GradmarkError("name the check to replay: grade replay FILE.json::CHECK")
    before = read_result(Path(file))
    chosen = find_course(course).assignment(before.assignment)
    files = submission_of(before, list(chosen.files), submission)
    grade = (
        debug(chosen, files, check) if with_debugger else run_again(chosen, files, check, sandbox)
    )
    if before.assignment_digest != chosen.digest:
        click.echo("The assignment has changed since this was graded.", err=True)
    console = Console()
    console.print(
        check_report(staff_view(grade), f"{chosen.title}: {grade.student}", console.width)
    )
    sys.exit(GRADED if grade.points == grade.max_points else SHORTFALL)


@main.command(
    short_help="Measure the thresholds of convergence checks.",
    epilog=_examples(
        "grade calibrate 04",
        "grade calibrate 04 --runs 128",
    ),
)
@click.argument("name")
@click.option(
    "--runs", type=click.IntRange(min=1), default=64, show_default=True, help="Number of seeds."
)
@_course_option
@_one_sentence
def calibrate(name: str, runs: int, course: Path) -> None:
    """Measure the thresholds of an assignment's convergence checks and write calibration.json.

    Trains the reference once per seed. A correct solution misses the resulting threshold less
    than once in ten thousand gradings.
    """
    from grader.authoring.validation import calibrate as measure
    from grader.course import find_course

    chosen = find_course(course).assignment(name)
    with Console().status(
        f"{escape(chosen.title)}: training the reference {runs} times for each convergence check"
    ):
        measured = measure(chosen, runs)
    path = chosen.folder / "calibration.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(measured), indent=2) + b"\n")
    for key, entry in measured.items():
        click.echo(
            f"{key}: threshold {entry['threshold']:.4g}, false-fail rate "
            f"{entry['false_fail_rate']:.1e}"
        )
    click.echo(f"Wrote {path}.")


@main.command(
    short_help="Show which sandbox level this machine supports.",
    epilog=_examples(
        "grade doctor",
        "grade doctor --json",
    ),
)
@_json_option
@_one_sentence
def doctor(*, as_json: bool) -> None:
    """Test the sandbox on this machine and show which level it supports."""
    from grader.report.terminal import doctor_report
    from grader.sandbox.doctor import examine

    health = examine()
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(health), indent=2))
    else:
        Console().print(doctor_report(health))
    sys.exit(GRADED if health.level is Level.FULL else SHORTFALL)


@main.command(
    "list",
    short_help="List the assignments of this course.",
    epilog=_examples(
        "grade list",
        "grade list --json",
    ),
)
@_course_option
@_json_option
@_one_sentence
def list_(course: Path, *, as_json: bool) -> None:
    """List the assignments of this course."""
    from grader.course import find_course
    from grader.report.terminal import assignment_table

    assignments = find_course(course).assignments()
    if as_json:
        rows = [
            {
                "name": a.name,
                "title": a.title,
                "budget_seconds": a.budget.seconds,
                "files": {f: list(s) for f, s in a.files.items()},
            }
            for a in assignments
        ]
        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2))
    else:
        Console().print(assignment_table(assignments))
