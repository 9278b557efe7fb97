"""The start of every module generated from a notebook: it runs the cells in the confined worker.

`notebook` inserts this file before the cells, so it is self-contained and uses only the standard
library.
"""


def display(*objects: object, **options: object) -> None:
    """Replace Jupyter's display: there is no output to draw on."""


# A dunder cannot clash with a student's name.
def __run_cells__(  # noqa: N807
    namespace: dict[str, object], notebook: str, cells: list[tuple[int, str]]
) -> None:
    """Run the cells in the module's namespace; after an error, the next cell still runs.

    Sets `__cell_errors__` in the namespace: (cell number, error type, "line 4: message") for each
    cell that raised. Tracebacks name "hw.ipynb, cell 3" and the line inside the cell; linecache
    stores the lines, so that they can be quoted.
    """
    import __future__

    import linecache
    import sys
    import types

    def no_widget(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return display

    # Often imported in the same cell as numpy, which would then fail too.
    for name in ("IPython", "IPython.display"):
        stub = sys.modules.setdefault(name, types.ModuleType(name))
        stub.__dict__.setdefault("__getattr__", no_widget)
    ipython = sys.modules["IPython"].__dict__
    ipython.setdefault("display", sys.modules["IPython.display"])
    ipython.setdefault("version_info", (9, 0, 0))  # matplotlib reads both before it draws
    ipython.setdefault("get_ipython", lambda: None)

    futures = 0  # as in Jupyter, a __future__ import applies to all later cells
    known = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
    errors: list[tuple[int, str, str]] = []
    namespace["__cell_errors__"] = errors
    for number, source in cells:
        filename = f"{notebook}, cell {number}"
        linecache.cache[filename] = (
            len(source),
            None,
            [f"{line}\n" for line in source.split("\n")],
            filename,
        )
        try:
            code = compile(source, filename, "exec", futures, dont_inherit=True)
            futures |= code.co_flags & known
            exec(code, namespace)  # noqa: S102 - the worker is confined for this
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a cell may raise anything, SystemExit included
            line = error.lineno if isinstance(error, SyntaxError) else None
            step = error.__traceback__
            while step is not None:
                if step.tb_frame.f_code.co_filename == filename:
                    line = step.tb_lineno
                step = step.tb_next
            # A metaclass may override `__name__`.
            kind = str(type.__dict__["__name__"].__get__(type(error)))
            try:
                message = str(error.msg if isinstance(error, SyntaxError) else error)
            except BaseException:  # noqa: BLE001 - a student's __str__ may raise anything too
                message = "(its text cannot be shown)"
            where = "" if line is None else f"line {line}: "
            errors.append((number, kind[:100], (where + message)[:500]))
