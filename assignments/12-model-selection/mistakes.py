"""What students get wrong in this assignment. Each entry is an edit of the reference, and what they
should read.
"""

from grader.feedback import mistake

_TRIALS = "return _best([(params, float(objective(params))) for params in points])"
_FIND = "trials = [(params, float(objective(params))) for params in points]\n    "
_LARGEST = "return *max([t for t in trials if math.isfinite(t[1])], key=lambda t: t[1]), trials"
_ALL_OF_THEM = "return _best(trials)"

MISTAKES = [
    # ---- cross_validate --------------------------------------------------------------------------
    mistake(
        "cross_validate",
        "validates on the training data",
        "Each model is scored on what it was trained on. Score it on the fold that was left out.",
        ("X[validation], y[validation]", "X[training], y[training]"),
    ),
    mistake(
        "cross_validate",
        "trains on everything",
        "Every model is trained on all samples, also on those that it is scored on. Leave the "
        "fold out.",
        ("fit(X[training], y[training])", "fit(X, y)"),
    ),
    mistake(
        "cross_validate",
        "trains on one fold",
        "Each model is trained on one fold and scored on the others. It is the other way round: "
        "train on k - 1 folds.",
        ("fit(X[training], y[training])", "fit(X[validation], y[validation])"),
        ("score(model, X[validation], y[validation])", "score(model, X[training], y[training])"),
    ),
    mistake(
        "cross_validate",
        "not shuffled",
        "The folds are consecutive samples. Data often comes sorted by class: permute the indices "
        "before you cut them.",
        ("rng.permutation(len(X))", "np.arange(len(X))"),
    ),
    mistake(
        "cross_validate",
        "other random numbers",
        "cross_validate draws from numpy's global generator. Use rng, or nobody can repeat the "
        "experiment.",
        ("rng.permutation(len(X))", "np.random.permutation(len(X))"),
    ),
    mistake(
        "cross_validate",
        "a new permutation for every fold",
        "Each fold is drawn on its own, so some samples are validated twice and others never. "
        "Permute once, then cut.",
        (
            "np.array_split(rng.permutation(len(X)), k)",
            "[rng.permutation(len(X))[: len(part)] for part in np.array_split(X, k)]",
        ),
        (
            "np.concatenate(folds[:i] + folds[i + 1 :])",
            "np.setdiff1d(np.arange(len(X)), validation)",
        ),
    ),
    mistake(
        "cross_validate",
        "remainder left out",
        "When k does not divide N, the remaining samples are in no fold. Folds may differ by one "
        "in size.",
        (
            "np.array_split(rng.permutation(len(X)), k)",
            "np.split(rng.permutation(len(X))[: len(X) // k * k], k)",
        ),
    ),
    mistake(
        "cross_validate",
        "X and y shuffled apart",
        "X and y are shuffled with different permutations, so samples get the labels of others. "
        "Use the same indices.",
        ("folds = np.array_split(", "y = y[rng.permutation(len(y))]\n    folds = np.array_split("),
    ),
    mistake(
        "cross_validate",
        "returns the mean",
        "cross_validate returns the mean score. Return all k of them: how far they spread is "
        "worth knowing.",
        ("return np.array(scores, dtype=np.float64)", "return float(np.mean(scores))"),
    ),
    mistake(
        "cross_validate",
        "accepts other lengths",
        "cross_validate takes X and y of different lengths. Raise a ValueError that names y.",
        ("if len(X) != len(y):", "if False:"),
    ),
    # ---- grid_search -----------------------------------------------------------------------------
    mistake(
        "grid_search",
        "maximises",
        "grid_search gives the largest value. objective is something to minimise.",
        (_TRIALS, _FIND + _LARGEST),
    ),
    mistake(
        "grid_search",
        "no combinations",
        "The first values are tried together, then the second ones. A grid is every combination: "
        "itertools.product.",
        (
            "for values in itertools.product(*space.values())",
            "for values in zip(*space.values(), strict=False)",
        ),
    ),
    mistake(
        "grid_search",
        "one name at a time",
        "One name varies while the others stay at their first value. A grid is every combination: "
        "itertools.product.",
        (
            "points = [dict(zip(space, values, strict=True)) for values in "
            "itertools.product(*space.values())]",
            "first = {name: axis[0] for name, axis in space.items()}\n"
            "    points = [{**first, name: value} for name, axis in space.items() for value in "
            "axis]",
        ),
    ),
    mistake(
        "grid_search",
        "first name fastest",
        "The trials come in another order: the last name varies fastest, as in itertools.product.",
        (
            "dict(zip(space, values, strict=True)) for values in "
            "itertools.product(*space.values())",
            "dict(zip(space, values[::-1], strict=True))"
            " for values in itertools.product(*[space[name] for name in reversed(space)])",
        ),
    ),
    mistake(
        "grid_search",
        "a run that diverged wins",
        "A value that is not finite wins: -inf is below everything, NaN never above. Leave such "
        "trials out of it.",
        (_TRIALS, _FIND + "return *min(trials, key=lambda trial: trial[1]), trials"),
    ),
    mistake(
        "grid_search",
        "the last of equally good trials wins",
        "Of equally good trials, the last one wins. The first does: replace the best only by "
        "something lower.",
        (_TRIALS, _FIND + "return *_best(trials[::-1])[:2], trials"),
    ),
    mistake(
        "grid_search",
        "one dict for all trials",
        "All trials hold the same dict, which you go on changing. Make a new dict for every point.",
        (
            _TRIALS,
            "shared, trials = {}, []\n"
            "    for params in points:\n"
            "        shared.update(params)\n"
            "        trials.append((shared, float(objective(shared))))\n"
            "    return _best(trials)",
        ),
    ),
    mistake(
        "grid_search",
        "returns no trials",
        "The third result is missing. Return best_params, best_value and the list of trials.",
        (_TRIALS, _FIND + "return _best(trials)[:2]"),
    ),
    # ---- random_search ---------------------------------------------------------------------------
    mistake(
        "random_search",
        "log axis drawn linearly",
        "A log axis is drawn uniformly, so nearly all draws have the largest order of magnitude. "
        "Draw the logarithm.",
        (
            "_from_unit(axis, rng.random())",
            "_from_unit(axis[:2] if isinstance(axis, tuple) else axis, rng.random())",
        ),
    ),
    mistake(
        "random_search",
        "two bases of logarithm",
        "The draw is between natural logarithms, then a power of ten. Take exp after log, or 10 "
        "** after log10.",
        (
            "_from_unit(axis, rng.random())",
            "(10 ** rng.uniform(*np.log(axis[:2])) if axis[2:] == ('log',) else _from_unit(axis, "
            "rng.random()))",
        ),
    ),
    mistake(
        "random_search",
        "always between 0 and 1",
        "The draw is not stretched to its axis: low + (high - low) u.",
        (
            "_from_unit(axis, rng.random())",
            "(rng.random() if isinstance(axis, tuple) and len(axis) == 2 else _from_unit(axis, "
            "rng.random()))",
        ),
    ),
    mistake(
        "random_search",
        "one draw for all axes",
        "All axes share one random number, so the points lie on a line. Draw anew for every axis.",
        (
            "_from_unit(axis, rng.random()) for name, axis in space.items()} for _ in range(n)",
            "_from_unit(axis, u) for name, axis in space.items()} for u in rng.random(n)",
        ),
    ),
    mistake(
        "random_search",
        "last value of a list never drawn",
        "The last value of a list is never drawn. rng.integers(n) gives 0 to n - 1 already.",
        (
            "_from_unit(axis, rng.random())",
            "_from_unit(axis[: max(len(axis) - 1, 1)] if isinstance(axis, list) else axis, "
            "rng.random())",
        ),
    ),
    mistake(
        "random_search",
        "maximises",
        "random_search gives the largest value. objective is something to minimise.",
        (_TRIALS, _FIND + _LARGEST),
    ),
    mistake(
        "random_search",
        "a run that diverged wins",
        "A value that is not finite wins: -inf is below everything, NaN never above. Leave such "
        "trials out of it.",
        (_TRIALS, _FIND + "return *min(trials, key=lambda trial: trial[1]), trials"),
    ),
    mistake(
        "random_search",
        "other random numbers",
        "random_search draws from numpy's global generator. Use rng, or nobody can repeat the "
        "experiment.",
        ("rng.random()", "np.random.random()"),
    ),
    mistake(
        "random_search",
        "one trial too few",
        "random_search makes n - 1 trials. range(n) counts to n - 1, and has n numbers.",
        ("for _ in range(n)", "for _ in range(max(n - 1, 1))"),
    ),
    # ---- the Gaussian process --------------------------------------------------------------------
    mistake(
        "matern_kernel",
        "no length scale",
        "The distance is not divided by the length scale.",
        (" / length_scale", ""),
    ),
    mistake(
        "matern_kernel",
        "squared distance",
        "r is the squared distance. Take the root: the Euclidean distance.",
        ("np.linalg.norm(A[:, None] - B, axis=2)", "((A[:, None] - B) ** 2).sum(axis=2)"),
    ),
    mistake(
        "matern_kernel",
        "the Gaussian kernel",
        "That is the Gaussian kernel exp(-r²/2). Matérn's falls off more slowly: (1 + √5 r + 5 "
        "r²/3) exp(-√5 r).",
        ("(1 + s + s**2 / 3) * np.exp(-s)", "np.exp(-(s**2) / 10)"),
    ),
    mistake(
        "matern_kernel",
        "the kernel of ν = 3/2",
        "That is Matérn's kernel for ν = 3/2. For ν = 5/2 it has the root of 5, and a term 5 r²/3.",
        ("math.sqrt(5)", "math.sqrt(3)"),
        ("(1 + s + s**2 / 3) * np.exp(-s)", "(1 + s) * np.exp(-s)"),
    ),
    mistake(
        "matern_kernel",
        "no quadratic term",
        "The term 5 r²/3 is missing from the kernel.",
        ("(1 + s + s**2 / 3)", "(1 + s)"),
    ),
    mistake(
        "gp_posterior",
        "std is the variance",
        "The second result is the variance. Take its root.",
        ("np.sqrt(np.maximum(variance, 0))", "np.maximum(variance, 0)"),
    ),
    mistake(
        "gp_posterior",
        "root of a negative number",
        "The variance at a point that was tried can round to less than zero, and its root is NaN. "
        "Cut it off at 0.",
        ("np.sqrt(np.maximum(variance, 0))", "np.sqrt(variance)"),
    ),
    mistake(
        "gp_posterior",
        "noise in the uncertainty",
        "The noise is added to the variance at new points. std is that of the function itself, "
        "without the noise.",
        ("np.sqrt(np.maximum(variance, 0))", "np.sqrt(np.maximum(variance, 0) + noise)"),
    ),
    mistake(
        "gp_posterior",
        "noise as a standard deviation",
        "The noise is squared. It is a variance already: K = k(X, X) + noise I.",
        ("_factor(X, y, length_scale, noise)", "_factor(X, y, length_scale, noise**2)"),
    ),
    mistake(
        "gp_posterior",
        "no noise",
        "The noise is missing from K, so the mean goes through every value, however noisy. K = "
        "k(X, X) + noise I.",
        ("_factor(X, y, length_scale, noise)", "_factor(X, y, length_scale, 1e-12)"),
    ),
    mistake(
        "gp_posterior",
        "prior uncertainty",
        "std does not shrink where the function is known. Subtract diag(K⋆ᵀ K⁻¹ K⋆) from the "
        "prior variance.",
        ("1 - (V**2).sum(axis=0)", "np.ones(len(X_new))"),
    ),
    mistake(
        "gp_log_likelihood",
        "no constant",
        "The term ½ N log 2π is missing.",
        (" - 0.5 * len(y) * math.log(2 * math.pi)", ""),
    ),
    mistake(
        "gp_log_likelihood",
        "sign of the determinant",
        "½ log|K| has the wrong sign. It is subtracted: it punishes a flexible prior.",
        ("- np.log(np.diag(L)).sum()", "+ np.log(np.diag(L)).sum()"),
    ),
    mistake(
        "gp_log_likelihood",
        "determinant counted twice",
        "log|K| is not halved. With K = L Lᵀ, log|K| = 2 Σ log Lᵢᵢ, and half of it is Σ log Lᵢᵢ.",
        ("np.log(np.diag(L)).sum()", "2 * np.log(np.diag(L)).sum()"),
    ),
    mistake(
        "gp_log_likelihood",
        "fit counted twice",
        "yᵀ K⁻¹ y is not halved.",
        ("-0.5 * v @ v", "-v @ v"),
    ),
    mistake(
        "gp_log_likelihood",
        "determinant underflows",
        "The determinant of a large K rounds to zero, and its logarithm is -inf. Add up "
        "logarithms: 2 Σ log Lᵢᵢ.",
        ("np.log(np.diag(L)).sum()", "0.5 * np.log(np.linalg.det(L @ L.T))"),
    ),
    mistake(
        "expected_improvement",
        "maximises",
        "The improvement is mean - best, which is for a search that maximises. Here lower is "
        "better: best - mean.",
        ("gain = best - mean", "gain = mean - best"),
    ),
    mistake(
        "expected_improvement",
        "density without σ",
        "The density is not multiplied by σ: (best - μ) Φ(z) + σ φ(z).",
        ("std * pdf", "pdf"),
    ),
    mistake(
        "expected_improvement",
        "probability of improvement",
        "That is the probability that a point is better, Φ(z). It says nothing of how much better.",
        ("np.maximum(gain * cdf + std * pdf, 0)", "cdf"),
    ),
    mistake(
        "expected_improvement",
        "density and distribution swapped",
        "φ and Φ are swapped: the density belongs to σ, the distribution function to best - μ.",
        ("gain * cdf + std * pdf", "gain * pdf + std * cdf"),
    ),
    mistake(
        "expected_improvement",
        "only the expected gain",
        "The uncertainty is left out: max(best - μ, 0) never explores. Add σ φ(z), and weigh the "
        "gain by Φ(z).",
        ("np.maximum(gain * cdf + std * pdf, 0)", "np.maximum(gain, 0)"),
    ),
    mistake(
        "expected_improvement",
        "divides by zero",
        "Where σ is 0, z is 0/0 or infinite. The improvement is certain there: max(best - μ, 0).",
        (
            "z = np.divide(gain, std, out=np.zeros_like(gain, dtype=np.float64), where=std > 0)",
            "z = gain / std",
        ),
        (
            "np.where(std > 0, np.maximum(gain * cdf + std * pdf, 0), np.maximum(gain, 0))",
            "gain * cdf + std * pdf",
        ),
    ),
    # ---- bayesian_search -------------------------------------------------------------------------
    mistake(
        "bayesian_search",
        "never asks the model",
        "Every trial is a random one. From the trial 2 D + 2 on, try the point with the largest "
        "expected improvement.",
        ("u = _most_promising(np.array(points), values, rng)", "u = rng.random(len(bounds))"),
    ),
    mistake(
        "bayesian_search",
        "climbs",
        "The search looks for large values. objective is something to minimise.",
        (
            "_most_promising(np.array(points), values, rng)",
            "_most_promising(np.array(points), -values, rng)",
        ),
    ),
    mistake(
        "bayesian_search",
        "models the raw parameters",
        "The model sees the parameters in their own units. Map them to the unit cube, log axes by "
        "their logarithm.",
        (
            "_most_promising(np.array(points), values, rng)",
            "_most_promising(np.array([list(params.values()) for params, _ in trials]), values, "
            "rng)",
        ),
    ),
    mistake(
        "bayesian_search",
        "log axis searched linearly",
        "A log axis is searched linearly, so nearly all trials have the largest order of "
        "magnitude. Use its logarithm.",
        ("_from_unit(axis, c)", "_from_unit(axis[:2], c)"),
    ),
    mistake(
        "bayesian_search",
        "a run that diverged wins",
        "A value that is not finite wins: -inf is below everything, NaN never above. Leave such "
        "trials out of it.",
        (_ALL_OF_THEM, "return *min(trials, key=lambda trial: trial[1]), trials"),
    ),
    mistake(
        "bayesian_search",
        "gives up after a run that diverged",
        "Once a run has diverged, all further trials are random. Count its value as the worst "
        "finite one, and go on.",
        ("not np.isfinite(values).any()", "not np.isfinite(values).all()"),
    ),
    mistake(
        "bayesian_search",
        "returns the last trial",
        "The last trial is returned as the best. The search explores to the end: return the "
        "lowest of all trials.",
        (_ALL_OF_THEM, "return *trials[-1], trials"),
    ),
    mistake(
        "bayesian_search",
        "random trials on top of the budget",
        "The random trials come on top of the n that were asked for. They are the first of the n.",
        ("for t in range(n):", "for t in range(n + 2 * len(bounds) + 1):"),
    ),
    mistake(
        "bayesian_search",
        "begins with a grid",
        "The first trials are the same for every rng. They are random points of the unit cube.",
        (
            "u = rng.random(len(bounds))",
            "u = np.full(len(bounds), (t + 0.5) / (2 * len(bounds) + 1))",
        ),
    ),
    # ---- diagnose_learning_curves ----------------------------------------------------------------
    mistake(
        "diagnose_learning_curves",
        "the end is the last epoch",
        "The end of a curve is taken from its last epoch, which may be noisy. It is the mean over "
        "the last q epochs.",
        ("train[-q:].mean(), val[-q:].mean()", "train[-1], val[-1]"),
    ),
    mistake(
        "diagnose_learning_curves",
        "curves swapped",
        "Training and validation are swapped.",
        ("train, val = _check_curves", "val, train = _check_curves"),
    ),
    mistake(
        "diagnose_learning_curves",
        "lowest single epoch",
        "Validation is compared with its lowest epoch. Compare it with its lowest mean over q "
        "epochs: one dip is luck.",
        ('np.convolve(val, np.full(q, 1 / q), mode="valid").min()', "val.min()"),
    ),
    mistake(
        "diagnose_learning_curves",
        "absolute threshold for underfitting",
        "The fall is compared with 0.1 and not with 10 % of the first loss, so the unit of the "
        "loss matters.",
        ("0.1 * train[0]", "0.1"),
    ),
    mistake(
        "diagnose_learning_curves",
        "noise is no fall",
        "A fall that drowns in the noise of the training loss counts as learning. Ask for more "
        "than 3 times the noise.",
        ("max(0.1 * train[0], 3 * _jitter(train))", "0.1 * train[0]"),
    ),
    mistake(
        "diagnose_learning_curves",
        "shares of the first loss",
        "The shares are taken of the first loss. They are shares of the fall.",
        ("fall = train[0] - train_end", "fall = train[0]"),
    ),
    mistake(
        "diagnose_learning_curves",
        "validation noise not compared",
        "The noise of validation is not compared with that of training, which may be as noisy.",
        ("max(0.05 * fall, 3 * _jitter(train))", "0.05 * fall"),
    ),
    mistake(
        "diagnose_learning_curves",
        "one falling curve is enough",
        "One curve that still falls counts as stopped early. Both must fall.",
        ("min(still_falling)", "max(still_falling)"),
    ),
    mistake(
        "diagnose_learning_curves",
        "a gap is no overfitting",
        "A validation loss that stays far above training is called a good fit. A gap of more than "
        "25 % is overfitting.",
        ('("overfit", val_end - train_end > 0.25 * fall),', ""),
    ),
    mistake(
        "diagnose_learning_curves",
        "rules in another order",
        "Overfitting is looked for before the easier validation set. The first rule of the list "
        "decides.",
        ("return next(", "rules[2], rules[3] = rules[3], rules[2]\n    return next("),
    ),
    # ---- DecisionStump ---------------------------------------------------------------------------
    mistake(
        "DecisionStump.fit",
        "ignores the weights",
        "The stump does not use sample_weight. Each sample counts with its weight, in the shares "
        "of the classes too.",
        (
            "w = _check_weight(sample_weight, len(y))",
            "w = np.ones(len(_check_weight(sample_weight, len(y))))",
        ),
    ),
    mistake(
        "DecisionStump.fit",
        "only the first feature",
        "The stump looks at the first feature alone. Compare the best question of every feature.",
        ("for j in range(self.num_features):", "for j in range(1):"),
    ),
    mistake(
        "DecisionStump.fit",
        "ties go to the last feature",
        "Of two features that are equally good, the last one wins. Replace the best only by "
        "something better.",
        ("if purity > best:", "if purity >= best:"),
    ),
    mistake(
        "DecisionStump.fit",
        "sides swapped",
        "The answers of the two sides are swapped: left is for samples at or below the threshold.",
        ("classes[left], classes[right]", "classes[right], classes[left]"),
    ),
    mistake(
        "DecisionStump.fit",
        "positions instead of labels",
        "left and right are positions among the classes. Look the labels up.",
        ("classes[left], classes[right]", "left, right"),
    ),
    mistake(
        "DecisionStump.fit",
        "threshold lies on a sample",
        "The threshold is a value of the feature. Put it midway between two neighbouring values.",
        ("= j, threshold", "= j, X[X[:, j] <= threshold, j].max()"),
    ),
    mistake(
        "DecisionStump.fit",
        "counts errors",
        "The stump minimises the errors of its answers. Minimise the Gini impurity: it sees how "
        "pure the sides are.",
        (
            "purity, threshold, left, right = _best_threshold(X[:, j], mass)",
            "values, found = np.unique(X[:, j]), [(-np.inf, np.inf, 0, 0)]\n"
            "            for t in (values[:-1] + values[1:]) / 2:\n"
            "                L, R = mass[X[:, j] <= t].sum(axis=0), mass[X[:, j] > t].sum(axis=0)\n"
            "                found.append((L.max() + R.max(), t, L.argmax(), R.argmax()))\n"
            "            purity, threshold, left, right = max(found, key=lambda split: split[0])",
        ),
    ),
    mistake(
        "DecisionStump.fit",
        "both sides count alike",
        "The impurities of both sides are added as they are. Multiply each by the weight of its "
        "side.",
        (
            "purity, threshold, left, right = _best_threshold(X[:, j], mass)",
            "values, found = np.unique(X[:, j]), [(-np.inf, np.inf, 0, 0)]\n"
            "            for t in (values[:-1] + values[1:]) / 2:\n"
            "                L, R = mass[X[:, j] <= t].sum(axis=0), mass[X[:, j] > t].sum(axis=0)\n"
            "                pure = ((L / L.sum()) ** 2).sum() + ((R / R.sum()) ** 2).sum()\n"
            "                found.append((pure, t, L.argmax(), R.argmax()))\n"
            "            purity, threshold, left, right = max(found, key=lambda split: split[0])",
        ),
    ),
    mistake(
        "DecisionStump.predict",
        "a sample on the threshold goes right",
        "A sample exactly on the threshold goes to the right. The question is x <= t, so it goes "
        "left.",
        ("<= self.threshold", "< self.threshold"),
    ),
    # ---- Bagging ---------------------------------------------------------------------------------
    mistake(
        "Bagging.fit",
        "without replacement",
        "Every classifier sees the same N samples, so all are the same. Draw N with replacement, "
        "anew for each.",
        ("self.rng.integers(len(y), size=len(y))", "self.rng.permutation(len(y))"),
    ),
    mistake(
        "Bagging.fit",
        "one sample for all",
        "All classifiers share one bootstrap sample, so they are all the same. Draw anew for each.",
        (
            "for _ in range(self.n):",
            "shared = self.rng.integers(len(y), size=len(y))\n        for _ in range(self.n):",
        ),
        ("model.fit(X[drawn], y[drawn])", "model.fit(X[shared], y[shared])"),
    ),
    mistake(
        "Bagging.fit",
        "labels of other samples",
        "The samples are drawn, their labels are not. Draw one set of indices and use it for X "
        "and y.",
        ("model.fit(X[drawn], y[drawn])", "model.fit(X[drawn], y)"),
    ),
    mistake(
        "Bagging.fit",
        "half of the samples",
        "Each bootstrap sample holds N / 2 samples. It holds N, some of them several times.",
        (
            "self.rng.integers(len(y), size=len(y))",
            "self.rng.integers(len(y), size=(len(y) + 1) // 2)",
        ),
    ),
    mistake(
        "Bagging.fit",
        "other random numbers",
        "Bagging draws from numpy's global generator. Use rng, or nobody can repeat the "
        "experiment.",
        ("self.rng.integers(len(y), size=len(y))", "np.random.randint(len(y), size=len(y))"),
    ),
    mistake(
        "Bagging.predict",
        "only the last classifier",
        "predict asks the last classifier alone. All of them vote.",
        ("return _vote(", "return self.models[-1].predict(X)\n        return _vote("),
    ),
    mistake(
        "Bagging.predict",
        "averages the labels",
        "predict averages the labels. Labels are names, not quantities: count the votes of each.",
        (
            "return _vote(",
            "return np.rint(np.mean([model.predict(X) for model in self.models], "
            "axis=0)).astype(int)\n"
            "        return _vote(",
        ),
    ),
    mistake(
        "Bagging.predict",
        "ties go to the largest label",
        "A tied vote goes to the largest label. It goes to the smallest.",
        ("_vote(self.classes,", "_vote(self.classes[::-1],"),
    ),
    # ---- AdaBoost --------------------------------------------------------------------------------
    mistake(
        "AdaBoost.fit",
        "sign of alpha",
        "α has the wrong sign. It is log((1 - err) / err): large for a stump that is rarely wrong.",
        ("np.log((1 - err) / err)", "np.log(err / (1 - err))"),
    ),
    mistake(
        "AdaBoost.fit",
        "half of alpha",
        "α is halved, as Freund & Schapire have it. In SAMME there is no ½: missed samples grow "
        "by exp(α).",
        ("np.log((1 - err) / err)", "0.5 * np.log((1 - err) / err)"),
    ),
    mistake(
        "AdaBoost.fit",
        "no log(K - 1)",
        "log(K - 1) is missing from α. Without it, a stump must be right more often than not, "
        "also with many classes.",
        (" + np.log(K - 1)", ""),
    ),
    mistake(
        "AdaBoost.fit",
        "weights not normalised",
        "The weights are not divided by their sum, so err is not a share any more.",
        ("w /= w.sum()", ""),
    ),
    mistake(
        "AdaBoost.fit",
        "weights never change",
        "The weights stay as they are, so every stump is the same. Those of the missed samples "
        "grow by exp(α).",
        ("w = w * np.exp(alpha * missed)", ""),
    ),
    mistake(
        "AdaBoost.fit",
        "weights of the right ones grow",
        "The weights of the samples that the stump gets right grow. Those that it misses should.",
        ("np.exp(alpha * missed)", "np.exp(alpha * ~missed)"),
    ),
    mistake(
        "AdaBoost.fit",
        "stumps without weights",
        "The stumps are trained without the weights, so they are all the same. Hand them to fit.",
        ("DecisionStump().fit(X, y, w)", "DecisionStump().fit(X, y)"),
    ),
    mistake(
        "AdaBoost.fit",
        "error without weights",
        "err is the share of the samples that are missed. It is the sum of their weights.",
        ("w[missed].sum()", "missed.mean()"),
    ),
    mistake(
        "AdaBoost.fit",
        "infinite alpha",
        "A stump without a mistake gets α = log(1/0). Take its err as a tiny positive number.",
        ("max(w[missed].sum(), np.finfo(float).eps)", "w[missed].sum()"),
    ),
    mistake(
        "AdaBoost.fit",
        "goes on after a perfect stump",
        "Boosting goes on after a stump that makes no mistake. There is nothing left to learn: "
        "stop there.",
        ("if not missed.any():", "if False:"),
    ),
    mistake(
        "AdaBoost.fit",
        "keeps stumps that guess",
        "Stumps that only guess are kept. Stop before them; if it is the first one, keep it alone "
        "with α = 1.",
        ("if alpha <= 0:", "if False:"),
    ),
    mistake(
        "AdaBoost.predict",
        "all votes alike",
        "All stumps have one vote. The vote of stump m weighs alphas[m].",
        ("self.stumps], self.alphas)", "self.stumps], np.ones(len(self.stumps)))"),
    ),
    mistake(
        "AdaBoost.predict",
        "only the last stump",
        "predict asks the last stump alone. The ensemble is the weighted vote of all of them.",
        ("return _vote(", "return self.stumps[-1].predict(X)\n        return _vote("),
    ),
]
