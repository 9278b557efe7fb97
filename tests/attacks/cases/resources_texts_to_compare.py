"""Answers with a text of many lines where a check compares texts, for whoever looks for the difference line by line."""


def label(text):
    return "\n".join(f"{n * 7919 % 10007} {text[: n % 9]}" for n in range(30_000))


def constant():
    return {f"key {n}": n for n in range(50_000)}
