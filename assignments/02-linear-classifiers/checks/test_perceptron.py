import numpy as np
import pytest

from grader.checks import assert_close, assert_rejects

# the last column is the bias
CORNERS = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]])


@pytest.mark.points(2)
@pytest.mark.concept("perceptron")
def test_perceptron_predict(student, reference, rng):
    """Perceptron: fires where the weighted sum of the features is positive"""
    x, theta = rng.normal(size=(20, 3)), rng.normal(size=3)

    predicted = student.perceptron_predict(x, theta)

    assert_close(predicted, reference.perceptron_predict(x, theta), "perceptron_predict(x, theta)")


@pytest.mark.points(1)
@pytest.mark.concept("perceptron")
@pytest.mark.depends("test_perceptron_predict")
@pytest.mark.hidden(
    "What if the weighted sum is exactly zero, or x is a single sample of shape (D,)?"
)
def test_perceptron_predict_at_zero_and_for_one_sample(student, rng):
    """Perceptron: a sum of zero does not fire, and one sample gives one number"""
    x = np.array([[2.0, 1.0], [1.0, 2.0], [3.0, 3.0]])
    assert_close(
        student.perceptron_predict(x, np.array([1.0, -1.0])),
        np.array([1, 0, 0]),
        "perceptron_predict",
    )
    assert_close(
        student.perceptron_predict(rng.normal(size=(4, 5)), np.zeros(5)),
        np.zeros(4, int),
        "prediction",
    )
    assert_close(
        student.perceptron_predict(x[0], np.array([0.5, 2.0])), 1, "the prediction for one sample"
    )
    assert_close(
        student.perceptron_predict(x[1], np.array([0.5, -2.0])), 0, "the prediction for one sample"
    )


@pytest.mark.points(3)
@pytest.mark.concept("perceptron")
@pytest.mark.depends("test_perceptron_predict")
@pytest.mark.parametrize("epochs", [1, 3], ids="{} epochs".format)
def test_train_perceptron(student, reference, rng, epochs):
    """Perceptron: each mistake moves the weights, one sample after the other"""
    x, y = rng.normal(size=(9, 4)), rng.integers(2, size=9)

    theta = student.train_perceptron(x, y, 0.5, epochs)

    expected = reference.train_perceptron(x, y, 0.5, epochs)
    assert_close(
        theta, expected, "theta", hint="Predict each sample with the theta of that moment."
    )


@pytest.mark.points(2)
@pytest.mark.concept("perceptron")
@pytest.mark.depends("test_train_perceptron")
@pytest.mark.parametrize(
    ("gate", "y"),
    [("and", [0, 0, 0, 1]), ("or", [0, 1, 1, 1]), ("xor", [0, 1, 1, 0])],
    ids=["and", "or", "xor"],
)
def test_perceptron_and_or_xor(student, reference, gate, y):
    """Perceptron: learns AND and OR, and runs in circles on XOR"""
    y = np.array(y)
    if gate == "xor":  # no line separates it, so there is no end to the corrections
        thetas = [student.train_perceptron(CORNERS, y, 0.3, epochs) for epochs in (20, 21, 22)]
        expected = [reference.train_perceptron(CORNERS, y, 0.3, epochs) for epochs in (20, 21, 22)]
        assert_close(thetas, expected, "theta after 20, 21 and 22 epochs", atol=1e-12)
    else:
        theta = student.train_perceptron(CORNERS, y, 0.3, 30)
        assert_close(
            student.perceptron_predict(CORNERS, theta), y, f"the prediction of {gate.upper()}"
        )


@pytest.mark.points(2)
@pytest.mark.concept("perceptron")
@pytest.mark.depends("test_train_perceptron")
@pytest.mark.hidden(
    "If a hyperplane separates the classes, the mistakes end, whatever the learning rate. Do yours?"
)
@pytest.mark.parametrize("lr", [1e-3, 7.0], ids="lr={}".format)
def test_perceptron_separates_what_is_separable(student, reference, rng, lr):
    """Perceptron: makes no mistake any more once the classes are separable"""
    direction = rng.normal(size=5)
    x = rng.normal(size=(60, 5))
    x += np.sign(x @ direction)[:, None] * direction / np.linalg.norm(direction)  # a margin of 1
    y = (x @ direction > 0).astype(int)

    theta = student.train_perceptron(x, y, lr, 60)

    assert_close(reference.perceptron_predict(x, theta), y, "the prediction after training")


@pytest.mark.points(1)
@pytest.mark.concept("perceptron")
@pytest.mark.depends("test_train_perceptron")
@pytest.mark.hidden(
    "Look at the shape of theta and of y, and at the labels: -1 and 1 are not 0 and 1."
)
def test_perceptron_rejects_what_does_not_fit(student, rng):
    """Perceptron: what does not fit raises a ValueError that names the argument"""
    x, y = rng.normal(size=(4, 3)), np.array([0, 1, 1, 0])
    assert_rejects(student.perceptron_predict, x, rng.normal(size=4), naming="theta")
    assert_rejects(student.perceptron_predict, x, rng.normal(size=(3, 1)), naming="theta")
    assert_rejects(student.train_perceptron, x, 2 * y - 1, 1.0, 2, naming="y")
    assert_rejects(student.train_perceptron, x, y[:3], 1.0, 2, naming="y")
    assert_rejects(student.train_perceptron, x[:, 0], y, 1.0, 2, naming="x")
