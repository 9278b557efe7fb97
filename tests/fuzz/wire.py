"""Throws broken frames at the wire: python -m tests.fuzz.wire --frames 1000000

Real messages of every kind, in both directions, are broken in four ways: in the tree of the header,
in its bytes, in the segments beside it, and in the stream on a socket. Whatever comes, `decode` and
`recv` may raise ProtocolError (recv also Closed), and nothing else, and memory must not grow. A
seed repeats a run.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from grader.sandbox import wire
from grader.sandbox.wire import (
    Answer,
    Ask,
    Call,
    Frame,
    Handle,
    Layer,
    Raised,
    Ready,
    Ref,
    Reply,
    Request,
    Setup,
    Told,
)

SLACK = 32 << 20  # bytes of memory that a run may grow by after its first tenth
_STREAMED = 0.1  # share of the frames that go through a socket
_ATOMS: list[Any] = [
    None, True, False, 0, -1, 1, 255, 2**31, 2**63, -(2**63) - 1, 10**30, 0.0, -0.0, 1e308, float("nan"), float("inf"),
    "", "a", "\x1b[2J", "\ud800", "call", "request", "x" * 1000, [], {}, [[]], ["a", "<f8", [2, 2]], ["d", [[1, 2]]],
    ["i", "0x" + "f" * 5000], ["i", "zz"], ["f", 0], ["r", 0, 0], ["h", 7, "x"], ["g", "0x1", "0x3", 0, 0], ["b", 3],
    ["y", "<f8"], ["Y", "np.float64"], ["Y", "object"], ["R", 0, 10**9, 1], ["R", 0, 1, 0], ["S", None, None, 0], ["e"],
]  # fmt: skip


def corpus() -> list[wire.Packet]:
    """One real packet, or more, of every kind of message and value."""
    rng = np.random.default_rng(0)
    values = (
        None, True, 3, 2**80, 1.5, 2 + 3j, "text", b"raw", [1, (2, [3])], {"key": {1: 2}}, slice(1, None, 2), range(5),
        ..., np.dtype("f4"), np.float32, np.float32(2.5), np.int64(7), rng, np.arange(6.0).reshape(2, 3),
        np.zeros((0, 4)), np.array(3), np.ones((2, 2), np.complex64), Handle(4, "Net"),
    )  # fmt: skip
    error = Raised(
        "ValueError", "no", ("Exception",), (Frame("a.py", 3, "f", "x = 1", ("x (3,)",)),), errno=13
    )
    call = Call("call", "layers", None, "relu", (values, Ref(0, 1)), {"p": 0.5}, "keep")
    messages: list[wire.Message] = [
        Setup({"memory": 256, "read": ["/usr"]}),
        Request("0123", (call, Call("get", target=Handle(1), name="x"))),
        Told(values),
        Told(raised=error),
        Ready({"seccomp": Layer(True)}),
        Reply("0123", (Answer(values), Answer(None, error, ("x",), ("open /etc/passwd",), True))),
        Ask(0, values, {"k": np.ones(3)}),
    ]
    functions: list[Any] = []
    packets = [wire.encode(message, functions=functions) for message in messages]
    return [(header, [bytes(segment) for segment in segments]) for header, segments in packets]


class Breaker:
    """Makes broken packets from real ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._corpus = corpus()

    def packets(self) -> Iterator[wire.Packet]:
        """Without end."""
        while True:
            header, segments = self._random.choice(self._corpus)
            segments = list(segments)
            for _ in range(self._random.choice((1, 1, 1, 2, 4))):
                way = self._random.random()
                if way < 0.6:
                    header = self._in_the_tree(header)
                elif way < 0.85:
                    header = self._in_the_bytes(header)
                else:
                    self._in_the_segments(segments)
            yield header, [bytearray(segment) for segment in segments]

    def stream(self, packet: wire.Packet) -> bytes:
        """The packet as it goes over a socket, with its frame broken as well."""
        header, segments = packet
        sizes = [len(segment) for segment in segments]
        length, count = len(header), len(segments)
        way = self._random.randrange(6)
        if way == 0:
            length = self._random.choice((0, length + 1, 2**32 - 1, wire.MAX_HEADER + 1))
        elif way == 1:
            count = self._random.choice((0, count + 1, 2**32 - 1, wire.MAX_SEGMENTS + 1))
        elif way == 2 and sizes:
            sizes[self._random.randrange(len(sizes))] = self._random.choice(
                (0, 2**63, wire.MAX_TOTAL + 1, 2**64 - 1)
            )
        whole = (
            struct.pack("<II", length, count)
            + struct.pack(f"<{len(sizes)}Q", *sizes)
            + header
            + b"".join(segments)
        )
        if way == 3:
            whole = whole[: self._random.randrange(len(whole) + 1)]
        elif way == 4:
            whole += self._random.randbytes(self._random.randrange(40))
        return whole

    def _in_the_tree(self, header: bytes) -> bytes:
        try:
            tree = json.loads(header)
        except (ValueError, RecursionError):
            return self._in_the_bytes(header)
        nodes = list(_lists(tree))
        if not nodes:
            return header
        node, draw = self._random.choice(nodes), self._random.random()
        at = self._random.randrange(len(node) + 1)
        other = (
            self._random.choice(_ATOMS)
            if draw < 0.8
            else self._random.choice(self._random.choice(nodes) or [0])
        )
        if draw < 0.15 and node:
            del node[at - 1]
        elif draw < 0.3:
            node.insert(at, other)
        elif draw < 0.35:
            for _ in range(self._random.choice((3, 40, 400))):
                other = ["l", [other]]
            node.insert(at, other)
        elif node:
            node[at - 1] = other
        with contextlib.suppress(ValueError, RecursionError):  # a node inside itself
            return json.dumps(tree).encode("utf-8", "surrogatepass")
        return header

    def _in_the_bytes(self, header: bytes) -> bytes:
        raw = bytearray(header)
        at = self._random.randrange(len(raw) + 1)
        way = self._random.randrange(4)
        if way == 0 and at < len(raw):
            raw[at] ^= 1 << self._random.randrange(8)
        elif way == 1:
            del raw[at:]
        elif way == 2:
            raw[at:at] = self._random.randbytes(self._random.randrange(1, 8))
        else:
            other, _ = self._random.choice(self._corpus)
            raw[at:] = other[self._random.randrange(len(other)) :]
        return bytes(raw)

    def _in_the_segments(self, segments: list[Any]) -> None:
        at = self._random.randrange(len(segments) + 1)
        way = self._random.randrange(3)
        if way == 0 or not segments:
            segments.insert(at, self._random.randbytes(self._random.randrange(40)))
        elif way == 1:
            del segments[at - 1]
        else:
            segments[at - 1] = self._random.randbytes(self._random.randrange(40))


def _lists(tree: Any) -> Iterator[list[Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            yield node
            waiting += node


def through_a_socket(raw: bytes) -> wire.Message:
    """What the other end makes of these bytes, after which the sender hangs up."""
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        near.sendall(raw[: 1 << 16])
        near.shutdown(socket.SHUT_WR)
        return wire.decode(*wire.recv(far, wire.until(time.monotonic() + 10)))


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def campaign(frames: int, seed: int) -> dict[str, Any]:
    """Decode so many broken frames; counts of what became of them. Any other exception leaves this
    function.
    """
    breaker, choose = Breaker(seed), random.Random(seed + 1)
    outcomes: Counter[str] = Counter()
    begun, warm = time.monotonic(), 0
    for number, packet in enumerate(breaker.packets()):
        if number == frames:
            break
        if number == frames // 10:
            warm = resident()
        try:
            if choose.random() < _STREAMED:
                through_a_socket(breaker.stream(packet))
            else:
                wire.decode(*packet)
            outcomes["decoded"] += 1
        except wire.ProtocolError:
            outcomes["refused"] += 1
        except wire.Closed:
            outcomes["cut off"] += 1
    return {
        "frames": frames,
        "seed": seed,
        "outcomes": dict(outcomes),
        "growth_mib": round((resident() - warm) / 2**20, 1),
        "frames_per_second": round(frames / (time.monotonic() - begun)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the result to this file")
    options = parser.parse_args()
    result = campaign(options.frames, options.seed)
    print(json.dumps(result, indent=2))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    sys.exit(result["growth_mib"] * 2**20 > SLACK)


if __name__ == "__main__":
    main()
