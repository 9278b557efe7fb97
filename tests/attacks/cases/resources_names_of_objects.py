"""Answers with a hundred thousand objects under one key of a megabyte, each called by the way to it."""


class Thing:
    pass


def double(*_, **__):
    return {"k" * (1 << 20): [Thing() for _ in range(60_000)]}


mix = softplus = constant = label = apply = train = shift = again = layer_forward = (
    layer_backward
) = double
