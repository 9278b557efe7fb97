"""The reference, or the reference with a mistake, as a Session in this process.

The sources are loaded as a package with a unique name, so that any number of variants can exist at
once, and their relative imports (`from .layers import …`) find the files of the same variant.
Only for trusted code.
"""

from __future__ import annotations

import importlib
import itertools
import linecache
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from grader.model import Limits
from grader.sandbox.inside.evaluator import Dispatcher
from grader.sandbox.loopback import Loopback
from grader.sandbox.transport import Transport
from grader.subject.session import Session
from grader.subject.student import modules_of
from grader.subject.transcript import Event

__all__ = ["Variant", "in_process"]

_numbers = itertools.count()


class Variant:
    """One set of source files, importable as a package until it is closed.

    Args:
        files: The files by name.

    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.package = f"_gradmark_variant_{next(_numbers)}"
        self._sources = {
            name.removesuffix(".py"): raw for name, raw in files.items() if name.endswith(".py")
        }
        self._finder = _Finder(self.package, self._sources)
        sys.meta_path.insert(0, self._finder)

    def load(self, stem: str) -> ModuleType:
        """Import one of the files, or a library.

        Raises:
            ModuleNotFoundError: There is no module with that name.

        """
        return importlib.import_module(f"{self.package}.{stem}" if stem in self._sources else stem)

    def close(self) -> None:
        """Unload the modules."""
        sys.meta_path.remove(self._finder)
        for name in [n for n in sys.modules if n.partition(".")[0] == self.package]:
            del sys.modules[name]


class _Finder(MetaPathFinder, Loader):
    def __init__(self, package: str, sources: Mapping[str, bytes]) -> None:
        self._package, self._sources = package, sources

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - importlib's own parameters
        target: ModuleType | None = None,  # noqa: ARG002 - as above
    ) -> ModuleSpec | None:
        package, _, stem = name.partition(".")
        if package != self._package or (stem and stem not in self._sources):
            return None
        return ModuleSpec(name, self, is_package=not stem)

    def exec_module(self, module: ModuleType) -> None:
        _, _, stem = module.__name__.partition(".")
        if not stem:
            return
        source, filename = self._sources[stem].decode(), f"<{module.__name__}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        exec(compile(source, filename, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - the course's own reference


def in_process(
    files: Mapping[str, bytes],
    symbols: Mapping[str, Sequence[str]],
    parameters: Mapping[str, Sequence[str]] | None = None,
    observe: Callable[[Event], None] | None = None,
    around: Callable[[Transport], Transport] = lambda transport: transport,
) -> Session:
    """A Session that runs `files` in this process.

    Args:
        files: The source files by name.
        symbols: The `[files]` table of the assignment.
        parameters: The names of every function's parameters.
        observe: Called with every event.
        around: Wraps the transport.

    """

    def start(_: Limits) -> Transport:
        variant = Variant(files)
        return around(Loopback(Dispatcher(variant.load), on_close=variant.close))

    return Session(start, modules_of(symbols), parameters, observe, trusted=True)
