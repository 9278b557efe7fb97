"""Makes system calls by the interrupt of 32-bit programs, with machine code of its own."""

import ctypes
import mmap


def mix(x):
    # mov eax, 359 (socket); mov ebx, 2; mov ecx, 1; xor edx, edx; int 0x80; ret, with rbx saved
    code = bytes.fromhex("53 b867010000 bb02000000 b901000000 31d2 cd80 5b c3")
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    descriptor = ctypes.CFUNCTYPE(ctypes.c_int)(address)()
    if descriptor < 0:
        raise PermissionError(-descriptor, "socket")
    return descriptor
