"""Answers every call with as many small texts, numbers and keys as a message may hold."""


def double(*_, **__):
    return [{str(n): n * 1.5} for n in range(60_000)]


mix = softplus = constant = label = apply = train = shift = again = layer_forward = (
    layer_backward
) = double


class Model:
    def __init__(self, start):
        self.value = double
