"""The head of every module that is made from a notebook: it runs the cells one by one inside the
confined worker.

`notebook` pastes this file in front of the cells, so it stands on its own and needs the standard
library alone.
"""


def display(*objects: object, **options: object) -> None:
    """Stand in for Jupyter's display: there is nothing to draw on here."""


# A dunder cannot clash with a student's name.
def __run_cells__(  # noqa: N807
    namespace: dict[str, object], notebook: str, cells: list[tuple[int, str]]
) -> None:
    """Run the cells in the module's namespace; one that raises does not keep the next from running.

    Leaves `__cell_errors__` in the namespace: (cell number, error type, "line 4: message") for each
    cell that raised. Tracebacks name "hw.ipynb, cell 3" and the line inside the cell; linecache
    holds the lines, so they can be quoted.
    """
    import __future__

    import linecache
    import sys
    import types

    def no_widget(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return display

    for name in (
        "IPython",
        "IPython.display",
    ):  # often imported in the same cell as numpy, which would be lost too
        stub = sys.modules.setdefault(name, types.ModuleType(name))
        stub.__dict__.setdefault("__getattr__", no_widget)
    ipython = sys.modules["IPython"].__dict__
    ipython.setdefault("display", sys.modules["IPython.display"])
    ipython.setdefault("version_info", (9, 0, 0))  # matplotlib asks for both before it draws
    ipython.setdefault("get_ipython", lambda: None)

    futures = 0  # as in Jupyter, a __future__ import holds for all later cells
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
            exec(code, namespace)  # noqa: S102 - this is what the worker is confined for
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a cell may raise anything, SystemExit included
            line = error.lineno if isinstance(error, SyntaxError) else None
            step = error.__traceback__
            while step is not None:
                if step.tb_frame.f_code.co_filename == filename:
                    line = step.tb_lineno
                step = step.tb_next
            # a metaclass may have its own idea of it
            kind = str(type.__dict__["__name__"].__get__(type(error)))
            try:
                message = str(error.msg if isinstance(error, SyntaxError) else error)
            except BaseException:  # noqa: BLE001 - the student's own __str__ may raise anything as well
                message = "(its text cannot be shown)"
            where = "" if line is None else f"line {line}: "
            errors.append((number, kind[:100], (where + message)[:500]))
