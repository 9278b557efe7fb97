"""The level is decided by ids, whatever the words beside them say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.model import Level
from grader.sandbox import levels
from grader.sandbox.levels import ATTEMPTS, Attempt, Tried

PRIVATE = ["/course", "/grades"]


def said(*, possible=(), listed=(True, True)):
    """What a probe answers when everything is refused but this."""
    return {attempt.id: attempt.id not in possible for attempt in ATTEMPTS} | {
        "list-private": list(listed)
    }


def level(**answers):
    return levels.level_of(levels.tried(said(**answers), PRIVATE))


def test_everything_refused_is_full():
    assert level() is Level.FULL


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.id)
def test_one_attempt_that_works_costs_the_level(attempt):
    expected = Level.PLAIN if attempt.secret else Level.PARTIAL
    assert level(possible=[attempt.id]) is expected


def test_the_secrets_are_what_the_grader_knows():
    """Whoever adds an attempt decides; this list changes with that decision and never by chance."""
    assert {attempt.id for attempt in ATTEMPTS if attempt.secret} == {
        "grader-file",
        "grader-memory",
        "grader-environment",
        "write-beside-scratch",
    }


@pytest.mark.parametrize("listed", [(False, True), (True, False)])
def test_a_private_folder_that_can_be_listed_is_a_secret(listed):
    assert level(listed=listed) is Level.PLAIN
    found = levels.tried(said(listed=listed), PRIVATE)
    (open_one,) = [one for one in found if not one.refused]
    assert open_one.folder == PRIVATE[listed.index(False)]
    assert open_one.what == f"list {open_one.folder}"


def test_words_decide_nothing(monkeypatch):
    reworded = [Attempt(one.id, f"do thing {i}", one.secret) for i, one in enumerate(ATTEMPTS)]
    monkeypatch.setattr(levels, "ATTEMPTS", tuple(reworded))
    assert level() is Level.FULL
    assert level(possible=["grader-file"]) is Level.PLAIN
    assert level(possible=["fork"]) is Level.PARTIAL


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"list-private": [True, True]},
        {key: value for key, value in said().items() if key != "fork"},
        said() | {"another": True},
        said() | {"list-private": True},
        said(listed=(True,)),
    ],
    ids=["nothing", "folders only", "one too few", "one too many", "no list", "a folder too few"],
)
def test_a_probe_that_did_not_try_everything_proves_nothing(answers):
    with pytest.raises(SandboxError):
        levels.tried(answers, PRIVATE)


@pytest.mark.parametrize("answer", [1, "yes", None, [True]])
def test_only_true_is_a_refusal(answer):
    assert level_with("fork", answer) is Level.PARTIAL


def level_with(attempt, answer):
    return levels.level_of(levels.tried(said() | {attempt: answer}, PRIVATE))


def test_nothing_tried_is_plain():
    assert levels.level_of([]) is Level.PLAIN


def test_the_probe_tries_what_is_listed(tmp_path):
    """With nothing to hold it back, the file and the folder are open; the ids are what counts."""
    (tmp_path / "secret").touch()
    script = "import json, probe, sys; print(json.dumps(probe.run(*json.loads(sys.argv[1]))))"
    given = [str(tmp_path / "secret"), str(tmp_path), [str(tmp_path)], 1 << 30]
    run = subprocess.run(
        [sys.executable, "-c", script, json.dumps(given)],
        cwd=Path(levels.__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    by_id = {one.attempt.id: one for one in levels.tried(json.loads(run.stdout), [str(tmp_path)])}
    assert by_id["grader-file"] == Tried(ATTEMPTS[0], refused=False)
    assert by_id["list-private"].refused is False
