"""Leaves a thread that goes on computing and writing after the call has answered."""

import threading


def work():
    while True:
        with open("traces", "a") as file:
            file.write("still here\n")
        sum(range(10000))


def mix(x):
    for _ in range(4):
        threading.Thread(target=work, daemon=True).start()
    return x
