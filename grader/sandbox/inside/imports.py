"""Import the modules of a submission by file stem, on first use, and never instead of a library."""

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
    """Makes the student's folder importable.

    It comes before the installed packages, so that `import utils` finds the student's file and not
    a package of that name. The standard library, numpy, torch and modules that are already loaded
    cannot be shadowed.

    Args:
        root: The folder of the submission.
        allowed: Packages that student code may import in addition to the standard library and its
            own files. None allows all packages.

    """

    def __init__(self, root: str, allowed: Collection[str] | None = None) -> None:
        self.importing = 0  # the number of student modules that are being imported
        self.refused: Callable[[str], None] = lambda _: None
        self._libraries = frozenset(allowed or ())
        self._allowed = None if allowed is None else sys.stdlib_module_names | self._libraries
        self._root = root
        self._failed: dict[str, BaseException] = {}
        sys.meta_path.insert(0, self)

    def load(self, stem: str) -> ModuleType:
        """Import one of the submission's files, or a library that the assignment allows.

        Raises:
            ModuleNotFoundError: There is no such file; the exception has its name.
            ImportError: The file has the name of a library.
            BaseException: Whatever the import raises. A second attempt raises the same again.

        """
        if stem in self._failed:  # running half a module a second time would only confuse
            raise self._failed[stem]
        if not any(os.path.exists(os.path.join(self._root, name)) for name in (f"{stem}.py", stem)):
            if stem in self._libraries:
                return importlib.import_module(stem)
            raise ModuleNotFoundError(f"there is no {stem}.py", name=stem)
        if stem in _RESERVED or not self._is_own(sys.modules.get(stem)):
            raise ImportError(
                f"{stem}.py has the name of a library, which takes precedence: rename the file"
            )
        try:
            return importlib.import_module(stem)
        except BaseException as error:
            self._failed[stem] = error.with_traceback(error.__traceback__)
            raise

    def forget(self) -> None:
        """Remove the student's modules from this process; a worker simply ends instead."""
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
        """Find a top-level module or package of the student.

        Raises:
            ImportError: The student may not import it.

        """
        if path is not None:
            return None
        spec = None if name in _RESERVED else PathFinder.find_spec(name, [self._root])
        # Without a loader, it is a folder without __init__.py, which must not hide a package.
        if spec is None or spec.loader is None:
            if (
                self._allowed is not None
                and name not in self._allowed
                and self._is_imported_by_student()
            ):
                if PathFinder.find_spec(name) is None:
                    return None  # not installed: the usual error reports it
                self.refused(name)
                raise ImportError(f"this assignment does not allow {name}", name=name)
            return None
        if type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(self, spec.loader.name, spec.loader.path)
        return spec

    def _is_imported_by_student(self) -> bool:
        """Return whether the import statement is in the student's code, not in a library."""
        frame: FrameType | None = sys._getframe(2)
        while (
            frame is not None
            and str(frame.f_globals.get("__name__")).partition(".")[0] in _IMPORTERS
        ):
            frame = frame.f_back
        file = frame.f_code.co_filename if frame is not None else ""
        # A relative file name belongs to a notebook cell or to exec.
        return file.startswith(self._root + os.sep) or not os.path.isabs(file)

    def _is_own(self, module: ModuleType | None) -> bool:
        file = getattr(module, "__file__", None) or ""
        return module is None or file.startswith(self._root + os.sep)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count the student module that is being imported inside this context."""
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
