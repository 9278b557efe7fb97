"""Run the attacks: python -m tests.attacks [NAME…] [--level full] [--as root] [--json FILE]

Exit 1 when an attack is not contained at the level full. A NAME may be the beginning of several.
"""

import argparse
import os
import secrets
import sys
from functools import partial
from pathlib import Path

from grader.model import Level
from tests.attacks import suite

FAST = Path(__file__).with_name("fast.txt")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.attacks", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "names", nargs="*", help="attacks, or beginnings of their names; all of them by default"
    )
    parser.add_argument(
        "--level",
        type=lambda name: Level[name.upper()],
        default=Level.FULL,
        help="the level to try",
    )
    parser.add_argument(
        "--as", dest="environment", default="", help="what the table calls this environment"
    )
    parser.add_argument("--json", type=Path, help="where to save the outcomes")
    parser.add_argument("--fast", action="store_true", help="the few that stand for all")
    parser.add_argument("--token", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.token:  # secrets among the arguments and variables of this very process
        os.environ[suite.ENVIRONMENT] = f"canary-environment-{secrets.token_hex(8)}"
        again = [*sys.argv[1:], f"--token=canary-argument-{secrets.token_hex(8)}"]
        os.execv(sys.executable, [sys.executable, "-m", "tests.attacks", *again])
    names = FAST.read_text().split() if options.fast else options.names
    chosen = [
        case for case in suite.CASES.values() if not names or case.name.startswith(tuple(names))
    ]
    environment = options.environment or ("root" if os.geteuid() == 0 else "user")
    run = suite.run_all(
        chosen, options.level, environment, options.token, partial(print, flush=True)
    )
    if options.json:
        run.save(options.json)
    loose = [outcome for outcome in run.outcomes if outcome.outcome == suite.NOT_CONTAINED]
    print(
        f"{len(run.outcomes)} attacks at the level {run.reached} as {environment}: {len(loose)} not contained"
    )
    return 1 if loose and run.reached == "full" else 0


if __name__ == "__main__":
    sys.exit(main())
