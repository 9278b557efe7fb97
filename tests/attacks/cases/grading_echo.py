"""Returns what it was given: the upstream gradient, the input, the labels."""


def mix(x):
    return x


def layer_forward(x, w):
    return x @ w, (x, w)


def layer_backward(dout, cache):
    return dout, dout


def shift(x):
    return x


again = shift


def label(text):
    return text


def apply(function, x):
    return function(x)
