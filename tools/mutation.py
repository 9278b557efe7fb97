"""Measure how many mutants of reference/ its own tests catch.

    python tools/mutation.py [MODULE…] [--jobs N] [--sample K] [--seed S]

Runs tests/reference/test_MODULE.py against every mutant of reference/MODULE.py and writes
docs/mutation.md from all available results (grader/authoring/validation/mutants.py makes the
mutants). An interrupted run resumes: results are stored under the digest of the module, its
siblings and its tests. Exits with status 1 if a module's tests miss the goal, or fail on the
unmutated module.

One process imports numpy, torch and pytest; each mutant is judged in a fork of it. Fast tests run
first, starting with those that name the mutated function, and the first failure ends the run. Tests
marked slow or gpu are skipped."""

import argparse
import ast
import contextlib
import gc
import hashlib
import importlib
import importlib.abc
import importlib.util
import json
import os
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.authoring.validation.mutants import mutants, read_reasons

HOME = Path(__file__).parents[1]
GOAL = 0.95
VERSION = "1"  # the version of the rules below that decide between killed and survived
EXTRA_MEMORY = 3 * 2**30
BROKEN = 70  # an exit code that pytest does not use: a failure of this program, not of the mutant
PYTEST = [  # the settings of pyproject.toml, without slow features that only help a reader
    "-q",
    "-m",
    "not slow and not gpu",
    "-o",
    "addopts=",
    "--import-mode=importlib",
    "--assert=plain",
    *("-p", "no:doctest"),
    *("-p", "no:cacheprovider"),
]
KILLED, SURVIVED, TIMEOUT = "killed", "survived", "timeout"


@dataclass(frozen=True)
class Target:
    """A module, its tests, and the results of its mutants."""

    root: Path
    name: str
    cache: Path

    @property
    def path(self):
        return self.root / "reference" / f"{self.name}.py"

    @property
    def tests(self):
        return self.root / "tests" / "reference" / f"test_{self.name}.py"

    def digest(self):
        """Return the digest of all files that affect a verdict: the tests and their modules."""
        files, waiting = [], [self.tests, self.path]
        while waiting:
            path = waiting.pop()
            if path not in files:
                files.append(path)
                modules = (name.removeprefix("reference.").split(".")[0] for name in imports(path))
                siblings = (self.root / "reference" / f"{name}.py" for name in modules)
                waiting += [sibling for sibling in siblings if sibling.exists()]
        content = b"\0".join(path.read_bytes() for path in sorted(files))
        return hashlib.sha256(VERSION.encode() + content).hexdigest()[:16]

    @property
    def log(self):
        return self.cache / f"{self.name}.log"

    @property
    def results_file(self):
        return self.cache / f"{self.name}-{self.digest()}.jsonl"

    def results(self):
        """Return the results for the current digest.

        They have the form {"clean": {…}, digest of a mutant: {"outcome": …, "seconds": …}}.
        """
        if not self.results_file.exists():
            return {}
        lines = self.results_file.read_text().splitlines(keepends=True)
        # A run that was killed may leave half a line.
        entries = [json.loads(line) for line in lines if line.endswith("\n")]
        return {entry.pop("key"): entry for entry in entries}

    def store(self, key, **entry):
        self.cache.mkdir(parents=True, exist_ok=True)
        with self.results_file.open("a") as file:
            file.write(json.dumps({"key": key, **entry}) + "\n")


def imports(path):
    """Return the names of the modules that a file imports; relative ones without leading dots."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def key(mutant):
    return hashlib.sha256(mutant.source.encode()).hexdigest()[:16]


# ---- one mutant, in a separate process


class InPlaceOf(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Imports one module from text instead of its file, with the same name, path and lines."""

    def __init__(self, name, path, source):
        self.name, self.path, self.source = name, path, source

    def find_spec(self, fullname, path, target=None):
        return (
            importlib.util.spec_from_loader(fullname, self, origin=str(self.path))
            if fullname == self.name
            else None
        )

    def get_filename(self, fullname):
        return str(self.path)

    def get_data(self, path):
        return self.source.encode()

    def path_stats(self, path):
        raise OSError  # no timestamp: nothing may be read from or written to __pycache__


class Run:
    """A pytest plugin that orders the tests, limits their CPU time, and measures it."""

    def __init__(self, symbol="", costs=None):
        self.stem = symbol.removesuffix("_forward").removesuffix("_backward")
        self.limits = costs  # None in the clean run, which measures them
        self.costs = {}

    def pytest_runtest_logreport(self, report):
        if report.failed and self.limits is not None:
            # Skip the cleanup of pytest, which takes longer than most tests.
            os._exit(pytest.ExitCode.TESTS_FAILED)

    def pytest_collectreport(self, report):
        if report.failed and self.limits is not None:
            os._exit(pytest.ExitCode.INTERRUPTED)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, exitstatus):
        if self.limits is not None:
            os._exit(exitstatus)

    def pytest_collection_modifyitems(self, items):
        if self.limits is not None:
            items.sort(key=self._rank)

    def _rank(self, item):
        cost = self.limits.get(item.nodeid, 0.0)
        code = item.function.__code__
        named = (
            self.stem in item.nodeid or self.stem in code.co_names or self.stem in code.co_consts
        )
        return cost > 1, not named, cost

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        begun = time.process_time()
        if self.limits is not None:
            limit_processor_time(self.limits.get(item.nodeid, 0.0))
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self.costs[item.nodeid] = time.process_time() - begun


def limit_processor_time(expected):
    """End this process by SIGPROF when it has used several times the expected CPU time."""
    signal.setitimer(signal.ITIMER_PROF, 1 + 5 * expected)


def judge(target, source, run, startup, log=os.devnull):
    """Run the tests of a module with the text `source` instead, in a forked process.

    Returns pytest's exit code.
    """
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    if startup is not None:
        limit_processor_time(startup)
    pages = (
        int(Path("/proc/self/statm").read_text().split()[0])
        if Path("/proc/self/statm").exists()
        else 0
    )
    if pages:
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + EXTRA_MEMORY,) * 2)
    sys.meta_path.insert(0, InPlaceOf(f"reference.{target.name}", target.path, source))
    return int(pytest.main([str(target.tests), *PYTEST], plugins=[run]))


def forked(function, *args):
    """Start `function(*args)` in a child that exits with the returned code; return its pid."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = BROKEN
    try:
        code = function(*args)
    except BaseException:  # noqa: BLE001 - on any error, the child must not continue as a second parent
        traceback.print_exc()
    os._exit(code)


def clean_run(target, file):
    """Run the tests on the unmutated module, and write their costs to `file`."""
    run, begun, before = Run(), time.process_time(), set(sys.modules)
    code = judge(target, target.path.read_text(), run, None, target.log)
    startup = time.process_time() - begun - sum(run.costs.values())
    found = {"costs": run.costs, "startup": startup, "modules": sorted(set(sys.modules) - before)}
    file.write_text(json.dumps(found))
    return code


# ---- all mutants of a module


def prepare(targets, cache):
    """Import what the tests and pytest import, so that no fork has to."""
    os.environ.update(
        dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    )
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(cache / "hypothesis")
    os.chdir(targets[0].root)
    sys.path.insert(0, str(targets[0].root))
    preload({name for target in targets for name in imports(target.tests)})
    from hypothesis import HealthCheck, Phase, settings

    settings.register_profile(
        "mutation",
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # Any counterexample is enough; there is no need to shrink it.
        phases=[Phase.explicit, Phase.generate],
    )
    settings.load_profile("mutation")


def preload(names):
    """Import the libraries among these names. Of the project, only the grader is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in sorted(names):
            if (
                name.split(".")[0] not in ("reference", "tests", "benchmarks", "__main__")
                and name not in sys.modules
            ):
                with contextlib.suppress(ImportError):
                    importlib.import_module(name)


def examine(target, chosen, jobs):
    """Judge the mutants without a result; return False if the tests fail without mutation."""
    known = target.results()
    if "clean" not in known:
        file = target.cache / f"{target.name}.clean.json"
        target.cache.mkdir(parents=True, exist_ok=True)
        begun = time.monotonic()
        _, status = os.waitpid(forked(clean_run, target, file), 0)
        if os.waitstatus_to_exitcode(status) != 0:
            print(
                f"{target.name}: the tests fail on the unmutated module; see {target.log}",
                file=sys.stderr,
            )
            return False
        target.store("clean", wall=time.monotonic() - begun, **json.loads(file.read_text()))
        file.unlink()
        known = target.results()
    clean = known["clean"]
    preload(clean["modules"])  # some are only imported by the first test that needs them
    gc.collect()
    gc.freeze()  # exclude objects shared by all forks from their garbage collections
    waiting = [mutant for mutant in reversed(chosen) if key(mutant) not in known]
    running = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                mutant = waiting.pop()
                run = Run(mutant.symbol, clean["costs"])
                pid = forked(judge, target, mutant.source, run, clean["startup"])
                running[pid] = mutant, time.monotonic()
            time.sleep(0.003)
            for pid, (mutant, begun) in list(running.items()):
                seconds = time.monotonic() - begun
                # It is waiting for something without using the CPU.
                if seconds > 60 + 10 * clean["wall"]:
                    os.kill(pid, signal.SIGKILL)
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    del running[pid]
                    # Processes that a test started and left running.
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(pid, signal.SIGKILL)
                    target.store(key(mutant), outcome=verdict(status), seconds=seconds)
    finally:
        for pid in running:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return True


def verdict(status):
    code = os.waitstatus_to_exitcode(status)
    if code == pytest.ExitCode.OK:
        return SURVIVED
    if code in (pytest.ExitCode.NO_TESTS_COLLECTED, pytest.ExitCode.USAGE_ERROR, BROKEN):
        raise SystemExit(f"pytest could not run the tests (exit code {code})")
    return TIMEOUT if code in (-signal.SIGPROF, -signal.SIGKILL) else KILLED


# ---- the report


def equivalents(root):
    """Return (module, symbol, change) -> reason for each mutant that behaves like the original."""
    return read_reasons(root / "reference" / "equivalent_mutants.toml")


def wrong_entries(root):
    """Return a sentence for each entry of equivalent_mutants.toml without a current mutant."""
    entries, wrong = equivalents(root), []
    for module in sorted({module for module, _, _ in entries}):
        path = root / "reference" / f"{module}.py"
        there = (
            {(m.symbol, m.description) for m in mutants(path.read_text())}
            if path.exists()
            else set()
        )
        wrong += [
            f"equivalent_mutants.toml: {module}.{symbol} has no mutant {change!r}"
            for name, symbol, change in entries
            if name == module and (symbol, change) not in there
        ]
    return wrong


def report(targets, reasons):
    """Return the page docs/mutation.md, and the modules that miss the goal."""
    rows, details, short = [], [], []
    for target in targets:
        known, everything = target.results(), list(mutants(target.path.read_text()))
        judged = [(mutant, known[key(mutant)]) for mutant in everything if key(mutant) in known]
        if not judged:
            rows.append(f"| `{target.name}` | {len(everything)} | 0 | | | | | |")
            continue
        survivors = [mutant for mutant, result in judged if result["outcome"] == SURVIVED]
        excused = [m for m in survivors if (target.name, m.symbol, m.description) in reasons]
        killed, real = len(judged) - len(survivors), len(judged) - len(excused)
        share = killed / real if real else 1.0
        seconds = sum(result["seconds"] for _, result in judged) / len(judged)
        if share < GOAL:
            short.append(target.name)
        rows.append(
            f"| `{target.name}` | {len(everything)} | {len(judged)} | {killed} | {len(excused)} "
            f"| {len(survivors) - len(excused)} | {share:.1%} | {seconds:.2f} |"
        )
        if survivors:
            details.append(
                f"\n## `{target.name}`\n\n| line | symbol | change | reason |\n| ---: | --- | --- "
                "| --- |"
            )
        for mutant in survivors:
            reason = reasons.get((target.name, mutant.symbol, mutant.description), "**survives**")
            change = mutant.description.replace("|", "\\|")
            details.append(f"| {mutant.line} | `{mutant.symbol}` | `{change}` | {reason} |")
    head = f"""# Mutants of the reference

Generated by `python tools/mutation.py`; do not edit by hand. Each mutant is one small edit of a
module of `reference/`. It is killed if one of the module's tests in `tests/reference/` fails. The
goal is {GOAL:.0%} of the mutants that are not equivalent to the original. Timeouts count as killed;
tests marked slow or gpu are not run. Seconds are wall time per mutant in its own process.

| module | mutants | judged | killed | equivalent | survived | killed of the rest | seconds each |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""
    return head + "\n".join(rows) + "\n" + "\n".join(details) + ("\n" if details else ""), short


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help="default: all modules of reference/"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument(
        "--sample", type=int, metavar="K", help="judge K random mutants of each module"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed for --sample")
    parser.add_argument(
        "--cache", type=Path, help="folder for the results (default: .gradmark/mutation)"
    )
    parser.add_argument("--root", type=Path, default=HOME, help="the project folder")
    options = parser.parse_args()
    root = options.root.resolve()
    cache = (options.cache or root / ".gradmark" / "mutation").resolve()
    names = [
        path.stem for path in sorted((root / "reference").glob("*.py")) if path.stem != "__init__"
    ]
    if unknown := sorted(set(options.modules) - set(names)):
        parser.error(f"reference/ has no module {', '.join(unknown)}")
    targets = [Target(root, name, cache) for name in names]
    targets = [target for target in targets if target.tests.exists()]
    chosen = [target for target in targets if not options.modules or target.name in options.modules]
    prepare(chosen, cache)
    healthy = True
    for target in chosen:
        population = list(mutants(target.path.read_text()))
        if options.sample is not None:
            population = random.Random(options.seed).sample(
                population, min(options.sample, len(population))
            )
        begun = time.monotonic()
        healthy &= examine(target, population, options.jobs)
        print(
            f"{target.name}: {len(population)} mutants, {time.monotonic() - begun:.1f} s",
            flush=True,
        )
    page, short = report(targets, equivalents(root))
    (root / "docs" / "mutation.md").write_text(page)
    wrong = wrong_entries(root)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    missed = [name for name in short if name in {target.name for target in chosen}]
    if missed:
        print(
            f"below {GOAL:.0%}: {', '.join(missed)}; the survivors are in docs/mutation.md",
            file=sys.stderr,
        )
    return 1 if missed or wrong or not healthy else 0


if __name__ == "__main__":
    sys.exit(main())
