"""What students get wrong in this assignment. Each entry is an edit of the reference, and what they
should read.
"""

# ruff: noqa: F821 - the functions below take the place of others in the reference, and find there
# what they use

from grader.feedback import mistake


def svm_loss_that_leaves_the_met_margins(scores, y, margin=1.0):
    scores, y = _floating(scores), np.asarray(y)
    _check_samples("scores", scores, y)
    _check_labels(y, scores.shape[1])
    N, samples = len(y), np.arange(len(y))
    margins = scores - scores[samples, y][:, None] + margin
    margins[samples, y] = 0
    dscores = margins.copy()
    dscores[margins > 0] = 1
    dscores[samples, y] = -(margins > 0).sum(axis=1)
    return np.maximum(0, margins).sum() / N, dscores / N


def softmax_loss_without_maximum(scores, y):
    scores, y = _floating(scores), np.asarray(y)
    _check_samples("scores", scores, y)
    _check_labels(y, scores.shape[1])
    N, samples = len(y), np.arange(len(y))
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(p[samples, y]).mean()
    p[samples, y] -= 1
    return loss, p / N


def softmax_loss_with_log_of_probabilities(scores, y):
    p, y = softmax(scores), np.asarray(y)
    _check_samples("scores", p, y)
    _check_labels(y, p.shape[1])
    N, samples = len(y), np.arange(len(y))
    loss = -np.log(p[samples, y]).mean()
    p[samples, y] -= 1
    return loss, p / N


def softmax_loss_with_one_maximum(scores, y):
    scores, y = _floating(scores), np.asarray(y)
    _check_samples("scores", scores, y)
    _check_labels(y, scores.shape[1])
    N, samples = len(y), np.arange(len(y))
    shifted = scores - scores.max()
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dscores = np.exp(log_p)
    dscores[samples, y] -= 1
    return -log_p[samples, y].mean(), dscores / N


def logistic_loss_with_log_of_probabilities(scores, y):
    scores, y = _floating(scores), np.asarray(y)
    if scores.ndim != 1:
        raise ValueError("scores")
    if y.shape != scores.shape:
        raise ValueError("y")
    _check_binary(y)
    p = 1 / (1 + np.exp(-scores))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    return loss, (p - y).astype(scores.dtype) / len(y)


def logistic_loss_with_the_naive_softplus(scores, y):
    scores, y = _floating(scores), np.asarray(y)
    if scores.ndim != 1:
        raise ValueError("scores")
    if y.shape != scores.shape:
        raise ValueError("y")
    _check_binary(y)
    t = np.where(y == 1, 1, -1).astype(scores.dtype)
    loss = np.log(1 + np.exp(-t * scores)).mean()
    return loss, -t / (1 + np.exp(t * scores)) / len(y)


MISTAKES = [
    # ---- perceptron ------------------------------------------------------------------------------
    mistake(
        "perceptron_predict",
        "fires at zero",
        "perceptron_predict fires where the sum is zero. Only a positive sum fires: compare with "
        ">, not with >=.",
        ("x @ theta > 0", "x @ theta >= 0"),
    ),
    mistake(
        "perceptron_predict",
        "answers with signs",
        "perceptron_predict gives -1 and 1. The labels of this perceptron are 0 and 1.",
        ("(x @ theta > 0).astype(np.int64)", "np.where(x @ theta > 0, 1, -1)"),
    ),
    mistake(
        "perceptron_predict",
        "fires the wrong way round",
        "perceptron_predict fires where the sum is negative. It gives 1 where the sum is positive.",
        ("x @ theta > 0", "x @ theta < 0"),
    ),
    mistake(
        "perceptron_predict",
        "threshold of one half",
        "perceptron_predict compares the sum with 1/2. That is for probabilities: a sum fires "
        "above zero.",
        ("x @ theta > 0", "x @ theta > 0.5"),
    ),
    mistake(
        "train_perceptron",
        "moves the wrong way",
        "train_perceptron adds where it should subtract: every update makes the same mistake more "
        "likely.",
        ("theta = theta - float", "theta = theta + float"),
    ),
    mistake(
        "train_perceptron",
        "no learning rate",
        "train_perceptron leaves out the learning rate. Each update is lr times the error times "
        "the sample.",
        (
            "float(lr * (perceptron_predict(x_n, theta) - y_n))",
            "float(perceptron_predict(x_n, theta) - y_n)",
        ),
    ),
    mistake(
        "train_perceptron",
        "predicts once per epoch",
        "train_perceptron predicts all samples before it updates. Each prediction uses the theta "
        "of that moment.",
        ("for _ in range(epochs):", "for _ in range(epochs):\n        before = theta"),
        ("perceptron_predict(x_n, theta)", "perceptron_predict(x_n, before)"),
    ),
    mistake(
        "train_perceptron",
        "a single epoch",
        "train_perceptron comes out as after a single epoch. Go on with the same theta for "
        "`epochs` rounds.",
        ("range(epochs)", "range(1)"),
    ),
    mistake(
        "train_perceptron",
        "uses the sum instead of the prediction",
        "train_perceptron compares the raw sum with the label. The error is the prediction, 0 or "
        "1, minus the label.",
        ("perceptron_predict(x_n, theta) - y_n", "x_n @ theta - y_n"),
    ),
    mistake(
        "train_perceptron",
        "only learns to fire",
        "train_perceptron corrects only samples that should have fired. One that fired wrongly is "
        "a mistake as well.",
        ("perceptron_predict(x_n, theta) - y_n", "min(perceptron_predict(x_n, theta) - y_n, 0)"),
    ),
    mistake(
        "train_perceptron",
        "starts at one",
        "train_perceptron starts with ones. theta starts at zero.",
        ("np.zeros(x.shape[1], x.dtype)", "np.ones(x.shape[1], x.dtype)"),
    ),
    mistake(
        "train_perceptron",
        "accepts any labels",
        "train_perceptron does not look at the labels. With -1 for 0 it would learn something "
        "else, and say nothing.",
        ("_check_binary(y)", ""),
    ),
    # ---- scores ----------------------------------------------------------------------------------
    mistake(
        "linear_scores", "forgets the bias", "linear_scores never adds b.", ("X @ W + b", "X @ W")
    ),
    mistake(
        "linear_scores",
        "W is used transposed",
        "linear_scores multiplies by the transpose of W. The templates are the columns of W, so "
        "the product is X W.",
        ("X @ W + b", "X @ W.T + b"),
    ),
    mistake(
        "linear_scores",
        "one class per row",
        "linear_scores gives one row per class. It should give one row per sample: X W, not its "
        "transpose.",
        ("X @ W + b", "(X @ W + b).T"),
    ),
    mistake(
        "linear_scores",
        "accepts any b",
        "linear_scores does not look at the shape of b. A b of length one is broadcast by numpy "
        "without a word.",
        ("if b.shape != W.shape[1:]:", "if b.size > 1 and b.shape != W.shape[1:]:"),
    ),
    mistake(
        "append_bias",
        "ones in front",
        "append_bias puts the ones in the first column. They belong in the last, because b is the "
        "last row of W.",
        ("[X, np.ones((len(X), 1), X.dtype)]", "[np.ones((len(X), 1), X.dtype), X]"),
    ),
    mistake(
        "append_bias",
        "a row of ones",
        "append_bias adds a row, which is a sample more. A feature more is a column.",
        (
            "np.hstack([X, np.ones((len(X), 1), X.dtype)])",
            "np.vstack([X, np.ones((1, X.shape[1]), X.dtype)])",
        ),
    ),
    mistake(
        "append_bias",
        "a column of zeros",
        "append_bias adds zeros: the bias would be multiplied by zero. The new feature is 1 for "
        "every sample.",
        ("np.ones", "np.zeros"),
    ),
    mistake(
        "append_bias",
        "makes float64",
        "append_bias turns float32 into float64: np.ones gives float64 unless it is told X.dtype.",
        ("np.ones((len(X), 1), X.dtype)", "np.ones((len(X), 1))"),
    ),
    # ---- svm_loss --------------------------------------------------------------------------------
    mistake(
        "svm_loss",
        "counts the true class",
        "svm_loss counts the true class as well, which adds the margin to every sample's loss. "
        "Leave class y out.",
        ("margins[samples, y] = 0", ""),
        (
            "dscores[samples, y] = -dscores.sum(axis=1)",
            "dscores[samples, y] -= dscores.sum(axis=1)",
        ),
    ),
    mistake(
        "svm_loss",
        "ignores the margin",
        "svm_loss uses a margin of 1 whatever it is asked for.",
        ("[:, None] + margin)", "[:, None] + 1)"),
    ),
    mistake(
        "svm_loss",
        "margin on the wrong side",
        "svm_loss subtracts the margin. A wrong class costs something as soon as it comes within "
        "the margin: add it.",
        ("[:, None] + margin)", "[:, None] - margin)"),
    ),
    mistake(
        "svm_loss",
        "differences the wrong way round",
        "svm_loss charges the true class for being ahead. It is s_j - s_y + margin, with the true "
        "class subtracted.",
        (
            "np.maximum(0, scores - scores[samples, y][:, None] + margin)",
            "np.maximum(0, scores[samples, y][:, None] - scores + margin)",
        ),
    ),
    mistake(
        "svm_loss",
        "only the worst class",
        "svm_loss charges only the class that violates its margin most. Here all of them count: "
        "the sum over j ≠ y.",
        (
            "margins[samples, y] = 0",
            "margins[samples, y] = 0\n    margins *= margins == margins.max(1, keepdims=True)",
        ),
    ),
    mistake(
        "svm_loss",
        "squared margins",
        "svm_loss squares the margins. The hinge loss adds them up as they are.",
        ("margins.sum() / N", "(margins**2).sum() / N"),
    ),
    mistake(
        "svm_loss",
        "loss is the sum",
        "svm_loss gives the sum over the batch. The loss is the mean: divide by N.",
        ("margins.sum() / N", "margins.sum()"),
    ),
    mistake(
        "svm_loss",
        "mean over the classes too",
        "svm_loss divides by N C. Only the samples are averaged: the sum over the classes stays a "
        "sum.",
        ("margins.sum() / N, dscores / N", "margins.mean(), dscores / dscores.size"),
    ),
    mistake(
        "svm_loss",
        "gradient without 1/N",
        "dscores is N times too large: the loss is a mean over the batch, so its gradient divides "
        "by N.",
        ("dscores / N", "dscores"),
    ),
    mistake(
        "svm_loss",
        "true class has no gradient",
        "The true class gets no gradient. Its score is in every margin that is violated: minus "
        "their number, over N.",
        ("dscores[samples, y] = -dscores.sum(axis=1)", ""),
    ),
    mistake(
        "svm_loss",
        "true class counts once",
        "The true class gets -1/N however many margins are violated. It is minus their number, "
        "over N.",
        (
            "dscores[samples, y] = -dscores.sum(axis=1)",
            "dscores[samples, y] = -dscores.any(axis=1).astype(dscores.dtype)",
        ),
    ),
    mistake(
        "svm_loss",
        "gradient is the margins",
        "dscores holds the margins themselves. The slope of max(0, m) is 1 where m is positive, "
        "however large m is.",
        ("(margins > 0).astype(scores.dtype)", "margins.copy()"),
    ),
    mistake(
        "svm_loss",
        "leaves the margins that are met",
        "dscores is 1 where a margin is violated, but keeps the negative numbers where it is met. "
        "Those are 0.",
        instead=svm_loss_that_leaves_the_met_margins,
    ),
    mistake(
        "svm_loss",
        "accepts any label",
        "svm_loss does not look at the labels. numpy takes -1 for the last class and says nothing.",
        ("_check_labels(y, scores.shape[1])", ""),
    ),
    # ---- softmax ---------------------------------------------------------------------------------
    mistake(
        "softmax",
        "no maximum subtracted",
        "softmax overflows: exp(1000) is infinite. Subtract the largest score of each row before "
        "exp.",
        (
            "np.exp(_log_softmax(scores))",
            "np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)",
        ),
    ),
    mistake(
        "softmax",
        "global maximum",
        "softmax subtracts the maximum of all rows. A row far below it becomes 0/0: take each "
        "row's own maximum.",
        (
            "return np.exp(_log_softmax(scores))",
            "p = np.exp(_floating(scores) - np.max(scores))\n    return p / p.sum(axis=1, "
            "keepdims=True)",
        ),
    ),
    mistake(
        "softmax",
        "normalises over the whole matrix",
        "softmax divides by the sum over all rows. Each row has its own probabilities: sum over "
        "axis 1.",
        (
            "return np.exp(_log_softmax(scores))",
            "p = np.exp(scores - np.max(scores, axis=1, keepdims=True))\n    return p / p.sum()",
        ),
    ),
    mistake(
        "softmax",
        "normalises the columns",
        "softmax makes each column add up to one. The classes lie along axis 1, so each row "
        "should.",
        ("_log_softmax(scores)", "_log_softmax(np.transpose(scores)).T"),
    ),
    mistake(
        "softmax",
        "gives logarithms",
        "softmax gives the logarithms of the probabilities.",
        ("np.exp(_log_softmax(scores))", "_log_softmax(scores)"),
    ),
    # ---- softmax_loss ----------------------------------------------------------------------------
    mistake(
        "softmax_loss",
        "gradient without 1/N",
        "dscores is N times too large: the loss is a mean over the batch, so its gradient divides "
        "by N.",
        ("dscores / N", "dscores"),
    ),
    mistake(
        "softmax_loss",
        "1/N twice",
        "dscores is divided by N twice. Once is enough: the gradient of a mean has one 1/N.",
        ("dscores / N", "dscores / N**2"),
    ),
    mistake(
        "softmax_loss",
        "loss is the sum",
        "softmax_loss gives the sum over the batch. The loss is the mean: divide by N, or a "
        "larger batch costs more.",
        ("-log_p[samples, y].mean()", "-log_p[samples, y].sum()"),
    ),
    mistake(
        "softmax_loss",
        "sum over all classes",
        "softmax_loss adds up -log p of every class. Only the true class of each sample counts: "
        "p[n, y[n]].",
        ("-log_p[samples, y].mean()", "-log_p.sum() / N"),
    ),
    mistake(
        "softmax_loss",
        "picks whole columns",
        "log_p[:, y] takes N columns for every row. One number per row is meant: "
        "log_p[np.arange(N), y].",
        ("-log_p[samples, y].mean()", "-log_p[:, y].mean()"),
    ),
    mistake(
        "softmax_loss",
        "gradient of the probabilities",
        "dscores is the probabilities themselves. Subtract 1 at the true class of each sample: p "
        "- onehot(y).",
        ("dscores[samples, y] -= 1", ""),
    ),
    mistake(
        "softmax_loss",
        "gradient has the wrong sign",
        "dscores points the wrong way: it is p - onehot(y), not onehot(y) - p.",
        ("dscores / N", "-dscores / N"),
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
        "global maximum",
        "softmax_loss subtracts the maximum of all rows. A row far below it underflows to log(0): "
        "take each row's own.",
        instead=softmax_loss_with_one_maximum,
    ),
    mistake(
        "softmax_loss",
        "accepts any label",
        "softmax_loss does not look at the labels. numpy takes -1 for the last class and says "
        "nothing.",
        ("_check_labels(y, log_p.shape[1])", ""),
    ),
    # ---- logistic_loss ---------------------------------------------------------------------------
    mistake(
        "logistic_loss",
        "overflows in exp",
        "logistic_loss overflows: exp(900) is infinite. np.logaddexp(0, -z) is log(1 + exp(-z)) "
        "without the overflow.",
        instead=logistic_loss_with_the_naive_softplus,
    ),
    mistake(
        "logistic_loss",
        "log of a probability that is zero",
        "logistic_loss takes log(0): p rounds to 0 or 1 for large scores. Use a stable form of "
        "log(1 + exp(-z)).",
        instead=logistic_loss_with_log_of_probabilities,
    ),
    mistake(
        "logistic_loss",
        "treats 0 as a sign",
        "logistic_loss multiplies the score by the label 0 or 1. The form with exp(-t s) needs "
        "the signs -1 and 1.",
        ("np.where(y == 1, 1, -1)", "y"),
    ),
    mistake(
        "logistic_loss",
        "classes swapped",
        "logistic_loss has the classes swapped: a large score speaks for class 1.",
        ("np.where(y == 1, 1, -1)", "np.where(y == 1, -1, 1)"),
    ),
    mistake(
        "logistic_loss",
        "loss is the sum",
        "logistic_loss gives the sum over the batch. The loss is the mean: divide by N.",
        ("np.logaddexp(0, -z).mean()", "np.logaddexp(0, -z).sum()"),
    ),
    mistake(
        "logistic_loss",
        "only class 1 counts",
        "logistic_loss forgets the term (1 - y) log(1 - p): samples of class 0 cost something too.",
        ("np.logaddexp(0, -z).mean()", "(y * np.logaddexp(0, -z)).mean()"),
    ),
    mistake(
        "logistic_loss",
        "logarithm to base two",
        "logistic_loss measures in bits. The natural logarithm is meant: a score of zero costs "
        "log 2 = 0.693.",
        ("np.logaddexp(0, -z).mean()", "np.logaddexp(0, -z).mean() / np.log(2)"),
    ),
    mistake(
        "logistic_loss",
        "gradient without 1/N",
        "dscores is N times too large: the loss is a mean over the batch, so its gradient divides "
        "by N.",
        ("-t * error / len(y)", "-t * error"),
    ),
    mistake(
        "logistic_loss",
        "gradient of the probabilities",
        "dscores stops at p. Multiply by p (1 - p), the slope of the sigmoid, or use the short "
        "form p - y.",
        ("-t * error / len(y)", "-t / (1 - error) / len(y)"),
    ),
    mistake(
        "logistic_loss",
        "gradient has the wrong sign",
        "dscores points the wrong way: it is p - y, not y - p.",
        ("-t * error / len(y)", "t * error / len(y)"),
    ),
    mistake(
        "logistic_loss",
        "accepts any label",
        "logistic_loss does not look at the labels. -1 and 2 are neither class.",
        ("_check_binary(y)", ""),
    ),
    # ---- penalties -------------------------------------------------------------------------------
    mistake(
        "l2_penalty",
        "gradient without the 2",
        "The gradient of the L2 penalty lacks the factor 2: there is no one half in front of the "
        "squares.",
        ("2 * reg * W", "reg * W"),
    ),
    mistake(
        "l2_penalty",
        "half the squares",
        "l2_penalty has a factor one half. Some courses write it; here it is reg times the sum of "
        "the squares.",
        ("reg * np.sum(W**2), 2 * reg * W", "0.5 * reg * np.sum(W**2), reg * W"),
    ),
    mistake(
        "l2_penalty",
        "half the squares, whole gradient",
        "The penalty has a factor one half, its gradient has none. The gradient must be that of "
        "the penalty.",
        ("reg * np.sum(W**2)", "0.5 * reg * np.sum(W**2)"),
    ),
    mistake(
        "l2_penalty",
        "multiplies matrices",
        "W @ W.T is a product of matrices. The sum of squares is np.sum(W * W), element by "
        "element.",
        ("np.sum(W**2)", "np.sum(W @ W.T)"),
    ),
    mistake(
        "l2_penalty",
        "takes the norm",
        "l2_penalty takes the root of the sum. The penalty is the sum of the squares, without a "
        "root.",
        ("np.sum(W**2)", "np.sqrt(np.sum(W**2))"),
    ),
    mistake(
        "l2_penalty",
        "takes the mean",
        "l2_penalty divides by the number of weights. It is a sum.",
        ("reg * np.sum(W**2), 2 * reg * W", "reg * np.mean(W**2), 2 * reg * W / W.size"),
    ),
    mistake(
        "l2_penalty",
        "accepts a negative reg",
        "l2_penalty takes a negative reg, which would reward large weights. Raise a ValueError.",
        ('_strength("reg", reg)', "float(reg)"),
    ),
    mistake(
        "l1_penalty",
        "gradient without the sign",
        "The gradient of the L1 penalty is reg for every weight. Negative weights are pulled up: "
        "reg sign(W).",
        ("reg * np.sign(W)", "reg * np.ones_like(W)"),
    ),
    mistake(
        "l1_penalty",
        "gradient times the weight",
        "The gradient of the L1 penalty is reg |W|. The slope of |w| is its sign, however large w "
        "is.",
        ("reg * np.sign(W)", "reg * np.abs(W)"),
    ),
    mistake(
        "l1_penalty",
        "pulls at zero",
        "The gradient of the L1 penalty is not zero for a weight of zero. sign(0) is 0, so that "
        "zeros stay zeros.",
        ("np.sign(W)", "np.where(W >= 0, 1, -1).astype(W.dtype)"),
    ),
    mistake(
        "l1_penalty",
        "sums without absolute values",
        "l1_penalty adds up the weights with their signs, so that they cancel. Add up their "
        "absolute values.",
        ("np.sum(np.abs(W))", "np.sum(W)"),
    ),
    mistake(
        "l1_penalty",
        "absolute value of the sum",
        "l1_penalty takes the absolute value of the sum. Take it of every weight, then sum.",
        ("np.sum(np.abs(W))", "np.abs(np.sum(W))"),
    ),
    mistake(
        "l1_penalty",
        "accepts a negative reg",
        "l1_penalty takes a negative reg, which would reward large weights. Raise a ValueError.",
        ('_strength("reg", reg)', "float(reg)"),
    ),
    mistake(
        "elastic_net_penalty",
        "strengths swapped",
        "elastic_net_penalty has its strengths swapped: reg1 belongs to the absolute values, reg2 "
        "to the squares.",
        ("penalty1, dW1 = l1_penalty(W, ", "penalty2, dW2 = l2_penalty(W, "),
        (
            'penalty2, dW2 = l2_penalty(W, _strength("reg2"',
            'penalty1, dW1 = l1_penalty(W, _strength("reg2"',
        ),
    ),
    mistake(
        "elastic_net_penalty",
        "without the squares",
        "elastic_net_penalty has the absolute values only. The squares, with reg2, are missing.",
        ("penalty1 + penalty2, dW1 + dW2", "penalty1, dW1"),
    ),
    mistake(
        "elastic_net_penalty",
        "without the absolute values",
        "elastic_net_penalty has the squares only. The absolute values, with reg1, are missing.",
        ("penalty1 + penalty2, dW1 + dW2", "penalty2, dW2"),
    ),
    mistake(
        "elastic_net_penalty",
        "gradient of one part",
        "The gradient of elastic_net_penalty has the part of the squares only. That of the "
        "absolute values is missing.",
        ("dW1 + dW2", "dW2"),
    ),
    # ---- minibatches -----------------------------------------------------------------------------
    mistake(
        "minibatches",
        "drops the rest",
        "minibatches drops the samples that do not fill a batch. The last batch holds what is "
        "left.",
        ("range(0, n, batch_size)", "range(0, n - batch_size + 1, batch_size)"),
    ),
    mistake(
        "minibatches",
        "draws with replacement",
        "minibatches draws with replacement: some samples come twice, others never. Shuffle: "
        "rng.permutation(n).",
        ("rng.permutation(n)", "rng.integers(n, size=n) if n else np.arange(0)"),
    ),
    mistake(
        "minibatches",
        "does not shuffle",
        "minibatches deals the samples in their own order. If the data are sorted by class, so "
        "are the batches.",
        ("rng.permutation(n)", "np.arange(n)"),
    ),
    mistake(
        "minibatches",
        "a generator of its own",
        "minibatches makes a generator of its own, so that every epoch has the same order. Draw "
        "from rng.",
        ("rng.permutation(n)", "np.random.default_rng(0).permutation(n)"),
    ),
    mistake(
        "minibatches",
        "overlapping batches",
        "The batches overlap. Each starts where the last one ended: batch_size further on.",
        ("start : start + batch_size", "start : start + batch_size + 1"),
    ),
    mistake(
        "minibatches",
        "batches of one sample less",
        "The batches are one too short: the end of a slice is not part of it, so order[start : "
        "start + batch_size].",
        ("start : start + batch_size", "start : start + batch_size - 1"),
    ),
    mistake(
        "minibatches",
        "hides a batch size of zero",
        "minibatches makes something of a batch size of zero. There is no such batch: raise a "
        "ValueError.",
        ("if batch_size < 1:", "batch_size = max(batch_size, 1)\n    if batch_size < 1:"),
    ),
    # ---- LinearClassifier ------------------------------------------------------------------------
    mistake(
        "LinearClassifier._step",
        "goes uphill",
        "LinearClassifier adds the gradient. The loss falls against it: W - lr dW and b - lr db.",
        ("self.W - lr * (X.T @ dscores + dW)", "self.W + lr * (X.T @ dscores + dW)"),
        ("self.b - lr * dscores.sum(axis=0)", "self.b + lr * dscores.sum(axis=0)"),
    ),
    mistake(
        "LinearClassifier._step",
        "never trains b",
        "LinearClassifier never updates b. Its gradient is the sum of dscores over the batch.",
        ("self.b - lr * dscores.sum(axis=0)", "self.b"),
    ),
    mistake(
        "LinearClassifier._step",
        "db is the mean",
        "The gradient of b is the mean over the batch. The loss has put the 1/N into dscores "
        "already: sum here.",
        ("dscores.sum(axis=0)", "dscores.mean(axis=0)"),
    ),
    mistake(
        "LinearClassifier._step",
        "1/N twice",
        "The gradient of W is divided by the batch size again. The loss has put the 1/N into "
        "dscores already.",
        ("(X.T @ dscores + dW)", "(X.T @ dscores / len(X) + dW)"),
    ),
    mistake(
        "LinearClassifier._step",
        "no learning rate",
        "LinearClassifier leaves out the learning rate.",
        ("self.W - lr * (X.T @ dscores + dW)", "self.W - (X.T @ dscores + dW)"),
        ("self.b - lr * dscores.sum(axis=0)", "self.b - dscores.sum(axis=0)"),
    ),
    mistake(
        "LinearClassifier._step",
        "penalty only in the loss",
        "The penalty is in the loss, but not in the gradient of W. Both need it.",
        ("(X.T @ dscores + dW)", "(X.T @ dscores)"),
    ),
    mistake(
        "LinearClassifier._step",
        "penalty only in the gradient",
        "The penalty is in the gradient of W, but not in the losses that train returns. Both need "
        "it.",
        ("data_loss + penalty", "data_loss"),
    ),
    mistake(
        "LinearClassifier._step",
        "no penalty",
        "LinearClassifier leaves reg out of loss and gradient. Add l2_penalty(W, reg) to both.",
        ("(X.T @ dscores + dW)", "(X.T @ dscores)"),
        ("data_loss + penalty", "data_loss"),
    ),
    mistake(
        "LinearClassifier._step",
        "penalty divided by the batch size",
        "The penalty is divided by the batch size. Only the data loss is a mean over the samples.",
        ("l2_penalty(self.W, reg)", "l2_penalty(self.W, reg / len(X))"),
    ),
    mistake(
        "LinearClassifier._step",
        "penalises the bias",
        "The penalty also pulls at b. Only W is penalised: b may be as large as the data ask for.",
        ("dscores.sum(axis=0)", "(dscores.sum(axis=0) + 2 * reg * self.b)"),
        ("data_loss + penalty", "data_loss + penalty"),
    ),
    mistake(
        "LinearClassifier._step",
        "loss after the step",
        "The losses are those after each step. Return the loss before the step, of which the "
        "gradient was taken.",
        (
            "return float(data_loss + penalty)",
            "return float(loss_function(linear_scores(X, self.W, self.b), y)[0] + "
            "l2_penalty(self.W, reg)[0])",
        ),
    ),
    mistake(
        "LinearClassifier.train",
        "always the softmax loss",
        'LinearClassifier uses the softmax loss also when it is asked for "svm".',
        ("_LOSSES[loss]", "softmax_loss"),
    ),
    mistake(
        "LinearClassifier.train",
        "random start",
        "LinearClassifier starts from random weights. The problem is convex: W starts at zero.",
        (
            "np.zeros((D, C), X.dtype)",
            "0.01 * np.random.default_rng(0).normal(size=(D, C)).astype(X.dtype)",
        ),
    ),
    mistake(
        "LinearClassifier.train",
        "goes on from the last training",
        "train goes on from the weights of the training before. It should start from zero every "
        "time.",
        (
            "self.W, self.b = np.zeros((D, C), X.dtype), np.zeros(C, X.dtype)",
            "if np.shape(self.W) != (D, C):\n            self.W, self.b = np.zeros((D, C)), "
            "np.zeros(C)",
        ),
    ),
    mistake(
        "LinearClassifier.train",
        "the same batch for ever",
        "Every step sees the same batch: the first. Go on to the next one, and deal anew when the "
        "epoch is over.",
        (
            "islice(_endless_minibatches(len(X), batch_size, rng), num_steps)",
            "[next(_endless_minibatches(len(X), batch_size, rng))] * num_steps",
        ),
    ),
    mistake(
        "LinearClassifier.train",
        "deals anew for every step",
        "Every step deals a new epoch and takes its first batch, so some samples come twice and "
        "others never.",
        (
            "batches = islice(_endless_minibatches(len(X), batch_size, rng), num_steps)",
            "batches = [minibatches(len(X), batch_size, rng)[0] for _ in range(num_steps)]",
        ),
    ),
    mistake(
        "LinearClassifier.train",
        "ignores the batch size",
        "LinearClassifier always trains on the whole batch. Each step takes batch_size samples.",
        (
            "_endless_minibatches(len(X), batch_size, rng)",
            "_endless_minibatches(len(X), len(X), rng)",
        ),
    ),
    mistake(
        "LinearClassifier.train",
        "epochs for steps",
        "num_steps counts epochs. It is the number of steps, with one batch each: stop also in "
        "the middle of an epoch.",
        ("batch_size, rng), num_steps)", "batch_size, rng), num_steps * -(-len(X) // batch_size))"),
    ),
    mistake(
        "LinearClassifier.train",
        "labels and samples fall apart",
        "The samples are shuffled, but their labels are not. Take X[batch] and y[batch] with the "
        "same indices.",
        ("X[batch], y[batch]", "X[batch], y[: len(batch)]"),
    ),
    mistake(
        "LinearClassifier.predict",
        "predicts the smallest score",
        "predict takes the smallest score. The best class is the one with the largest.",
        ("argmax(axis=1)", "argmin(axis=1)"),
    ),
    mistake(
        "LinearClassifier.predict",
        "predicts along the batch",
        "predict looks for the best sample of each class. It should give the best class of each "
        "sample: use axis 1.",
        ("argmax(axis=1)", "argmax(axis=0)"),
    ),
    mistake(
        "LinearClassifier.predict",
        "gives the scores",
        "predict gives the largest score of each sample. It should give its class: argmax, not "
        "max.",
        ("argmax(axis=1)", "max(axis=1)"),
    ),
    # ---- random_local_search ---------------------------------------------------------------------
    mistake(
        "random_local_search",
        "keeps every step",
        "random_local_search keeps every step. Only one that lowers f is kept.",
        ("if loss < losses[-1]:", "if True:"),
        ("min(loss, losses[-1])", "loss"),
    ),
    mistake(
        "random_local_search",
        "keeps a step that gains nothing",
        "random_local_search also moves where f stays the same. A step is kept only when it "
        "lowers f: <, not <=.",
        ("loss < losses[-1]", "loss <= losses[-1]"),
    ),
    mistake(
        "random_local_search",
        "always steps from the start",
        "Every step starts from w0. It should start from the best w so far, or the search gets "
        "nowhere.",
        ("candidate = w + ", "candidate = np.asarray(w0) + "),
    ),
    mistake(
        "random_local_search",
        "ignores the scale",
        "random_local_search ignores scale: its steps are standard normal.",
        ("(scale * rng.normal", "(rng.normal"),
    ),
    mistake(
        "random_local_search",
        "uniform steps",
        "The steps are uniform, and never longer than scale in any direction. Draw them with "
        "rng.normal.",
        ("rng.normal(size=w.shape)", "rng.uniform(-1, 1, size=w.shape)"),
    ),
    mistake(
        "random_local_search",
        "only steps upwards",
        "The steps only go up: rng.random gives numbers from 0 to 1. Draw them with rng.normal.",
        ("rng.normal(size=w.shape)", "rng.random(size=w.shape)"),
    ),
    mistake(
        "random_local_search",
        "the same number for every direction",
        "One random number moves all coordinates together. Draw one for each: an array of the "
        "shape of w.",
        ("rng.normal(size=w.shape)", "rng.normal() * np.ones(w.shape)"),
    ),
    mistake(
        "random_local_search",
        "the first loss is missing",
        "losses lacks f(w0). It has num_steps + 1 numbers: the start, and one for each step.",
        ("return w, losses", "return w, losses[1:]"),
    ),
    mistake(
        "random_local_search",
        "losses of the candidates",
        "losses holds what was tried. It should hold the loss of the w that was kept, which never "
        "rises.",
        ("losses = [float(f(w))]", "best = float(f(w))\n    losses = [best]"),
        ("loss < losses[-1]", "loss < best"),
        ("w = candidate", "w, best = candidate, loss"),
        ("min(loss, losses[-1])", "loss"),
    ),
    mistake(
        "random_local_search",
        "climbs",
        "random_local_search goes uphill: it keeps the steps that raise f.",
        ("loss < losses[-1]", "loss > losses[-1]"),
        ("min(loss, losses[-1])", "max(loss, losses[-1])"),
    ),
    mistake(
        "random_local_search",
        "modifies w0",
        "random_local_search changes w0 in place. Make a new array: the caller still needs the "
        "start.",
        ("_floating(w0).copy()", "_floating(w0)"),
        ("w = candidate", "w[...] = candidate"),
    ),
    # ---- kernels ---------------------------------------------------------------------------------
    mistake(
        "rbf_kernel",
        "distance without the square",
        "rbf_kernel takes the distance itself. It is the squared distance that is multiplied by "
        "-γ.",
        ("np.maximum(squared, 0)", "np.sqrt(np.maximum(squared, 0))"),
    ),
    mistake(
        "rbf_kernel",
        "sign of the exponent",
        "rbf_kernel grows with the distance. Similarity falls: exp(-γ ‖a - b‖²).",
        ("np.exp(-float(gamma)", "np.exp(float(gamma)"),
    ),
    mistake(
        "rbf_kernel",
        "gamma as a width",
        "rbf_kernel divides by 2 γ². That is the formula with a width σ; here γ multiplies the "
        "squared distance.",
        (
            "-float(gamma) * np.maximum(squared, 0)",
            "-np.maximum(squared, 0) / (2 * float(gamma) ** 2)",
        ),
    ),
    mistake(
        "rbf_kernel",
        "product without the 2",
        "‖a - b‖² is ‖a‖² - 2 a·b + ‖b‖². The 2 is missing.",
        ("- 2 * A @ B.T", "- A @ B.T"),
    ),
    mistake(
        "rbf_kernel",
        "mean over the features",
        "rbf_kernel averages the squared differences over the features. The squared distance is "
        "their sum.",
        ("np.maximum(squared, 0)", "np.maximum(squared, 0) / A.shape[1]"),
    ),
    mistake(
        "rbf_kernel",
        "rows and columns swapped",
        "K is transposed: rows belong to A, columns to B.",
        (
            "return np.exp(-float(gamma) * np.maximum(squared, 0))",
            "return np.exp(-float(gamma) * np.maximum(squared, 0)).T",
        ),
    ),
    mistake(
        "rbf_kernel",
        "accepts any gamma",
        "rbf_kernel takes any gamma. With 0 all samples are alike, below it similarity grows with "
        "the distance.",
        ("if not gamma > 0:", "if False:"),
    ),
    mistake(
        "polynomial_kernel",
        "forgets coef0",
        "polynomial_kernel leaves out coef0, and with it all lower powers.",
        ('A @ B.T + _strength("coef0", coef0)', "A @ B.T"),
    ),
    mistake(
        "polynomial_kernel",
        "coef0 outside the power",
        "coef0 is added after the power. It belongs inside the bracket: (a·b + c₀)^degree.",
        (
            '(A @ B.T + _strength("coef0", coef0)) ** int(degree)',
            '(A @ B.T) ** int(degree) + _strength("coef0", coef0)',
        ),
    ),
    mistake(
        "polynomial_kernel",
        "always the square",
        "polynomial_kernel squares whatever the degree is.",
        ("** int(degree)", "** 2"),
    ),
    mistake(
        "polynomial_kernel",
        "multiplies by the degree",
        "polynomial_kernel multiplies by the degree. The bracket is raised to that power.",
        ("** int(degree)", "* int(degree)"),
    ),
    mistake(
        "polynomial_kernel",
        "power of the product's parts",
        "The features are raised to the degree before the inner product. Take the inner product "
        "first, then the power.",
        (
            '(A @ B.T + _strength("coef0", coef0)) ** int(degree)',
            'A ** int(degree) @ B.T ** int(degree) + _strength("coef0", coef0)',
        ),
    ),
    mistake(
        "polynomial_kernel",
        "accepts any degree",
        "polynomial_kernel takes any degree. It should be a positive whole number.",
        ("if degree < 1 or degree != int(degree):", "if False:"),
    ),
    # ---- KernelSVM -------------------------------------------------------------------------------
    mistake(
        "KernelSVM.fit",
        "labels for signs",
        "fit computes with the labels 0 and 1. Class 0 stands for t = -1: with t = 0 its samples "
        "never count.",
        ("np.where(y == 1, 1, -1)", "np.where(y == 1, 1, 0)"),
    ),
    mistake(
        "KernelSVM.fit",
        "margin of zero",
        "fit corrects a sample only when it lies on the wrong side. The hinge asks for a margin: "
        "t f(x) < 1.",
        ("(alpha @ K[i]) < 1", "(alpha @ K[i]) < 0"),
    ),
    mistake(
        "KernelSVM.fit",
        "corrects every sample",
        "fit adds every sample that it draws. One that is beyond its margin, t f(x) ≥ 1, adds "
        "nothing.",
        ("alpha[i] += violated * t[i]", "alpha[i] += t[i]"),
    ),
    mistake(
        "KernelSVM.fit",
        "never shrinks alpha",
        "alpha is never multiplied by 1 - 1/t. That shrinking is the gradient of the penalty.",
        ("alpha *= 1 - 1 / step", ""),
    ),
    mistake(
        "KernelSVM.fit",
        "shrinks only on a violation",
        "alpha shrinks only when the margin is violated. The factor 1 - 1/t belongs to every step.",
        ("alpha *= 1 - 1 / step", "alpha *= 1 - violated / step"),
    ),
    mistake(
        "KernelSVM.fit",
        "constant step",
        "The step does not get smaller. In Pegasos it is 1 / (reg t), with t = 1, 2, 3, …",
        ("/ (self.reg * step)", "/ self.reg"),
    ),
    mistake(
        "KernelSVM.fit",
        "step without reg",
        "The step lacks reg: it is 1 / (reg t).",
        ("/ (self.reg * step)", "/ step"),
    ),
    mistake(
        "KernelSVM.fit",
        "decides after shrinking",
        "The margin is judged with the alpha that has shrunk already. f is that of before the "
        "step.",
        (
            "violated = t[i] * (alpha @ K[i]) < 1",
            "violated = t[i] * ((1 - 1 / step) * alpha @ K[i]) < 1",
        ),
    ),
    mistake(
        "KernelSVM.fit",
        "counts from two",
        "The steps are counted one too high: the first is t = 1, which also wipes out whatever "
        "alpha was.",
        ("range(1, self.num_steps + 1)", "range(2, self.num_steps + 2)"),
    ),
    mistake(
        "KernelSVM.fit",
        "goes through the samples in order",
        "fit takes the samples in turn. Pegasos draws one at random for each step: "
        "rng.integers(N).",
        ("self.rng.integers(len(X))", "(step - 1) % len(X)"),
    ),
    mistake(
        "KernelSVM.fit",
        "update without the sign",
        "A sample of class 0 is added with the wrong sign: the update is t / (reg step), and its "
        "t is -1.",
        ("violated * t[i] /", "violated * 1 /"),
    ),
    mistake(
        "KernelSVM.decision_function",
        "multiplies by the size of alpha",
        "decision_function loses the signs of alpha. They say for which class a support vector "
        "speaks.",
        ("@ self.alpha", "@ np.abs(self.alpha)"),
    ),
    mistake(
        "KernelSVM.decision_function",
        "mean over the samples",
        "decision_function divides by the number of samples. f(x) is the sum of α K.",
        ("@ self.alpha", "@ self.alpha / len(self.alpha)"),
    ),
    mistake(
        "KernelSVM.decision_function",
        "kernel of the new samples alone",
        "decision_function compares the new samples with each other. K compares them with those "
        "of fit: K(X, self.X).",
        ("self.kernel(X, self.X", "self.kernel(X, X"),
        ("@ self.alpha", "@ np.resize(self.alpha, len(X))"),
    ),
    mistake(
        "KernelSVM.predict",
        "answers with signs",
        "predict gives -1 and 1. The labels of fit were 0 and 1, and so are those of predict.",
        (
            "(self.decision_function(X) > 0).astype(np.int64)",
            "np.where(self.decision_function(X) > 0, 1, -1)",
        ),
    ),
    mistake(
        "KernelSVM.predict",
        "asks for the margin",
        "predict gives class 1 only beyond the margin. The margin is for training: class 1 is "
        "where f(x) > 0.",
        ("self.decision_function(X) > 0", "self.decision_function(X) > 1"),
    ),
    mistake(
        "KernelSVM.predict",
        "the other class",
        "predict has the classes swapped: f(x) is positive for class 1.",
        ("self.decision_function(X) > 0", "self.decision_function(X) < 0"),
    ),
]
