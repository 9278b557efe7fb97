"""Optimizers: what to do with a gradient once backpropagation has found it.

Every rule has the same interface, `rule(w, dw, config=None) -> (next_w, config)`. `config` holds
the hyperparameters and what the rule remembers between steps (its state). Both come back in a new
dict that belongs in the next call:

    config = {"learning_rate": 0.1}
    for dw in gradients:
        w, config = rule(w, dw, config)

Each parameter of a network needs a config of its own: a velocity or a running average belongs to
one array.
"""

import numpy as np


def sgd(w, dw, config=None):
    """Step against the gradient.

        w ← w - η dw

    Shapes: w, dw of any one shape  ->  next_w of the same shape and dtype, config.
    config: learning_rate η (default 1e-2).
    A new array comes back; w stays as it was. With the gradient of a mini-batch in dw this is
    stochastic gradient descent, with that of the whole training set it is gradient descent: the
    rule does not know the difference.

    Raises ValueError when dw has another shape than w, a hyperparameter is negative, or config has
    an unknown key.

    Robbins & Monro 1951; lectures L0 to L4.

    >>> w, config = sgd(np.array([1.0, 2.0]), np.array([10.0, -10.0]))
    >>> w.round(6), config
    (array([0.9, 2.1]), {'learning_rate': 0.01})
    """
    raise NotImplementedError



def sgd_momentum(w, dw, config=None):
    """Let past gradients carry the step on, like a heavy ball that rolls downhill.

        v ← μ v - η dw        w ← w + v

    Shapes: w, dw, v of any one shape  ->  next_w of the same shape and dtype, config.
    config: learning_rate η (1e-2), momentum μ (0.9, in [0, 1)); state: velocity v (zeros).
    The velocity points downhill, and it contains the learning rate. L0, L3 and L4 print -v with the
    opposite sign, which is the same step. A constant gradient builds up a step 1/(1 - μ) times as
    long as that of `sgd`.

    Raises ValueError when dw or velocity has another shape than w, a hyperparameter is out of
    range, or config has an unknown key.

    Polyak 1964; Sutskever, Martens, Dahl & Hinton 2013, eqs. 1 and 2; lectures L0, L1, L3, L4.

    >>> w, config = sgd_momentum(np.array([1.0]), np.array([10.0]), {"velocity": np.array([0.5])})
    >>> w.round(6), config["velocity"].round(6)
    (array([1.35]), array([0.35]))
    """
    raise NotImplementedError



def nesterov(w, dw, config=None):
    """Momentum that looks ahead: take the gradient where the velocity is about to carry the
    weights.

        v ← μ v - η dw        w ← w + μ v - η dw        (the new v, in both places it stands)

    Shapes: w, dw, v of any one shape  ->  next_w of the same shape and dtype, config.
    config: learning_rate η (1e-2), momentum μ (0.9, in [0, 1)); state: velocity v (zeros).
    The lectures write the gradient at the look-ahead point θ + μ v. Here w *is* that point, so that
    dw is simply the gradient at w: put w = θ + μ v into v ← μ v - η ∇L(θ + μ v), θ ← θ + v, and the
    line above appears.

    Raises ValueError when dw or velocity has another shape than w, a hyperparameter is out of
    range, or config has an unknown key.

    Nesterov 1983; Sutskever et al. 2013, eqs. 3 and 4; the shifted variable: Bengio,
    Boulanger-Lewandowski & Pascanu 2013, arXiv:1212.0901, section 3.5; lectures L1, L3, L4.

    >>> w, config = nesterov(np.array([1.0]), np.array([10.0]), {"velocity": np.array([0.5])})
    >>> w.round(6), config["velocity"].round(6)
    (array([1.215]), array([0.35]))
    """
    raise NotImplementedError



def adagrad(w, dw, config=None):
    """Give every weight its own step size: the more gradient it has seen, the smaller.

        G ← G + dw²        w ← w - η dw / (√G + ε)

    Shapes: w, dw, G of any one shape  ->  next_w of the same shape and dtype, config.
    config: learning_rate η (1e-2), epsilon ε (1e-8); state: cache G (zeros).
    G is a sum over all steps, not a running average: it never decays, so the steps only ever
    shrink.

    Raises ValueError when dw or cache has another shape than w, a hyperparameter is negative, or
    config has an unknown key.

    Duchi, Hazan & Singer 2011, figure 1 (diagonal matrices); lectures L0, L1, L2. L0 prints ε
    inside the root.

    >>> w, config = adagrad(np.array([1.0, 1.0]), np.array([3.0, 0.001]))
    >>> (
    ...     w.round(6),
    ...     config["cache"],
    ... )  # the first step is η for either weight, however small its gradient
    (array([0.99, 0.99]), array([9.e+00, 1.e-06]))
    """
    raise NotImplementedError



def adadelta(w, dw, config=None):
    """Scale the gradient so that the step has the units of the weights and needs no tuned learning
    rate.

        G ← ρ G + (1 - ρ) dw²
        δ = √(D + ε) / √(G + ε) · dw
        D ← ρ D + (1 - ρ) δ²
        w ← w - η δ

    Shapes: w, dw, G, D of any one shape  ->  next_w of the same shape and dtype, config.
    config: rho ρ (0.95, in [0, 1)), epsilon ε (1e-6), learning_rate η (1.0); state: cache G,
    delta_cache D (zeros).
    δ uses the D of the step before, and D averages δ without η. Both ε stand inside their roots:
    the ε beside D is what starts the very first step.

    Raises ValueError when dw or a state array has another shape than w, a hyperparameter is out of
    range, or config has an unknown key.

    Zeiler 2012, arXiv:1212.5701, algorithm 1; lectures L2, L3.

    >>> w, config = adadelta(np.array([1.0]), np.array([2.0]))
    >>> w.round(6), config["cache"].round(6), config["delta_cache"].round(9)
    (array([0.995528]), array([0.2]), array([1.e-06]))
    """
    raise NotImplementedError



def rmsprop(w, dw, config=None):
    """Divide the gradient by the root of a running mean of its square: AdaGrad that forgets.

        G ← ρ G + (1 - ρ) dw²        w ← w - η dw / (√G + ε)

    Shapes: w, dw, G of any one shape  ->  next_w of the same shape and dtype, config.
    config: learning_rate η (1e-2), decay_rate ρ (0.99, in [0, 1)), epsilon ε (1e-8); state: cache G
    (zeros).
    The mean is not centred and its start at zero is not corrected: the first step is η / √(1 - ρ),
    ten times η.

    Raises ValueError when dw or cache has another shape than w, a hyperparameter is out of range,
    or config has an unknown key.

    Tieleman & Hinton 2012, Coursera lecture 6.5; lectures L0 to L4. L4 prints ε inside the root.

    >>> w, config = rmsprop(np.array([1.0]), np.array([2.0]))
    >>> w.round(6), config["cache"].round(6)
    (array([0.9]), array([0.04]))
    """
    raise NotImplementedError



def adam(w, dw, config=None):
    """Momentum and RMSprop together, both corrected for their start at zero.

        t ← t + 1        m ← β₁ m + (1 - β₁) dw        v ← β₂ v + (1 - β₂) dw²
        m̂ = m / (1 - β₁ᵗ)        v̂ = v / (1 - β₂ᵗ)        w ← w - η m̂ / (√v̂ + ε)

    Shapes: w, dw, m, v of any one shape  ->  next_w of the same shape and dtype, config.
    config: learning_rate η (1e-3), beta1 β₁ (0.9), beta2 β₂ (0.999), both in [0, 1), epsilon ε
    (1e-8);
    state: m, v (zeros), t (0), the number of steps taken.
    t is raised before it is used, and it is a power: L3 prints 1 - β₁ without the t, which corrects
    nothing. m̂ and v̂ serve this one step and are not stored. ε stands outside the root, as in the
    paper; L0 and L4 print it inside.

    Raises ValueError when dw, m or v has another shape than w, a hyperparameter is out of range, or
    config has an unknown key.

    Kingma & Ba 2015, arXiv:1412.6980, algorithm 1; lectures L0 to L4.

    >>> w, config = adam(np.array([1.0, 1.0]), np.array([100.0, -0.01]))
    >>> w.round(6), config["t"]  # the first step is ±η, whatever the size of the gradient
    (array([0.999, 1.001]), 1)
    >>> config["m"].round(6), config["v"].round(9)
    (array([ 1.e+01, -1.e-03]), array([1.e+01, 1.e-07]))
    """
    raise NotImplementedError



def adamw(w, dw, config=None):
    """Adam that shrinks the weights beside the adaptive step, not through it.

        w ← w - η (m̂ / (√v̂ + ε) + λ w)        m̂, v̂ as in `adam`, from dw alone

    Shapes: w, dw, m, v of any one shape  ->  next_w of the same shape and dtype, config.
    config: as `adam`, and weight_decay λ (1e-2); state: m, v (zeros), t (0).
    λ w never enters m or v: there it would be divided by √v̂, and the weights with the largest
    gradients would decay least. The decay uses w from before the step, and it is multiplied by the
    learning rate, as in PyTorch. (The paper multiplies it by the schedule's factor alone; its λ is
    this one's η λ.)

    Raises ValueError when dw, m or v has another shape than w, a hyperparameter is out of range, or
    config has an unknown key.

    Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2; lectures L0, L4.

    >>> w, config = adamw(
    ...     np.array([1.0]), np.array([0.0]), {"learning_rate": 0.1}
    ... )  # no gradient: only decay
    >>> w.round(6), config["weight_decay"]
    (array([0.999]), 0.01)
    """
    raise NotImplementedError



def nadam(w, dw, config=None):
    """Adam with Nesterov's look-ahead in its first moment.

        t ← t + 1
        m ← β₁ m + (1 - β₁) dw
        v ← β₂ v + (1 - β₂) dw²
        v̂ = v / (1 - β₂ᵗ)
        m̄ = β₁ m / (1 - β₁ᵗ⁺¹) + (1 - β₁) dw / (1 - β₁ᵗ)        w ← w - η m̄ / (√v̂ + ε)

    Shapes: w, dw, m, v of any one shape  ->  next_w of the same shape and dtype, config.
    config: learning_rate η (1e-3), beta1 β₁ (0.9), beta2 β₂ (0.999), both in [0, 1), epsilon ε
    (1e-8);
    state: m, v (zeros), t (0).
    m̄ is the first moment that the next step would begin with, so its correction is one power
    ahead: t + 1. The paper also lets β₁ grow over time, and so do some libraries; here it is
    constant.

    Raises ValueError when dw, m or v has another shape than w, a hyperparameter is out of range, or
    config has an unknown key.

    Dozat 2016, "Incorporating Nesterov Momentum into Adam", algorithm 2; lecture L3.

    >>> w, config = nadam(np.array([1.0]), np.array([5.0]))
    >>> w.round(6), config["t"]
    (array([0.998526]), 1)
    """
    raise NotImplementedError



def averaged_sgd(w, dw, config=None):
    """Plain SGD that also keeps the mean of all its iterates: the noise of the single steps
    averages out.

        w ← w - η dw        t ← t + 1        w̄ ← w̄ + (w - w̄) / t

    Shapes: w, dw, w̄ of any one shape  ->  next_w of the same shape and dtype, config.
    config: learning_rate η (1e-2); state: average w̄ (the mean of w₁ … wₜ), t (0).
    Training goes on from next_w, which is the plain step; evaluate with config["average"]. The mean
    is over the weights after each step; the starting point does not count.

    Raises ValueError when dw or average has another shape than w, a hyperparameter is negative, or
    config has an unknown key.

    Polyak & Juditsky 1992, "Acceleration of Stochastic Approximation by Averaging"; lecture L1.

    >>> w, config = averaged_sgd(np.array([1.0]), np.array([10.0]))
    >>> w, config = averaged_sgd(w, np.array([20.0]), config)
    >>> w.round(6), config["average"].round(6)  # 0.9, then 0.7
    (array([0.7]), array([0.8]))
    """
    raise NotImplementedError



def clip_by_norm(grads, max_norm):
    """Shorten the whole gradient to length max_norm where it is longer; its direction stays.

        ‖g‖ = √(Σᵢ ‖gᵢ‖²)        gᵢ ← min(1, max_norm / ‖g‖) gᵢ

    Shapes: grads, a list of arrays of any shapes -> a list of new arrays of the same shapes and
    dtypes, norm.
    norm: float, the joint norm over all arrays before clipping, worth plotting. There is one norm
    and one factor for the whole list: clipping each array alone would turn the direction. A
    gradient that is short enough is not changed, least of all made longer. A NaN anywhere shows in
    norm.

    Raises ValueError when max_norm is not positive, or grads is one array or a dict in place of a
    list.

    Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063, algorithm 1; lecture L0.

    >>> grads, norm = clip_by_norm([np.array([3.0]), np.array([[4.0]])], max_norm=1.0)
    >>> grads, norm
    ([array([0.6]), array([[0.8]])], 5.0)
    """
    raise NotImplementedError



def minimise(f_and_grad, w0, rule, config, num_steps):
    """Walk downhill from w0 for num_steps steps of a rule.

        wₜ₊₁, config = rule(wₜ, ∇f(wₜ), config)

    f_and_grad(w) -> (f(w), gradient of the shape of w); rule: any optimizer of this module; config:
    its dict or None. Returns w after the last step, the rule's config (its state; the average of
    `averaged_sgd` is in there), and losses, a list of num_steps + 1 floats: losses[t] = f(wₜ), from
    f(w0) to the value at the w that is returned.
    w0 and config stay as they were.

    Raises ValueError when num_steps is negative.

    Lectures L1, L3.

    >>> w, config, losses = minimise(lambda w: (w**2, 2 * w), 1.0, sgd, {"learning_rate": 0.25}, 3)
    >>> float(w), losses
    (0.125, [1.0, 0.25, 0.0625, 0.015625])
    """
    raise NotImplementedError
