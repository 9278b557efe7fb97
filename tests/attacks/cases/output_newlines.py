"""Prints thousands of empty lines in every check, and raises as many, for whoever looks through them again and again."""


def double(*_, **__):
    print("\n" * 60_000)
    print("\n ::error::" * 500)
    raise ValueError("\n" * 100_000)


mix = softplus = constant = label = apply = train = shift = again = layer_forward = (
    layer_backward
) = double
