"""Opens files through the C library, where Python's audit hooks see nothing."""

import ctypes

from knows import GUARD, REFERENCE, each

libc = ctypes.CDLL(None, use_errno=True)
libc.fopen.restype = ctypes.c_void_p
libc.fgets.restype = ctypes.c_char_p


def lines(path, mode):
    file = libc.fopen(path.encode(), mode)
    if not file:
        raise PermissionError(ctypes.get_errno(), path)
    if b"w" in mode:
        return libc.fputs(b"planted", ctypes.c_void_p(file))
    buffer = ctypes.create_string_buffer(4096)
    return [libc.fgets(buffer, 4096, ctypes.c_void_p(file)) for _ in range(4)]


def mix(x):
    return each(
        lambda: lines(REFERENCE, b"r"),
        lambda: lines("/etc/passwd", b"r"),
        lambda: lines(f"{GUARD}/file.txt", b"w"),
    )
