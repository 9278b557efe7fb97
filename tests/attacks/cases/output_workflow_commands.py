"""Prints the commands that CI systems take from the log."""

COMMANDS = "\n::error file=x::failed\n::set-output name=points::100\n  ::add-mask::a\n##vso[task.complete result=Succeeded]\n"


def double(x):
    print(COMMANDS)
    raise ValueError(COMMANDS)


def mix(x):
    print(COMMANDS)
    return COMMANDS
