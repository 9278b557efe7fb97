import numpy as np
import pytest

from grader.checks import StudentRaised, accuracy, assert_close, assert_learns, assert_rejects


def circles(rng, N, noise=0.1):
    """Two classes on concentric circles of radius 1/2 and 1."""
    y = rng.integers(2, size=N)
    angle = rng.uniform(0, 2 * np.pi, N)
    X = np.where(y == 1, 0.5, 1.0)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return X + noise * rng.normal(size=X.shape), y


# ---- kernels ------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("kernels")
@pytest.mark.parametrize("gamma", [0.4, 2.0], ids="gamma={}".format)
def test_rbf_kernel(student, reference, rng, gamma):
    """RBF kernel: exp(-γ ‖a - b‖²) for every pair, 1 where the two are equal"""
    A, B = rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    B[2] = A[1]

    K = student.rbf_kernel(A, B, gamma)

    assert_close(K, reference.rbf_kernel(A, B, gamma), "K")


@pytest.mark.points(2)
@pytest.mark.concept("kernels")
@pytest.mark.parametrize(("degree", "coef0"), [(2, 1.0), (3, 0.5), (1, 0.0)], ids=str)
def test_polynomial_kernel(student, reference, rng, degree, coef0):
    """Polynomial kernel: (a · b + c₀) to the power of the degree, for every pair"""
    A, B = rng.normal(size=(4, 3)), rng.normal(size=(5, 3))

    K = student.polynomial_kernel(A, B, degree, coef0)

    assert_close(K, reference.polynomial_kernel(A, B, degree, coef0), "K")


@pytest.mark.points(1)
@pytest.mark.concept("kernels")
@pytest.mark.depends("test_rbf_kernel")
@pytest.mark.hidden(
    "With many long samples, an array of all N × M × D differences does not fit. Is there a way "
    "without?"
)
def test_rbf_kernel_of_long_samples(student, reference, rng):
    """RBF kernel: many samples with many features, in little memory"""
    A, B = rng.normal(size=(250, 2500)), rng.normal(size=(220, 2500))

    K = student.rbf_kernel(A, B, 2e-4)

    assert_close(K, reference.rbf_kernel(A, B, 2e-4), "K")


@pytest.mark.points(1)
@pytest.mark.concept("kernels")
@pytest.mark.depends("test_rbf_kernel", "test_polynomial_kernel")
@pytest.mark.hidden(
    "Do the two sets have the same features? For which γ, degree and c₀ is it a kernel at all?"
)
def test_kernels_reject_what_does_not_fit(student, rng):
    """Kernels: what does not fit raises a ValueError that names the argument"""
    A, B = rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    for kernel, parameters in ((student.rbf_kernel, (0.5,)), (student.polynomial_kernel, (2, 1.0))):
        assert_rejects(kernel, A, B[:, :2], *parameters, naming="B")
        assert_rejects(kernel, A, B[0], *parameters, naming="B")
        assert_rejects(kernel, A[0], B, *parameters, naming="A")
    for gamma in (0.0, -1.0):
        assert_rejects(student.rbf_kernel, A, B, gamma, naming="gamma")
    for degree in (0, 1.5):
        assert_rejects(student.polynomial_kernel, A, B, degree, 1.0, naming="degree")
    assert_rejects(student.polynomial_kernel, A, B, 2, -1.0, naming="coef0")


# ---- the kernel SVM ------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("KernelSVM")
@pytest.mark.depends("test_rbf_kernel")
@pytest.mark.parametrize("num_steps", [1, 30], ids="{} steps".format)
def test_svm_fits_alpha(student, reference, rng, num_steps):
    """Kernel SVM: alpha after a few steps of Pegasos"""
    X, y = circles(rng, 12)

    model = student.KernelSVM(student.rbf_kernel, 0.05, num_steps, rng, gamma=1.5)
    model.fit(X, y)

    expected = reference.KernelSVM(reference.rbf_kernel, 0.05, num_steps, rng, gamma=1.5)
    expected.fit(X, y)
    assert_close(
        model.alpha,
        expected.alpha,
        "alpha",
        hint="One rng.integers(N) per step; f is that of before the step.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("KernelSVM")
@pytest.mark.depends("test_svm_fits_alpha")
def test_svm_decides(student, reference, rng):
    """Kernel SVM: the decision function, and the class on which side of zero it lies"""
    X, y = circles(rng, 20)
    new, _ = circles(rng, 9)
    models = []
    for subject in (student, reference):
        models.append(subject.KernelSVM(subject.rbf_kernel, 0.02, 60, rng, gamma=2.0))
        models[-1].fit(X, y)
    model, expected = models

    assert_close(
        model.decision_function(new), expected.decision_function(new), "decision_function(X)"
    )
    assert_close(model.predict(new), expected.predict(new), "predict(X)")


@pytest.mark.points(3)
@pytest.mark.concept("KernelSVM")
@pytest.mark.depends("test_svm_decides")
def test_svm_separates_circles(student, calibration):
    """Kernel SVM: separates two circles, one inside the other, where no line can"""
    X, y = circles(np.random.default_rng(2), 120)
    new, labels = circles(np.random.default_rng(3), 200)

    def train(seed):
        model = student.KernelSVM(
            student.rbf_kernel, 0.01, 400, np.random.default_rng(seed), gamma=2.0
        )
        model.fit(X, y)
        return model.predict(new)

    assert_learns(
        train,
        metric=lambda predicted: accuracy(predicted, labels),
        key="svm-circles",
        calibration=calibration,
        name="the kernel SVM",
    )


@pytest.mark.points(3)
@pytest.mark.concept("KernelSVM")
@pytest.mark.depends("test_svm_decides", "test_polynomial_kernel")
@pytest.mark.hidden(
    "Try another kernel with other parameters, a training set of a single sample, and a point "
    "where f is zero."
)
def test_svm_with_another_kernel(student, reference, rng):
    """Kernel SVM: any kernel, and as few samples as you like"""
    for N, num_steps in ((15, 40), (1, 6)):
        X, y = rng.normal(size=(N, 3)), (np.arange(N) + 1) % 2
        scores = []
        for subject in (student, reference):
            model = subject.KernelSVM(
                subject.polynomial_kernel, 0.3, num_steps, rng, degree=3, coef0=0.5
            )
            model.fit(X, y)
            scores.append(model.decision_function(X))
        assert_close(*scores, "decision_function(X)")

    model = student.KernelSVM(student.polynomial_kernel, 0.3, 5, rng, degree=1, coef0=0.0)
    model.fit(X, y)
    assert_close(model.predict(np.zeros((2, 3))), np.array([0, 0]), "predict(X) where f is zero")


@pytest.mark.points(1)
@pytest.mark.concept("KernelSVM")
@pytest.mark.depends("test_svm_fits_alpha")
@pytest.mark.hidden(
    "Which reg, which labels make sense? And who asks for a decision before there was a fit?"
)
def test_svm_rejects_what_does_not_fit(student, rng):
    """Kernel SVM: what does not fit raises a ValueError that names the argument"""
    X, y = rng.normal(size=(6, 2)), np.arange(6) % 2
    assert_rejects(student.KernelSVM, student.rbf_kernel, 0.0, 10, rng, naming="reg")
    assert_rejects(student.KernelSVM, student.rbf_kernel, 0.1, 0, rng, naming="num_steps")
    model = student.KernelSVM(student.rbf_kernel, 0.1, 10, rng, gamma=1.0)
    with pytest.raises(StudentRaised) as error:
        model.predict(X)
    assert "ValueError" in (error.value.raised.kind, *error.value.raised.bases), (
        "predict before fit: no ValueError"
    )
    assert_rejects(model.fit, X, 2 * y - 1, naming="y")
    assert_rejects(model.fit, X, y[:-1], naming="y")
    assert_rejects(model.fit, X[:, 0], y, naming="X")
