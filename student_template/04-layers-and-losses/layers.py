"""Layers: the affine map, and the activation functions that keep a stack of them from being one
affine map.

Every differentiable layer is a pair. `op_forward` returns its output and a cache, whatever the way
back needs; `op_backward` takes the gradient of the loss with respect to that output (dout) and
returns the gradients with respect to the inputs, in their order. Nothing else ever happens in a
neural network.

All activations but softmax act on each element alone: out = f(x). Their Jacobian is diagonal, so
they all go back as dx = dout ⊙ f'(x), and only the slope f' differs. Where a kink leaves the slope
open, at x = 0, it is the one of x < 0.
"""

import math
import numpy as np


def affine_forward(x, w, b):
    """Map every sample to M weighted sums of all its features: the fully connected layer.

        out = x w + b        with each sample of x as a row of D = d₁ ⋯ d_k features

    Shapes: x (N, d₁, …, d_k), w (D, M), b (M,)  ->  out (N, M), cache.
    Samples are rows here, so w stands to the right of x; the lectures write W x for a single column
    x.

    Raises ValueError when x has no batch axis, w is not (D, M), or b is not (M,).

    Rumelhart, Hinton & Williams 1986, "Learning representations by back-propagating errors", eq. 1.
    Lectures L0, L3 and L4.

    >>> out, _ = affine_forward(
    ...     np.array([[1.0, 2.0]]), np.array([[3.0, 0.0], [4.0, 1.0]]), np.array([0.5, 0.0])
    ... )
    >>> out
    array([[11.5,  2. ]])
    """
    raise NotImplementedError



def affine_backward(dout, cache):
    """Differentiate the affine layer with respect to all it was given.

        dx = dout wᵀ        dw = xᵀ dout        db = Σₙ doutₙ

    Shapes: dout (N, M)  ->  dx (N, d₁, …, d_k) like x, dw (D, M), db (M,).
    Every sample goes through the same w and b, so their gradients are sums over the batch. The sum
    of dw is the one inside the matrix product. No 1/N here: the loss has brought it along in dout.

    Raises ValueError when dout is not (N, M).

    Rumelhart, Hinton & Williams 1986, eqs. 6 and 7. Lecture L4.

    >>> x, w, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0], [6.0]]), np.zeros(1)
    >>> _, cache = affine_forward(x, w, b)
    >>> dx, dw, db = affine_backward(np.array([[1.0], [10.0]]), cache)
    >>> dx.tolist(), dw.tolist(), db.tolist()
    ([[5.0, 6.0], [50.0, 60.0]], [[31.0], [42.0]], [11.0])
    """
    raise NotImplementedError



def heaviside(x):
    """Fire or do not: the activation of the first artificial neurons.

        f(x) = 1 if x > 0, else 0

    Shapes: x of any shape  ->  the same shape, floating.
    Zero does not fire. There is no backward: the slope is 0 wherever it exists, so nothing could be
    learned through it. What it is good for today is to be the slope of ReLU.

    McCulloch & Pitts 1943, "A logical calculus of the ideas immanent in nervous activity". Lecture
    L4.

    >>> heaviside(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 1.])
    """
    raise NotImplementedError



def identity_forward(x):
    """Hand the input on: the activation of an output layer that predicts plain numbers.

        f(x) = x

    Shapes: x of any shape  ->  a copy of x, cache.

    Lecture L3 (linear activation).

    >>> identity_forward(np.array([-2.0, 3.0]))[0]
    array([-2.,  3.])
    """
    raise NotImplementedError



def identity_backward(dout, cache):
    """Hand the gradient on.

        f'(x) = 1

    Shapes: dout of the shape of x  ->  dx, a copy of it.

    Raises ValueError when dout has another shape than x.

    Lecture L3.

    >>> identity_backward(np.array([5.0, 7.0]), identity_forward(np.array([-2.0, 3.0]))[1])
    array([5., 7.])
    """
    raise NotImplementedError



def sigmoid_forward(x):
    """Squash every number into (0, 1), where it can be read as a probability.

        f(x) = 1 / (1 + exp(-x))

    Shapes: x of any shape  ->  the same shape, cache.
    exp(1000) is infinite, so exp is taken of -|x| only: for x < 0 the fraction is expanded by
    exp(x).

    Lectures L0, L3, L4.

    >>> sigmoid_forward(np.array([-1000.0, 0.0, 1000.0]))[0]
    array([0. , 0.5, 1. ])
    """
    raise NotImplementedError



def sigmoid_backward(dout, cache):
    """Go back through the sigmoid.

        f'(x) = f(x) (1 - f(x))

    Shapes: dout of the shape of x  ->  dx of the same shape.
    The slope is at most 1/4 and vanishes where the unit saturates: stacked sigmoids choke the
    gradient.

    Raises ValueError when dout has another shape than x.

    Lecture L4.

    >>> sigmoid_backward(np.array([1.0, 1.0]), sigmoid_forward(np.array([0.0, 50.0]))[1])
    array([0.25, 0.  ])
    """
    raise NotImplementedError



def tanh_forward(x):
    """Squash every number into (-1, 1): a sigmoid that is centred on zero.

        f(x) = tanh x = 2 / (1 + exp(-2x)) - 1

    Shapes: x of any shape  ->  the same shape, cache.
    np.tanh is safe everywhere; the formula with exp overflows for x = -1000.

    LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.4. Lectures L3, L4.

    >>> tanh_forward(np.array([-1000.0, 0.0, 1000.0]))[0]
    array([-1.,  0.,  1.])
    """
    raise NotImplementedError



def tanh_backward(dout, cache):
    """Go back through tanh.

        f'(x) = 1 - f(x)²

    Shapes: dout of the shape of x  ->  dx of the same shape.
    It is the output that is squared, not x.

    Raises ValueError when dout has another shape than x.

    Lecture L4.

    >>> tanh_backward(np.array([3.0, 3.0]), tanh_forward(np.array([0.0, 50.0]))[1])
    array([3., 0.])
    """
    raise NotImplementedError



def relu_forward(x):
    """Keep what is positive, drop the rest: the rectified linear unit.

        f(x) = max(0, x)

    Shapes: x of any shape  ->  the same shape, cache.

    Nair & Hinton 2010, "Rectified linear units improve restricted Boltzmann machines". Lectures L3,
    L4.

    >>> relu_forward(np.array([-2.0, 0.0, 3.0]))[0]
    array([0., 0., 3.])
    """
    raise NotImplementedError



def relu_backward(dout, cache):
    """Let the gradient pass where the input was positive.

        f'(x) = 1 if x > 0, else 0

    Shapes: dout of the shape of x  ->  dx of the same shape.
    The sign that counts is that of x, not that of dout. At x = 0 the slope is 0 (L4 writes 1;
    anything between is a subgradient). dout belongs to the caller: setting parts of it to zero
    would spoil it for others.

    Raises ValueError when dout has another shape than x.

    Lecture L4.

    >>> relu_backward(np.array([5.0, 6.0, -7.0]), relu_forward(np.array([-2.0, 0.0, 3.0]))[1])
    array([ 0.,  0., -7.])
    """
    raise NotImplementedError



def leaky_relu_forward(x, alpha=0.01):
    """A ReLU that leaks: a small slope for negative inputs, so that no unit is dead for good.

        f(x) = x if x > 0, else α x

    Shapes: x of any shape  ->  the same shape, cache. alpha α is a number.
    Equal to max(αx, x) for α ≤ 1. L0 prints ReLU(x) + αx, whose slope on the right is 1 + α; here
    it is 1, as in L3, L4 and the paper.

    Maas, Hannun & Ng 2013, "Rectifier nonlinearities improve neural network acoustic models", eq.
    2. Lectures L3, L4.

    >>> leaky_relu_forward(np.array([-2.0, 0.0, 3.0]))[0]
    array([-0.02,  0.  ,  3.  ])
    """
    raise NotImplementedError



def leaky_relu_backward(dout, cache):
    """Let the gradient pass where the input was positive, and a share α of it elsewhere.

        f'(x) = 1 if x > 0, else α

    Shapes: dout of the shape of x -> dx of the same shape. α is not learned, so it gets no
    gradient.

    Raises ValueError when dout has another shape than x.

    Lecture L4 (which takes 1 at x = 0).

    >>> _, cache = leaky_relu_forward(np.array([-2.0, 3.0]), alpha=0.1)
    >>> leaky_relu_backward(np.array([10.0, 10.0]), cache)
    array([ 1., 10.])
    """
    raise NotImplementedError



def prelu_forward(x, alpha):
    """A leaky ReLU that learns its slope α.

        f(x) = x if x > 0, else α x        with one α for all of x, or one for each channel

    Shapes: x (N, C, …), alpha (C,)  ->  the shape of x, cache.
    Channels are on axis 1. An alpha with a single entry, () or (1,), is shared by all elements of
    an x of any shape. alpha is taken in the dtype of x.

    Raises ValueError when alpha has several entries, but not one for each channel.

    He, Zhang, Ren & Sun 2015, "Delving deep into rectifiers", arXiv:1502.01852, eq. 1. Lecture L4.

    >>> prelu_forward(np.array([[-2.0, -2.0], [3.0, 3.0]]), np.array([0.1, 0.5]))[0]
    array([[-0.2, -1. ],
           [ 3. ,  3. ]])
    """
    raise NotImplementedError



def prelu_backward(dout, cache):
    """Differentiate PReLU with respect to its input and to its slopes.

        f'(x) = 1 if x > 0, else α
        dα = Σ dout ⊙ min(x, 0)
        summed over all elements that share this α

    Shapes: dout of the shape of x  ->  dx of that shape, dalpha of the shape of alpha.

    Raises ValueError when dout has another shape than x.

    He, Zhang, Ren & Sun 2015, arXiv:1502.01852, eqs. 2 and 3.

    >>> _, cache = prelu_forward(np.array([[-2.0, -2.0], [-3.0, 3.0]]), np.array([0.1, 0.5]))
    >>> dx, dalpha = prelu_backward(np.ones((2, 2)), cache)
    >>> dx.tolist(), dalpha.tolist()
    ([[0.1, 0.5], [0.1, 1.0]], [-5.0, -2.0])
    """
    raise NotImplementedError



def elu_forward(x, alpha=1.0):
    """A smooth ReLU that saturates at -α, so that the mean activation is pulled towards zero.

        f(x) = x if x > 0, else α (exp(x) - 1)

    Shapes: x of any shape  ->  the same shape, cache. alpha α is a number.
    Where an array holds both signs, exp must not see the large positive ones. expm1 is exp(x) - 1
    without the loss of digits near zero.

    Clevert, Unterthiner & Hochreiter 2016, arXiv:1511.07289, section 3. Lecture L4.

    >>> elu_forward(np.array([-1000.0, 0.0, 1000.0]), alpha=2.0)[0]
    array([  -2.,    0., 1000.])
    """
    raise NotImplementedError



def elu_backward(dout, cache):
    """Go back through ELU.

        f'(x) = 1 if x > 0, else f(x) + α

    Shapes: dout of the shape of x  ->  dx of the same shape.
    f(x) + α is α exp(x), at no cost. For α = 1 there is no kink.

    Raises ValueError when dout has another shape than x.

    Clevert, Unterthiner & Hochreiter 2016, arXiv:1511.07289, section 3. Lecture L4.

    >>> _, cache = elu_forward(np.array([-1000.0, 0.0, 1000.0]), alpha=2.0)
    >>> elu_backward(np.ones(3), cache)
    array([0., 2., 1.])
    """
    raise NotImplementedError



def softplus_forward(x):
    """A smooth ReLU that is always positive: for an output that stands for a variance or a rate.

        f(x) = ln(1 + exp(x))

    Shapes: x of any shape  ->  the same shape, cache.
    exp(1000) is infinite, though f(1000) is 1000: logaddexp(0, x) is ln(exp(0) + exp(x)) without
    the overflow.

    Dugas, Bengio, Bélisle, Nadeau & Garcia 2001, "Incorporating second-order functional knowledge
    for better option pricing". Lecture L4.

    >>> softplus_forward(np.array([-1000.0, 0.0, 1000.0]))[0].round(3).tolist()
    [0.0, 0.693, 1000.0]
    """
    raise NotImplementedError



def softplus_backward(dout, cache):
    """Go back through softplus. Its slope is the sigmoid.

        f'(x) = 1 / (1 + exp(-x))

    Shapes: dout of the shape of x  ->  dx of the same shape.
    The sigmoid of x, not of the output.

    Raises ValueError when dout has another shape than x.

    Lecture L4.

    >>> softplus_backward(np.ones(3), softplus_forward(np.array([-1000.0, 0.0, 1000.0]))[1])
    array([0. , 0.5, 1. ])
    """
    raise NotImplementedError



def softmax_forward(x):
    """Turn each row of scores into probabilities: positive, and adding up to one.

        pⱼ = exp(xⱼ) / Σₖ exp(xₖ)

    Shapes: x (…, C)  ->  p (…, C), cache. The sum runs over the last axis.
    Subtracting a constant from a row changes nothing, so its maximum is subtracted: exp then never
    overflows, and the denominator is at least 1. The maximum of each row: the maximum of all would
    push other rows to 0/0.

    Bridle 1990, "Probabilistic interpretation of feedforward classification network outputs".
    Lectures L0, L3, L4.

    >>> softmax_forward(np.array([[1000.0, 1000.0], [-1000.0, 1000.0]]))[0]
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    raise NotImplementedError



def softmax_backward(dout, cache):
    """Go back through softmax, where each score moves all probabilities of its row.

        ∂pⱼ/∂xₖ = pⱼ (δⱼₖ - pₖ)        dxₖ = pₖ (doutₖ - Σⱼ doutⱼ pⱼ)

    Shapes: dout (…, C)  ->  dx (…, C).
    Not dout ⊙ p ⊙ (1 - p), which is only the diagonal of the Jacobian. Each row of dx adds up to
    zero. The Jacobian itself, C × C for each row, is never needed.

    Raises ValueError when dout has another shape than x.

    Bridle 1990. Lecture L4.

    >>> _, cache = softmax_forward(np.array([[0.0, 0.0]]))
    >>> softmax_backward(np.array([[1.0, 0.0]]), cache)
    array([[ 0.25, -0.25]])
    """
    raise NotImplementedError
