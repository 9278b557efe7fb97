"""Read and write packets on a socket, with a deadline."""

from __future__ import annotations

import itertools
import socket
import struct
import time
from typing import Any

import numpy as np

from grader.sandbox.wire.messages import Closed, Packet, Patience, ProtocolError, TooLate
from grader.sandbox.wire.types import MAX_HEADER, MAX_SEGMENTS, MAX_TOTAL

__all__ = ["recv", "send", "until"]

_PREFIX = struct.Struct("<II")
_CHUNK = 1 << 16  # what the first system call reads; segments below it are sent together
_TOGETHER = 1 << 20  # packets up to this size are read into one buffer


def until(deadline: float) -> Patience:
    """Return a patience that raises TooLate after a time on the monotonic clock (in seconds)."""

    def left() -> float:
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            raise TooLate("the deadline has passed")
        return seconds

    return left


def _forever() -> None:
    return None


def send(sock: socket.socket, packet: Packet, patience: Patience = _forever) -> None:
    """Write one packet.

    Args:
        sock: The socket.
        packet: The packet.
        patience: Returns the seconds that a write may block.

    Raises:
        Closed: The other side has closed the connection.
        Exception: Whatever `patience` raises.

    """
    header, segments = packet
    sizes = struct.pack(f"<{len(segments)}Q", *map(len, segments))
    together: list[Any] = [_PREFIX.pack(len(header), len(segments)), sizes, header]
    waiting = len(header) + len(sizes)
    for segment in segments:
        if len(segment) < _CHUNK and waiting < 4 * _CHUNK:
            together.append(segment)  # many small pieces in one system call
            waiting += len(segment)
            continue
        _write(sock, b"".join(together), patience)
        _write(sock, segment, patience)
        together, waiting = [], 0
    _write(sock, b"".join(together), patience)


def _write(sock: socket.socket, data: Any, patience: Patience) -> None:
    view = memoryview(data)
    while len(view):
        sock.settimeout(patience())
        try:
            view = view[sock.send(view) :]
        except TimeoutError:
            continue  # the patience decides whether to continue
        except OSError as error:
            raise Closed(str(error)) from None


def recv(sock: socket.socket, patience: Patience = _forever) -> Packet:
    """Read one packet.

    Args:
        sock: The socket.
        patience: Returns the seconds that a read may block.

    Raises:
        ProtocolError: The packet is invalid.
        Closed: The other side has closed the connection.
        Exception: Whatever `patience` raises.

    """
    buffer = bytearray(_CHUNK)
    have = _read(sock, buffer, 0, _PREFIX.size, patience)
    length, count = _PREFIX.unpack_from(buffer)
    if length > MAX_HEADER or count > MAX_SEGMENTS:
        raise ProtocolError("a message with an oversized header")
    start = _PREFIX.size + 8 * count
    body = start + length
    if body > len(buffer):
        buffer.extend(bytes(body - len(buffer)))
    have = _read(sock, buffer, have, body, patience)
    sizes = struct.unpack_from(f"<{count}Q", buffer, _PREFIX.size)
    if sum(sizes) > MAX_TOTAL:
        raise ProtocolError("an oversized message")
    header, whole = bytes(memoryview(buffer)[start:body]), body + sum(sizes)
    segments: list[Any]
    if whole <= _TOGETHER:
        if whole > len(buffer):
            buffer.extend(bytes(whole - len(buffer)))
        extra = _read(sock, buffer, have, whole, patience) - whole
        ends = list(itertools.accumulate(sizes, initial=body))
        segments = [buffer[a:b] for a, b in itertools.pairwise(ends)]
    else:
        early, segments = memoryview(buffer)[body:have], []
        for size in sizes:
            segment = np.empty(size, np.uint8).data  # its pages are not touched before data arrives
            part = min(size, len(early))
            segment[:part], early = early[:part], early[part:]
            _read(sock, segment, part, size, patience)
            segments.append(segment)
        extra = len(early)
    if extra:
        raise ProtocolError("data after the end of a message")
    return header, segments


def _read(sock: socket.socket, buffer: Any, have: int, need: int, patience: Patience) -> int:
    """Fill the buffer at least up to `need`, and with any further data that has arrived."""
    view = memoryview(buffer)
    while have < need:
        sock.settimeout(patience())
        try:
            got = sock.recv_into(view[have:])
        except TimeoutError:
            continue
        except OSError as error:
            raise Closed(str(error)) from None
        if got == 0:
            raise Closed("the connection was closed")
        have += got
    return have
