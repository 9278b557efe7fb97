import textwrap

import pytest

from grader.authoring.release.public import public_checks
from grader.errors import CourseError

FILE = textwrap.dedent('''
    import math
    from itertools import pairwise, product

    import numpy as np
    import pytest

    SHAPES = [(2, 3)]
    SECRET = [(1, 1), (4, 2)]


    def inputs(rng, shape):
        return rng.normal(size=shape)


    def only_hidden(rng):
        return list(product(SECRET, [math.pi]))


    # ---- relu ----------------------------------------


    @pytest.mark.points(2)
    @pytest.mark.parametrize("shape", SHAPES)
    def test_relu(student, rng, shape):
        """ReLU: the output"""
        assert list(pairwise(student.relu(inputs(rng, shape))))


    # students forget the single sample
    @pytest.mark.points(3)
    @pytest.mark.hidden("One sample?")
    def test_relu_alone(student, rng):
        """ReLU: one sample"""
        assert student.relu(only_hidden(rng)) == np.zeros(1)


    # ---- only hidden things here ----------------------------------------


    @pytest.mark.points(3)
    @pytest.mark.hidden("Two?")
    def test_two(student):
        """Two"""
        assert student.relu(2) == 2
''')  # fmt: skip


def test_hidden_checks_go_with_all_that_only_they_used():
    text = public_checks(FILE, "test_layers.py")
    for gone in (
        "SECRET",
        "only_hidden",
        "math",
        "product",
        "numpy",
        "single sample",
        "test_two",
        "only hidden",
    ):
        assert gone not in text
    for kept in (
        "test_relu",
        "SHAPES",
        "def inputs",
        "pairwise",
        "# ---- relu ---",
        "ReLU: the output",
    ):
        assert kept in text
    compile(text, "test_layers.py", "exec")
    assert "\n\n\n\n" not in text


def test_a_file_of_hidden_checks_is_left_out():
    assert (
        public_checks(
            'import pytest\npytestmark = pytest.mark.hidden("x")\ndef test_a(): ...\n', "f"
        )
        is None
    )
    assert (
        public_checks('import pytest\n@pytest.mark.hidden("x")\ndef test_a(): ...\n', "f") is None
    )


def test_fixtures_are_kept_for_those_who_ask_for_them():
    source = textwrap.dedent("""
        import pytest

        @pytest.fixture
        def used(): return 1

        @pytest.fixture
        def unused(): return 2

        @pytest.fixture(autouse=True)
        def always(): return 3

        def test_a(used): assert used
    """)
    text = public_checks(source, "f")
    assert "def used" in text
    assert "def always" in text
    assert "unused" not in text


def test_a_public_check_may_not_lean_on_a_hidden_one():
    source = FILE.replace(
        '@pytest.mark.parametrize("shape", SHAPES)', '@pytest.mark.depends("test_two")'
    )
    with pytest.raises(
        CourseError, match="the public test_relu depends on test_two, which is hidden"
    ):
        public_checks(source, "test_layers.py")


def test_a_hidden_method_cannot_be_cut_out_of_its_class():
    source = (
        'import pytest\nclass TestA:\n    @pytest.mark.hidden("x")\n    def test_b(self): ...\n'
    )
    with pytest.raises(CourseError, match="test_b is hidden inside TestA"):
        public_checks(source, "f")
