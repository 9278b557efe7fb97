import numpy as np
import pytest

from grader.checks import accuracy, assert_close, assert_learns, check_gradients


def block_params(rng, D, F):
    """Parameters of an encoder block, the gains near one."""
    params = {name: rng.normal(size=(D, D)) / np.sqrt(D) for name in ("Wq", "Wk", "Wv", "Wo")}
    params |= {"W1": rng.normal(size=(D, F)) / np.sqrt(D), "b1": 0.1 * rng.normal(size=F)}
    params |= {"W2": rng.normal(size=(F, D)) / np.sqrt(F), "b2": 0.1 * rng.normal(size=D)}
    for norm in "12":
        params |= {
            f"gamma{norm}": 1 + 0.2 * rng.normal(size=D),
            f"beta{norm}": 0.1 * rng.normal(size=D),
        }
    return params


def norm(x, gamma, beta, eps):
    centred = x - x.mean(axis=-1, keepdims=True)
    return gamma * centred / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + eps) + beta


def assert_block(student, x, params, *, hint="", eps=1e-5, **mha_param):
    """The output is what the student's own attention and plain numpy make of x."""
    matrices = (params[name] for name in ("Wq", "Wk", "Wv", "Wo"))
    attended, _ = student.multi_head_attention_forward(x, x, x, *matrices, mha_param)
    u = norm(x + attended, params["gamma1"], params["beta1"], eps)
    thought = np.maximum(u @ params["W1"] + params["b1"], 0) @ params["W2"] + params["b2"]
    expected = norm(u + thought, params["gamma2"], params["beta2"], eps)

    given = {} if eps == 1e-5 else {"eps": eps}
    y, _ = student.transformer_block_forward(x, params, mha_param | given)
    assert_close(y, expected, "y", hint=hint)


# ---- positional encoding -------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("positional_encoding")
@pytest.mark.parametrize(("T", "D"), [(7, 4), (3, 10)], ids=str)
def test_positional_encoding(student, reference, T, D):
    """Positional encoding: sines and cosines take turns, with wavelengths that grow"""
    hint = (
        "Columns 0 and 1 are the sine and the cosine of t; both of a pair have the same wavelength."
    )
    assert_close(
        student.positional_encoding(T, D), reference.positional_encoding(T, D), "P", hint=hint
    )


# ---- the block -----------------------------------------------------------------------------------


@pytest.mark.points(5)
@pytest.mark.concept("transformer_block")
@pytest.mark.depends("test_multi_head_with_one_head")
@pytest.mark.parametrize(
    ("N", "T", "D", "F", "num_heads"), [(3, 5, 8, 7, 2), (2, 3, 6, 5, 3)], ids=str
)
def test_block_forward(student, rng, N, T, D, F, num_heads):
    """Transformer block: attention, then a small network, each with a skip connection and a norm"""
    hint = (
        "Each norm comes after the sum with what was skipped, and runs over the features of "
        "one position."
    )
    x = 2 * rng.normal(size=(N, T, D))
    assert_block(student, x, block_params(rng, D, F), num_heads=num_heads, hint=hint)


@pytest.mark.points(7)
@pytest.mark.concept("transformer_block")
@pytest.mark.depends("test_block_forward", "test_multi_head_backward")
def test_block_backward(student, reference, rng):
    """Transformer block: dx and the gradient of every parameter agree with the numeric ones"""
    x, params = rng.normal(size=(2, 3, 6)), block_params(rng, 6, 5)
    check_gradients(
        student, reference, "transformer_block", x, params, param={"num_heads": 2}, rng=rng
    )


# ---- all together --------------------------------------------------------------------------------


LETTERS, LENGTH, WIDTH, HIDDEN, STEPS = 5, 6, 16, 16, 150


def sequences(rng, n):
    """Random letters; the answer at each position is the letter before it, and at the first one its
    own.
    """
    letters = rng.integers(LETTERS, size=(n, LENGTH))
    return letters, np.concatenate([letters[:, :1], letters[:, :-1]], axis=1)


@pytest.mark.points(4)
@pytest.mark.concept("transformer_block")
@pytest.mark.depends(
    "test_block_backward", "test_multi_head_mask", "test_causal_mask", "test_positional_encoding"
)
@pytest.mark.limits(seconds=20)
def test_block_learns_to_repeat(student, calibration):
    """Transformer block: learns to say at each position which letter came before it"""

    def train(seed):
        rng = np.random.default_rng(seed)
        places, mask = student.positional_encoding(LENGTH, WIDTH), student.causal_mask(LENGTH)
        params = block_params(rng, WIDTH, HIDDEN)
        params |= {
            "letters": rng.normal(size=(LETTERS, WIDTH)),
            "out": rng.normal(size=(WIDTH, LETTERS)) / 4,
        }
        moments = {name: (np.zeros_like(p), np.zeros_like(p)) for name, p in params.items()}

        def scores_of(letters):
            block = {
                name: value for name, value in params.items() if name not in ("letters", "out")
            }
            x = params["letters"][letters] + places  # (N, T, D)
            y, cache = student.transformer_block_forward(x, block, {"num_heads": 2, "mask": mask})
            return y, cache, y @ params["out"]

        losses = []
        for step in range(1, STEPS + 1):
            letters, answers = sequences(rng, 24)
            y, cache, scores = scores_of(letters)
            log_p = scores - scores.max(axis=-1, keepdims=True)
            log_p -= np.log(np.exp(log_p).sum(axis=-1, keepdims=True))
            losses.append(-np.take_along_axis(log_p, answers[..., None], axis=-1).mean())
            dscores = (np.exp(log_p) - np.eye(LETTERS)[answers]) / answers.size
            dx, grads = student.transformer_block_backward(dscores @ params["out"].T, cache)
            grads = dict(
                grads, out=np.einsum("ntd,ntc->dc", y, dscores), letters=np.zeros((LETTERS, WIDTH))
            )
            np.add.at(grads["letters"], letters, dx)
            for name, p in params.items():  # Adam
                m, v = moments[name]
                m += 0.1 * (grads[name] - m)
                v += 0.01 * (grads[name] ** 2 - v)
                p -= 0.01 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.99**step)) + 1e-8)

        letters, answers = sequences(rng, 200)
        return scores_of(letters)[2].argmax(axis=-1).ravel(), answers.ravel(), losses

    assert_learns(
        train,
        metric=lambda result: accuracy(*result[:2]),
        key="block-repeats",
        calibration=calibration,
        history=lambda result: result[2],
        name="the block",
    )
