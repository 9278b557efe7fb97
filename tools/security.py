"""Write docs/security.md from the saved runs of the attacks: python tools/security.py [--check]

The text is in docs/security.template.md. The runs are in tests/attacks/results, made by
`python -m tests.attacks --json …` and tests/attacks/in_docker.sh. With --check, nothing is written,
and the exit status is 1 if the page does not match the runs and the cases.
"""

import json
import sys
from pathlib import Path

HOME = Path(__file__).parents[1]
sys.path.insert(0, str(HOME))

from tests.attacks.suite import CASES  # the line above makes it importable from anywhere

PAGE, TEMPLATE = HOME / "docs" / "security.md", HOME / "docs" / "security.template.md"
RESULTS = HOME / "tests" / "attacks" / "results"
SIGNS = {
    "blocked": "blocked",
    "contained": "contained",
    "not contained": "**NOT**",
    "not tried": "–",
}
ORDER = ["root", "user", "docker-root", "docker-user"]
LEVELS = ["full", "partial", "plain"]
TOPICS = {
    "files": "Files",
    "secrets": "Secrets",
    "processes": "Processes",
    "network": "Network",
    "kernel": "Kernel",
    "resources": "Resources",
    "protocol": "Protocol",
    "python": "Python",
    "output": "Output",
    "grading": "Grading",
    "archive": "Archives",
    "folder": "Links, special files and names",
    "shadow": "Files with a meaning for other programs",
    "source": "Sources",
    "notebook": "Notebooks",
}


def runs() -> list[dict]:
    """Return all saved runs, the full level first."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")]
    return sorted(
        found, key=lambda run: (LEVELS.index(run["level"]), ORDER.index(run["environment"]))
    )


def page() -> str:
    """Return the whole page."""
    made = runs()
    tables = _summary(made) + "".join(_topic(topic, made) for topic in TOPICS)
    text = TEMPLATE.read_text(encoding="utf-8").replace("<!-- runs -->\n", tables)
    text = text.replace("<!-- fuzzer -->\n", _fuzzer()).replace(
        "<!-- handed in -->\n", _handed_in()
    )
    return text.replace("<!-- durability -->\n", _durability())


def _name(run: dict) -> str:
    return f"{run['environment'].replace('-', ' ')}, {run['level']}"


def _summary(made: list[dict]) -> str:
    lines = [
        "## The runs\n",
        f"{len(CASES)} attacks.\n",
        "| environment, level | attacks | level reached | blocked | contained | not contained "
        "| not tried | attempts stopped | layers | kernel, Python |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | --- | --- |",
    ]
    for run in made:
        outcomes = [outcome["outcome"] for outcome in run["outcomes"]]
        counts = " | ".join(str(outcomes.count(kind)) for kind in SIGNS)
        system = run["machine"]
        machine = (
            f"Linux {system['kernel'].partition('-')[0]} {system['processor']}, {system['python']}"
        )
        attempts = [
            result for outcome in run["outcomes"] for result in outcome.get("attempts", {}).values()
        ]
        stopped = (
            f"{sum(result != 'open' for result in attempts)} of {len(attempts)}" if attempts else ""
        )
        reached = f"{_name(run)} | {len(outcomes)} | {run['reached']}"
        lines.append(
            f"| {reached} | {counts} | {stopped} | {', '.join(run['layers'])} | {machine} |"
        )
    return "\n".join(lines) + "\n"


def _topic(topic: str, made: list[dict]) -> str:
    cases = [case for case in CASES.values() if case.topic == topic]
    found = [{outcome["case"]: outcome for outcome in run["outcomes"]} for run in made]
    lines = [
        f"\n### {TOPICS[topic]}\n",
        f"| attack | description | verdict | {' | '.join(map(_name, made))} |",
        f"| --- | --- | --- |{' --- |' * len(made)}",
    ]
    for case in cases:
        verdict = next(
            (outcomes[case.name]["verdict"] for outcomes in found if case.name in outcomes), ""
        )
        signs = [_sign(o[case.name]) if case.name in o else "" for o in found]
        known = "".join(f" **Open:** `{what}`." for what in case.open)
        says = f"{case.says}{known}".replace("|", "\\|")
        lines.append(f"| `{case.name}` | {says} | {verdict} | {' | '.join(signs)} |")
    return "\n".join(lines) + "\n"


def _sign(outcome: dict) -> str:
    """Return the outcome of a case and, if it makes several attempts, how many were stopped."""
    attempts = outcome.get("attempts", {}).values()
    stopped = sum(result != "open" for result in attempts)
    return SIGNS[outcome["outcome"]] + (f" {stopped}/{len(attempts)}" if attempts else "")


def _fuzzer() -> str:
    run = json.loads((HOME / "tests" / "fuzz" / "results.json").read_text(encoding="utf-8"))
    ranked = sorted(run["outcomes"].items(), key=lambda outcome: -outcome[1])
    counts = ", ".join(f"{count:,} {what}" for what, count in ranked)
    result = (
        f"{run['frames']:,} frames: {counts}; no other exceptions; memory grew by "
        f"{run['growth_mib']} MiB."
    )
    return f"Last run (seed {run['seed']}): {result}\n"


def _handed_in() -> str:
    run = json.loads((HOME / "tests" / "fuzz" / "handed_in.json").read_text(encoding="utf-8"))
    graded = sum(count for what, count in run["outcomes"].items() if what.endswith(", graded"))
    result = (
        f"{run['examples']:,} submissions in {run['minutes']:g} minutes: {graded:,} graded, "
        f"{run['examples'] - graded:,} refused, {len(run['faults'])} faults; at most "
        f"{run['worst_cpu_seconds']:g} s of CPU time per submission, and a memory peak "
        f"{run['peak_mib']} MiB above the initial usage."
    )
    return f"Last run (seed {run['seed']}): {result}\n"


def _durability() -> str:
    path = HOME / "tests" / "durability" / "results.json"
    run = json.loads(path.read_text(encoding="utf-8"))
    lines = ["| test | outcome | seconds |", "| --- | --- | ---: |"]
    lines += [
        f"| `{one['test']}` | {one['outcome']} | {one['seconds']:.0f} |" for one in run["outcomes"]
    ]
    system = run["machine"]
    where = (
        f"Last run, on Linux {system['kernel'].partition('-')[0]} and Python {system['python']}:"
    )
    return "\n".join([where, "", *lines]) + "\n"


def main() -> int:
    """Write or compare the page."""
    assert {case.topic for case in CASES.values()} == set(TOPICS), "every topic has a heading"
    for run in runs():
        had = {outcome["case"] for outcome in run["outcomes"]}
        if gone := had - CASES.keys():
            print(f"{_name(run)}: run the attacks again; removed: {', '.join(sorted(gone))}")
            return 1
        if new := CASES.keys() - had:
            print(f"{_name(run)}: not tried in this run: {', '.join(sorted(new))}")
    if "--check" in sys.argv:
        if PAGE.read_text(encoding="utf-8") == page():
            return 0
        print("docs/security.md is out of date: run python tools/security.py")
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
