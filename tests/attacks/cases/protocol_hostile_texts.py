"""Answers with halves of surrogate pairs, null bytes, and texts that no file takes."""


def label(text):
    return "\ud800\udfff\x00" + "\u202e" * 1000 + text


def mix(x):
    raise ValueError("\ud83d \x1b[2J \x00 \u2066" * 500)
