"""Whatever a student's function may hand back: hypothesis strategies."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

SPECIAL = [
    np.array(0.5),
    np.zeros((0, 3)),
    np.full((2, 2), np.nan),
    np.full((2, 2), 1e308),
    np.array([[1, 2], [3, 4]], dtype=object),
    np.array([None, {}], dtype=object),
    np.array(["a", "b"]),
    np.array([b"a"]),
    np.zeros(2, dtype=[("a", "f8"), ("b", "i4")]),
    np.array(["2020-01-01"], dtype="datetime64[D]"),
    np.array([1 + 2j]),
    np.ones((2, 2), np.float16),
    np.ones((2, 2), np.longdouble) * np.finfo(np.longdouble).max,
    np.broadcast_to(1.0, (1 << 9, 1 << 9)),
    np.ones((2, 2)).view(np.matrix),
    np.ma.masked_array([1.0, 2.0], mask=[True, False]),
    np.float32(1.5),
    np.str_("text"),
    10**400,
    -(2**63),
    float("nan"),
    float("inf"),
    "\ud800\x1b[31m" + "x" * 1000,
    b"\xff" * 100,
    object(),
    np,
    iter([1, 2]),
    {"dx": 1.0},
    {(1, 2): 3},
    range(3),
    Ellipsis,
]


def arrays():
    real = st.one_of(hnp.floating_dtypes(), hnp.integer_dtypes(), hnp.unsigned_integer_dtypes())
    dtypes = st.one_of(real, hnp.boolean_dtypes(), hnp.complex_number_dtypes())
    return hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))


def scalars():
    return st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.complex_numbers(),
    )


def anything():
    leaves = st.one_of(
        st.sampled_from(SPECIAL), arrays(), scalars(), hnp.arrays(np.float64, (2, 2))
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.tuples(inner, inner),
            st.tuples(inner, inner, inner),
            st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), inner, max_size=3),
        ),
        max_leaves=6,
    )
