"""Answers every call with a hundred megabytes of bytes, so that each failed check keeps its own."""


def double(*_, **__):
    return [bytes(4 << 20)] * 24


mix = softplus = constant = label = apply = train = shift = again = layer_forward = (
    layer_backward
) = double


class Model:
    def __init__(self, start):
        self.value = double
