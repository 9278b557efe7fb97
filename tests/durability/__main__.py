"""Run the long suite, and save what became of each test for docs/security.md: python -m
tests.durability

Two hundred kills, a class of a thousand, and parts killed under a class of fifty take some twenty
minutes on two cores. With options of pytest (-k NAME) some are run, and what is saved of the others
stays.
"""

import json
import platform
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


class Recorder:
    """Notes the outcome of every test."""

    def __init__(self):
        self.outcomes = []

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
            test = report.nodeid.partition("tests/durability/")[2]
            self.outcomes.append(
                {"test": test, "outcome": report.outcome, "seconds": round(report.duration, 1)}
            )


def main() -> int:
    recorder = Recorder()
    status = pytest.main([str(HERE), "-q", *sys.argv[1:]], plugins=[recorder])
    machine = {"kernel": platform.release(), "python": platform.python_version()}
    saved = HERE / "results.json"
    kept = json.loads(saved.read_text())["outcomes"] if sys.argv[1:] and saved.exists() else []
    outcomes = {outcome["test"]: outcome for outcome in [*kept, *recorder.outcomes]}
    result = {"machine": machine, "outcomes": [outcomes[test] for test in sorted(outcomes)]}
    saved.write_text(json.dumps(result, indent=1) + "\n")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
