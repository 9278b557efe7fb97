"""Opens files until there are no more descriptors."""

held = []


def mix(x):
    while True:
        held.append(open("file", "w"))
