import contextlib
import io
import pickle
import struct
import tempfile

import numpy as np
import pytest

from grader.checks import assert_close, digits

PARTS = ("train", "val", "test")


@contextlib.contextmanager
def empty_folder():
    """What runs in this process works in an empty folder, as what runs in a fresh worker does
    anyway.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield


def write(subject, files):
    """Put files into the folder in which the subject's code runs; an array writes its bytes where
    it lives.
    """
    for name, content in files.items():
        subject.hold(np.frombuffer(content, np.uint8)).tofile(name)


def expect_data(data, expected):
    """Six tensors of the right kind and shape, with the right numbers in the right order."""
    assert_close(data, expected, "data", rtol=1e-6)
    for key, values in expected.items():
        dtype = np.asarray(data[key]).dtype
        assert dtype == values.dtype, (
            f"data[{key!r}] has the dtype {dtype}; expected {values.dtype}"
        )


def split(X, y, X_test, y_test):
    """The last tenth of the training samples validates."""
    n = len(y) - len(y) // 10
    parts = {"train": (X[:n], y[:n]), "val": (X[n:], y[n:]), "test": (X_test, y_test)}
    data = {f"X_{part}": X.astype(np.float32) for part, (X, _) in parts.items()}
    return data | {f"y_{part}": y.astype(np.int64) for part, (_, y) in parts.items()}


# ---- digits ------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("load_digits")
def test_load_digits_has_every_digit_once(student):
    """load_digits: each of the 1797 digits once, as images in [0, 1], in three parts"""
    data = {key: np.asarray(values) for key, values in student.load_digits().items()}

    sizes = {f"X_{part}": (n, 1, 8, 8) for part, n in zip(PARTS, (1295, 143, 359), strict=True)}
    sizes |= {f"y_{part}": shape[:1] for part, shape in zip(PARTS, sizes.values(), strict=True)}
    assert {key: values.shape for key, values in data.items()} == sizes, (
        "The shapes are not those of the docstring"
    )
    for key, values in data.items():
        expected = np.float32 if key[0] == "X" else np.int64
        assert values.dtype == expected, (
            f"{key} has the dtype {values.dtype}; expected {expected.__name__}"
        )
    X, y = (np.concatenate([data[f"{name}_{part}"] for part in PARTS]) for name in "Xy")
    right = digits()
    X_right, y_right = (
        np.concatenate(pair)
        for pair in [(right.X_train, right.X_test), (right.y_train, right.y_test)]
    )
    hint = (
        "Pixels go from 0 to 16 in the file. Images and labels have to be shuffled by the same "
        "permutation."
    )
    got, expected = in_order(X.reshape(-1, 64), y), in_order(X_right, y_right)
    assert_close(got, expected, "all images, each with its label", rtol=1e-6, hint=hint)


def in_order(X, y):
    """Rows of pixels and label in an order that does not depend on the one in which they came."""
    rows = np.column_stack([X, y]).astype(np.float64)
    return rows[np.lexsort(np.round(rows * 16).T)]


# ---- MNIST -------------------------------------------------------------------------------------

MNIST = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def mnist(rng, num_train=24, num_test=7):
    """The arrays of a small MNIST, and its four files."""
    arrays = []
    for n in (num_train, num_test):
        arrays += [
            rng.integers(256, size=(n, 28, 28), dtype=np.uint8),
            rng.integers(10, size=n, dtype=np.uint8),
        ]
    headers = [
        struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) for array in arrays
    ]
    files = [header + array.tobytes() for header, array in zip(headers, arrays, strict=True)]
    return arrays, dict(zip(MNIST, files, strict=True))


def as_images(X):
    return X[:, None] / np.float32(255)


@pytest.mark.points(2)
@pytest.mark.fresh
@pytest.mark.concept("load_mnist")
def test_load_mnist_reads_the_four_files(student, rng):
    """load_mnist: the images and labels of the four IDX files, the last tenth of the training file
    for validation
    """
    (X, y, X_test, y_test), files = mnist(rng)
    with empty_folder():
        write(student, files)
        data = student.load_mnist(".")
    expect_data(data, split(as_images(X), y, as_images(X_test), y_test))


# ---- CIFAR-10 ----------------------------------------------------------------------------------


class Python2Pickler(pickle._Pickler):
    """Writes bytes as Python 2 wrote its strings, which is what the published batches hold."""

    dispatch = dict(pickle._Pickler.dispatch)  # noqa: RUF012 - the name and form that the pickle module prescribes

    def save_bytes(self, value):
        """One byte string."""
        self.write(pickle.BINSTRING + struct.pack("<i", len(value)) + value)
        self.memoize(value)

    dispatch[bytes] = save_bytes


def pickled(batch):
    """A batch as numpy and Python wrote it when CIFAR-10 was published."""
    file = io.BytesIO()
    Python2Pickler(file, 2).dump(batch)
    return file.getvalue().replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")


def cifar(rng, size=5, num_test=3):
    """The arrays of a small CIFAR-10, and its six files."""
    arrays, files = [], {}
    for name, n in [*((f"data_batch_{i}", size) for i in range(1, 6)), ("test_batch", num_test)]:
        X, y = rng.integers(256, size=(n, 3072), dtype=np.uint8), rng.integers(10, size=n)
        arrays.append((X, y))
        files[name] = pickled({b"batch_label": name.encode(), b"labels": y.tolist(), b"data": X})
    return arrays, files


@pytest.mark.points(2)
@pytest.mark.fresh
@pytest.mark.concept("load_cifar10")
def test_load_cifar10_reads_the_batches(student, rng):
    """load_cifar10: the photographs of the five training batches, in order, and of the test
    batch
    """
    (*train, (X_test, y_test)), files = cifar(rng)
    X, y = (np.concatenate(parts) for parts in zip(*train, strict=True))
    with empty_folder():
        write(student, files)
        data = student.load_cifar10(".")
    expect_data(data, split(as_photographs(X), y, as_photographs(X_test), y_test))


def as_photographs(X):
    return X.reshape(-1, 3, 32, 32) / np.float32(255)
