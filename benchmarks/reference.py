"""Forward plus backward of the reference library against torch, on one processor thread.

    python benchmarks/reference.py [--runs 9] [--quick] [NAME…]

Both sides get the same arrays of the same dtype (float32) and run in turn in one process; the
figure to quote is the ratio of the medians. Torch differentiates by its autograd, with a random
upstream gradient, as a user of it would. --quick takes small shapes and one run: it shows that
everything works and measures nothing.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = os.environ[
    "OPENBLAS_NUM_THREADS"
] = "1"

import argparse
import platform
import shlex
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parents[1]))

from reference.attention import attention_backward, attention_forward
from reference.autodiff import Value
from reference.convolution import conv_backward, conv_forward, max_pool_backward, max_pool_forward
from reference.layers import affine_backward, affine_forward
from reference.normalization import (
    batchnorm_backward,
    batchnorm_forward,
    layernorm_backward,
    layernorm_forward,
)
from reference.recurrence import lstm_backward, lstm_forward

GOAL = 2.0


def arrays(*shapes, scale=1.0):
    rng = np.random.default_rng(0)
    return [(scale * rng.normal(size=shape)).astype(np.float32) for shape in shapes]


def ours(forward, backward, dout, *inputs, param=()):
    """One step: the outputs, then the gradients."""

    def step():
        out, cache = forward(*inputs, *param)
        return out, *backward(dout, cache)

    return step


def torchs(function, dout, *inputs):
    """The same step in torch: the output, then the gradient of every input."""
    tensors = [torch.tensor(array, requires_grad=True) for array in inputs]
    upstream = torch.tensor(dout)

    def step():
        out = function(*tensors)
        return out, *torch.autograd.grad(out, tensors, upstream)

    return step


def affine(quick):
    N, D, M = (4, 6, 5) if quick else (256, 1024, 1024)
    x, w, b, dout = arrays((N, D), (D, M), M, (N, M))
    return (
        f"x {N}x{D}, w {D}x{M}",
        ours(affine_forward, affine_backward, dout, x, w, b),
        torchs(lambda x, w, b: x @ w + b, dout, x, w, b),
    )


def convolution(quick):
    N, C, size, F = (2, 3, 6, 4) if quick else (32, 16, 32, 32)
    x, w, b, dout = arrays((N, C, size, size), (F, C, 3, 3), F, (N, F, size, size))
    return (
        f"x {N}x{C}x{size}x{size}, w {F}x{C}x3x3, pad 1",
        ours(conv_forward, conv_backward, dout, x, w, b, param=[{"stride": 1, "pad": 1}]),
        torchs(lambda x, w, b: functional.conv2d(x, w, b, padding=1), dout, x, w, b),
    )


def max_pool(quick):
    N, C, size = (2, 3, 6) if quick else (32, 16, 32)
    x, dout = arrays((N, C, size, size), (N, C, size // 2, size // 2))
    return (
        f"x {N}x{C}x{size}x{size}, window 2x2",
        ours(
            max_pool_forward,
            lambda dout, cache: (max_pool_backward(dout, cache),),
            dout,
            x,
            param=[{}],
        ),
        torchs(lambda x: functional.max_pool2d(x, 2), dout, x),
    )


def batch_norm(quick):
    N, D = (6, 4) if quick else (1024, 512)
    x, gamma, beta, dout = arrays((N, D), D, D, (N, D))
    return (
        f"x {N}x{D}, training",
        ours(
            batchnorm_forward, batchnorm_backward, dout, x, gamma, beta, param=[{"mode": "train"}]
        ),
        torchs(
            lambda x, gamma, beta: functional.batch_norm(
                x, torch.zeros(D), torch.ones(D), gamma, beta, training=True
            ),
            dout,
            x,
            gamma,
            beta,
        ),
    )


def layer_norm(quick):
    N, D = (6, 4) if quick else (1024, 512)
    x, gamma, beta, dout = arrays((N, D), D, D, (N, D))
    return (
        f"x {N}x{D}",
        ours(layernorm_forward, layernorm_backward, dout, x, gamma, beta, param=[{}]),
        torchs(
            lambda x, gamma, beta: functional.layer_norm(x, (D,), gamma, beta), dout, x, gamma, beta
        ),
    )


def lstm(quick):
    """Torch orders its gates input, forget, candidate, output, and keeps each weight transposed,
    with two biases.
    """
    N, T, H = (2, 3, 4) if quick else (64, 50, 128)
    x, h0, Wx, Wh, b, dh = arrays(
        (N, T, H), (N, H), (H, 4 * H), (H, 4 * H), 4 * H, (N, T, H), scale=0.2
    )
    order = np.concatenate([np.arange(H) + H * gate for gate in (0, 1, 3, 2)])
    back = np.argsort(order)
    layer = torch.nn.LSTM(H, H, batch_first=True)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(torch.tensor(Wx[:, order].T))
        layer.weight_hh_l0.copy_(torch.tensor(Wh[:, order].T))
        layer.bias_ih_l0.copy_(torch.tensor(b[order]))
        layer.bias_hh_l0.zero_()
    sequence, start = (
        torch.tensor(x, requires_grad=True),
        torch.tensor(h0[None], requires_grad=True),
    )
    cell, upstream = torch.zeros(1, N, H), torch.tensor(dh)

    def theirs():
        h, _ = layer(sequence, (start, cell))
        wanted = [sequence, start, layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0]
        dx, dh0, dWx, dWh, db = torch.autograd.grad(h, wanted, upstream)
        return h, dx, dh0[0], dWx.T[:, back], dWh.T[:, back], db[back]

    return (
        f"x {N}x{T}x{H}, hidden {H}",
        ours(lstm_forward, lstm_backward, dh, x, h0, Wx, Wh, b),
        theirs,
    )


def attention(quick):
    B, H, T, D = (1, 2, 3, 4) if quick else (8, 8, 128, 64)
    q, k, v, dout = arrays(*[(B, H, T, D)] * 4)
    return (
        f"q, k, v {B}x{H}x{T}x{D}",
        ours(attention_forward, attention_backward, dout, q, k, v),
        torchs(functional.scaled_dot_product_attention, dout, q, k, v),
    )


def autodiff(quick):
    """A chain of products and additions with a branch at every step: ours of `Value`s, theirs of
    0-d tensors.

    No peer is quite fair: a tensor pays for shapes, dtypes and dispatch that a `Value` does not
    have, and a `Value` pays for Python. It is the same graph with as many nodes, and the one that a
    student would write in either.
    """
    nodes = 100 if quick else 100_000
    start = 0.5

    def graph(x):
        y = x
        for _ in range(nodes // 2):
            y = y * x + x  # two nodes
        return y

    def values():
        x = Value(start)
        y = graph(x)
        y.backward()
        return y.data, x.grad

    def tensors():
        x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        y = graph(x)
        y.backward()
        return y, x.grad

    return f"{nodes:,} operations, scalars in float64", values, tensors


CASES = {
    "affine": (affine, True),
    "convolution": (convolution, True),
    "max pool": (max_pool, False),
    "batch norm": (batch_norm, True),
    "layer norm": (layer_norm, True),
    "LSTM": (lstm, True),
    "attention": (attention, False),
    "autodiff graph": (autodiff, False),
}  # name: (what it runs, whether the goal of 2x was set for it)


def agree(first, second):
    """Both sides computed the same, or the times mean nothing."""
    for mine, other in zip(first, second, strict=True):
        other = other.detach().numpy() if isinstance(other, torch.Tensor) else np.asarray(other)
        size = max(1.0, float(np.abs(other).max()))
        np.testing.assert_allclose(np.asarray(mine), other, rtol=0, atol=2e-4 * size)


def seconds(step):
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun


def row(name, quick, runs):
    case, has_goal = CASES[name]
    shape, mine, theirs = case(quick)
    agree(mine(), theirs())  # the first run of each also warms it up
    times = [(seconds(mine), seconds(theirs)) for _ in range(runs)]
    own, other = (statistics.median(column) for column in zip(*times, strict=True))
    goal = f"{GOAL:.0f}x" if has_goal else "none set"
    return (
        f"| {name} | {shape} | {own * 1e3:.2f} | {other * 1e3:.2f} | {own / other:.2f}x | {goal} |"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(CASES)}; all when none is named"
    )
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(CASES)):
        parser.error(f"no case {', '.join(unknown)}; there are {', '.join(CASES)}")
    torch.set_num_threads(1)
    print(f"`{shlex.join(['python', 'benchmarks/reference.py', *sys.argv[1:]])}`")
    versions = (
        f"numpy {np.__version__}, torch {torch.__version__}, Python {platform.python_version()}"
    )
    print(f"\n{versions}, one thread, float32. Forward plus backward, medians in milliseconds.")
    print("No quite fair peer exists for the autodiff graph: torch's side are scalar tensors.\n")
    print(
        "| operation | shapes | reference | torch | ratio | goal |\n| --- | --- | ---: | ---: | "
        "---: | ---: |"
    )
    for name in options.names or CASES:
        print(row(name, options.quick, 1 if options.quick else options.runs), flush=True)


if __name__ == "__main__":
    main()
