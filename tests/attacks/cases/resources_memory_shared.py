"""Fills shared mappings, which some limits do not count."""

import mmap


def mix(x):
    held = []
    for _ in range(64):
        memory = mmap.mmap(-1, 64 << 20)
        for page in range(0, len(memory), 4096):
            memory[page] = 1
        held.append(memory)
    return len(held)
