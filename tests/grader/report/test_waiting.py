"""A command that works for long says so, on a terminal and where there is none."""

import io
import time

from rich.console import Console

from grader.report.waiting import Heartbeat


def said(*, terminal, beats=3):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=80)
    with Heartbeat(console, seconds=0.01) as heartbeat:
        heartbeat.doing("0 of 13 proven, at work on [04]")
        deadline = time.monotonic() + 20
        while console.file.getvalue().count("proven") < beats and time.monotonic() < deadline:
            time.sleep(0.01)
    return console.file.getvalue()


def test_without_a_terminal_it_prints_plain_lines():
    lines = said(terminal=False).splitlines()
    assert len(lines) >= 3
    assert {line.partition(" ")[2] for line in lines} == {"0 of 13 proven, at work on [04]"}
    assert all(line.startswith("0:") for line in lines)


def test_on_a_terminal_it_is_a_line_that_moves():
    assert "0 of 13 proven, at work on [04]" in said(terminal=True, beats=1)


def test_it_ends_at_once():
    begun = time.monotonic()
    with Heartbeat(Console(file=io.StringIO()), seconds=60):
        pass
    assert time.monotonic() - begun < 10
