"""A transport that answers in this process, for trusted code: nothing is limited."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from grader.sandbox import wire
from grader.sandbox.inside.evaluator import Dispatcher
from grader.sandbox.transport import evaluate, refuse_measuring
from grader.sandbox.wire import Answer, Ask, Call, Packet, Reply, Request, Told

__all__ = ["Loopback"]


class Loopback:
    """A dispatcher in this process with the interface of a worker, for trusted code only.

    Nothing is limited. Everything is encoded and decoded as for a worker, so copies, types and
    handles are the same.

    Args:
        dispatcher: Answers the requests.
        on_close: Called once by `close`.

    """

    def __init__(self, dispatcher: Dispatcher, on_close: Callable[[], None] | None = None) -> None:
        self._dispatcher, self._on_close = dispatcher, on_close
        self._functions: list[Callable[..., Any]] = []
        dispatcher.ask = self._ask

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:  # noqa: ARG002 - the interface's
        """Answer as a worker would; nothing is limited."""
        refuse_measuring(calls)
        outer, self._functions = self._functions, []
        try:
            sent = _carried(wire.encode(Request("", tuple(calls)), functions=self._functions))
            assert isinstance(sent, Request), "a message arrives as it was sent"
            reply = _carried(self._dispatcher.answer(sent))
            assert isinstance(reply, Reply), "a dispatcher answers with a reply"
            return list(reply.answers)
        finally:
            self._functions = outer

    def output(self) -> str:
        """Return nothing: the reference prints to the output of this process."""
        return ""

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of this process."""
        return time.process_time()

    def close(self) -> None:
        """Release everything that was loaded."""
        if self._on_close is not None:
            self._on_close()
            self._on_close = None

    def _ask(self, packet: Packet) -> Told:
        ask = _carried(packet)
        assert isinstance(ask, Ask), "a dispatcher asks questions"
        told = _carried(evaluate(ask, self._functions))
        assert isinstance(told, Told), "a message arrives as it was sent"
        return told


def _carried(packet: Packet) -> wire.Message:
    header, segments = packet
    return wire.decode(header, [bytearray(segment) for segment in segments])
