"""Choosing a model: cross-validation, the search for hyper-parameters, and what learning curves
tell.
"""

import itertools
import math
import numpy as np


def cross_validate(fit, score, X, y, k, rng):
    """Train k times, each time on all folds but one, and score on the one that was left out.

    fit(X_train, y_train) returns a trained model; score(model, X_val, y_val) returns a number.
    Shapes: X (N, …), y (N, …)  ->  scores (k,), float64.

    The samples are shuffled once by rng and cut into k folds whose sizes differ by at most one, so
    every sample is validated exactly once and never by a model that was trained on it.

    Raises ValueError when X and y differ in length or k is not between 2 and N.

    Stone 1974, "Cross-Validatory Choice and Assessment of Statistical Predictions"; L3 (k-Fold
    Cross-Validation).

    >>> y = np.array([1.0, 2.0, 3.0, 4.0])
    >>> fit_mean, squared_error = lambda X, y: y.mean(), lambda mean, X, y: np.mean((y - mean) ** 2)
    >>> cross_validate(fit_mean, squared_error, y, y, 4, np.random.default_rng(0)).sum().round(3)
    np.float64(8.889)
    """
    raise NotImplementedError



def grid_search(space, objective):
    """Try every combination of the values and keep the one with the lowest objective.

    space: {name: list of values}. objective(params) returns the number to minimise, often a
    validation loss; params is a dict {name: value}.
    Returns (best_params, best_value, trials); trials lists (params, value) in the order tried, the
    last name fastest.

    Lower is better: for an accuracy return its negative. A value that is not finite (training
    diverged) never wins. The first of equally good trials wins. The cost is the product of the
    lengths of the lists.

    Raises ValueError when space is empty, an entry is not a non-empty list, or no trial gave a
    finite value.

    L3 (Hyper-parameter Tuning: grid search).

    >>> grid_search({"a": [1, 2], "b": [-1, 0, 1]}, lambda p: p["a"] + p["b"] ** 2)[:2]
    ({'a': 1, 'b': 0}, 1.0)
    """
    raise NotImplementedError



def random_search(space, objective, n, rng):
    """Try n random points and keep the one with the lowest objective.

    space: {name: axis} where an axis is one of
        [a, b, c]           a list: one of the values, all equally likely
        (low, high)         a tuple: uniform between low and high
        (low, high, "log") log-uniform: the *logarithm* is uniform, so 1e-4 … 1e-3 is as likely as
        1e-2 … 1e-1

    objective and the result are those of grid_search. A learning rate or a penalty belongs on a
    "log" axis: on a linear axis from 1e-5 to 1 nine draws of ten lie above 0.1.
    Where one parameter matters and another does not, n random points try n values of the one that
    does; a grid of n points tries only √n of them.

    Raises ValueError when space is empty, an axis is none of the above, low < high (and 0 < low on
    a "log" axis) does not hold, n < 1, or no trial gave a finite value.

    Bergstra & Bengio 2012, "Random Search for Hyper-Parameter Optimization", section 2; L3
    (Hyper-parameter Tuning).

    >>> space = {"lr": (1e-5, 1.0, "log"), "activation": ["relu", "tanh"]}
    >>> params, value, trials = random_search(
    ...     space, lambda p: abs(np.log10(p["lr"]) + 3), 50, np.random.default_rng(0)
    ... )
    >>> len(trials), bool(3e-4 < params["lr"] < 3e-3)
    (50, True)
    """
    raise NotImplementedError



def matern_kernel(A, B, length_scale):
    """Matérn covariance, ν = 5/2: how alike the values of a twice differentiable function are at
    two points.

        k(a, b) = (1 + √5 r + 5 r²/3) exp(-√5 r),    r = ‖a - b‖ / ℓ

    Shapes: A (N, D), B (M, D), length_scale ℓ > 0  ->  (N, M). The variance k(a, a) is 1.

    Raises ValueError when A and B differ in D or length_scale is not positive.

    Rasmussen & Williams 2006, "Gaussian Processes for Machine Learning", eq. 4.17.

    >>> matern_kernel(np.zeros((1, 1)), np.array([[0.0], [1.0]]), 1.0).round(3)
    array([[1.   , 0.524]])
    """
    raise NotImplementedError



def gp_posterior(X, y, X_new, length_scale, noise):
    """What a Gaussian process expects at new points after it has seen y at X: mean and standard
    deviation.

        K = k(X, X) + noise I        K⋆ = k(X, X⋆)
        μ = K⋆ᵀ K⁻¹ y                σ² = k(x⋆, x⋆) - diag(K⋆ᵀ K⁻¹ K⋆)

    with the Matérn kernel; K = L Lᵀ is factored, never inverted. The prior has mean 0 and variance
    1: standardise y.

    Shapes: X (N, D), y (N,), X_new (M, D)  ->  mean (M,), std (M,).
    noise is the *variance* of the noise in y, > 0. std is that of the function itself, without the
    noise.

    Raises ValueError when y does not have one value per row of X, noise is not positive, or as
    matern_kernel.

    Rasmussen & Williams 2006, eq. 2.25, 2.26 and algorithm 2.1.

    >>> X, y = np.array([[0.0], [1.0]]), np.array([1.0, -1.0])
    >>> mean, std = gp_posterior(X, y, np.array([[0.0], [0.5], [9.0]]), 0.5, 1e-9)
    >>> mean.round(3) + 0.0, std.round(3)
    (array([1., 0., 0.]), array([0.  , 0.72, 1.  ]))
    """
    raise NotImplementedError



def gp_log_likelihood(X, y, length_scale, noise):
    """Logarithm of the probability that the Gaussian process gives to the values y at X.

        log p(y | X) = -½ yᵀ K⁻¹ y - ½ log|K| - ½ N log 2π,    K = k(X, X) + noise I

    The first term rewards fitting y, the second punishes a flexible prior: the length scale with
    the highest likelihood explains the data without being able to explain everything. log|K| = 2 ∑
    log Lᵢᵢ.

    Shapes, conventions and errors are those of gp_posterior  ->  float.

    Rasmussen & Williams 2006, eq. 2.30.

    >>> round(gp_log_likelihood(np.zeros((1, 1)), np.array([2.0]), 1.0, 1e-9), 4)
    -2.9189
    """
    raise NotImplementedError



def expected_improvement(mean, std, best):
    """By how much a point is expected to fall below the best value so far, if its value is normal
    with mean and std.

        EI = E[max(best - f, 0)] = (best - μ) Φ(z) + σ φ(z),    z = (best - μ) / σ

    Shapes: mean, std (M,), best a number  ->  (M,), never negative.
    For a search that minimises. Large where μ is low (exploit) and where σ is large (explore). σ =
    0 gives
    max(best - μ, 0).

    Raises ValueError when mean and std differ in shape or std is negative.

    Jones, Schonlau & Welch 1998, "Efficient Global Optimization of Expensive Black-Box Functions",
    eq. 15.

    >>> expected_improvement(np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.0, 1.0]), 0.5).round(3)
    array([0.5  , 0.   , 0.198])
    """
    raise NotImplementedError



def bayesian_search(bounds, objective, n, rng):
    """Minimise an expensive objective: model it by a Gaussian process, try where the expected
    improvement is largest.

    bounds: {name: (low, high)} or {name: (low, high, "log")}; no lists.
    objective and the result are those of grid_search.

    The first 2 D + 1 trials (D axes) are random. Every further trial
        1. maps the points tried to the unit cube (the logarithm of a "log" axis) and standardises
           their values;
        2. takes the length scale and the noise with the highest likelihood from a small grid;
        3. tries the point with the largest expected improvement among random points of the cube and
           random steps, short and long, away from the best point so far.
    A trial whose value is not finite counts as the worst finite one, so that the search stays away
    from it.

    Worth its overhead where one trial takes longer than a second; random_search needs more trials
    for the same value.

    Raises ValueError as random_search does, and for a list in bounds.

    Snoek, Larochelle & Adams 2012, "Practical Bayesian Optimization of Machine Learning
    Algorithms", arXiv:1206.2944; L3 (Hyper-parameter Tuning).

    >>> params, value, _ = bayesian_search(
    ...     {"x": (-5, 5)}, lambda p: (p["x"] - 2) ** 2, 15, np.random.default_rng(0)
    ... )
    >>> bool(abs(params["x"] - 2) < 0.1)
    True
    """
    raise NotImplementedError



def diagnose_learning_curves(train, val):
    """Name the scenario that the training and the validation loss per epoch show.

    Let q be a fifth of the epochs (at least one), "the end" the mean over the last q epochs, and
    fall the distance from the first training loss down to its end. The noise of a curve is the
    typical size of its jitter: the median of |xₜ₋₁ - 2 xₜ + xₜ₊₁| / 1.65, which is σ for a straight
    line with independent normal noise σ.
    The first rule that applies decides:

        "underfit"              the training loss hardly falls:
                                fall ≤ 10 % of the first loss, or ≤ 3 times its noise
        "validation too small"  the validation loss jitters:
                                noise > 5 % of fall and > 3 times that of training
        "validation easier"     at the end validation lies below training by more than 10 % of fall
        "overfit"               validation rises:
                                its end lies above its lowest q-epoch mean by more than 10 % of fall
        "stopped early"         both still fall:
                                the last q epochs lie below the q before by more than 5 % of fall
        "overfit"               at the end validation lies above training by more than 25 % of fall
        "good fit"              none of these: both came down, levelled off, and stayed close

    Shapes: train, val (T,) non-negative losses with T ≥ 5 -> one of the six names. Multiplying both
    by the same positive number changes nothing. The shares are rules of thumb; look at the plot as
    well.
    Dropout raises the training loss that is measured while training, and can look like an easier
    validation set.

    Raises ValueError when the lengths differ, T < 5, or a loss is negative or not finite.

    The scenarios are L0's (A few possible scenarios for learning curves); L3 (Generalization).

    >>> t = np.arange(30)
    >>> diagnose_learning_curves(np.exp(-t / 5), np.exp(-t / 5) + 0.02)
    'good fit'
    >>> diagnose_learning_curves(np.exp(-t / 5), np.exp(-t / 5) + 0.02 * t)
    'overfit'
    """
    raise NotImplementedError
