"""Raises the exceptions that end programs and test runs: KeyboardInterrupt, GeneratorExit, pytest's own."""


def mix(x):
    raise KeyboardInterrupt


def constant():
    raise GeneratorExit


def label(text):
    class Exit(BaseException):
        pass

    Exit.__module__, Exit.__qualname__ = "_pytest.outcomes", "Exit"
    raise Exit("all passed")


def softplus(x):
    class Skipped(BaseException):
        pass

    Skipped.__name__ = "Skipped"
    raise Skipped
