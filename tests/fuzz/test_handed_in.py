"""A short run of the fuzzer; the long one is `python -m tests.fuzz.handed_in --minutes 60`."""

import pytest

from grader.sandbox.launch import can_fork
from tests.fuzz import handed_in as fuzz


@pytest.mark.skipif(not can_fork(), reason="other people's work is graded on Linux")
@pytest.mark.timeout(600)
def test_whatever_is_handed_in_gets_a_grade_or_a_sentence():
    found = []
    result = fuzz.campaign(40, seed=1, tell=found.append)
    assert found == []
    assert result["examples"] == 40
    assert len({name.partition(",")[0] for name in result["outcomes"]}) >= 7, (
        "some kinds were not made"
    )
    assert (
        sum(count for name, count in result["outcomes"].items() if name.endswith(", graded")) >= 10
    )
    assert result["held_mib"] << 20 < fuzz.SLACK
