"""The reference in this process behind the interface of a worker, with the same copies and types."""

import types

import numpy as np
import pytest

from grader.sandbox import wire
from grader.sandbox.inside.evaluator import Dispatcher
from grader.sandbox.loopback import Loopback
from grader.sandbox.transport import evaluate, refuse_measuring
from grader.sandbox.wire import Ask, Call, Handle, Told

SOURCE = """
class Counter:
    def __init__(self, start):
        self.value = start

kept = []

def keep(x):
    kept.append(x)
    x[0] = 9.0
    return x

def fails():
    raise ValueError("no")

def calls(f, x):
    return f(x) + 1
"""


@pytest.fixture
def loopback():
    module = types.ModuleType("a")
    exec(SOURCE, module.__dict__)
    closed = []
    made = Loopback(Dispatcher(lambda _: module), on_close=lambda: closed.append(True))
    made.module, made.closed = module, closed
    return made


def ask(loopback, *calls):
    return loopback.request(calls, seconds=1, wall=1)


def call(name, *args):
    return Call("call", "a", name=name, args=args)


def test_arguments_and_answers_are_copies(loopback):
    given = np.zeros(2)
    (answer,) = ask(loopback, call("keep", given))
    assert given[0] == 0
    assert answer.value[0] == 9
    assert loopback.module.kept[0] is not given
    assert answer.mutated, "what the code did to its copy is reported"


def test_objects_stay_and_come_as_handles(loopback):
    (made,) = ask(loopback, call("Counter", 3))
    assert isinstance(made.value, Handle)
    (value,) = ask(loopback, Call("get", target=made.value, name="value"))
    assert value.value == 3


def test_an_exception_ends_the_batch(loopback):
    answers = ask(loopback, call("keep", np.zeros(1)), call("fails"), call("Counter", 1))
    assert len(answers) == 2
    assert (answers[1].raised.kind, answers[1].raised.message) == ("ValueError", "no")


def test_a_function_of_the_check_is_called_here(loopback):
    (answer,) = ask(loopback, call("calls", lambda x: 10 * x, 4))
    assert answer.value == 41


def test_it_is_closed_once_and_prints_nothing(loopback):
    assert loopback.output() == ""
    assert loopback.cpu_seconds() > 0
    loopback.close()
    loopback.close()
    assert loopback.closed == [True]


@pytest.mark.parametrize("operand", [np.zeros(2), [1.0], "a", {"a": 1}], ids=repr)
def test_an_operator_never_takes_data_of_the_check(loopback, operand):
    (made,) = ask(loopback, call("Counter", 3))
    subtract = Call("binary", name="sub", args=(made.value, operand))
    with pytest.raises(TypeError, match="takes objects of the submission and numbers"):
        ask(loopback, subtract)


def test_an_operator_takes_objects_and_numbers():
    refuse_measuring([Call("binary", name="sub", args=(Handle(1), 2.5))])


def test_what_the_checks_function_raises_reaches_the_code_that_called_it():
    def wrong(_):
        raise KeyError("x" * 10_000)

    told = wire.decode(*_sent(evaluate(Ask(0, (1,), {}), [wrong])))
    assert isinstance(told, Told)
    assert told.raised.kind == "KeyError"
    assert len(told.raised.message) <= wire.MAX_MESSAGE


def test_a_function_that_was_not_given_cannot_be_called():
    with pytest.raises(wire.ProtocolError):
        evaluate(Ask(1, (), {}), [lambda: 1])


def _sent(packet):
    header, segments = packet
    return header, [bytearray(segment) for segment in segments]
