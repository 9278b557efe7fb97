"""Ensembles: many weak classifiers vote, and the vote is better than each of them."""

import numpy as np

__all__ = ["DecisionStump", "Bagging", "AdaBoost"]  # noqa: RUF022 - in reading order


class DecisionStump:
    """A decision tree with a single question: is feature j of the sample at most t?

    fit chooses the feature and the threshold with the lowest weighted Gini impurity of the two
    sides,

        G = W_L (1 - ∑ₖ p_{L,k}²) + W_R (1 - ∑ₖ p_{R,k}²)

    where W_L is the weight of the samples on the left and p_{L,k} the share of it that class k
    holds.
    Each side then answers with its heaviest class.

    Shapes: fit takes X (N, D), y (N,) integer class indices and sample_weight (N,), all ones when
    omitted;
    predict takes X (M, D) and returns (M,) labels. Only the ratios of the weights matter.
    After fit: feature, threshold, left and right (the labels of the two sides).

    A sample exactly on the threshold goes left. A threshold lies midway between two neighbouring
    values of the feature. Ties go to the first feature, then to the smallest threshold; between
    classes to the smallest label.
    Where no feature has two different values, the stump answers the heaviest class everywhere
    (threshold = ∞).

    Raises ValueError when the shapes do not fit, X is empty, or sample_weight is negative or zero
    everywhere.

    Breiman, Friedman, Olshen & Stone 1984, "Classification and Regression Trees", section 4.3; L3
    (decision trees).

    >>> stump = DecisionStump().fit(np.array([[0.0], [1.0], [4.0], [5.0]]), np.array([7, 7, 2, 2]))
    >>> stump.threshold, stump.predict(np.array([[-3.0], [9.0]])).tolist()
    (2.5, [7, 2])
    """

    def fit(self, X, y, sample_weight=None):
        """Choose the question; returns self."""
        X, y = _check_samples(X, y)
        w = _check_weight(sample_weight, len(y))
        classes, k = np.unique(y, return_inverse=True)
        # (N, K) the sample's weight, in its class's column
        mass = w[:, None] * np.eye(len(classes))[k]
        heaviest = classes[mass.sum(axis=0).argmax()]
        self.num_features = X.shape[1]
        self.feature, self.threshold, self.left, self.right = 0, np.inf, heaviest, heaviest
        best = -np.inf
        for j in range(self.num_features):
            purity, threshold, left, right = _best_threshold(X[:, j], mass)
            if purity > best:
                best = purity
                self.feature, self.threshold = j, threshold
                self.left, self.right = classes[left], classes[right]
        return self

    def predict(self, X):
        """Label of every row of X."""
        X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self.num_features:
            raise ValueError(
                f"X has the shape {X.shape}, but fit saw {self.num_features} features per sample"
            )
        return np.where(X[:, self.feature] <= self.threshold, self.left, self.right)


def _best_threshold(x, mass):
    """Best split of one feature: (purity, threshold, index of the left class, index of the right
    class).

    Write L for the class weights of the left side. Since W_L (1 - ∑ p²) = W_L - ∑ L²/W_L, and the
    two W add up to a constant, the lowest impurity is the highest purity ∑ L²/W_L + ∑ R²/W_R. It is
    -∞ when all of x is equal.
    """
    order = np.argsort(x)
    x, mass = x[order], mass[order]
    cuts = np.flatnonzero(x[:-1] < x[1:])  # (C,) a cut stands after sample i
    if len(cuts) == 0:
        return -np.inf, np.inf, 0, 0
    L = np.cumsum(mass, axis=0)[cuts]  # (C, K)
    # (C, K) from its own end, so no weight gives exactly 0
    R = np.cumsum(mass[::-1], axis=0)[::-1][cuts + 1]
    purity = _purity(L) + _purity(R)  # (C,)
    best = purity.argmax()
    below, above = x[cuts[best]], x[cuts[best] + 1]
    threshold = below / 2 + above / 2
    if threshold == above:  # neighbouring floats have nothing in between
        threshold = below
    return purity[best], float(threshold), L[best].argmax(), R[best].argmax()


def _purity(mass):
    """∑ₖ massₖ² / ∑ₖ massₖ of each row; 0 for a row without weight."""
    total = mass.sum(axis=1)
    return np.divide((mass**2).sum(axis=1), total, out=np.zeros_like(total), where=total > 0)


class Bagging:
    """Train each classifier on its own bootstrap sample and let the majority decide.

    A bootstrap sample draws N of the N training samples *with* replacement: it holds about 63 % of
    them, some several times. What the classifiers have in common stays in the vote, what each owes
    to its own sample averages out: bagging lowers the variance, not the bias.

    base: a function without arguments that returns a new, untrained classifier with fit(X, y) and
    predict(X).
    n: how many of them. rng: the numpy.random.Generator that draws the samples.

    Shapes: fit takes X (N, D), y (N,) integer class indices; predict takes X (M, D) and returns
    (M,) labels.
    After fit: models, a list of n classifiers. A tied vote goes to the smallest label.

    Raises ValueError when n < 1, the shapes do not fit or X is empty.

    Breiman 1996, "Bagging Predictors", Machine Learning 24, section 1; L3 (Ensemble Learning).

    >>> X, y = np.arange(20.0)[:, None], np.repeat([3, 5], [12, 8])
    >>> bagging = Bagging(DecisionStump, 5, np.random.default_rng(0)).fit(X, y)
    >>> bagging.predict(np.array([[2.0], [18.0]])).tolist()
    [3, 5]
    """

    def __init__(self, base, n, rng):
        self.base, self.n, self.rng = base, _check_count(n), rng

    def fit(self, X, y):
        """Train n classifiers, each on a bootstrap sample; returns self."""
        X, y = _check_samples(X, y)
        self.classes, self.models = np.unique(y), []
        for _ in range(self.n):
            drawn = self.rng.integers(len(y), size=len(y))  # (N,) with replacement
            model = self.base()
            model.fit(X[drawn], y[drawn])
            self.models.append(model)
        return self

    def predict(self, X):
        """Label with the most votes for every row of X."""
        return _vote(
            self.classes, [model.predict(X) for model in self.models], np.ones(len(self.models))
        )


class AdaBoost:
    """Train stumps one after another, each on what those before it got wrong, and weigh their votes
    (SAMME).

    All weights begin as wᵢ = 1/N. Round m trains a stump hₘ with the weights w; then, with K
    classes,

        err = ∑ᵢ wᵢ [hₘ(xᵢ) ≠ yᵢ]
        αₘ  = log((1 - err) / err) + log(K - 1)
        wᵢ ← wᵢ exp(αₘ [hₘ(xᵢ) ≠ yᵢ]),  divided by their sum

    and the ensemble answers  argmaxₖ ∑ₘ αₘ [hₘ(x) = k].

    n: the most rounds. Shapes: fit takes X (N, D), y (N,) integer class indices; predict takes X
    (M, D), returns (M,). After fit: stumps, and alphas as an array of the same length. A tied vote
    goes to the smallest label.

    log(K - 1) is what makes more than two classes work: a stump has to beat guessing, err < 1 -
    1/K, not one half.
    For two classes it is 0, and αₘ is twice the α of Freund & Schapire, which changes no vote.
    Boosting ends early after a stump that makes no mistake (its err is taken as the machine
    epsilon, so that α is finite), or before a stump that does not beat guessing. If that is the
    first one, it is kept alone with α = 1.

    Raises ValueError when n < 1, the shapes do not fit, X is empty or y holds fewer than two
    classes.

    Zhu, Zou, Rosset & Hastie 2009, "Multi-class AdaBoost", algorithm 2; Freund & Schapire 1997; L3
    (Ensemble Learning).

    >>> X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 1, 1, 0])
    >>> DecisionStump().fit(X, y).predict(X).tolist(), AdaBoost(3).fit(X, y).predict(X).tolist()
    ([0, 1, 1, 1], [0, 1, 1, 0])
    """

    def __init__(self, n):
        self.n = _check_count(n)

    def fit(self, X, y):
        """Train up to n stumps, each on newly weighted samples; returns self."""
        X, y = _check_samples(X, y)
        self.classes = np.unique(y)
        K = len(self.classes)
        if K < 2:
            raise ValueError(
                f"y holds only the class {self.classes[0]}, expected at least two classes"
            )
        w = np.full(len(y), 1 / len(y))
        self.stumps, alphas = [], []
        for _ in range(self.n):
            stump = DecisionStump().fit(X, y, w)
            missed = stump.predict(X) != y  # (N,)
            err = max(w[missed].sum(), np.finfo(float).eps)
            alpha = np.log((1 - err) / err) + np.log(K - 1)
            if alpha <= 0:
                break
            self.stumps.append(stump)
            alphas.append(alpha)
            if not missed.any():
                break
            w = w * np.exp(alpha * missed)
            w /= w.sum()
        if not self.stumps:
            self.stumps, alphas = [stump], [1.0]
        self.alphas = np.array(alphas)
        return self

    def predict(self, X):
        """Label with the largest weighted vote for every row of X."""
        return _vote(self.classes, [stump.predict(X) for stump in self.stumps], self.alphas)


def _vote(classes, predictions, weights):
    """Label with the largest sum of weights for each sample; predictions holds n arrays (M,)."""
    votes = np.stack(predictions)[:, :, None] == classes  # (n, M, K)
    return classes[np.tensordot(weights, votes, axes=1).argmax(axis=1)]  # (M,)


def _check_samples(X, y):
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim != 2 or 0 in X.shape:
        raise ValueError(
            f"X has the shape {X.shape}, expected (N, D) with at least one sample and one feature"
        )
    if y.shape != X.shape[:1]:
        raise ValueError(
            f"y has the shape {y.shape}, but X has {len(X)} samples: expected ({len(X)},)"
        )
    return X, y


def _check_weight(sample_weight, n):
    if sample_weight is None:
        return np.ones(n)
    w = np.asarray(sample_weight)
    if w.shape != (n,):
        raise ValueError(
            f"sample_weight has the shape {w.shape}, but X has {n} samples: expected ({n},)"
        )
    if not (w >= 0).all() or not w.any():
        raise ValueError(
            f"sample_weight has the minimum {w.min()} and the sum {w.sum()}, expected weights >= "
            "0 that "
            "are not all zero"
        )
    return w


def _check_count(n):
    if n < 1:
        raise ValueError(f"n is {n}, expected at least 1 classifier")
    return n
