"""Every operation, in process and in a worker: the same calls give the same answers on both sides
of the wall.
"""

import random
import sys
from types import ModuleType

import numpy as np
import pytest

from grader.sandbox.inside.evaluator import Dispatcher
from grader.sandbox.loopback import Loopback
from grader.sandbox.wire import Answer, Call, Handle, Raised, Ref

SOURCE = """
import random
import numpy as np

CONSTANT = {"rate": 0.5}

class Value:
    def __init__(self, data):
        self.data = data
    def __add__(self, other):
        return Value(self.data + getattr(other, "data", other))
    def __radd__(self, other):
        return Value(other - self.data)
    def __neg__(self):
        return Value(-self.data)
    def __len__(self):
        return 7
    def __float__(self):
        return float(self.data)
    def __eq__(self, other):
        return True
    __hash__ = None
    @property
    def broken(self):
        return self.nothing

class Model:
    def __init__(self, n):
        self.params = {"W": np.zeros((n, n)), "b": 0.0}
        self.first = self.params["W"]
    def total(self):
        return float(self.first.sum())

def forward(x, w, b=1.0):
    return x @ w + b, (x, w)

def backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout

def same_cache(a, b):
    return a is b

def adds_in_place(x, others, scale=1.0):
    x += scale
    for other in others:
        other *= 2
    return None

def reshapes(x):
    x.shape = (-1,)
    return x.base is None and x.flags.owndata and x.flags.writeable

def norm(v):
    return float(np.sqrt((v ** 2).sum()))

def pair(a, b):
    return a + b, [a]

def draw():
    return random.random(), float(np.random.rand())

def count(config):
    config["t"] = config.get("t", 0) + 1
    return config["t"]

def fails(x):
    y = x.reshape(-1)
    return (
        y
        @ x
    )

def raises(kind):
    raise {"stub": NotImplementedError("later"), "exit": SystemExit(3), "interrupt": KeyboardInterrupt(),
           "own": OwnError("mine"), "bad": BadError(), "refused": PermissionError(13, "Permission denied")}[kind]

class OwnError(ValueError):
    pass

class BadError(Exception):
    def __str__(self):
        raise RuntimeError("no text")

def deep(n):
    return deep(n + 1)

def twice(f, x):
    return f(f(x))

def guarded(f, x):
    try:
        return f(x)
    except ValueError as error:
        return f"caught {error}"

def in_a_thread(f):
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(f, 1).result()

def endless():
    items = []
    items.append(items)
    return items

def huge():
    return np.zeros((1 << 28) + 1, np.int8)
"""


class Subject:
    """The shortest way to say a call."""

    def __init__(self, transport):
        self.transport = transport

    def batch(self, *calls):
        return self.transport.request(calls, seconds=20, wall=60)

    def answer(self, op, *args, name="", target=None, last="send", **kwargs) -> Answer:
        (answer,) = self.batch(Call(op, "student", target, name, args, kwargs, last))
        return answer

    def __call__(self, op, *args, **options):
        answer = self.answer(op, *args, **options)
        assert answer.raised is None, answer.raised
        return answer.value

    def raised(self, op, *args, **options) -> Raised:
        raised = self.answer(op, *args, **options).raised
        assert raised is not None
        return raised


def in_process():
    modules = {}

    def load(stem):
        if stem != "student":
            raise ModuleNotFoundError(f"no {stem}", name=stem)
        if stem not in modules:
            modules[stem] = ModuleType(stem)
            exec(compile(SOURCE, "<student>", "exec"), modules[stem].__dict__)
        return modules[stem]

    return Loopback(Dispatcher(load))


@pytest.fixture(params=["in process", "in a worker"])
def subject(request):
    if request.param == "in process":
        yield Subject(in_process())
        return
    worker = request.getfixturevalue("sandbox").start(
        {"student.py": SOURCE.encode()}, memory=1024, output=4
    )
    yield Subject(worker)
    worker.close()


@pytest.fixture
def worker(sandbox):
    worker = sandbox.start({"student.py": SOURCE.encode()}, memory=1024, output=4)
    yield Subject(worker)
    worker.close()


# ---- calls and what becomes of their results -----------------------------------------------------


def test_a_call_returns_plain_data(subject):
    x, w = np.arange(6.0).reshape(2, 3), np.ones((3, 2))
    out, cache = subject("call", x, w, name="forward", b=2.0)
    np.testing.assert_array_equal(out, x @ w + 2)
    assert type(cache) is tuple
    np.testing.assert_array_equal(cache[0], x)


def test_a_kept_cache_stays_where_it_is_and_comes_back_as_itself(subject):
    x, w = np.arange(6.0).reshape(2, 3), np.ones((3, 2))
    out, cache = subject("call", x, w, name="forward", last="keep")
    assert cache == Handle(cache.id, "tuple")
    dx, dw = subject("call", out, cache, name="backward")
    np.testing.assert_array_equal(dw, x.T @ out)
    assert dx.shape == x.shape
    assert subject("call", cache, cache, name="same_cache") is True


def test_a_dropped_cache_is_none(subject):
    _, cache = subject("call", np.ones((1, 1)), np.ones((1, 1)), name="forward", last="drop")
    assert cache is None


def test_last_touches_only_tuples_of_two_and_more(subject):
    assert subject("call", np.ones(4), name="norm", last="keep") == 2.0


def test_the_same_object_has_the_same_handle(subject):
    model = subject("call", 2, name="Model")
    first = subject("get", target=model, name="first", last="keep")
    params = subject("get", target=model, name="params", last="keep")
    assert subject("item", "b", target=params) == 0.0
    assert subject("get", target=model, name="first", last="keep") == first
    assert first.kind == "ndarray"


def test_dotted_names_reach_into_objects(subject):
    assert subject("call", "rate", name="CONSTANT.get") == 0.5
    model = subject("call", 3, name="Model")
    assert subject("get", target=model, name="first.shape") == (3, 3)


def test_a_handle_can_be_called(subject):
    kind = subject("get", name="Value")
    value = subject("call", 2.5, target=kind)
    assert value.kind == "Value"
    assert subject("get", target=value, name="data") == 2.5


def test_items_are_read_and_assigned(subject):
    held = subject("hold", {"a": 1, "b": [1, 2, 3]})
    subject("item", "a", 5, target=held)
    assert subject("item", "a", target=held) == 5
    array = subject("hold", np.arange(12.0).reshape(3, 4))
    np.testing.assert_array_equal(
        subject("item", (slice(1, 3), ...), target=array), np.arange(4.0, 12).reshape(2, 4)
    )


def test_write_overwrites_an_array_in_place_and_replaces_anything_else(subject):
    model = subject("call", 2, name="Model")
    params = subject("get", target=model, name="params", last="keep")
    subject("write", "W", np.ones((2, 2)), target=params)
    assert subject("call", target=model, name="total") == 4.0
    subject("write", "W", np.ones((3, 3)), target=params)
    assert subject("call", target=model, name="total") == 4.0
    assert subject("item", "W", target=params).shape == (3, 3)


def test_a_held_dict_is_updated_in_place(subject):
    config = subject("hold", {})
    assert [subject("call", config, name="count") for _ in range(3)] == [1, 2, 3]
    assert subject("item", "t", target=config) == 3


def test_operators_work_on_objects_from_both_sides(subject):
    value = subject("call", 2.0, name="Value")
    total = subject("binary", value, 3.0, name="add")
    assert subject("get", target=total, name="data") == 5.0
    swapped = subject("binary", 3.0, value, name="add")
    assert subject("get", target=swapped, name="data") == 1.0
    assert subject("get", target=subject("unary", value, name="neg"), name="data") == -2.0
    assert subject("unary", value, name="len") == 7
    assert subject("unary", value, name="float") == 2.0


@pytest.mark.parametrize(
    "name", ["eq", "lt", "contains", "truth", "is_", "bool", "setitem", "attrgetter", "__add__"]
)
def test_no_operator_answers_a_comparison(subject, name):
    value = subject("call", 2.0, name="Value")
    for op, args in (("binary", (value, 1)), ("unary", (value,))):
        assert subject.raised(op, *args, name=name).kind == "KeyError"


def test_map_calls_row_by_row_and_stacks(subject):
    rows = np.arange(12.0).reshape(4, 3)
    np.testing.assert_allclose(subject("map", rows, name="norm"), np.linalg.norm(rows, axis=1))
    sums, _ = subject("map", rows, rows, name="pair", last="drop")
    np.testing.assert_array_equal(sums, 2 * rows)
    xs, ws = rows.reshape(4, 1, 3), np.ones((4, 3, 2))
    out, caches = subject("map", xs, ws, name="forward", last="keep", b=0.0)
    assert out.shape == (4, 1, 2)
    assert [cache.kind for cache in caches] == ["tuple"] * 4


def test_seed_makes_draws_repeatable_and_the_same_on_both_sides(subject):
    draws = []
    for _ in range(2):
        subject("seed", 2**40 + 5)
        draws.append(subject("call", name="draw"))
    expected = (
        random.Random(2**40 + 5).random(),
        float(np.random.RandomState(5 + 2**40 % 2**32).rand()),
    )
    assert draws == [expected, expected]


def test_freed_objects_are_gone_and_the_others_stay(subject):
    a, b = subject("hold", [1]), subject("hold", [2])
    subject("free", a)
    assert "does not exist" in subject.raised("item", 0, target=a).message
    assert subject("item", 0, target=b) == 2
    subject("free")
    assert subject.raised("item", 0, target=b).kind == "LookupError"


# ---- batches -------------------------------------------------------------------------------------


def test_later_calls_of_a_batch_use_the_values_of_earlier_ones(subject):
    x, w = np.arange(6.0).reshape(2, 3), np.ones((3, 2))
    forward, backward, cached = subject.batch(
        Call("call", "student", name="forward", args=(x, w), last="keep"),
        Call("call", "student", name="backward", args=(np.ones((2, 2)), Ref(0, 1))),
        Call("item", target=Ref(0), args=(1,)),
    )
    np.testing.assert_array_equal(backward.value[1], x.T @ np.ones((2, 2)))
    assert forward.value[1].kind == "tuple"
    np.testing.assert_array_equal(cached.value[0], x)


def test_a_batch_ends_with_the_first_call_that_raises(subject):
    good, bad = (
        Call("call", "student", name="norm", args=(np.ones(4),)),
        Call("call", "student", name="nothing"),
    )
    answers = subject.batch(good, bad, good)
    assert [a.raised is None for a in answers] == [True, False]


def test_answers_of_a_batch_show_values_as_they_were_at_the_time(subject):
    held = subject("hold", np.zeros(3))
    read = Call("item", target=held, args=(...,))
    before, _, after = subject.batch(read, Call("item", target=held, args=(slice(None), 1.0)), read)
    assert not before.value.any()
    assert after.value.all()


# ---- arguments -----------------------------------------------------------------------------------


def test_arrays_that_a_call_changes_are_named_and_the_callers_stay_as_they_were(subject):
    x, other, kept = np.array([1.0, np.nan]), np.ones(2), np.ones(2)
    answer = subject.answer("call", x, [other, kept * 0], name="adds_in_place")
    assert answer.mutated == ("x", "others")
    np.testing.assert_array_equal(x, [1.0, np.nan])
    assert subject.answer("call", x, [], name="adds_in_place", scale=0.0).mutated == ()
    assert subject.answer("call", x, name="adds_in_place", others=[other]).mutated == (
        "x",
        "others",
    )


def test_a_changed_shape_counts_as_a_change_and_the_array_is_the_students_own(subject):
    answer = subject.answer("call", np.ones((2, 2)), name="reshapes")
    assert answer.value is True
    assert answer.mutated == ("x",)


def test_arrays_that_a_failed_call_changed_are_named_too(subject):
    answer = subject.answer("call", np.ones(2), [None], name="adds_in_place")
    assert answer.raised.kind == "TypeError"
    assert answer.mutated == ("x",)


# ---- exceptions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "kind", "message"),
    [
        ("exit", "SystemExit", "3"),
        ("interrupt", "KeyboardInterrupt", ""),
        ("bad", "BadError", "(its text cannot be shown)"),
    ],
)
def test_any_exception_is_an_answer(subject, what, kind, message):
    raised = subject.raised("call", what, name="raises")
    assert (raised.kind, raised.message, raised.missing, raised.refused) == (
        kind,
        message,
        False,
        False,
    )


def test_a_students_exception_tells_which_builtin_it_is(subject):
    raised = subject.raised("call", "own", name="raises")
    assert raised.kind == "OwnError"
    assert raised.bases[:2] == ("ValueError", "Exception")


def test_a_stub_is_missing(subject):
    raised = subject.raised("call", "stub", name="raises")
    assert (raised.kind, raised.missing) == ("NotImplementedError", True)


def test_an_absent_function_attribute_or_file_is_missing(subject):
    assert subject.raised("call", name="nothing").message == "student.py has no nothing"
    model = subject("call", 2, name="Model")
    assert subject.raised("call", target=model, name="predict").missing
    (answer,) = subject.batch(Call("call", "absent", name="f"))
    assert (answer.raised.missing, answer.raised.message) == (True, "there is no absent.py")


def test_an_attribute_error_of_the_students_own_is_not_missing(subject):
    value = subject("call", 2.0, name="Value")
    raised = subject.raised("get", target=value, name="broken")
    assert (raised.kind, raised.missing) == ("AttributeError", False)


def test_a_refused_operation_is_marked(subject):
    raised = subject.raised("call", "refused", name="raises")
    assert (raised.kind, raised.refused, raised.errno) == ("PermissionError", True, 13)


def test_a_result_that_is_too_large_is_an_answer_and_the_next_call_works(subject):
    assert subject.raised("call", name="huge").message.startswith(
        "the result cannot be sent: more than 256 MiB"
    )
    assert subject("call", np.ones(4), name="norm") == 2.0


def test_endless_recursion_is_an_answer(subject):
    assert subject.raised("call", 0, name="deep").kind == "RecursionError"


def test_tracebacks_name_the_students_lines_and_the_shapes_in_them(worker):
    raised = worker.raised("call", np.ones((2, 3), np.float32), name="fails")
    (frame,) = raised.frames
    line = SOURCE.splitlines().index("        y") + 1
    assert (frame.file, frame.line, frame.function, frame.source) == (
        "student.py",
        line,
        "fails",
        "        y",
    )
    assert frame.shapes == ("y (6,) float32", "x (2, 3) float32")


def test_the_traceback_of_an_endless_recursion_is_short(worker):
    raised = worker.raised("call", 0, name="deep")
    assert {frame.function for frame in raised.frames} == {"deep"}
    assert len(raised.frames) <= 32


# ---- functions of the check's --------------------------------------------------------------------


def test_a_function_of_the_checks_is_evaluated_on_this_side(subject):
    seen = []

    def f(x):
        seen.append(x)
        return x * 2

    np.testing.assert_array_equal(subject("call", f, np.ones(3), name="twice"), 4 * np.ones(3))
    assert [x.tolist() for x in seen] == [[1, 1, 1], [2, 2, 2]]


def test_an_exception_of_the_function_reaches_the_student_as_a_plain_one(subject):
    def f(x):
        raise ValueError(f"not {x}")

    assert subject("call", f, 1, name="guarded") == "caught not 1"

    class Private(Exception):
        pass

    def g(x):
        raise Private("secret class")

    raised = subject.raised("call", g, 1, name="guarded")
    assert (raised.kind, raised.message) == ("RuntimeError", "Private: secret class")


def test_the_function_may_ask_the_subject_in_its_turn(subject):
    def f(x):
        return subject("call", x, name="norm")

    assert subject("call", f, np.array([3.0, 4.0]), name="guarded") == 5.0


def test_functions_do_not_nest(subject):
    def f(x):
        return subject("call", f, 1, name="guarded")

    answer = subject.answer("call", f, 1, name="twice")
    assert answer.raised is not None


def test_the_function_works_only_in_the_thread_of_the_call(subject):
    assert "in its thread" in subject.raised("call", len, name="in_a_thread").message


def test_an_object_that_the_student_gives_the_function_is_a_handle(subject):
    seen = []
    value = subject("call", 2.0, name="Value")
    subject("call", lambda v: seen.append(v), value, name="guarded")
    assert seen == [value]


# ---- the two sides -------------------------------------------------------------------------------


def test_tensors_are_copied_and_watched_like_arrays():
    torch = pytest.importorskip("torch")
    module = ModuleType("student")
    module.f = lambda x: x.mul_(2)
    subject = Subject(Loopback(Dispatcher(lambda _: module)))
    x = torch.ones(3)
    answer = subject.answer("call", x, name="f")
    assert torch.equal(answer.value, 2 * torch.ones(3))
    assert torch.equal(x, torch.ones(3))
    assert answer.mutated == ("x",)


def test_what_runs_in_a_worker_needs_nothing_else_of_the_grader():
    import subprocess

    script = (
        "import sys; import grader.sandbox.inside.worker, grader.sandbox.inside.zygote; "
        "print(sorted(m for m in sys.modules if m.startswith('grader') or m in ('msgspec', "
        "'pytest', 'torch')))"
    )
    out = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    inside = (
        "confinement entry evaluator folders imports landlock privileges seccomp syscalls "
        "traces witness"
    )
    inside += " worker zygote"
    wire = "decoding encoding messages stream types"
    modules = [
        f"{room}.{name}"
        for room, names in (("inside", inside), ("wire", wire))
        for name in names.split()
    ]
    packages = ["grader", "grader.sandbox", "grader.sandbox.inside", "grader.sandbox.wire"]
    assert out.strip() == str(sorted([*packages, *(f"grader.sandbox.{name}" for name in modules)]))
