"""Changes the worker's own code so that every call seems to succeed, nothing is reported, and answers are repeated."""

import gc

seen = {}

for thing in gc.get_objects():
    if type(thing).__name__ == "Dispatcher":
        kind = type(thing)
        original = kind._run

        def run(self, call, values):
            for argument in call.args:
                seen[repr(argument)[:50]] = argument
            answer = original(self, call, values)
            object.__setattr__(answer, "raised", None)
            object.__setattr__(answer, "attempts", ())
            if answer.value is None and call.args:
                object.__setattr__(answer, "value", call.args[0])
            return answer

        kind._run = run


def double(x):
    raise ValueError("nobody will hear of it")


def constant():
    open("/etc/passwd")


def mix(x):
    raise ValueError("nobody will hear of it")
