"""The wire: what is sent arrives as it was, and nothing that arrives can do harm."""

import contextlib
import json
import math
import socket
import struct
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stnp

from grader.sandbox import wire
from grader.sandbox.wire import (
    Answer,
    Ask,
    Call,
    Frame,
    Function,
    Handle,
    Layer,
    ProtocolError,
    Raised,
    Ready,
    Ref,
    Reply,
    Request,
    Setup,
    Told,
    TooLarge,
)

QUICK = settings(max_examples=60, deadline=None)


def carried(message, **options):
    header, segments = wire.encode(message, **options)
    return wire.decode(header, [bytearray(segment) for segment in segments])


def round_trip(value, **options):
    return carried(Told(value), **options).value


def same(a, b):
    """Equal in type and value, all the way down; NaN equals itself."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            same(p, q) and same(a[p], b[q]) for p, q in zip(a, b, strict=True)
        )
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, (float, complex, np.inexact)):
        return repr(a) == repr(b)
    return a == b


arrays = stnp.arrays(
    st.sampled_from(
        ["b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]
    ),
    stnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
plain = (
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats()
    | st.complex_numbers()
    | texts
    | st.binary(max_size=20)
    | st.slices(10)
    | st.just(...)
    | st.builds(range, st.integers(-9, 9), st.integers(-9, 9))
)
keys = st.none() | st.booleans() | st.integers() | texts | st.tuples(st.integers(), texts)
values = st.recursive(
    plain | arrays,
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple)
    | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


# ---- values --------------------------------------------------------------------------------------


@QUICK
@given(values)
def test_what_is_sent_arrives_with_the_same_types_and_values(value):
    assert same(round_trip(value), value)


@pytest.mark.parametrize(
    "name", ["b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]
)
def test_scalars_keep_their_type_and_bits(name):
    for number in (0, 1, 100):
        value = np.dtype(name).type(number)
        assert same(round_trip(value), value)
    if name.startswith("f"):
        third = np.dtype(name).type(1) / 3
        assert round_trip(third).tobytes() == third.tobytes()


@pytest.mark.parametrize(
    "number", [math.inf, -math.inf, math.nan, -0.0, 5e-324, 1.7976931348623157e308]
)
def test_floats_at_the_edge_arrive_bit_by_bit(number):
    for value in (number, np.float64(number), complex(number, number)):
        assert same(round_trip(value), value)


def test_numpy_longlong_is_an_integer_like_any_other():
    assert round_trip(np.longlong(7)) == 7


def test_arrays_of_any_layout_arrive_in_c_order_writable_and_with_memory_of_their_own():
    base = np.arange(24.0).reshape(2, 3, 4)
    for array in (
        base.T,
        base[:, ::-1],
        base[..., 1],
        np.broadcast_to(base[0, 0, 0], (3, 2)),
        base.astype(">f8"),
    ):
        got = round_trip(array)
        np.testing.assert_array_equal(got, array)
        assert got.dtype == np.float64
        assert got.flags.c_contiguous
        got[...] = 5.0
    assert base[0, 0, 1] == 1.0


def test_zero_dimensional_and_empty_arrays_stay_arrays():
    for array in (np.array(3.5), np.zeros((0, 4)), np.zeros((2, 0, 3), np.int8)):
        got = round_trip(array)
        assert type(got) is np.ndarray
        assert same(got, array)


def test_a_subclass_of_ndarray_is_sent_as_its_data():
    class Sneaky(np.ndarray):
        def __eq__(self, other):
            return True

    got = round_trip(np.arange(3.0).view(Sneaky))
    assert type(got) is np.ndarray


def test_dtypes_and_types_arrive_as_themselves():
    for value in (np.dtype("f4"), np.float32, np.int64, float, bool):
        assert round_trip(value) is value or round_trip(value) == value


def test_a_generator_arrives_in_its_present_state_and_the_senders_does_not_move():
    rng = np.random.default_rng(3)
    rng.integers(0, 9, 5, dtype=np.int32)  # leaves half a draw behind, which is part of the state
    got = round_trip(rng)
    assert got.bit_generator.state == rng.bit_generator.state
    np.testing.assert_array_equal(got.normal(size=4), rng.normal(size=4))


def test_tensors_arrive_as_tensors_and_remember_whether_they_want_a_gradient():
    torch = pytest.importorskip("torch")
    for value in (
        torch.arange(6).reshape(2, 3),
        torch.ones(2, requires_grad=True),
        torch.tensor(2.5),
    ):
        got = round_trip(value)
        assert type(got) is torch.Tensor
        assert (got.dtype, got.requires_grad) == (value.dtype, value.requires_grad)
        assert torch.equal(got, value)
    assert torch.equal(round_trip(torch.nn.Parameter(torch.ones(3))), torch.ones(3))


def test_what_is_not_data_becomes_a_handle_and_without_a_keeper_a_type_error():
    kept = []

    def keep(thing):
        kept.append(thing)
        return Handle(len(kept), type(thing).__name__)

    class Text(str):
        __slots__ = ()

    things = [object(), Text("x"), {1, 2}, np.array([object()]), np.ones(2, "V4")]
    assert round_trip(things, keep=keep) == [
        Handle(i + 1, type(t).__name__) for i, t in enumerate(things)
    ]
    assert all(a is b for a, b in zip(kept, things, strict=True))
    for thing in things:
        with pytest.raises(TypeError, match="cannot be sent"):
            round_trip(thing)


def test_a_bfloat16_tensor_stays_where_it_is():
    torch = pytest.importorskip("torch")
    assert round_trip(torch.ones(2, dtype=torch.bfloat16), keep=lambda _: Handle(1)) == Handle(1)


def test_a_list_that_contains_itself_ends_in_a_handle():
    endless = []
    endless.append(endless)
    got = round_trip(endless, keep=lambda _: Handle(9))
    for _ in range(wire.MAX_DEPTH):
        (got,) = got
    assert got == Handle(9)


def test_half_a_surrogate_pair_becomes_a_question_mark_because_no_file_could_hold_it():
    assert round_trip("a\ud800b") == "a?b"


# ---- messages ------------------------------------------------------------------------------------

FRAME = Frame("layers.py", 3, "relu", "    return x @ w", ("x (8, 3) float64",))
RAISED = Raised(
    "ValueError", "no", ("ValueError", "Exception"), (FRAME,), missing=True, refused=True, errno=13
)


@pytest.mark.parametrize(
    "message",
    [
        Setup({"read": ["/usr"], "uid": None}),
        Ready({"seccomp": Layer(True, "395 instructions"), "user": Layer(False, "not root", 1)}),
        Request(
            "a1",
            (
                Call(
                    "call",
                    "layers",
                    name="f",
                    args=(1, Ref(0), Ref(1, 2)),
                    kwargs={"w": 2.0},
                    last="keep",
                ),
            ),
        ),
        Request(
            "a1",
            (
                Call("get", target=Handle(3, "MLP"), name="params"),
                Call("item", target=Ref(0), args=(1,)),
            ),
        ),
        Reply(
            "a1", (Answer(3), Answer(None, RAISED, ("x", "0"), ("open '/x'",), during_import=True))
        ),
        Ask(0, (1, "x"), {"h": 1e-5}),
        Told(2.0),
        Told(None, RAISED),
    ],
    ids=lambda message: type(message).__name__,
)
def test_every_message_arrives_as_it_was(message):
    assert carried(message) == message


def test_functions_travel_to_the_worker_as_numbers():
    functions = []
    got = carried(Request("", (Call("call", args=(len, 1, max)),)), functions=functions)
    assert got.calls[0].args == (Function(0), 1, Function(1))
    assert functions == [len, max]


def test_an_answer_that_cannot_be_encoded_leaves_the_packet_as_it_was():
    encoder = wire.Encoder()
    good = encoder.answer(Answer(np.ones(3)))
    with pytest.raises(TypeError):
        encoder.answer(Answer([np.ones(4), object()]))
    header, segments = encoder.packet("reply", "", [good])
    assert len(wire.decode(header, segments).answers) == 1


def test_a_snapshot_does_not_follow_later_changes():
    array = np.zeros(3)
    encoder = wire.Encoder(snapshot=True)
    node = encoder.answer(Answer(array))
    array += 1
    (answer,) = wire.decode(*encoder.packet("reply", "", [node])).answers
    assert not answer.value.any()


def test_text_from_the_worker_cannot_move_the_cursor():
    raised = carried(Told(None, Raised("Value\x1b[2JError", "a\u202eb\x07\n\tc"))).raised
    assert raised.kind == "Value\ufffd[2JError"
    assert raised.message == "a\ufffdb\ufffd\n\tc"


# ---- limits of the sender ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "x" * (wire.MAX_STRING + 1),
        bytes(wire.MAX_BYTES + 1),
        1 << (wire.MAX_INT_BITS + 1),
        [0] * (wire.MAX_NODES + 1),
        np.zeros(wire.MAX_TOTAL + 1, np.int8),
        range(wire.MAX_NODES + 1),
        range(10**30, 0, -7),
        [range(wire.MAX_NODES // 2)] * 3,
    ],
    ids=["text", "bytes", "integer", "list", "array", "range", "huge range", "ranges"],
)
def test_too_large_a_value_is_refused_by_the_sender(value):
    with pytest.raises(TooLarge):
        wire.encode(Told(value))


def test_a_large_dict_with_odd_keys_stays_where_it_is():
    odd = {(i, i): i for i in range(wire.MAX_ODD_KEYS + 1)}
    assert round_trip(odd, keep=lambda _: Handle(1)) == Handle(1)
    many = {str(i): i for i in range(wire.MAX_ODD_KEYS + 1)}
    assert round_trip(many) == many


# ---- hostile packets -----------------------------------------------------------------------------


def told(node, *segments):
    return json.dumps(["told", node, None]).encode(), list(segments)


HOSTILE = {
    "not JSON": (b"{", []),
    "not UTF-8": (b"\xff\xfe", []),
    "deep JSON": (b"[" * 1_000_000, []),
    "an object": (b'{"a": 1}', []),
    "an empty list": (b"[]", []),
    "an unknown message": (b'["hello"]', []),
    "a message that is short": (b'["told"]', []),
    "a range of more values than a message may hold": told(["R", 0, 1 << 40, 1]),
    "a range without a step": told(["R", 0, 1, 0]),
    "an unknown tag": told(["x", 1]),
    "a tag that is a list": told([["l"], []]),
    "an empty node": told([]),
    "an integer out of range": told(2**63),
    "an integer of a million digits": (b'["told",' + b"9" * 1_000_000 + b",null]", []),
    "a huge hexadecimal": told(["i", "0x" + "f" * 100_000]),
    "no hexadecimal": told(["i", "ten"]),
    "a segment too few": told(["a", "<f8", [1]]),
    "a segment too many": told(None, b"12345678"),
    "an array too short": told(["a", "<f8", [2]], b"12345678"),
    "an array too long": told(["a", "<f8", [1]], b"1234567812345678"),
    "an object array": told(["a", "|O", [1]], b"12345678"),
    "a dtype with a size": told(["a", "<f8,<f8", [1]], b"12345678"),
    "a negative shape": told(["a", "<f8", [-1]], b""),
    "a shape of floats": told(["a", "<f8", [1.0]], b"12345678"),
    "a shape that overflows": told(["a", "<f8", [2**62, 2**62]], b""),
    "nothing times a lot": told(["a", "<f8", [0, 2**62]], b""),
    "too many dimensions": told(["a", "<f8", [1] * 65], b"12345678"),
    "a scalar of the wrong type": told(["s", "<f8", "1"]),
    "a scalar out of range": told(["s", "|i1", 1000]),
    "a complex scalar with one part": told(["s", "<c16", 1.0]),
    "a list as a key": told(["d", [[["l", []], 1]]]),
    "an array as a key": told(["d", [[["a", "<f8", [1]], 1]]], b"12345678"),
    "pairs that are no pairs": told(["d", [[1, 2, 3]]]),
    "many keys that may collide": told(["d", [[i, 0] for i in range(wire.MAX_ODD_KEYS + 1)]]),
    "too deep a value": told(json.loads('["l",[' * 40 + "]]" * 40)),
    "bytes of another length": told(["b", 5], b"1234"),
    "too many bytes": told(["b", wire.MAX_BYTES + 1], bytes(wire.MAX_BYTES + 1)),
    "a handle without a number": told(["h", "1", "x"]),
    "a range of nothing": told(["R", 1, 2, 0]),
    "a generator with a bad state": told(["g", "0x" + "f" * 39, "x", 0, 0]),
    "an unknown type": told(["Y", "object"]),
    "a raised that is short": (b'["told", null, ["ValueError"]]', []),
    "a reference from the worker": (b'["reply", "", [[["r", 0, null]]]]', []),
    "a function from the worker": (b'["reply", "", [[["f", 0]]]]', []),
    "an ask without arguments": (b'["ask", 0, ["l", []], ["d", []]]', []),
    "an ask with odd names": (b'["ask", 0, ["t", []], ["d", [[1, 1]]]]', []),
    "an answer of two": (b'["reply", "", [[1, null]]]', []),
}


@pytest.mark.parametrize("packet", HOSTILE.values(), ids=HOSTILE)
def test_a_malformed_packet_is_a_protocol_error_and_costs_no_time(packet):
    begun = time.perf_counter()
    with pytest.raises(ProtocolError):
        wire.decode(*packet)
    assert time.perf_counter() - begun < 2.0


def test_a_number_with_millions_of_digits_costs_no_time():
    begun = time.perf_counter()
    wire.decode(b'["told",0.' + b"1" * 4_000_000 + b",null]", [])
    assert time.perf_counter() - begun < 2.0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from([*"ltdasTicbhrfSReyYg", "<f8"]),
    lambda inner: st.lists(inner, max_size=6), max_leaves=20,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(["told", "reply", "ask", "ready", "setup", "request"]),
    st.lists(json_values, max_size=4),
    st.lists(st.binary(max_size=16), max_size=3),
)
def test_arbitrary_packets_raise_nothing_but_protocol_errors(kind, body, segments):
    with contextlib.suppress(ProtocolError):
        wire.decode(json.dumps([kind, *body]).encode(), segments)


@settings(max_examples=200, deadline=None)
@given(values, st.data())
def test_damaged_packets_raise_nothing_but_protocol_errors(value, data):
    header, segments = wire.encode(Told(value))
    damaged = bytearray(header)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ProtocolError):
        wire.decode(bytes(damaged), [bytearray(segment) for segment in segments])


# ---- over a socket -------------------------------------------------------------------------------


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def sent(pair, packet):
    sender = threading.Thread(target=wire.send, args=(pair[0], packet))
    sender.start()
    got = wire.recv(pair[1], wire.until(time.monotonic() + 20))
    sender.join()
    return got


@pytest.mark.parametrize(
    "sizes",
    [
        [],
        [0],
        [8],
        [0, 1, 0],
        [100] * 2000,
        [70_000],
        [65_536, 1],
        [1 << 21, 3, 0, 1 << 20, 5],
        [50_000] * 60,
    ],
    ids=str,
)
def test_packets_of_every_size_pass_through_a_socket(pair, sizes):
    rng = np.random.default_rng(0)
    segments = [rng.bytes(size) for size in sizes]
    for _ in range(2):  # the second finds nothing left over from the first
        header, got = sent(pair, (b"header", segments))
        assert header == b"header"
        assert [bytes(segment) for segment in got] == segments


def test_a_packet_may_arrive_one_byte_at_a_time(pair):
    header = b'["told",1,null]'
    raw = struct.pack("<II", len(header), 1) + struct.pack("<Q", 3) + header + b"abc"

    def trickle():
        for i in range(len(raw)):
            pair[0].sendall(raw[i : i + 1])

    thread = threading.Thread(target=trickle)
    thread.start()
    got, segments = wire.recv(pair[1])
    thread.join()
    assert (got, segments) == (header, [b"abc"])


@pytest.mark.parametrize(
    "raw",
    [
        struct.pack("<II", wire.MAX_HEADER + 1, 0),
        struct.pack("<II", 2, wire.MAX_SEGMENTS + 1),
        struct.pack("<IIQQ", 2, 2, 1 << 63, 1 << 63) + b"[]",
        struct.pack("<IIQ", 2, 1, wire.MAX_TOTAL + 1) + b"[]",
        struct.pack("<II", 2, 0) + b"[]" + b"more",
    ],
    ids=["header", "segments", "total that overflows", "total", "trailing bytes"],
)
def test_an_impossible_frame_is_refused_before_anything_is_allocated(pair, raw):
    pair[0].sendall(raw)
    with pytest.raises(ProtocolError):
        wire.recv(pair[1])


def test_half_a_packet_ends_at_the_deadline(pair):
    pair[0].sendall(struct.pack("<II", 100, 0) + b"half")
    begun = time.monotonic()
    with pytest.raises(wire.TooLate):
        wire.recv(pair[1], wire.until(begun + 0.2))
    assert time.monotonic() - begun < 1.0


def test_a_reader_that_does_not_read_holds_up_nobody_for_long(pair):
    with pytest.raises(wire.TooLate):
        wire.send(pair[0], (b"x", [bytes(10 << 20)]), wire.until(time.monotonic() + 0.2))


def test_a_closed_connection_is_told_from_a_slow_one(pair):
    pair[0].sendall(b"\x01")
    pair[0].close()
    with pytest.raises(wire.Closed):
        wire.recv(pair[1])
    with pytest.raises(wire.Closed):
        wire.send(pair[1], (b"x", [bytes(1 << 20)]))
