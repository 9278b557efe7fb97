"""Says in a hidden check that something is missing, or not implemented, under the name of what the check gives it."""


def label(text):
    for error in Exception.__subclasses__():
        if error.__name__ == "Missing":
            raise error("AttributeError", text)
    raise NotImplementedError(text)


class Model:
    def __init__(self, start):
        raise NotImplementedError(start)
