"""Sandboxes that many tests share: starting one takes longer than most tests do."""

from collections.abc import Callable, Iterator, Mapping

import pytest

from grader.model import Level
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.wire import Answer, Call
from grader.sandbox.worker import Worker


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """At the best level that this machine reaches."""
    with Sandbox(Level.PLAIN) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def full(sandbox: Sandbox) -> Sandbox:
    if sandbox.level is not Level.FULL:
        pytest.skip(f"this machine reaches the level {sandbox.level} only")
    return sandbox


class Student:
    """A worker that holds one file, and a short way to call what is in it."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def answer(
        self, name: str, *args: object, seconds: float = 10, wall: float = 60, **kwargs: object
    ) -> Answer:
        call = Call("call", "student", name=name, args=args, kwargs=kwargs)
        (answer,) = self.worker.request([call], seconds=seconds, wall=wall)
        return answer

    def __call__(self, name: str, *args: object, **kwargs: object) -> object:
        answer = self.answer(name, *args, **kwargs)
        assert answer.raised is None, answer.raised
        return answer.value


Hire = Callable[..., Student]


def hire_from(sandbox: Sandbox) -> Iterator[Hire]:
    workers: list[Worker] = []

    def hire(
        source: str, files: Mapping[str, bytes] = {}, *, memory: int = 512, output: int = 4
    ) -> Student:
        worker = sandbox.start(
            {"student.py": source.encode(), **files}, memory=memory, output=output
        )
        workers.append(worker)
        return Student(worker)

    yield hire
    for worker in workers:
        worker.close()


@pytest.fixture
def hire(sandbox: Sandbox) -> Iterator[Hire]:
    yield from hire_from(sandbox)


@pytest.fixture
def hire_full(full: Sandbox) -> Iterator[Hire]:
    yield from hire_from(full)
