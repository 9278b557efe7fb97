"""No attack takes effect at the full level: a few that stand for all here, all of them under the marker `slow`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.model import Level
from grader.sandbox.sandbox import Sandbox
from tests.attacks import suite

HOME = Path(__file__).parents[2]
FAST = [
    name
    for name in suite.CASES
    if name.startswith(tuple(Path(__file__).with_name("fast.txt").read_text().split()))
]


def run(tmp_path_factory, names, level="full"):
    """The outcomes of a run in a process of its own, as a user would start it."""
    saved = tmp_path_factory.mktemp("attacks") / "run.json"
    words = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "tests.attacks",
        *names,
        "--level",
        level,
        "--json",
        str(saved),
    ]
    done = subprocess.run(words, cwd=HOME, capture_output=True, text=True, check=False)
    assert saved.exists(), done.stdout + done.stderr
    report = json.loads(saved.read_text())
    return report, {outcome["case"]: outcome for outcome in report["outcomes"]}


@pytest.fixture(scope="session")
def full_level():
    with Sandbox(Level.PLAIN, private=[]) as sandbox:
        if sandbox.level is not Level.FULL:
            pytest.skip(f"this machine reaches the level {sandbox.level} only")


@pytest.fixture(scope="session")
def fast(full_level, tmp_path_factory):
    return run(tmp_path_factory, FAST)[1]


@pytest.fixture(scope="session")
def everything(full_level, tmp_path_factory):
    return run(tmp_path_factory, [])[1]


def assert_harmless(outcome):
    assert outcome["outcome"] in ("blocked", "contained"), (outcome["effects"], outcome["words"])
    for words in suite.CASES[outcome["case"]].seen:
        assert outcome["verdict"] == "forbidden", outcome
        assert words in outcome["words"], outcome


@pytest.mark.parametrize("name", FAST)
def test_an_attack_takes_no_effect(fast, name):
    assert_harmless(fast[name])


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", suite.CASES)
def test_no_attack_takes_effect(everything, name):
    assert_harmless(everything[name])


def test_the_evidence_sees_attacks_that_succeed(tmp_path_factory):
    """Without confinement they do; a suite that calls everything harmless would prove nothing."""
    names = [
        "files_gradebook",
        "network_udp",
        "processes_daemon",
        "processes_signal_bystander",
        "secrets_bystander_memory",
    ]
    _, outcomes = run(tmp_path_factory, names, level="plain")
    assert {name: outcome["outcome"] for name, outcome in outcomes.items()} == dict.fromkeys(
        names, "not contained"
    )
    seen = {name: " ".join(outcome["effects"]) for name, outcome in outcomes.items()}
    assert "learnt the gradebook" in seen["files_gradebook"]
    assert "changed course/.gradmark/grades.csv" in seen["files_gradebook"]
    assert "reached UDP" in seen["network_udp"]
    assert "left a process running" in seen["processes_daemon"]
    assert "sent SIGUSR1 to a bystander" in seen["processes_signal_bystander"]
    assert "learnt the memory of another process" in seen["secrets_bystander_memory"]


def test_each_attempt_of_an_attack_is_judged(fast, tmp_path_factory):
    """A case may be refused as a whole while one of its attempts works: that has to show."""
    names = ["kernel_signs_for_a_neighbour", "secrets_clock_of_the_grader"]
    _, loose = run(tmp_path_factory, names, level="plain")
    assert "could whole_file" in loose[names[0]]["effects"]
    assert loose[names[1]]["attempts"]["time.clock_gettime(~GRADER << 3 | 2)"] == "open"
    # Root may follow the link of a process that nobody else may look into.
    link = loose[names[1]]["attempts"]['os.readlink(f"/proc/{GRADER}/exe")']
    assert link == ("open" if os.geteuid() == 0 else "refused")
    attempts = fast[names[0]]["attempts"]
    assert len(attempts) == 8
    assert [what for what, became in attempts.items() if became == "open"] == list(
        suite.CASES[names[0]].open
    )
    assert attempts["os.sched_getaffinity(NEIGHBOUR)"] == "refused"
    assert attempts["whole_file"] == "without effect"
    assert all(became == "refused" for became in fast[names[1]]["attempts"].values())


def test_every_case_says_what_it_tries():
    assert len(suite.CASES) >= 80
    says = [case.says for case in suite.CASES.values()]
    assert all(line.endswith(".") and 20 < len(line) <= 120 for line in says)
    assert len(set(says)) == len(says)


def test_the_list_of_what_stands_for_all_names_cases():
    for name in Path(__file__).with_name("fast.txt").read_text().split():
        assert name in suite.CASES


def test_the_page_is_in_step_with_the_cases():
    page = HOME / "docs" / "security.md"
    words = [sys.executable, str(HOME / "tools" / "security.py"), "--check"]
    done = subprocess.run(words, cwd=HOME, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    text = page.read_text()
    for case in suite.CASES.values():
        assert f"`{case.name}`" in text
        assert case.says.replace("|", "\\|") in text


def test_an_unprivileged_grader_is_no_weaker(full_level, tmp_path_factory):
    """As root the suite runs once more as somebody else, where that user can start the interpreter."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    saved = tmp_path_factory.mktemp("attacks") / "run.json"
    os.chmod(saved.parent, 0o777)
    for folder in saved.parents[1:4]:
        if folder.stat().st_uid == 0 and str(folder) != "/tmp":
            os.chmod(folder, 0o755)
    become = ["setpriv", "--reuid", "65533", "--regid", "65533", "--clear-groups"]
    # Twice, as the grader does: the second one is found by the path that the first has resolved.
    twice = "import grader.grading, subprocess, sys; subprocess.run([sys.executable, '-c', 'import numpy'], check=True)"
    if subprocess.run(
        [*become, sys.executable, "-c", twice], cwd=HOME, capture_output=True, check=False
    ).returncode:
        pytest.skip("other users cannot start this interpreter")
    names = ["files_reference_source", "secrets_bystander_memory"]
    words = [*become, sys.executable, "-m", "tests.attacks", *names, "--json", str(saved)]
    environment = os.environ | {"HOME": str(saved.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        words, cwd=HOME, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for outcome in json.loads(saved.read_text())["outcomes"]:
        assert_harmless(outcome)
