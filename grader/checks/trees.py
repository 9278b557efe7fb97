"""Arguments as trees: dicts, lists and tuples of arrays; the float64 arrays are differentiated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .failure import plain

__all__ = [
    "Floats",
    "Path",
    "alike",
    "float64",
    "float_arrays",
    "follow",
    "has_floats",
    "replaced",
    "same",
    "suffix",
]

Floats = NDArray[np.float64]
Path = tuple[Any, ...]


def float64(tree: Any) -> Any:
    """`tree` with every array copied, the floating ones as float64."""
    tree = plain(tree)
    if isinstance(tree, np.ndarray):
        return tree.astype(np.float64 if tree.dtype.kind == "f" else tree.dtype)
    if type(tree) is dict:
        return {key: float64(item) for key, item in tree.items()}
    if type(tree) in (list, tuple):
        return type(tree)(map(float64, tree))
    return tree


def float_arrays(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Floats]]:
    """Path and array of every float64 array."""
    if isinstance(tree, np.ndarray):
        if tree.dtype == np.float64:
            yield path, tree
    elif type(tree) in (dict, list, tuple):
        for key, item in tree.items() if type(tree) is dict else enumerate(tree):
            yield from float_arrays(item, (*path, key))


def has_floats(tree: Any) -> bool:
    """Whether there is anything to differentiate."""
    return next(float_arrays(tree), None) is not None


def follow(tree: Any, path: Path) -> Any:
    """The item at `path`."""
    for key in path:
        tree = tree[key]
    return tree


def replaced(tree: Any, path: Path, new: Any) -> Any:
    """`tree` with `new` at `path`; the other branches are shared."""
    if not path:
        return new
    items = dict(tree.items() if type(tree) is dict else enumerate(tree))
    items[path[0]] = replaced(items[path[0]], path[1:], new)
    return items if type(tree) is dict else type(tree)(items.values())


def suffix(path: Path) -> str:
    """The path as a suffix of a name.

    >>> suffix(("layer", 0))
    "['layer'][0]"
    """
    return "".join(f"[{key!r}]" for key in path)


def same(one: Any, two: Any) -> bool:
    """Whether all arrays of two trees are equal to the last bit, with NaN equal to NaN."""
    if isinstance(one, np.ndarray) and isinstance(two, np.ndarray):
        return one.shape == two.shape and np.array_equal(one, two, equal_nan=one.dtype.kind in "fc")
    if type(one) is dict and type(two) is dict:
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if type(one) in (list, tuple) and type(one) is type(two):
        return len(one) == len(two) and all(map(same, one, two))
    return True


def alike(one: Any, two: Any) -> bool:
    """Whether the float64 arrays of two trees agree like two runs of the same computation.

    The trees must have the same structure.
    """
    pairs = zip(float_arrays(one), float_arrays(two), strict=True)
    return all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=1e-9 * _largest(a), equal_nan=True)
        for (_, a), (_, b) in pairs
    )


def _largest(array: NDArray[Any]) -> float:
    """The largest absolute value of a finite element, or 0."""
    return float(np.abs(array[np.isfinite(array)]).max(initial=0.0))
