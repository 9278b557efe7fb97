"""Starts a debugger, an interactive console and a breakpoint, and waits for somebody to type."""

import code
import pdb


def mix(x):
    pdb.set_trace()


def constant():
    breakpoint()


def label(text):
    code.interact()


def again(x):
    return input("the password of the instructor: ")
