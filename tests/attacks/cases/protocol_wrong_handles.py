"""Invents handles: of objects that are not there, or belong to others, with names that say otherwise."""

import gc


class Impostor:
    pass


Impostor.__name__ = Impostor.__qualname__ = "float\x1b[31m<script>gradmark"


def mix(x):
    for thing in gc.get_objects():
        if type(thing).__name__ == "Dispatcher":
            thing._objects.update({number: thing for number in range(1000)})
    return Impostor()
