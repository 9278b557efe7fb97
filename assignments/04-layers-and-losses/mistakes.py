"""What students get wrong in this assignment. Each entry is an edit of the reference, and what they
should read.
"""

import numpy as np

from grader.feedback import mistake


def softmax_loss_without_maximum(scores, y):
    probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    N, y = len(scores), np.asarray(y)
    _check_labels("scores", scores, y)  # noqa: F821 - lives in the reference, where this function is put
    loss = -np.log(probs[np.arange(N), y]).mean()
    probs[np.arange(N), y] -= 1
    return loss, probs / N


def softmax_loss_with_log_of_probabilities(scores, y):
    shifted = scores - scores.max(axis=1, keepdims=True)
    probs = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    N, y = len(scores), np.asarray(y)
    _check_labels("scores", scores, y)  # noqa: F821 - as above
    loss = -np.log(probs[np.arange(N), y]).mean()
    probs[np.arange(N), y] -= 1
    return loss, probs / N


def elu_forward_into_an_array_like_x(x, alpha=1.0):
    x, alpha = np.asarray(x), float(alpha)
    out = np.zeros_like(x)
    out[x > 0] = x[x > 0]
    out[x <= 0] = alpha * np.expm1(x[x <= 0])
    return out, (x, out, alpha)


def softmax_backward_into_an_array_of_doubles(dout, cache):
    p = cache
    _check_dout(dout, p.shape)  # noqa: F821 - lives in the reference, where this function is put
    dx = np.zeros(p.shape)
    dx[...] = p * (dout - (dout * p).sum(axis=-1, keepdims=True))
    return dx


def bce_with_logits_by_probabilities(scores, y):
    scores, y = _pair("scores", scores, y)  # noqa: F821 - as above
    _check_unit_interval(y=y)  # noqa: F821 - as above
    p = 1 / (1 + np.exp(-scores))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)), (p - y) / scores.size


MISTAKES = [
    # ---- affine_forward --------------------------------------------------------------------------
    mistake(
        "affine_forward",
        "forgets the bias",
        "affine_forward never adds b.",
        ("_rows(x) @ w + b", "_rows(x) @ w"),
    ),
    mistake(
        "affine_forward",
        "does not flatten",
        "affine_forward multiplies x by w as it comes. Flatten each sample to one row first: "
        "x.reshape(N, -1).",
        ("_rows(x) @ w + b", "x @ w + b"),
        ("_check_affine(x, w, b)", ""),
    ),
    mistake(
        "affine_forward",
        "accepts any b",
        "affine_forward does not look at the shape of b. A b of length one is broadcast by numpy "
        "without a word.",
        ("_check_affine(x, w, b)", "_check_affine(x, w, b) if b.size > 1 else None"),
    ),
    mistake(
        "affine_forward",
        "compares no shapes",
        "affine_forward leaves it to numpy to complain about w and b. Compare both with x first, "
        "and name what is off.",
        ("_check_affine(x, w, b)", ""),
    ),
    # ---- affine_backward -------------------------------------------------------------------------
    mistake(
        "affine_backward",
        "db keeps the batch axis",
        "db still has the batch axis. b is added to every row, so its gradient is the sum over "
        "the rows: shape (M,).",
        ("dout.sum(axis=0)", "dout.copy()"),
    ),
    mistake(
        "affine_backward",
        "db summed over the wrong axis",
        "db is summed over the outputs instead of the batch. b has one entry per column of dout, "
        "so sum over axis 0.",
        ("dout.sum(axis=0)", "dout.sum(axis=1)"),
    ),
    mistake(
        "affine_backward",
        "db is the mean",
        "db is the mean over the batch. The 1/N belongs to the loss, which has put it into dout "
        "already: sum here.",
        ("dout.sum(axis=0)", "dout.mean(axis=0)"),
    ),
    mistake(
        "affine_backward",
        "dw is transposed",
        "dw is transposed. It must have the shape of w: xᵀ dout, not doutᵀ x.",
        ("_rows(x).T @ dout", "dout.T @ _rows(x)"),
    ),
    mistake(
        "affine_backward",
        "dw divided by the batch size",
        "dw is divided by the batch size. The 1/N belongs to the loss, which has put it into dout "
        "already.",
        ("_rows(x).T @ dout", "_rows(x).T @ dout / len(dout)"),
    ),
    mistake(
        "affine_backward",
        "dx stays flat",
        "dx is still flat. Bring it back to the shape of x at the end: dx.reshape(x.shape).",
        ("(dout @ w.T).reshape(x.shape)", "dout @ w.T"),
    ),
    mistake(
        "affine_backward",
        "accepts any dout",
        "affine_backward takes a dout with too few rows or columns. It must have the shape of the "
        "output: look before "
        "you multiply.",
        (
            "_check_dout(dout, (x.shape[0], w.shape[1]))",
            "dout = np.broadcast_to(dout, (x.shape[0], w.shape[1]))",
        ),
    ),
    # ---- heaviside -------------------------------------------------------------------------------
    mistake(
        "heaviside",
        "fires at zero",
        "heaviside gives 1 for an input of zero. Zero does not fire: only what is positive does.",
        ("(x > 0)", "(x >= 0)"),
    ),
    mistake(
        "heaviside",
        "is the sign",
        "heaviside gives -1 for negative inputs: that is the sign of x. The step goes from 0 to 1.",
        ("(x > 0).astype(x.dtype)", "np.sign(x)"),
    ),
    mistake(
        "heaviside",
        "gives truth values",
        "heaviside gives True and False. They should be numbers: (x > 0).astype(x.dtype).",
        ("(x > 0).astype(x.dtype)", "x > 0"),
    ),
    # ---- identity --------------------------------------------------------------------------------
    mistake(
        "identity_forward",
        "returns no cache",
        "identity_forward gives out alone. Every forward gives two things, out and a cache, even "
        "where the cache is "
        "hardly needed.",
        ("return x.copy(), x", "return x.copy()"),
    ),
    mistake(
        "identity_backward",
        "gives the slope alone",
        "identity_backward gives ones. That is the slope: it still has to be multiplied by dout.",
        ("_chain(dout, np.ones_like(x))", "np.ones_like(x)"),
    ),
    mistake(
        "identity_backward",
        "gives the input",
        "identity_backward hands on the input x. What goes back is the gradient, dout.",
        ("_chain(dout, np.ones_like(x))", "x.copy()"),
    ),
    # ---- sigmoid ---------------------------------------------------------------------------------
    mistake(
        "sigmoid_forward",
        "sign of the exponent",
        "sigmoid_forward falls where it should rise: it is 1 / (1 + exp(-x)), with a minus.",
        ("_sigmoid(_floating(x))", "_sigmoid(-_floating(x))"),
    ),
    mistake(
        "sigmoid_forward",
        "overflows",
        "sigmoid_forward gives NaN for large x: exp(x) / (1 + exp(x)) is infinity over infinity. "
        "Take exp of negative "
        "numbers only.",
        ("_sigmoid(_floating(x))", "np.exp(_floating(x)) / (1 + np.exp(_floating(x)))"),
    ),
    mistake(
        "sigmoid_forward",
        "precedence",
        "sigmoid_forward computes 1 / 1 + exp(-x), which is 1 + exp(-x). The sum below the line "
        "needs brackets.",
        ("_sigmoid(_floating(x))", "1 / 1 + np.exp(-_floating(x))"),
    ),
    mistake(
        "sigmoid_forward",
        "always float64",
        "sigmoid_forward makes float64 of a float32 input. Convert integers only, and keep the "
        "precision of what is "
        "floating.",
        ("_sigmoid(_floating(x))", "_sigmoid(np.asarray(x, dtype=np.float64))"),
    ),
    mistake(
        "sigmoid_backward",
        "slope from the output only",
        "sigmoid_backward multiplies by the sigmoid itself. Its slope is s (1 - s).",
        ("out * (1 - out)", "out"),
    ),
    mistake(
        "sigmoid_backward",
        "slope from the sigmoid of the output",
        "sigmoid_backward takes the sigmoid of the output once more. What is in the cache is s "
        "already: the slope is "
        "s (1 - s).",
        ("out * (1 - out)", "_sigmoid(out) * (1 - _sigmoid(out))"),
    ),
    mistake(
        "sigmoid_backward",
        "forgets dout",
        "sigmoid_backward gives the slope alone. By the chain rule it is multiplied by dout.",
        ("_chain(dout, out * (1 - out))", "out * (1 - out)"),
    ),
    mistake(
        "sigmoid_backward",
        "modifies dout",
        "sigmoid_backward changes dout in place. Build a new array: the layer above still needs "
        "its gradient.",
        (
            "return _chain(dout, out * (1 - out))",
            "_check_dout(dout, out.shape)\n    dout *= out * (1 - out)\n    return dout",
        ),
    ),
    # ---- tanh ------------------------------------------------------------------------------------
    mistake(
        "tanh_forward",
        "a sigmoid with the factor lost",
        "tanh_forward gives 2 sigmoid(x) - 1. Tanh is twice as steep: 2 sigmoid(2x) - 1.",
        ("np.tanh(_floating(x))", "2 * _sigmoid(_floating(x)) - 1"),
    ),
    mistake(
        "tanh_forward",
        "overflows",
        "tanh_forward gives NaN for large x: its exponentials are infinite, and so is what they "
        "are divided by. "
        "np.tanh is safe.",
        (
            "out = np.tanh(_floating(x))",
            "x = _floating(x)\n    out = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))",
        ),
    ),
    mistake(
        "tanh_forward",
        "is the sigmoid",
        "tanh_forward gives the sigmoid, which stays above 0. Tanh runs from -1 to 1.",
        ("np.tanh(_floating(x))", "_sigmoid(_floating(x))"),
    ),
    mistake(
        "tanh_backward",
        "square forgotten",
        "The slope of tanh is 1 - tanh²: the square is missing.",
        ("1 - out**2", "1 - out"),
    ),
    mistake(
        "tanh_backward",
        "the slope of the sigmoid",
        "tanh_backward uses the slope of the sigmoid, s (1 - s). That of tanh is 1 - tanh².",
        ("1 - out**2", "out * (1 - out)"),
    ),
    mistake(
        "tanh_backward",
        "tanh of the output",
        "tanh_backward takes tanh of the output once more. What is in the cache is tanh x "
        "already: the slope is 1 "
        "minus its square.",
        ("1 - out**2", "1 - np.tanh(out) ** 2"),
    ),
    mistake(
        "tanh_backward",
        "forgets dout",
        "tanh_backward gives the slope alone. By the chain rule it is multiplied by dout.",
        ("_chain(dout, 1 - out**2)", "1 - out**2"),
    ),
    # ---- relu ------------------------------------------------------------------------------------
    mistake(
        "relu_forward",
        "is the absolute value",
        "relu_forward gives |x|. Negative inputs become zero, they do not change sign.",
        ("np.maximum(x, 0)", "np.abs(x)"),
    ),
    mistake(
        "relu_forward",
        "cuts off at one",
        "relu_forward also cuts off large values. ReLU has no upper end.",
        ("np.maximum(x, 0)", "np.clip(x, 0, 1)"),
    ),
    mistake(
        "relu_forward",
        "modifies x",
        "relu_forward changes x in place. Make a new array: the caller still needs its x.",
        ("x = _floating(x)", "x = _floating(x)\n    x[x < 0] = 0"),
    ),
    mistake(
        "relu_backward",
        "modifies dout",
        "relu_backward changes dout in place. Build a new array: the layer above still needs its "
        "gradient.",
        ("return _chain(dout, heaviside(x))", "dout[x <= 0] = 0\n    return dout"),
    ),
    mistake(
        "relu_backward",
        "looks at dout instead of x",
        "relu_backward lets the gradient pass where dout is positive. It passes where the input x "
        "was positive.",
        ("heaviside(x)", "heaviside(dout)"),
    ),
    mistake(
        "relu_backward",
        "multiplies by x",
        "relu_backward multiplies by max(0, x). The slope of ReLU is 1 where x is positive, "
        "however large x is.",
        ("heaviside(x)", "np.maximum(x, 0)"),
    ),
    mistake(
        "relu_backward",
        "accepts any dout",
        "relu_backward takes a dout of any shape that broadcasts. It must have the shape of the "
        "output: look before "
        "you multiply.",
        ("_chain(dout, heaviside(x))", "dout * heaviside(x)"),
    ),
    # ---- leaky_relu ------------------------------------------------------------------------------
    mistake(
        "leaky_relu_forward",
        "adds the leak",
        "leaky_relu_forward gives ReLU(x) + alpha x. That leaks on the right, too: the slope "
        "there is 1.",
        ("np.where(x > 0, x, alpha * x)", "np.maximum(x, 0) + alpha * x"),
    ),
    mistake(
        "leaky_relu_forward",
        "ignores alpha",
        "leaky_relu_forward always leaks by 0.01. That is only what alpha is when nobody says "
        "otherwise.",
        ("alpha * x)", "0.01 * x)"),
    ),
    mistake(
        "leaky_relu_forward",
        "takes the larger of both",
        "leaky_relu_forward gives max(alpha x, x). For alpha above 1 that swaps the sides: ask "
        "for the sign of x.",
        ("np.where(x > 0, x, alpha * x)", "np.maximum(alpha * x, x)"),
    ),
    mistake(
        "leaky_relu_forward",
        "leak of the wrong sign",
        "leaky_relu_forward turns negative inputs positive. They are multiplied by alpha, and "
        "keep their sign.",
        ("alpha * x)", "-alpha * x)"),
    ),
    mistake(
        "leaky_relu_backward",
        "stops where x is negative",
        "leaky_relu_backward is that of ReLU: nothing passes where x is negative. The share alpha "
        "should.",
        ("np.where(x > 0, 1, alpha).astype(x.dtype)", "heaviside(x)"),
    ),
    mistake(
        "leaky_relu_backward",
        "ignores alpha",
        "leaky_relu_backward always takes the slope 0.01. Keep alpha in the cache, and use it.",
        ("1, alpha)", "1, 0.01)"),
    ),
    mistake(
        "leaky_relu_backward",
        "looks at dout instead of x",
        "leaky_relu_backward asks for the sign of dout. What counts is the sign of the input x.",
        ("x > 0, 1", "np.asarray(dout) > 0, 1"),
    ),
    mistake(
        "leaky_relu_backward",
        "modifies dout",
        "leaky_relu_backward changes dout in place. Build a new array: the layer above still "
        "needs its gradient.",
        (
            "return _chain(dout, np.where(x > 0, 1, alpha).astype(x.dtype))",
            "_check_dout(dout, x.shape)\n    dout[x <= 0] *= alpha\n    return dout",
        ),
    ),
    # ---- prelu -----------------------------------------------------------------------------------
    mistake(
        "prelu_forward",
        "channels on the last axis",
        "prelu_forward puts the slopes along the last axis. Channels are on axis 1: reshape alpha "
        "to (C, 1, …, 1).",
        ("_per_channel(alpha, x) * x", "alpha * x"),
    ),
    mistake(
        "prelu_forward",
        "one slope for all",
        "prelu_forward uses the first slope for all channels. Each channel has its own.",
        ("_per_channel(alpha, x) * x", "alpha.ravel()[0] * x"),
    ),
    mistake(
        "prelu_forward",
        "slope on both sides",
        "prelu_forward multiplies positive inputs by alpha as well. They stay as they are.",
        ("np.where(x > 0, x, _per_channel(alpha, x) * x)", "_per_channel(alpha, x) * x"),
    ),
    mistake(
        "prelu_forward",
        "accepts any alpha",
        "prelu_forward does not look at the shape of alpha. What has neither one entry nor one "
        "for each channel may "
        "still broadcast.",
        (
            "_per_channel(alpha, x) * x",
            "(_per_channel(alpha, x) if alpha.shape in ((), (1,), x.shape[1:2]) else alpha) * x",
        ),
    ),
    mistake(
        "prelu_backward",
        "dalpha is not summed",
        "dalpha has an entry for every element of x. All elements of a channel share its slope, "
        "so their gradients "
        "are summed.",
        ("return dx, dalpha.reshape(alpha.shape)", "return dx, dout * np.minimum(x, 0)"),
    ),
    mistake(
        "prelu_backward",
        "dalpha is the mean",
        "dalpha is a mean. All elements of a channel share its slope, so their gradients are "
        "summed; the 1/N is in "
        "dout already.",
        (
            "(dout * np.minimum(x, 0)).sum(axis=shared)",
            "(dout * np.minimum(x, 0)).mean(axis=shared)",
        ),
    ),
    mistake(
        "prelu_backward",
        "dalpha counts positive inputs",
        "dalpha sums over positive inputs, too. The slope alpha acts where x is negative only: "
        "sum dout times min(x, "
        "0).",
        ("(dout * np.minimum(x, 0))", "(dout * x)"),
    ),
    mistake(
        "prelu_backward",
        "dalpha without x",
        "dalpha sums dout alone. The output there is alpha x, so its derivative with respect to "
        "alpha is x.",
        ("(dout * np.minimum(x, 0))", "(dout * (x < 0))"),
    ),
    mistake(
        "prelu_backward",
        "dx without the slope",
        "dx of prelu passes everywhere. Where x is negative it is multiplied by alpha.",
        ("np.where(x > 0, 1, _per_channel(alpha, x))", "np.ones_like(x)"),
    ),
    mistake(
        "prelu_backward",
        "dalpha of a shared slope per channel",
        "dalpha of a single shared slope is summed in each channel alone. All elements share it, "
        "so the sum runs over "
        "all of them.",
        ("or alpha.size == 1)", ")"),
        (
            "return dx, dalpha.reshape(alpha.shape)",
            "return dx, dalpha.reshape(alpha.shape) if alpha.size > 1 else dalpha",
        ),
    ),
    # ---- elu -------------------------------------------------------------------------------------
    mistake(
        "elu_forward",
        "forgets alpha",
        "elu_forward has no alpha: on the left it bends towards -1, whatever alpha is.",
        ("alpha * np.expm1", "np.expm1"),
    ),
    mistake(
        "elu_forward",
        "forgets the minus one",
        "elu_forward gives alpha exp(x) on the left. Subtract 1 inside the bracket, or the curve "
        "jumps at zero.",
        ("np.expm1(np.minimum(x, 0))", "np.exp(np.minimum(x, 0))"),
    ),
    mistake(
        "elu_forward",
        "subtracts one outside the bracket",
        "elu_forward gives alpha exp(x) - 1 on the left. It is alpha (exp(x) - 1).",
        ("alpha * np.expm1(np.minimum(x, 0))", "alpha * np.exp(np.minimum(x, 0)) - 1"),
    ),
    mistake(
        "elu_forward",
        "zero times infinity",
        "elu_forward multiplies both branches by a mask: zero times an infinite exp is NaN. Let "
        "exp see min(x, 0) "
        "only.",
        (
            "np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))",
            "(x > 0) * x + (x <= 0) * alpha * np.expm1(x)",
        ),
    ),
    mistake(
        "elu_forward",
        "fractions cut off",
        "elu_forward writes into an array of integers, which cuts off every fraction. Make x "
        "floating first.",
        instead=elu_forward_into_an_array_like_x,
    ),
    mistake(
        "elu_backward",
        "forgets alpha",
        "elu_backward adds 1 to the output on the left. The slope alpha exp(x) is the output plus "
        "alpha.",
        ("out + alpha", "out + 1"),
    ),
    mistake(
        "elu_backward",
        "slope is the output",
        "elu_backward takes the output for the slope on the left. The slope alpha exp(x) is the "
        "output plus alpha.",
        ("out + alpha", "out"),
    ),
    mistake(
        "elu_backward",
        "stops where x is negative",
        "elu_backward is that of ReLU: nothing passes where x is negative. The slope there is "
        "alpha exp(x).",
        ("out + alpha", "0"),
    ),
    mistake(
        "elu_backward",
        "zero times infinity",
        "elu_backward multiplies an infinite exp by zero, which is NaN. Let exp see min(x, 0) "
        "only, or use the output "
        "plus alpha.",
        ("np.where(x > 0, 1, out + alpha)", "(x > 0) + (x <= 0) * alpha * np.exp(x)"),
    ),
    # ---- softplus --------------------------------------------------------------------------------
    mistake(
        "softplus_forward",
        "overflows",
        "softplus_forward is infinite for large x, because exp(x) is. np.logaddexp(0, x) is the "
        "same without the "
        "overflow.",
        ("np.logaddexp(0, x)", "np.log(1 + np.exp(x))"),
    ),
    mistake(
        "softplus_forward",
        "sign of the exponent",
        "softplus_forward falls where it should rise: it is ln(1 + exp(x)), without a minus.",
        ("np.logaddexp(0, x)", "np.logaddexp(0, -x)"),
    ),
    mistake(
        "softplus_forward",
        "logarithm to base two",
        "softplus_forward takes the logarithm to the base 2. The natural one is meant: np.log.",
        ("np.logaddexp(0, x)", "np.logaddexp(0, x) / np.log(2)"),
    ),
    mistake(
        "softplus_backward",
        "sigmoid of the output",
        "softplus_backward takes the sigmoid of the output. The slope is the sigmoid of the input "
        "x.",
        ("_sigmoid(x)", "_sigmoid(np.logaddexp(0, x))"),
    ),
    mistake(
        "softplus_backward",
        "overflows",
        "softplus_backward gives NaN for large x: exp(x) / (1 + exp(x)) is infinity over "
        "infinity. Use your stable "
        "sigmoid.",
        ("_sigmoid(x)", "np.exp(x) / (1 + np.exp(x))"),
    ),
    mistake(
        "softplus_backward",
        "the slope of the sigmoid",
        "softplus_backward uses s (1 - s), the slope of the sigmoid. The slope of softplus is the "
        "sigmoid itself.",
        ("_sigmoid(x)", "_sigmoid(x) * (1 - _sigmoid(x))"),
    ),
    mistake(
        "softplus_backward",
        "the slope of ReLU",
        "softplus_backward lets the gradient pass or not, as ReLU does. The slope of softplus is "
        "the sigmoid.",
        ("_sigmoid(x)", "heaviside(x)"),
    ),
    # ---- softmax ---------------------------------------------------------------------------------
    mistake(
        "softmax_forward",
        "no maximum subtracted",
        "softmax_forward overflows: exp(1000) is infinite. Subtract the largest score of each row "
        "before exp.",
        ("np.exp(x - x.max(axis=-1, keepdims=True))", "np.exp(x)"),
    ),
    mistake(
        "softmax_forward",
        "global maximum",
        "softmax_forward subtracts the maximum of the whole array. A row far below it becomes "
        "0/0: take the maximum "
        "of each row.",
        ("x.max(axis=-1, keepdims=True)", "x.max()"),
    ),
    mistake(
        "softmax_forward",
        "normalises over axis 1",
        "softmax_forward sums over axis 1. With more than two axes the classes are on the last "
        "one: axis -1.",
        ("e.sum(axis=-1, keepdims=True)", "e.sum(axis=1, keepdims=True)"),
    ),
    mistake(
        "softmax_forward",
        "normalises over the batch",
        "softmax_forward makes the columns add up to one. Each row has its own probabilities: sum "
        "over the last axis.",
        ("e.sum(axis=-1, keepdims=True)", "e.sum(axis=0, keepdims=True)"),
    ),
    mistake(
        "softmax_forward",
        "normalises over everything",
        "softmax_forward makes the whole array add up to one. Each row has its own probabilities: "
        "sum over the last "
        "axis.",
        ("e.sum(axis=-1, keepdims=True)", "e.sum()"),
    ),
    mistake(
        "softmax_backward",
        "takes each element alone",
        "softmax_backward gives dout p (1 - p), as if each score moved its own probability only. "
        "It moves all of its "
        "row: subtract the sum of dout p inside.",
        ("p * (dout - (dout * p).sum(axis=-1, keepdims=True))", "dout * p * (1 - p)"),
    ),
    mistake(
        "softmax_backward",
        "weights forgotten in the sum",
        "softmax_backward subtracts the plain sum of dout. The sum is weighted by the "
        "probabilities: Σ dout p.",
        ("(dout * p).sum", "dout.sum"),
    ),
    mistake(
        "softmax_backward",
        "mean instead of sum",
        "softmax_backward subtracts a mean. It is the sum of dout p over the row.",
        ("(dout * p).sum", "(dout * p).mean"),
    ),
    mistake(
        "softmax_backward",
        "sum over the batch",
        "softmax_backward sums over the batch. The sum of dout p belongs to one row: use the last "
        "axis.",
        ("sum(axis=-1, keepdims=True)", "sum(axis=0, keepdims=True)"),
    ),
    mistake(
        "softmax_backward",
        "factor p lost",
        "softmax_backward forgets the p in front of the bracket: dx = p (dout - Σ dout p).",
        ("return p * (", "return ("),
    ),
    mistake(
        "softmax_backward",
        "always float64",
        "softmax_backward writes into an array of np.zeros, which is float64. Make it in the "
        "dtype of the input.",
        instead=softmax_backward_into_an_array_of_doubles,
    ),
    # ---- softmax_loss ----------------------------------------------------------------------------
    mistake(
        "softmax_loss",
        "gradient without 1/N",
        "dscores is N times too large: the loss is a mean over the batch, so its gradient divides "
        "by the batch size N.",
        ("dscores / len(y)", "dscores"),
    ),
    mistake(
        "softmax_loss",
        "1/N twice",
        "dscores is divided by N twice. Once is enough: the gradient of a mean has one 1/N.",
        ("dscores / len(y)", "dscores / len(y) ** 2"),
    ),
    mistake(
        "softmax_loss",
        "loss is the sum",
        "softmax_loss gives the sum over the batch. The loss is the mean: divide by N, or a "
        "larger batch costs more.",
        ("return loss,", "return loss * len(y),"),
    ),
    mistake(
        "softmax_loss",
        "loss and gradient are sums",
        "softmax_loss and its gradient are sums over the batch. Both are means here: divide by N.",
        ("return loss, dscores / len(y)", "return loss * len(y), dscores"),
    ),
    mistake(
        "softmax_loss",
        "gradient of the probabilities",
        "dscores is the probabilities themselves. Subtract 1 at the true class of each sample: p "
        "- onehot(y).",
        ("dscores[np.arange(len(y)), y] -= 1", ""),
    ),
    mistake(
        "softmax_loss",
        "gradient has the wrong sign",
        "dscores points the wrong way: it is p - onehot(y), not onehot(y) - p.",
        ("dscores / len(y)", "-dscores / len(y)"),
    ),
    mistake(
        "softmax_loss",
        "no maximum subtracted",
        "softmax_loss overflows: exp(1000) is infinite. Subtract the largest score of each row "
        "before exp.",
        instead=softmax_loss_without_maximum,
    ),
    mistake(
        "softmax_loss",
        "log of a probability that is zero",
        "softmax_loss takes log(0): a probability can round to zero. Compute log p as s - log Σ "
        "exp(s), without p.",
        instead=softmax_loss_with_log_of_probabilities,
    ),
    mistake(
        "softmax_loss",
        "uses labels before it looks at them",
        "softmax_loss takes a label that is no class for an index, and numpy raises an "
        "IndexError. Look at y first.",
        ("np.asarray(y)", "np.asarray(y)\n    log_p[np.arange(len(y)), y]"),
    ),
    # ---- log_softmax -----------------------------------------------------------------------------
    mistake(
        "log_softmax",
        "global maximum",
        "The maximum of the whole matrix is subtracted. A row far below it underflows to log(0): "
        "take each row's own.",
        ("scores.max(axis=1, keepdims=True)", "scores.max()"),
    ),
    mistake(
        "log_softmax",
        "normalises over the whole matrix",
        "The softmax is normalised over the whole batch. Each row has its own probabilities: sum "
        "over axis 1.",
        ("sum(axis=1, keepdims=True)", "sum()"),
    ),
    mistake(
        "log_softmax",
        "gives the probabilities",
        "log_softmax gives the probabilities. Their logarithms are asked for: s - log Σ exp(s).",
        (
            "return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
            "return np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)",
        ),
    ),
    mistake(
        "log_softmax",
        "a small number added to the probabilities",
        "log_softmax adds a small number to probabilities before the logarithm, so no loss "
        "exceeds its own. "
        "Compute s - log Σ exp(s): nothing has to be added.",
        (
            "return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
            "return np.log(np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True) + 1e-15)",
        ),
    ),
    mistake(
        "log_softmax",
        "no maximum subtracted",
        "log_softmax overflows: exp(1000) is infinite. Subtract the largest score of each row "
        "first.",
        ("scores - scores.max(axis=1, keepdims=True)", "scores"),
    ),
    mistake(
        "log_softmax",
        "modifies scores",
        "log_softmax changes scores in place. Work on a copy: the caller still needs them.",
        (
            "shifted = scores - scores.max(axis=1, keepdims=True)",
            "scores -= scores.max(axis=1, keepdims=True)\n    shifted = scores",
        ),
    ),
    # ---- nll_loss --------------------------------------------------------------------------------
    mistake(
        "nll_loss",
        "sign of the loss",
        "nll_loss is negative: the minus in front is missing. So it is in the gradient.",
        ("-log_probs[np.arange(N), y].mean()", "log_probs[np.arange(N), y].mean()"),
        ("-1 / N", "1 / N"),
    ),
    mistake(
        "nll_loss",
        "takes the logarithm again",
        "nll_loss takes the logarithm of what is a logarithm already, and a negative number has "
        "none. Pick the "
        "entries of the labels as they are.",
        ("-log_probs[np.arange(N), y].mean()", "-np.log(log_probs[np.arange(N), y]).mean()"),
    ),
    mistake(
        "nll_loss",
        "mean over all elements",
        "nll_loss divides by N · C. The mean runs over the samples: each has one label, and picks "
        "one entry.",
        ("log_probs[np.arange(N), y].mean()", "log_probs[np.arange(N), y].sum() / log_probs.size"),
        ("-1 / N", "-1 / log_probs.size"),
    ),
    mistake(
        "nll_loss",
        "gradient without 1/N",
        "The gradient of nll_loss lacks the 1/N of the mean.",
        ("-1 / N", "-1"),
    ),
    mistake(
        "nll_loss",
        "gradient of the softmax loss",
        "nll_loss gives the gradient with respect to the scores, p - onehot(y). It was given "
        "log-probabilities: only "
        "the entries of the labels count.",
        ("return -log_probs", "dlog_probs += np.exp(log_probs) / N\n    return -log_probs"),
    ),
    mistake(
        "nll_loss",
        "accepts negative labels",
        "nll_loss takes a label of -1, which numpy reads as the last class. Refuse what is not "
        "from 0 to C - 1.",
        (
            '_check_labels("log_probs", log_probs, y)',
            'y = np.where(y < 0, y + log_probs.shape[1], y)\n    _check_labels("log_probs", '
            "log_probs, y)",
        ),
    ),
    # ---- mse_loss --------------------------------------------------------------------------------
    mistake(
        "mse_loss",
        "gradient without the 2",
        "The gradient of the squared error lacks the factor 2: the loss has no one half in front.",
        ("2 / pred.size * error", "error / pred.size"),
    ),
    mistake(
        "mse_loss",
        "mean over samples only",
        "mse_loss divides by the number of samples. The mean runs over all elements, N times the "
        "outputs per sample.",
        (
            "np.mean(error**2), 2 / pred.size * error",
            "np.sum(error**2) / len(pred), 2 / len(pred) * error",
        ),
    ),
    mistake(
        "mse_loss",
        "gradient without the mean",
        "The gradient of mse_loss is not divided by the number of elements, though the loss is a "
        "mean.",
        ("2 / pred.size * error", "2 * error"),
    ),
    mistake(
        "mse_loss",
        "sign of the gradient",
        "The gradient of mse_loss has the wrong sign: it is 2 (pred - y) / n, and you have y - "
        "pred.",
        ("2 / pred.size * error", "-2 / pred.size * error"),
    ),
    mistake(
        "mse_loss",
        "accepts any shape",
        "mse_loss lets (N, 1) and (N,) broadcast to N × N. Compare the shapes before you subtract.",
        ('pred, y = _pair("pred", pred, y)', "pred, y = _floating(pred), np.asarray(y)"),
    ),
    # ---- mae_loss --------------------------------------------------------------------------------
    mistake(
        "mae_loss",
        "gradient is the error",
        "The gradient of mae_loss is the error itself. An absolute value has the slope 1 or -1: "
        "only the sign of the "
        "error counts.",
        ("np.sign(error)", "error"),
    ),
    mistake(
        "mae_loss",
        "gradient without the mean",
        "The gradient of mae_loss is not divided by the number of elements, though the loss is a "
        "mean.",
        ("np.sign(error) / pred.size", "np.sign(error)"),
    ),
    mistake(
        "mae_loss",
        "mean over samples only",
        "mae_loss divides by the number of samples. The mean runs over all elements, N times the "
        "outputs per sample.",
        (
            "np.mean(np.abs(error)), np.sign(error) / pred.size",
            "np.sum(np.abs(error)) / len(pred), np.sign(error) / len(pred)",
        ),
    ),
    mistake(
        "mae_loss",
        "errors cancel",
        "mae_loss is the absolute value of the mean error, in which errors of both signs cancel. "
        "Take the absolute "
        "value of each first.",
        ("np.mean(np.abs(error))", "np.abs(np.mean(error))"),
    ),
    mistake(
        "mae_loss",
        "sign of the gradient",
        "The gradient of mae_loss has the wrong sign: it is the sign of pred - y, and you have y "
        "- pred.",
        ("np.sign(error)", "-np.sign(error)"),
    ),
    mistake(
        "mae_loss",
        "accepts any shape",
        "mae_loss lets (N, 1) and (N,) broadcast to N × N. Compare the shapes before you subtract.",
        ('pred, y = _pair("pred", pred, y)', "pred, y = _floating(pred), np.asarray(y)"),
    ),
    # ---- binary_cross_entropy --------------------------------------------------------------------
    mistake(
        "binary_cross_entropy",
        "label 0 costs nothing",
        "binary_cross_entropy counts the samples of label 1 only. A label 0 costs -log(1 - p).",
        ("y * np.log(yes) + (1 - y) * np.log(no)", "y * np.log(yes)"),
        ("(1 - y) / no - y / yes", "-y / yes"),
    ),
    mistake(
        "binary_cross_entropy",
        "log of zero",
        "binary_cross_entropy takes log(0) for a certain prediction. Bound p and 1 - p from below "
        "by 1e-12, in the "
        "loss and in the gradient.",
        ("np.maximum(probs, _TINY), np.maximum(1 - probs, _TINY)", "probs, 1 - probs"),
    ),
    mistake(
        "binary_cross_entropy",
        "gradient divides by zero",
        "The gradient of binary_cross_entropy divides by zero for a certain prediction. Use the "
        "bounded p and 1 - p "
        "there, too.",
        ("((1 - y) / no - y / yes)", "((1 - y) / (1 - probs) - y / probs)"),
    ),
    mistake(
        "binary_cross_entropy",
        "bound too coarse",
        "binary_cross_entropy bounds probabilities by far more than 1e-12. Predictions that are "
        "nearly certain are "
        "told apart no more.",
        (
            "np.maximum(probs, _TINY), np.maximum(1 - probs, _TINY)",
            "np.maximum(probs, 1e-7), np.maximum(1 - probs, 1e-7)",
        ),
    ),
    mistake(
        "binary_cross_entropy",
        "sign of the loss",
        "binary_cross_entropy is negative: logarithms of probabilities are, so the loss has a "
        "minus in front.",
        ("-np.mean(y", "np.mean(y"),
    ),
    mistake(
        "binary_cross_entropy",
        "loss is the sum",
        "binary_cross_entropy and its gradient are sums. Both are means over all elements.",
        ("-np.mean(", "-np.sum("),
        (" / probs.size", ""),
    ),
    mistake(
        "binary_cross_entropy",
        "mean over samples only",
        "binary_cross_entropy divides by the number of samples. The mean runs over all elements, "
        "N times the outputs "
        "per sample.",
        (
            "-np.mean(y * np.log(yes) + (1 - y) * np.log(no))",
            "-np.sum(y * np.log(yes) + (1 - y) * np.log(no)) / len(y)",
        ),
        ("probs.size", "len(y)"),
    ),
    mistake(
        "binary_cross_entropy",
        "gradient of the logits",
        "binary_cross_entropy gives p - y, the gradient with respect to the scores. It was given "
        "probabilities: (1 - "
        "y)/(1 - p) - y/p.",
        ("((1 - y) / no - y / yes)", "(probs - y)"),
    ),
    mistake(
        "binary_cross_entropy",
        "gradient without the mean",
        "The gradient of binary_cross_entropy is not divided by the number of elements, though "
        "the loss is a mean.",
        (" / probs.size", ""),
    ),
    mistake(
        "binary_cross_entropy",
        "accepts what is no probability",
        "binary_cross_entropy takes predictions outside [0, 1]. Refuse them: somebody has handed "
        "in scores.",
        ("_check_unit_interval(probs=probs, y=y)", "_check_unit_interval(y=y)"),
    ),
    # ---- bce_with_logits -------------------------------------------------------------------------
    mistake(
        "bce_with_logits",
        "by way of the probabilities",
        "bce_with_logits computes probabilities first: they round to 0 and 1, and the logarithm "
        "is infinite. Use "
        "max(s, 0) - s y + log(1 + exp(-|s|)).",
        instead=bce_with_logits_by_probabilities,
    ),
    mistake(
        "bce_with_logits",
        "sign inside the exponential",
        "bce_with_logits takes exp(|s|), which overflows. It is exp(-|s|), never larger than 1.",
        ("np.exp(-np.abs(scores))", "np.exp(np.abs(scores))"),
    ),
    mistake(
        "bce_with_logits",
        "slope of the sigmoid too much",
        "The gradient of bce_with_logits holds the slope p (1 - p) of the sigmoid. The logarithm "
        "has cancelled it: "
        "only p - y is left.",
        ("(p - y)", "(p - y) * p * (1 - p)"),
    ),
    mistake(
        "bce_with_logits",
        "scores in place of probabilities",
        "The gradient of bce_with_logits subtracts the labels from the scores. Subtract them from "
        "the probabilities, "
        "sigmoid(s).",
        ("(p - y)", "(scores - y)"),
    ),
    mistake(
        "bce_with_logits",
        "gradient without the mean",
        "The gradient of bce_with_logits is not divided by the number of elements, though the "
        "loss is a mean.",
        ("(p - y) / scores.size", "p - y"),
    ),
    mistake(
        "bce_with_logits",
        "loss is the sum",
        "bce_with_logits and its gradient are sums. Both are means over all elements.",
        ("losses.mean(), (p - y) / scores.size", "losses.sum(), p - y"),
    ),
    mistake(
        "bce_with_logits",
        "mean over samples only",
        "bce_with_logits divides by the number of samples. The mean runs over all elements, N "
        "times the outputs per "
        "sample.",
        ("losses.mean(), (p - y) / scores.size", "losses.sum() / len(y), (p - y) / len(y)"),
    ),
    mistake(
        "bce_with_logits",
        "accepts any label",
        "bce_with_logits takes labels outside [0, 1], such as classes from 0 to C - 1. Refuse "
        "them.",
        ("_check_unit_interval(y=y)", ""),
    ),
    # ---- svm_loss --------------------------------------------------------------------------------
    mistake(
        "svm_loss",
        "counts the true class",
        "svm_loss counts the margin of the true class to itself, which adds 1 to the loss of "
        "every sample. Leave it "
        "out of the sum.",
        ("margins[samples, y] = 0", "wrong = margins.copy()\n    wrong[samples, y] = 0"),
        ("(margins > 0)", "(wrong > 0)"),
    ),
    mistake(
        "svm_loss",
        "no margin",
        "svm_loss asks the true class to lead, but by no margin. Every other class may come "
        "within 1 of it only: add "
        "1.",
        ("scores - scores[samples, y][:, None] + 1", "scores - scores[samples, y][:, None]"),
    ),
    mistake(
        "svm_loss",
        "sign of the margin",
        "svm_loss has the difference the wrong way round: a class costs when its score is above "
        "that of the true "
        "class, less 1.",
        ("scores - scores[samples, y][:, None] + 1", "scores[samples, y][:, None] - scores + 1"),
    ),
    mistake(
        "svm_loss",
        "loss is the sum",
        "svm_loss gives the sum over the batch. The loss is the mean: divide by N.",
        ("margins.sum() / N", "margins.sum()"),
    ),
    mistake(
        "svm_loss",
        "mean over all elements",
        "svm_loss divides by N · C. The mean runs over the samples; the classes are summed.",
        ("margins.sum() / N, dscores / N", "margins.mean(), dscores / margins.size"),
    ),
    mistake(
        "svm_loss",
        "squared hinge",
        "svm_loss squares the margins. They count as they are.",
        ("margins.sum() / N", "(margins**2).sum() / N"),
    ),
    mistake(
        "svm_loss",
        "gradient without 1/N",
        "The gradient of svm_loss lacks the 1/N of the mean.",
        ("dscores / N", "dscores"),
    ),
    mistake(
        "svm_loss",
        "true class pays once",
        "In svm_loss the true class gets -1 however many margins are violated. It takes part in "
        "each of them: minus "
        "their number.",
        ("-dscores.sum(axis=1)", "-(dscores.sum(axis=1) > 0)"),
    ),
    mistake(
        "svm_loss",
        "true class has no gradient",
        "svm_loss gives the true class no gradient. Its score is part of every violated margin: "
        "minus their number.",
        ("dscores[samples, y] = -dscores.sum(axis=1)", ""),
    ),
    mistake(
        "svm_loss",
        "gradient is the margins",
        "svm_loss puts the margins themselves into the gradient. The slope of a hinge is 1 where "
        "it is open, however "
        "far.",
        ("(margins > 0).astype(scores.dtype)", "margins.copy()"),
    ),
    mistake(
        "svm_loss",
        "accepts negative labels",
        "svm_loss takes a label of -1, which numpy reads as the last class. Refuse what is not "
        "from 0 to C - 1.",
        (
            '_check_labels("scores", scores, y)',
            'y = np.where(y < 0, y + scores.shape[1], y)\n    _check_labels("scores", scores, y)',
        ),
    ),
    # ---- MLP -------------------------------------------------------------------------------------
    mistake(
        "MLP.__init__",
        "activation after the last layer",
        "MLP puts the activation after the last layer too. Scores may be negative: only the "
        "softmax comes after them.",
        (
            '[_ACTIVATIONS[activation]] * hidden_layers + [_ACTIVATIONS["identity"]]',
            "[_ACTIVATIONS[activation]] * (hidden_layers + 1)",
        ),
    ),
    mistake(
        "MLP.__init__",
        "no activation at all",
        "MLP has no activation between its layers: a stack of affine layers is one affine layer.",
        (
            "[_ACTIVATIONS[activation]] * hidden_layers",
            '[_ACTIVATIONS["identity"]] * hidden_layers',
        ),
    ),
    mistake(
        "MLP.loss",
        "backward skips the activation",
        "MLP.loss goes back through the affine layers only. The gradient also passes each "
        "activation on its way.",
        ("dout = activation_backward(dout, activation_cache)", ""),
    ),
    mistake(
        "MLP.predict",
        "predicts the smallest score",
        "predict takes the smallest score. The most probable class is the one with the largest.",
        ("scores.argmax(axis=1)", "scores.argmin(axis=1)"),
    ),
    mistake(
        "MLP.predict",
        "predicts along the batch",
        "predict looks for the best sample of each class. It should give the best class of each "
        "sample: use axis 1.",
        ("scores.argmax(axis=1)", "scores.argmax(axis=0)"),
    ),
    mistake(
        "MLP.__init__",
        "weights start at zero",
        "The weights of MLP start at zero. All units of a layer then get the same gradient and "
        "stay equal for ever: "
        "draw them at random.",
        ("rng.normal(0, np.sqrt(variance), (fan_in, fan_out))", "np.zeros((fan_in, fan_out))"),
    ),
    mistake(
        "MLP.__init__",
        "variance taken for the standard deviation",
        "The weights of MLP are drawn with the variance as standard deviation, which is far too "
        "small. Take its root.",
        ("np.sqrt(variance)", "variance"),
    ),
    mistake(
        "MLP.__init__",
        "brackets of the variance",
        "The variance of the weights is 2 / fan_in + fan_out. The sum belongs below the line: 2 / "
        "(fan_in + fan_out).",
        ("2 / (fan_in + fan_out)", "2 / fan_in + fan_out"),
    ),
    mistake(
        "MLP.__init__",
        "He for every activation",
        "The weights have the variance 2 / fan_in for every activation. That is meant for ReLU; "
        "the others take 2 / "
        "(fan_in + fan_out).",
        ('2 / fan_in if activation == "relu" else 2 / (fan_in + fan_out)', "2 / fan_in"),
    ),
    mistake(
        "MLP.__init__",
        "generator of its own",
        "MLP draws its weights from a generator of its own, the same for every network. Draw from "
        "the rng that it is "
        "given.",
        (
            "rng.normal(0, np.sqrt(variance), (fan_in, fan_out))",
            "np.random.default_rng(layer).normal(0, np.sqrt(variance), (fan_in, fan_out))",
        ),
    ),
    mistake(
        "MLP.__init__",
        "same numbers in every layer",
        "Every layer of MLP starts with the same random numbers. Draw from one generator, and "
        "never seed it again.",
        ("self.params = {}", "self.params, start = {}, rng.bit_generator.state"),
        (
            "variance = 2 / fan_in if",
            "rng.bit_generator.state = start\n            variance = 2 / fan_in if",
        ),
    ),
    mistake(
        "MLP.__init__",
        "biases start at random",
        "The biases of MLP start at random. They start at zero: the weights alone break the "
        "symmetry.",
        ("np.zeros(fan_out)", "rng.normal(0, 1, fan_out)"),
    ),
    mistake(
        "MLP.__init__",
        "shapes of the weights swapped",
        "The weights of MLP are stored as (outputs, inputs). Samples are rows here, so W has one "
        "row for each input.",
        (
            "rng.normal(0, np.sqrt(variance), (fan_in, fan_out))",
            "rng.normal(0, np.sqrt(variance), (fan_out, fan_in))",
        ),
    ),
    mistake(
        "MLP.__init__",
        "counts layers from zero",
        "params starts at W0. Layers count from one here: W1, b1, W2, b2, …",
        ('self.params[f"W{layer}"]', 'self.params[f"W{layer - 1}"]'),
        ('self.params[f"b{layer}"]', 'self.params[f"b{layer - 1}"]'),
    ),
    mistake(
        "MLP.__init__",
        "always ReLU",
        "MLP puts ReLU between its layers whatever activation is asked for.",
        ("[_ACTIVATIONS[activation]] * hidden_layers", '[_ACTIVATIONS["relu"]] * hidden_layers'),
    ),
    mistake(
        "MLP.__init__",
        "accepts any activation",
        "MLP takes an activation that it does not know, and uses another one. Raise a ValueError "
        "that names it.",
        (
            "if activation not in _ACTIVATIONS:\n            raise",
            'if activation not in _ACTIVATIONS:\n            activation = "relu"\n        if '
            "False:\n            raise",
        ),
    ),
    mistake(
        "MLP.__init__",
        "accepts any sizes",
        "MLP builds a network without layers, or with layers of no units. Look at sizes first.",
        ("_check_sizes(sizes)", ""),
    ),
    mistake(
        "MLP.loss",
        "only the last layer learns",
        "MLP.loss stops after the last layer: the gradients of the layers before it are zero. Go "
        "on until the first.",
        ("dout = activation_backward(dout, activation_cache)", "dout = dout * (not grads)"),
    ),
    mistake(
        "MLP.loss",
        "gradients add up over calls",
        "MLP.loss adds its gradients to those of the call before. Each call starts afresh.",
        (
            "return loss, grads",
            "before = getattr(self, '_sum', {})\n"
            "        self._sum = {name: grads[name] + before.get(name, 0) for name in grads}\n"
            "        return loss, self._sum",
        ),
    ),
    mistake(
        "MLP.predict",
        "gives the scores",
        "predict gives scores. The class with the largest score of each sample is asked for: "
        "argmax, not max.",
        ("scores.argmax(axis=1)", "scores.max(axis=1)"),
    ),
    mistake(
        "MLP._forward",
        "keeps its own weights",
        "MLP works with a copy of the weights that it made at its first call. An optimizer "
        "changes params: read them "
        "at every call.",
        (
            "out, caches = X, []",
            'out, caches = X, []\n        self._own = getattr(self, "_own", dict(self.params))',
        ),
        (
            'affine_forward(out, self.params[f"W{layer}"], self.params[f"b{layer}"])',
            'affine_forward(out, self._own[f"W{layer}"], self._own[f"b{layer}"])',
        ),
    ),
]
