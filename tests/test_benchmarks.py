"""The benchmarks run."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_reference_is_measured_against_torch():
    words = [sys.executable, str(ROOT / "benchmarks" / "reference.py"), "--quick"]
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    command, *_ = result.stdout.splitlines()
    assert command == "`python benchmarks/reference.py --quick`"
    ratios = dict(
        re.findall(
            r"^\| ([\w ]+) \| .*\| ([\d.]+)x \| (?:2x|none set) \|$", result.stdout, re.MULTILINE
        )
    )
    names = [
        "affine",
        "convolution",
        "max pool",
        "batch norm",
        "layer norm",
        "LSTM",
        "attention",
        "autodiff graph",
    ]
    assert list(ratios) == names
