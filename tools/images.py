"""Make the images of the README by grading the sample class. The page needs Chromium.

python tools/images.py [--chromium /usr/bin/chromium]
"""

import argparse
import io
import re
import subprocess
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.course import find_course
from grader.grading.batch import Options, default_jobs, grade_class
from grader.report.files import write_class, write_grade
from grader.report.terminal import class_table
from grader.submission import find_submissions

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--chromium", default="chromium")
    chromium = parser.parse_args().chromium
    assignment = find_course(ROOT).assignment("04")
    submissions = find_submissions(ROOT / "submit", expected=assignment.files)
    grades = list(grade_class(assignment.folder, submissions, Options(jobs=default_jobs())))
    console = Console(record=True, width=112, file=io.StringIO())
    console.print(Text("$ grade submit/\n"))
    console.print(class_table(grades, Path("graded")))
    picture = console.export_svg(title="grade submit/")
    picture = re.sub(
        r"@font-face \{.*?\}", "", picture, flags=re.DOTALL
    )  # no fonts from the network
    (IMAGES / "terminal.svg").write_text(picture)
    with tempfile.TemporaryDirectory() as scratch:
        for grade in grades:
            write_grade(grade, assignment.title, Path(scratch))
        write_class(grades, assignment.title, Path(scratch))
        page = Path(scratch, "results", "raises.html")
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--window-size=960,1150",
        ]
        command = [
            chromium,
            *options,
            f"--user-data-dir={scratch}/profile",
            f"--screenshot={IMAGES / 'student.png'}",
        ]
        subprocess.run([*command, page.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
