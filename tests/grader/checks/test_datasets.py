import subprocess
import sys
import time

import numpy as np
import pytest

from grader.checks import datasets
from grader.checks.datasets import digits
from grader.errors import CourseError


def test_digits_are_those_of_scikit_learn():
    data = digits()
    X, y = np.concatenate([data.X_test, data.X_train]), np.concatenate([data.y_test, data.y_train])
    bundled = pytest.importorskip("sklearn.datasets").load_digits()
    order = np.random.default_rng(0).permutation(len(y))
    assert np.array_equal(X * 16, bundled.data[order])
    assert np.array_equal(y, bundled.target[order])


def test_shapes_dtypes_and_range():
    data = digits()
    assert data.X_train.shape == (1437, 64)
    assert data.X_test.shape == (360, 64)
    assert data.X_train.dtype == np.float64
    assert data.y_train.dtype == np.int64
    assert (data.X_train.min(), data.X_train.max()) == (0.0, 1.0)
    assert set(data.y_test) == set(range(10))


def test_every_call_gives_fresh_and_equal_arrays():
    one, two = digits(), digits()
    one.X_train[:] = 0
    assert two.X_train.any()
    assert np.array_equal(one.y_test, two.y_test)


def test_scikit_learn_is_not_imported_and_the_cost_is_small():
    code = (
        "import sys, time; from grader.checks.datasets import digits; t = time.process_time(); "
        "digits(); print(time.process_time() - t); assert not [m for m in sys.modules if "
        "m.startswith(('sklearn', 'scipy'))]"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert float(out) < 0.25  # 0.04 s on an idle core; the import would take 0.8 s


def test_reading_again_is_fast():
    best = min(_timed() for _ in range(5))
    assert best < 0.05


def _timed():
    start = time.process_time()
    digits()
    return time.process_time() - start


def test_without_scikit_learn_the_author_is_told(monkeypatch):
    monkeypatch.setattr(datasets, "find_spec", lambda _: None)
    with pytest.raises(CourseError, match="scikit-learn, which is not installed"):
        digits()
