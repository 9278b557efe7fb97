"""Ensembles: many weak classifiers vote, and the vote is better than each of them."""

import numpy as np


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
        raise NotImplementedError

    def predict(self, X):
        """Label of every row of X."""
        raise NotImplementedError



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
        raise NotImplementedError

    def fit(self, X, y):
        """Train n classifiers, each on a bootstrap sample; returns self."""
        raise NotImplementedError

    def predict(self, X):
        """Label with the most votes for every row of X."""
        raise NotImplementedError



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
        raise NotImplementedError

    def fit(self, X, y):
        """Train up to n stumps, each on newly weighted samples; returns self."""
        raise NotImplementedError

    def predict(self, X):
        """Label with the largest weighted vote for every row of X."""
        raise NotImplementedError
