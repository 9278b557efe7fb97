"""Leaves work for the end of the interpreter: atexit, finalizers, threads that hold it up."""

import atexit
import threading
import time
import weakref

from knows import GUARD


def late(*_):
    open(f"{GUARD}/planted", "w").close()
    time.sleep(100)


atexit.register(late)
threading._register_atexit(late)
weakref.finalize(late, late)


class Last:
    def __del__(self):
        late()


held = Last()
threading.Thread(target=time.sleep, args=(100,)).start()


def mix(x):
    return x
