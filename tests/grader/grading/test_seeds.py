"""Inputs and the worker's own generators say nothing of each other, and the inputs of hidden checks
nothing at all."""

import zlib

import numpy as np

from grader.grading.seeds import secret_of, seeds_of

CASE = "test_layers.py::test_relu[(2, 3)]"
SECRET = secret_of({"layers.py": b"def relu(x): ..."})


def test_the_inputs_of_a_public_check_follow_from_what_students_have():
    seeds = seeds_of(4, CASE, hidden=False, secret=SECRET)
    assert seeds == seeds_of(4, CASE, hidden=False, secret=secret_of({}))
    # as in every released answers.bin
    assert seeds.inputs == zlib.crc32(b"4 test_layers.py::test_relu[(2, 3)]")


def test_those_of_a_hidden_check_follow_from_the_solution_too():
    seeds = seeds_of(4, CASE, hidden=True, secret=SECRET)
    assert seeds == seeds_of(4, CASE, hidden=True, secret=SECRET)
    for reference in ({}, {"layers.py": b"def relu(x): pass"}, {"other.py": b"def relu(x): ..."}):
        another = seeds_of(4, CASE, hidden=True, secret=secret_of(reference))
        assert another.inputs != seeds.inputs
        assert another.worker != seeds.worker


def test_each_case_and_each_seed_has_its_own():
    for hidden in (False, True):
        drawn = [
            seeds_of(seed, f"test_a.py::test_{name}", hidden=hidden, secret=SECRET)
            for seed in range(20)
            for name in range(20)
        ]
        assert (
            len({seeds.inputs for seeds in drawn}) == len({seeds.worker for seeds in drawn}) == 400
        )
        assert not {seeds.inputs for seeds in drawn} & {seeds.worker for seeds in drawn}


def test_all_generators_take_them():
    seeds = seeds_of(0, CASE, hidden=True, secret=SECRET)
    assert seeds.inputs.bit_length() > 64  # nobody tries them all
    np.random.default_rng(seeds.inputs)
    assert 0 <= seeds.worker < 2**32


def test_the_secret_depends_on_how_the_solution_is_divided_into_files():
    assert secret_of({"a": b"xy", "b": b""}) != secret_of({"a": b"x", "b": b"y"})
    assert secret_of({"a": b"1", "b": b"2"}) == secret_of({"b": b"2", "a": b"1"})
