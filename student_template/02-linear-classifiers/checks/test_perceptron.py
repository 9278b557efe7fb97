import numpy as np
import pytest

from grader.checks import assert_close

# the last column is the bias
CORNERS = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]])


@pytest.mark.points(2)
@pytest.mark.concept("perceptron")
def test_perceptron_predict(student, reference, rng):
    """Perceptron: fires where the weighted sum of the features is positive"""
    x, theta = rng.normal(size=(20, 3)), rng.normal(size=3)

    predicted = student.perceptron_predict(x, theta)

    assert_close(predicted, reference.perceptron_predict(x, theta), "perceptron_predict(x, theta)")


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
