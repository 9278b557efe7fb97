"""What honest code needs works at the full level, and is suspected of nothing."""

import importlib.util
import textwrap

import pytest

from grader.model import Level
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.wire import Call

PRELUDE = "import os, sys, warnings, tempfile, numpy as np\n"

NUMPY = {
    "print, also to stderr": 'print("loss", 0.5); print("warning", file=sys.stderr)',
    "warnings": 'warnings.warn("careful")\nnp.log(np.zeros(1))',
    "tempfile": """
        with tempfile.NamedTemporaryFile("w+", suffix=".txt") as file:
            file.write("x"); file.seek(0); assert file.read() == "x"
        with tempfile.SpooledTemporaryFile(10) as file:
            file.write(b"x" * 100)
        folder = tempfile.mkdtemp(); os.rmdir(folder)
        """,
    "np.save and np.load in the scratch folder": """
        np.save("x.npy", np.arange(3)); assert np.load("x.npy")[2] == 2
        np.savez_compressed("x.npz", a=np.eye(2)); assert np.load("x.npz")["a"].sum() == 2
        np.savetxt("x.txt", np.eye(2)); assert np.loadtxt("x.txt").shape == (2, 2)
        """,
    "the home folder": 'open(os.path.expanduser("~/.notes"), "w").close()',
    "lazy imports": "import sqlite3, csv, statistics, fractions, html.parser, zipfile, ctypes, multiprocessing.pool",
    "a lazy import of numpy's": "import numpy.polynomial, numpy.fft, numpy.ma, numpy.testing",
    "matplotlib": """
        import matplotlib.pyplot as plt
        figure, axes = plt.subplots()
        axes.plot([1, 2, 3]); axes.set_title("$\\\\alpha$")
        figure.savefig("plot.png"); figure.savefig("plot.svg"); plt.show(); plt.close(figure)
        assert os.path.getsize("plot.png") > 1000
        """,
    "threads": """
        import threading, queue
        answers = queue.Queue()
        threads = [threading.Thread(target=lambda n=n: answers.put(np.linalg.svd(np.ones((50, 50))))) for n in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert answers.qsize() == 4
        """,
    "a progress bar of one's own": r'for i in range(100): print(f"\r{i}%", end="", flush=True)',
    "the clock": "import time\nstart = time.perf_counter(); time.sleep(0.01); assert time.perf_counter() > start",
    "a profile": "import cProfile\ncProfile.runctx('sum(range(10))', {}, {})",
    "a subclass, a dataclass, an enum": """
        import dataclasses, enum, abc, functools, typing
        @dataclasses.dataclass
        class Config: rate: float = 0.1
        class Mode(enum.Enum): TRAIN = 1
        assert functools.lru_cache(lambda n: n)(3) == 3 and Config().rate
        """,
}

TORCH = {
    "training": """
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
        optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
        x = torch.randn(64, 4); y = x.sum(1, keepdim=True)
        first = None
        for _ in range(60):
            loss = torch.nn.functional.mse_loss(model(x), y)
            optimizer.zero_grad(); loss.backward(); optimizer.step()
            first = first or loss.item()
        assert loss.item() < first / 2
        """,
    "more threads": """
        torch.set_num_threads(2)
        a = torch.randn(300, 300); assert torch.isfinite(a @ a).all()
        """,
    "saving and loading": """
        torch.save({"w": torch.ones(3)}, "model.pt")
        assert torch.load("model.pt")["w"].sum() == 3
        """,
    "data loaders": """
        data = torch.utils.data.TensorDataset(torch.arange(10.0))
        assert sum(len(batch[0]) for batch in torch.utils.data.DataLoader(data, batch_size=3, shuffle=True)) == 10
        """,
    "gradcheck": """
        x = torch.randn(3, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(torch.tanh, (x,))
        """,
    "scripting": """
        def relu(x: torch.Tensor) -> torch.Tensor:
            return x.clamp(min=0)
        assert torch.jit.trace(relu, torch.ones(2))(torch.tensor([-1.0, 1.0])).sum() == 1
        """,
}


@pytest.fixture(scope="module")
def sandboxes():
    made = {}

    def sandbox(preload):
        if preload not in made:
            made[preload] = Sandbox(Level.PLAIN, preload=(preload,), imports=[preload], private=[])
        if made[preload].level is not Level.FULL:
            pytest.skip(f"this machine reaches the level {made[preload].level} only")
        return made[preload]

    yield sandbox
    for each in made.values():
        each.close()


def answer_of(sandbox, body, prelude=PRELUDE):
    source = f"{prelude}\ndef f():\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n    return True\n"
    worker = sandbox.start({"student.py": source.encode()}, memory=1024, output=64)
    try:
        (answer,) = worker.request([Call("call", "student", name="f")], seconds=60, wall=200)
        return answer, worker.output()
    finally:
        worker.close()


@pytest.mark.parametrize("body", NUMPY.values(), ids=NUMPY)
def test_what_honest_code_needs(sandboxes, body):
    answer, _ = answer_of(sandboxes("numpy"), body)
    assert answer.raised is None, answer.raised
    assert answer.attempts == ()


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
@pytest.mark.parametrize("body", TORCH.values(), ids=TORCH)
def test_what_honest_torch_code_needs(sandboxes, body):
    answer, _ = answer_of(sandboxes("torch"), body, PRELUDE + "import torch\n")
    assert answer.raised is None, answer.raised
    assert answer.attempts == ()


@pytest.mark.skipif(importlib.util.find_spec("tqdm") is None, reason="tqdm is not installed")
def test_tqdm(sandboxes):
    answer, output = answer_of(
        sandboxes("numpy"), "from tqdm import tqdm\nassert sum(tqdm(range(10))) == 45"
    )
    assert answer.raised is None, answer.raised
    assert "10/10" in output
    assert answer.attempts == ()


def test_what_is_printed_arrives_as_text(sandboxes):
    answer, output = answer_of(
        sandboxes("numpy"), 'print("grüße", "\\x1b[31mred\\x1b[0m")\nwarnings.warn("careful")'
    )
    assert answer.raised is None, answer.raised
    assert "grüße red\n" in output
    assert "UserWarning: careful" in output


def test_input_is_an_error_that_says_what_to_do(sandboxes):
    answer, _ = answer_of(sandboxes("numpy"), 'rate = float(input("learning rate: "))')
    assert answer.raised.message == (
        "input('learning rate: '): there is no keyboard input here; take the value as an argument"
    )
    assert answer.attempts == ()


@pytest.mark.parametrize(
    "body",
    [
        "import subprocess; subprocess.run(['ls'])",
        "from multiprocessing import Process; Process().start()",
    ],
)
def test_what_does_not_work_says_so(sandboxes, body):
    answer, _ = answer_of(sandboxes("numpy"), body)
    assert answer.raised.refused
    assert answer.attempts == ("start a process",)
