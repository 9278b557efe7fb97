"""Linear classifiers: one weighted sum of the features per class, losses to train it by, and
kernels to bend it.

    scores f(X) = X W + b
    loss L(W, b) = 1/N Σₙ Lₙ(f(xₙ), yₙ) + λ R(W)
    training: W ← W - η ∂L/∂W

The module goes from the perceptron, which learns from its mistakes alone, over losses and their
gradients, to stochastic gradient descent, and ends with a support vector machine that is linear
only in a space where it never goes.
"""

from itertools import islice

import numpy as np

__all__ = [  # noqa: RUF022 - the reading order
    "perceptron_predict",
    "train_perceptron",
    "linear_scores",
    "append_bias",
    "svm_loss",
    "softmax",
    "softmax_loss",
    "logistic_loss",
    "l2_penalty",
    "l1_penalty",
    "elastic_net_penalty",
    "minibatches",
    "LinearClassifier",
    "random_local_search",
    "rbf_kernel",
    "polynomial_kernel",
    "KernelSVM",
]


def perceptron_predict(x, theta):
    """Fire where the weighted sum of the features is positive.

        h(x) = 1 if θ · x > 0, else 0

    Shapes: x (N, D), theta θ (D,) -> (N,) integers 0 and 1. A single sample x (D,) gives a single
    integer.
    A sum of exactly zero does not fire. There is no bias: give x a column of ones (`append_bias`)
    to have one.

    Raises ValueError when theta is not of one weight per feature.

    Rosenblatt 1958, "The perceptron". Lectures L0, L3, L4.

    >>> perceptron_predict(np.array([[1.0, 2.0], [3.0, 1.0], [1.0, 1.0]]), np.array([1.0, -1.0]))
    array([0, 1, 0])
    """
    x, theta = _floating(x), _floating(theta)
    if theta.shape != x.shape[-1:]:
        raise ValueError(
            f"theta has shape {theta.shape}, but x has shape {x.shape}: expected one weight per "
            "feature"
        )
    return (x @ theta > 0).astype(np.int64)


def train_perceptron(x, y, lr, epochs):
    """Learn from mistakes: move the weights towards a sample that should have fired, away from one
    that should not.

        θ ← θ - η (ŷₙ - yₙ) xₙ
        ŷₙ = h(xₙ) with the θ of this moment, for one sample after the other

    Shapes: x (N, D), y (N,) labels 0 and 1 -> theta (D,). lr η; epochs: how often to go through all
    samples.
    θ starts at zero and the samples come in the order of x. A right prediction changes nothing.
    If a hyperplane through the origin separates the classes by a margin γ, and no sample is longer
    than R, then there are at most (R / γ)² mistakes, for any η > 0. XOR has no such hyperplane, so
    there the mistakes never end.

    Raises ValueError when x is not (N, D), or y is not of N labels 0 or 1.

    Rosenblatt 1958; the bound: Novikoff 1962, "On convergence proofs on perceptrons". Lecture L4.

    >>> x = append_bias(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]))
    >>> theta = train_perceptron(x, np.array([0, 0, 0, 1]), lr=1.0, epochs=10)
    >>> perceptron_predict(x, theta)  # AND
    array([0, 0, 0, 1])
    """
    x, y = _floating(x), np.asarray(y)
    _check_samples("x", x, y)
    _check_binary(y)
    theta = np.zeros(x.shape[1], x.dtype)  # (D,)
    for _ in range(epochs):
        for x_n, y_n in zip(x, y, strict=True):
            theta = theta - float(lr * (perceptron_predict(x_n, theta) - y_n)) * x_n
    return theta


def linear_scores(X, W, b):
    """Score of every class for every sample: how well the sample matches the template of the class.

        f(X) = X W + b

    Shapes: X (N, D), W (D, C), b (C,)  ->  scores (N, C).
    Column c of W is the template of class c. (The lectures print W x for one column x: their W is
    the transpose.)

    Raises ValueError when W has not one row per feature, or b not one entry per column of W.

    Lectures L1, L3.

    >>> linear_scores(
    ...     np.array([[1.0, 2.0]]), np.array([[1.0, 0.0], [0.0, 3.0]]), np.array([0.0, 0.5])
    ... )
    array([[1. , 6.5]])
    """
    X, W, b = _floating(X), _floating(W), _floating(b)
    if X.ndim != 2:
        raise ValueError(f"X has shape {X.shape}, expected (N, D)")
    if W.ndim != 2 or len(W) != X.shape[1]:
        raise ValueError(
            f"W has shape {W.shape}, but X has {X.shape[1]} features per sample: expected that "
            "many rows"
        )
    if b.shape != W.shape[1:]:
        raise ValueError(
            f"b has shape {b.shape}, but W has {W.shape[1]} columns: expected {W.shape[1:]}"
        )
    return X @ W + b  # (N, C)


def append_bias(X):
    """Give every sample one more feature that is always 1, so that its weight is the bias.

        [X 1] [W; b] = X W + b

    Shapes: X (N, D)  ->  (N, D + 1), the ones in the last column. b becomes the last row of W.
    A penalty on W would then also pull at the bias: leave that row out of it.

    Raises ValueError when X is not (N, D).

    Lecture L1 (f = W x).

    >>> append_bias(np.array([[2.0, 3.0]]))
    array([[2., 3., 1.]])
    """
    X = _floating(X)
    if X.ndim != 2:
        raise ValueError(f"X has shape {X.shape}, expected (N, D)")
    return np.hstack([X, np.ones((len(X), 1), X.dtype)])  # (N, D + 1)


def svm_loss(scores, y, margin=1.0):
    """Multiclass hinge loss: the true class must lead every other one by a margin Δ.

        L = 1/N Σₙ Σ_{j ≠ yₙ} max(0, sⱼ - s_y + Δ)

    Each class j ≠ y that violates its margin adds 1/N to dscores[n, j] and takes 1/N from
    dscores[n, yₙ].

    Shapes: scores (N, C), y (N,) integer labels in [0, C) -> loss (a scalar), dscores (N, C).
    margin Δ is a number. The true class has no margin to itself: counting it adds Δ to every loss.
    A margin that is met exactly costs nothing and has no gradient. Equal scores cost (C - 1) Δ.

    Raises ValueError when scores is not (N, C), or y is not of N integers in [0, C).

    Weston & Watkins 1999, "Support vector machines for multi-class pattern recognition". Lectures
    L1, L3.

    >>> svm_loss(np.array([[3.0, 2.5, -1.0]]), np.array([0]))
    (np.float64(0.5), array([[-1.,  1.,  0.]]))
    """
    scores, y, margin = _floating(scores), np.asarray(y), float(margin)
    _check_samples("scores", scores, y)
    _check_labels(y, scores.shape[1])
    N, samples = len(y), np.arange(len(y))
    margins = np.maximum(0, scores - scores[samples, y][:, None] + margin)  # (N, C)
    margins[samples, y] = 0
    dscores = (margins > 0).astype(scores.dtype)  # (N, C)
    dscores[samples, y] = -dscores.sum(axis=1)
    return margins.sum() / N, dscores / N


def softmax(scores):
    """Turn each row of scores into probabilities: positive, and adding up to one.

        pⱼ = exp(sⱼ) / Σₖ exp(sₖ)

    Shapes: scores (N, C)  ->  (N, C).
    Subtracting a constant from a row changes nothing, so its maximum is subtracted: exp then never
    overflows, and the denominator is at least 1. The maximum of each row: the maximum of all would
    push other rows to 0/0.

    Raises ValueError when scores is not (N, C).

    Bridle 1990, "Probabilistic interpretation of feedforward classification network outputs".
    Lectures L0, L1, L3, L4.

    >>> softmax(np.array([[1000.0, 1000.0], [-1000.0, 1000.0]]))
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    return np.exp(_log_softmax(scores))


def softmax_loss(scores, y):
    """Cross-entropy between the softmax of the scores and the labels.

        L = -1/N Σₙ log p[n, yₙ]        dscores = 1/N (p - onehot(y))        p = softmax(scores)

    Shapes: scores (N, C), y (N,) integer labels in [0, C)  ->  loss (a scalar), dscores (N, C).
    The logarithm is taken of the formula, not of p: log pⱼ = sⱼ - log Σₖ exp(sₖ) stays finite where
    p is 0. Equal scores cost log C, and so should an untrained classifier.

    Raises ValueError when scores is not (N, C), or y is not of N integers in [0, C).

    Bridle 1990. Lectures L0, L1, L3, L4.

    >>> loss, dscores = softmax_loss(np.zeros((2, 4)), np.array([0, 3]))
    >>> np.isclose(loss, np.log(4)), dscores
    (np.True_, array([[-0.375,  0.125,  0.125,  0.125],
           [ 0.125,  0.125,  0.125, -0.375]]))
    """
    log_p, y = _log_softmax(scores), np.asarray(y)
    _check_samples("scores", log_p, y)
    _check_labels(y, log_p.shape[1])
    N, samples = len(y), np.arange(len(y))
    dscores = np.exp(log_p)  # (N, C)
    dscores[samples, y] -= 1
    return -log_p[samples, y].mean(), dscores / N


def logistic_loss(scores, y):
    """Cross-entropy for two classes, from a single score: logistic regression.

        p = 1 / (1 + exp(-s))
        L = -1/N Σ [y log p + (1 - y) log(1 - p)]
        dscores = 1/N (p - y)

    With a sign t = ±1 for the two classes and z = t s, both halves are one: L = 1/N Σ log(1 +
    exp(-z)).

    Shapes: scores (N,), y (N,) labels 0 and 1  ->  loss (a scalar), dscores (N,).
    logaddexp(0, -z) is log(exp(0) + exp(-z)) without the overflow. A large score of the wrong sign
    costs its size, one of the right sign nothing.

    Raises ValueError when scores is not (N,), or y is not of N labels 0 or 1.

    Cox 1958, "The regression analysis of binary sequences". Lectures L3, L4.

    >>> loss, dscores = logistic_loss(np.array([0.0, -1e4]), np.array([1, 0]))
    >>> loss.round(3), dscores
    (np.float64(0.347), array([-0.25,  0.  ]))
    """
    scores, y = _floating(scores), np.asarray(y)
    if scores.ndim != 1 or scores.size == 0:
        raise ValueError(f"scores has shape {scores.shape}, expected (N,) with at least one sample")
    if y.shape != scores.shape:
        raise ValueError(f"y has shape {y.shape}, but scores has shape {scores.shape}")
    _check_binary(y)
    t = np.where(y == 1, 1, -1).astype(scores.dtype)  # (N,)
    z = t * scores
    error = np.exp(-np.logaddexp(0, z))  # (N,) probability of the wrong class
    return np.logaddexp(0, -z).mean(), -t * error / len(y)


def l2_penalty(W, reg):
    """Penalise large weights by their squares: it prefers many small weights to a few large ones.

        R = λ Σ W²        dW = 2 λ W

    Shapes: W of any shape  ->  penalty (a scalar), dW of the shape of W. reg λ ≥ 0.
    No factor one half (L0 prints one, L1, L3 and L4 do not), so the gradient has a 2. Not divided
    by the number of samples or weights.

    Raises ValueError when reg is negative.

    Hoerl & Kennard 1970, "Ridge regression". Lectures L0, L1, L3, L4.

    >>> penalty, dW = l2_penalty(np.array([1.0, -2.0]), reg=0.5)
    >>> float(penalty), dW
    (2.5, array([ 1., -2.]))
    """
    W, reg = _floating(W), _strength("reg", reg)
    return reg * np.sum(W**2), 2 * reg * W


def l1_penalty(W, reg):
    """Penalise weights by their size: it prefers a few weights, and zeros elsewhere.

        R = λ Σ |W|        dW = λ sign(W), sign(0) = 0

    Shapes: W of any shape  ->  penalty (a scalar), dW of the shape of W. reg λ ≥ 0.
    The pull towards zero is as strong for small weights as for large ones.

    Raises ValueError when reg is negative.

    Tibshirani 1996, "Regression shrinkage and selection via the lasso". Lectures L1, L3, L4.

    >>> penalty, dW = l1_penalty(np.array([1.0, -2.0, 0.0]), reg=0.5)
    >>> float(penalty), dW
    (1.5, array([ 0.5, -0.5,  0. ]))
    """
    W, reg = _floating(W), _strength("reg", reg)
    return reg * np.sum(np.abs(W)), reg * np.sign(W)


def elastic_net_penalty(W, reg1, reg2):
    """Penalise weights by their size and by their squares.

        R = λ₁ Σ |W| + λ₂ Σ W²        dW = λ₁ sign(W) + 2 λ₂ W

    Shapes: W of any shape  ->  penalty (a scalar), dW of the shape of W.
    reg1 λ₁ ≥ 0 belongs to the absolute values, reg2 λ₂ ≥ 0 to the squares.

    Raises ValueError when reg1 or reg2 is negative.

    Zou & Hastie 2005, "Regularization and variable selection via the elastic net". Lecture L3.

    >>> penalty, dW = elastic_net_penalty(np.array([1.0, -2.0]), reg1=1.0, reg2=0.5)
    >>> float(penalty), dW
    (5.5, array([ 2., -3.]))
    """
    penalty1, dW1 = l1_penalty(W, _strength("reg1", reg1))
    penalty2, dW2 = l2_penalty(W, _strength("reg2", reg2))
    return penalty1 + penalty2, dW1 + dW2


def minibatches(n, batch_size, rng):
    """Deal the indices 0 … n - 1 into shuffled batches: one epoch of stochastic gradient descent.

    Returns a list of index arrays. Each has batch_size entries, the last one what is left. Together
    they hold every index exactly once. Call it again for every epoch, for a new order.

    Raises ValueError when n is negative or batch_size is below 1.

    Lectures L0 to L4 (epoch, iteration, mini-batch).

    >>> [len(batch) for batch in minibatches(10, 4, np.random.default_rng(0))]
    [4, 4, 2]
    """
    if n < 0:
        raise ValueError(f"n is {n}, but it must not be negative")
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}, but it must be at least 1")
    order = rng.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


_LOSSES = {"svm": svm_loss, "softmax": softmax_loss}


class LinearClassifier:
    """A linear classifier, trained by stochastic gradient descent on a regularised loss.

        L(W, b) = 1/B Σ Lₙ + λ Σ W²
        W ← W - η ∂L/∂W
        b ← b - η ∂L/∂b
        over a batch of B samples

    After train: W (D, C) and b (C,). The bias is not penalised.

    Lectures L1, L3.

    >>> X, y = np.array([[0.0, 1.0], [0.0, 2.0], [3.0, 0.0], [4.0, 1.0]]), np.array([0, 0, 1, 1])
    >>> model, rng = LinearClassifier(), np.random.default_rng(0)
    >>> losses = model.train(
    ...     X, y, loss="softmax", lr=0.5, reg=0.0, num_steps=100, batch_size=2, rng=rng
    ... )
    >>> round(losses[0], 3), losses[-1] < 0.1, model.predict(X).tolist()
    (0.693, True, [0, 0, 1, 1])
    """

    def __init__(self):
        self.W = self.b = None

    def train(self, X, y, loss, lr, reg, num_steps, batch_size, rng):
        """Fit W and b, starting from zero, and return the losses: one for each step, before that
        step was made.

        Shapes: X (N, D), y (N,) integer labels from 0; C is the largest label + 1 -> a list of
        num_steps floats. loss: "svm" or "softmax". lr η; reg λ. Each step takes the next of the
        `minibatches`; after an epoch the samples are shuffled anew. batch_size N is gradient
        descent, 1 is stochastic gradient descent in the narrow sense, and in between are the
        mini-batches that everybody uses: the code is the same.
        The problem is convex, so W = 0 is a fair start: the scores are equal, and the first loss
        says log C or C - 1.

        Raises ValueError when X is not (N, D), y is not of N integers from 0, loss is unknown, reg
        is negative or batch_size is below 1.
        """
        X, y = _floating(X), np.asarray(y)
        _check_samples("X", X, y)
        _check_labels(y, np.inf)
        if loss not in _LOSSES:
            raise ValueError(f"loss is {loss!r}, expected one of {', '.join(_LOSSES)}")
        D, C = X.shape[1], int(y.max()) + 1
        self.W, self.b = np.zeros((D, C), X.dtype), np.zeros(C, X.dtype)
        batches = islice(_endless_minibatches(len(X), batch_size, rng), num_steps)
        return [self._step(X[batch], y[batch], _LOSSES[loss], float(lr), reg) for batch in batches]

    def predict(self, X):
        """Return the class with the highest score for each sample.

        Shapes: X (N, D)  ->  (N,) integer labels. Ties go to the smallest label.

        Raises ValueError before train, or when X is not (N, D).
        """
        if self.W is None:
            raise ValueError("W is None: the classifier must be trained before it can predict")
        return linear_scores(X, self.W, self.b).argmax(axis=1)

    def _step(self, X, y, loss_function, lr, reg):
        data_loss, dscores = loss_function(linear_scores(X, self.W, self.b), y)  # dscores (B, C)
        penalty, dW = l2_penalty(self.W, reg)
        self.W = self.W - lr * (X.T @ dscores + dW)  # (D, C)
        self.b = self.b - lr * dscores.sum(axis=0)  # (C,)
        return float(data_loss + penalty)


def random_local_search(f, w0, scale, num_steps, rng):
    """Stumble downhill: try a random step, and keep it only if it lowers f.

        w' = w + σ ε, ε ~ N(0, 1)        w ← w' if f(w') < f(w)

    f(w) -> a number. w0 of any shape; scale σ, the size of the steps. rng draws one standard normal
    array of the shape of w for each step.
    Returns w, and losses: a list of num_steps + 1 floats that never rises, from f(w0) to f(w).
    It needs no gradient, and that is its price: in D dimensions hardly any direction leads down
    far.

    Lecture L1.

    >>> w, losses = random_local_search(
    ...     lambda w: np.sum(w**2), np.ones(2), 0.2, 100, np.random.default_rng(0)
    ... )
    >>> losses[0], losses[-1] < 0.01
    (2.0, True)
    """
    w = _floating(w0).copy()
    losses = [float(f(w))]
    for _ in range(num_steps):
        candidate = w + (scale * rng.normal(size=w.shape)).astype(w.dtype)
        loss = float(f(candidate))
        if loss < losses[-1]:
            w = candidate
        losses.append(min(loss, losses[-1]))
    return w, losses


def rbf_kernel(A, B, gamma):
    """Similarity that falls with the distance: the radial basis function kernel.

        K[i, j] = exp(-γ ‖aᵢ - bⱼ‖²)

    Shapes: A (N, D), B (M, D) -> (N, M), in [0, 1]. gamma γ > 0: the larger, the shorter the reach
    of a sample.
    The squared distances come from one matrix product, ‖a‖² - 2 a·b + ‖b‖², never from an (N, M, D)
    array. Rounding could make a zero distance slightly negative, so they are cut off at zero.

    Raises ValueError when A or B is not a matrix, their numbers of features differ, or gamma is not
    positive.

    Boser, Guyon & Vapnik 1992, "A training algorithm for optimal margin classifiers". Lecture L3.

    >>> rbf_kernel(np.array([[0.0, 0.0]]), np.array([[0.0, 0.0], [1.0, 1.0]]), gamma=0.5).round(3)
    array([[1.   , 0.368]])
    """
    A, B = _features(A, B)
    if not gamma > 0:
        raise ValueError(f"gamma is {gamma}, but it must be positive")
    origin = B[:1].sum(axis=0)  # moving both changes no distance, but saves digits far from zero
    A, B = A - origin, B - origin
    squared = (A**2).sum(axis=1)[:, None] - 2 * A @ B.T + (B**2).sum(axis=1)  # (N, M)
    return np.exp(-float(gamma) * np.maximum(squared, 0))


def polynomial_kernel(A, B, degree, coef0):
    """Inner product in the space of all products of up to `degree` features, without going there.

        K[i, j] = (aᵢ · bⱼ + c₀)^degree

    Shapes: A (N, D), B (M, D) -> (N, M). degree: a positive integer. coef0 c₀ ≥ 0 weighs the lower
    powers; with 0 only the products of exactly `degree` features count.

    Raises ValueError when A or B is not a matrix, their numbers of features differ, degree is not a
    positive integer, or coef0 is negative (the kernel would not be an inner product).

    Boser, Guyon & Vapnik 1992. Lecture L3.

    >>> polynomial_kernel(np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]]), degree=2, coef0=1.0)
    array([[36.]])
    """
    A, B = _features(A, B)
    if degree < 1 or degree != int(degree):
        raise ValueError(f"degree is {degree}, expected a positive integer")
    return (A @ B.T + _strength("coef0", coef0)) ** int(degree)


class KernelSVM:
    """A support vector machine for two classes: linear in the feature space of a kernel, and curved
    in the plane.

        f(x) = w · φ(x) = Σⱼ αⱼ K(xⱼ, x)
        minimise  λ/2 ‖w‖² + 1/N Σₙ max(0, 1 - tₙ f(xₙ)),  tₙ = ±1

    The Pegasos algorithm draws one sample i per step t = 1, 2, … and follows the subgradient with
    the step 1/(λ t):

        w ← (1 - 1/t) w + 1/(λ t) tᵢ φ(xᵢ) if tᵢ f(xᵢ) < 1, else (1 - 1/t) w

    with f from before the step. φ may have infinitely many dimensions, but w is always a sum of
    φ(xⱼ), so it is enough to know the α.

    kernel: a function K(A, B, **kernel_params) -> (N, M), such as `rbf_kernel` with gamma=2.0.
    reg λ > 0; num_steps; rng: a numpy Generator that draws the samples, one `rng.integers(N)` per
    step.
    After fit: alpha (N,), and X (N, D), the samples. Those with α = 0 play no part; the others are
    the support vectors. There is no bias term, as in the paper.

    Raises ValueError when reg is not positive or num_steps is below 1.

    Shalev-Shwartz, Singer, Srebro & Cotter 2011, "Pegasos: primal estimated sub-gradient solver for
    SVM", Fig. 1 and section 4. Lecture L3.

    >>> X, y = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]), np.array([0, 0, 1, 1])
    >>> model = KernelSVM(
    ...     rbf_kernel, reg=0.1, num_steps=100, rng=np.random.default_rng(0), gamma=2.0
    ... )
    >>> model.fit(X, y).predict(X)  # XOR
    array([0, 0, 1, 1])
    """

    def __init__(self, kernel, reg, num_steps, rng, **kernel_params):
        if not reg > 0:
            raise ValueError(f"reg is {reg}, but it must be positive")
        if num_steps < 1:
            raise ValueError(f"num_steps is {num_steps}, but it must be at least 1")
        self.kernel, self.kernel_params = kernel, kernel_params
        self.reg, self.num_steps, self.rng = float(reg), num_steps, rng
        self.X = self.alpha = None

    def fit(self, X, y):
        """Find alpha; returns self.

        Shapes: X (N, D), y (N,) labels 0 and 1, which stand for t = -1 and t = 1.

        Raises ValueError when X is not (N, D), or y is not of N labels 0 or 1.
        """
        X, y = _floating(X), np.asarray(y)
        _check_samples("X", X, y)
        _check_binary(y)
        t = np.where(y == 1, 1, -1)  # (N,)
        K = self.kernel(X, X, **self.kernel_params)  # (N, N)
        alpha = np.zeros(len(X), K.dtype)  # (N,)
        for step in range(1, self.num_steps + 1):
            i = self.rng.integers(len(X))
            violated = t[i] * (alpha @ K[i]) < 1
            alpha *= 1 - 1 / step
            alpha[i] += violated * t[i] / (self.reg * step)
        self.X, self.alpha = X.copy(), alpha
        return self

    def decision_function(self, X):
        """Return f(x) for each sample: positive for class 1, and beyond ±1 outside the margin.

        Shapes: X (M, D)  ->  (M,).

        Raises ValueError before fit, or when X is not (M, D).
        """
        if self.alpha is None:
            raise ValueError("alpha is None: the SVM must be fitted before it can decide")
        return self.kernel(X, self.X, **self.kernel_params) @ self.alpha

    def predict(self, X):
        """Return the class of each sample: 1 where `decision_function` is positive, else 0.

        Shapes: X (M, D)  ->  (M,) integers.
        """
        return (self.decision_function(X) > 0).astype(np.int64)


def _log_softmax(scores):
    scores = _floating(scores)
    if scores.ndim != 2 or scores.size == 0:
        raise ValueError(
            f"scores has shape {scores.shape}, expected (N, C) with at least one sample and one "
            "class"
        )
    shifted = scores - scores.max(axis=1, keepdims=True)  # (N, C)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # (N, C)


def _endless_minibatches(n, batch_size, rng):
    while True:
        yield from minibatches(n, batch_size, rng)


def _floating(x):
    """Return x as an array of its own floating dtype; integers become float64."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _features(A, B):
    A, B = _floating(A), _floating(B)
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A has shape {A.shape} and B {B.shape}, expected (N, D) and (M, D)")
    return A, B


def _strength(name, value):
    if not value >= 0:
        raise ValueError(f"{name} is {value}, but it must not be negative")
    return float(value)


def _check_samples(name, x, y):
    if x.ndim != 2 or x.size == 0:
        raise ValueError(f"{name} has shape {x.shape}, expected two axes and at least one sample")
    if y.shape != x.shape[:1]:
        raise ValueError(
            f"y has shape {y.shape}, but {name} has {len(x)} rows: expected ({len(x)},)"
        )


def _check_labels(y, num_classes):
    if y.dtype.kind not in "iu":
        raise ValueError(f"y has dtype {y.dtype}, expected integer labels")
    if y.min() < 0 or y.max() >= num_classes:
        raise ValueError(
            f"y has labels from {y.min()} to {y.max()}, expected at least 0 and less than "
            f"{num_classes}"
        )


def _check_binary(y):
    if not np.isin(y, [0, 1]).all():
        raise ValueError(f"y has the labels {np.unique(y)}, expected 0 and 1")
