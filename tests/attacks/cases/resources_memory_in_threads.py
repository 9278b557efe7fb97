"""Fills memory from many threads at once, each with an arena of its own."""

import threading

held = []


def fill():
    while True:
        held.append(bytes(1 << 20))


def mix(x):
    threads = [threading.Thread(target=fill, daemon=True) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(held)
