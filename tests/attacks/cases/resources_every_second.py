"""Uses all that each check grants, again and again: imports, calls and what is tidied up."""

import time


def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


burn(4)


class Slow:
    def __del__(self):
        burn(0.9)


def slow(*_):
    burn(0.45)
    return Slow()


double = mix = softplus = label = shift = again = Model = constant = layer_forward = apply = (
    train
) = slow
