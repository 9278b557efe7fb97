"""Computes in many threads of compiled code, for more than its share of processors."""

import threading

import numpy as np


def work():
    matrix = np.ones((300, 300))
    while True:
        matrix @ matrix


def mix(x):
    for _ in range(32):
        threading.Thread(target=work, daemon=True).start()
    work()
