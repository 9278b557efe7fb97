"""Imports the modules of a submission: by file stem, on first use, and never in the place of a
library.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import FrameType, ModuleType

__all__ = ["Modules"]

_IMPORTERS = {"importlib", "_frozen_importlib", "_frozen_importlib_external", "runpy", "pkgutil"}
_RESERVED = sys.stdlib_module_names | {"numpy", "torch"}


class Modules(MetaPathFinder):
    """The student's folder as a place to import from.

    It stands before the installed packages, so that `import utils` finds the student's file and not
    some package of that name; the standard library, numpy, torch and whatever is loaded already
    cannot be shadowed.
    """

    def __init__(self, root: str, allowed: Collection[str] | None = None) -> None:
        """allowed: packages that student code may import beside the standard library and its own;
        None for all.
        """
        self.importing = 0  # how many modules of the student's are being imported
        self.refused: Callable[[str], None] = lambda _: None
        self._libraries = frozenset(allowed or ())
        self._allowed = None if allowed is None else sys.stdlib_module_names | self._libraries
        self._root = root
        self._failed: dict[str, BaseException] = {}
        sys.meta_path.insert(0, self)

    def load(self, stem: str) -> ModuleType:
        """Import one of the submission's files, or a library that the assignment allows.

        Raises what the import raises, the same again when it is asked for again;
        ModuleNotFoundError with its name when there is no such file.
        """
        if stem in self._failed:  # running half a module a second time would only confuse
            raise self._failed[stem]
        if not any(os.path.exists(os.path.join(self._root, name)) for name in (f"{stem}.py", stem)):
            if stem in self._libraries:
                return importlib.import_module(stem)
            raise ModuleNotFoundError(f"there is no {stem}.py", name=stem)
        if stem in _RESERVED or not self._is_own(sys.modules.get(stem)):
            raise ImportError(
                f"{stem}.py has the name of a library, which comes first: it needs another name"
            )
        try:
            return importlib.import_module(stem)
        except BaseException as error:
            self._failed[stem] = error.with_traceback(error.__traceback__)
            raise

    def forget(self) -> None:
        """Take the student's modules out of this process again; a worker simply ends."""
        sys.meta_path.remove(self)
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None)).startswith(self._root + os.sep):
                del sys.modules[name]

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,  # noqa: ARG002 - importlib's own parameter
    ) -> ModuleSpec | None:
        """Find a top-level module or package of the student's; refuse what the student may not
        import.
        """
        if path is not None:
            return None
        spec = None if name in _RESERVED else PathFinder.find_spec(name, [self._root])
        if (
            spec is None or spec.loader is None
        ):  # a folder without __init__.py is no reason to hide a package
            if (
                self._allowed is not None
                and name not in self._allowed
                and self._is_asked_by_student()
            ):
                if PathFinder.find_spec(name) is None:
                    return None  # not installed: the usual error says so
                self.refused(name)
                raise ImportError(f"this assignment does not allow {name}", name=name)
            return None
        if type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(self, spec.loader.name, spec.loader.path)
        return spec

    def _is_asked_by_student(self) -> bool:
        """Whether the import statement that led here is the student's, and not a library's own."""
        frame: FrameType | None = sys._getframe(2)
        while (
            frame is not None
            and str(frame.f_globals.get("__name__")).partition(".")[0] in _IMPORTERS
        ):
            frame = frame.f_back
        file = frame.f_code.co_filename if frame is not None else ""
        # a cell of a notebook; exec
        return file.startswith(self._root + os.sep) or not os.path.isabs(file)

    def _is_own(self, module: ModuleType | None) -> bool:
        file = getattr(module, "__file__", None) or ""
        return module is None or file.startswith(self._root + os.sep)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Within, a module of the student's is being imported."""
        self.importing += 1
        try:
            yield
        finally:
            self.importing -= 1


class _Loader(SourceFileLoader):
    def __init__(self, modules: Modules, name: str, path: str) -> None:
        super().__init__(name, path)
        self._modules = modules

    def exec_module(self, module: ModuleType) -> None:
        with self._modules.counted():
            super().exec_module(module)
