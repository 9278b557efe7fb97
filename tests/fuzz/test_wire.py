"""A short run of the fuzzer; the long one is `python -m tests.fuzz.wire --frames 1000000`."""

from tests.fuzz import wire as fuzz


def test_broken_frames_are_refused_and_leave_nothing_behind():
    result = fuzz.campaign(20_000, seed=1)
    assert sum(result["outcomes"].values()) == 20_000
    assert result["outcomes"]["refused"] > 5_000, "nearly nothing was broken"
    assert result["outcomes"]["decoded"] > 100, "nothing got deep enough"
    assert result["growth_mib"] * 2**20 < fuzz.SLACK


def test_whole_packets_come_through_a_socket():
    for header, segments in fuzz.corpus():
        sizes = b"".join(len(segment).to_bytes(8, "little") for segment in segments)
        prefix = len(header).to_bytes(4, "little") + len(segments).to_bytes(4, "little")
        fuzz.through_a_socket(prefix + sizes + header + b"".join(segments))
