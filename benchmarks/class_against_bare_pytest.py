"""How long the sample class takes, against one bare pytest process per submission on the same
checks.

    python benchmarks/class_against_bare_pytest.py [--runs 3] [--jobs 2]

Both sides grade the same submissions with the same checks and time limits, the same number at a
time. Bare pytest imports the student's code into its own process: no sandbox, no diagnosis, no
report. The two are run in turn, and the figure to quote is the ratio of the medians.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grader.course import find_course
from grader.submission import find_submissions

ROOT = Path(__file__).parents[1]
NAME = "04-layers-and-losses"


def bare(folder, jobs):
    """One pytest process per submission; `folder` holds a folder of plain modules for each."""

    def one(submission):
        env = {
            **os.environ,
            "BARE_ASSIGNMENT": NAME,
            "BARE_SUBMISSION": str(submission),
            "OPENBLAS_NUM_THREADS": "1",
        }
        env["PYTHONPATH"] = str(ROOT / "benchmarks")
        checks = ROOT / "assignments" / NAME / "checks"
        settings = ROOT / "grader" / "checks.ini"
        command = [
            sys.executable,
            "-m",
            "pytest",
            str(checks),
            "-c",
            str(settings),
            "--rootdir",
            str(checks),
        ]
        subprocess.run(
            [*command, "-p", "bare_plugin"],
            env=env,
            cwd=submission,
            capture_output=True,
            check=False,
        )

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, sorted(folder.iterdir())))


def graded(out, jobs):
    command = [sys.executable, "-m", "grader", "submit/", "--jobs", str(jobs), "--out", str(out)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)


def seconds(function, *args):
    begun = time.perf_counter()
    function(*args)
    return time.perf_counter() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    expected = find_course(ROOT).assignment(NAME).files
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as scratch:
        modules = Path(scratch, "modules")
        for submission in find_submissions(ROOT / "submit", expected=expected):
            for name, raw in submission.files.items():
                target = modules / submission.student / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(raw)
            if submission.module:  # a notebook is one module that holds the symbols of every file
                for name in expected:
                    (modules / submission.student / name).write_text(
                        f"from {submission.module} import *\n"
                    )
        for _ in range(options.runs):
            ours.append(seconds(graded, Path(scratch, "graded"), options.jobs))
            theirs.append(seconds(bare, modules, options.jobs))
            print(f"grade submit/ {ours[-1]:6.2f} s    bare pytest {theirs[-1]:6.2f} s", flush=True)
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"ratio of the medians {ratio:.2f} ({options.runs} runs, {options.jobs} at a time)")


if __name__ == "__main__":
    main()
