"""Uses a pool of processes, as an innocent program might."""

from multiprocessing import get_context


def mix(x):
    with get_context("fork").Pool(2) as pool:
        return pool.map(abs, x.tolist())
