"""`grade check --watch` runs again when something was saved, and only then."""

import importlib
import threading

import pytest

from grader.submission import changes


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(importlib.import_module("grader.submission.changes"), "INTERVAL", 0.01)


def seen_after(path, act, seconds=5.0):
    """Whether a change is reported within so many seconds of `act()`."""
    found = threading.Event()
    watched = changes(path)

    def watch():
        next(watched)
        found.set()

    threading.Thread(target=watch, daemon=True).start()
    threading.Event().wait(0.1)
    assert not found.is_set(), "nothing has been saved yet"
    act()
    return found.wait(seconds)


def test_a_file_that_is_written_made_or_removed_is_a_change(tmp_path):
    file = tmp_path / "layers.py"
    file.write_text("x = 1\n")
    assert seen_after(tmp_path, lambda: file.write_text("x = 22\n"))
    assert seen_after(tmp_path, lambda: (tmp_path / "losses.py").write_text(""))
    assert seen_after(tmp_path, file.unlink)


def test_a_file_below_counts_and_what_is_nobodys_work_does_not(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "__pycache__").mkdir()
    assert seen_after(tmp_path, lambda: (tmp_path / "deep" / "a.py").write_text("x"))
    assert not seen_after(
        tmp_path, lambda: (tmp_path / "__pycache__" / "a.pyc").write_text("x"), seconds=0.3
    )


def test_a_single_file_can_be_watched(tmp_path):
    file = tmp_path / "hw.ipynb"
    file.write_text("{}")
    assert seen_after(file, lambda: file.write_text('{"cells": []}'))
