"""List every concept of docs/curriculum.toml with its code, tests and doctest.

    python tools/curriculum.py [--check]

Writes docs/curriculum.md; with --check, only compares it. Exits with status 1, and a sentence for
each problem, if a symbol has no code, no test or no doctest, if a public function of reference/ is
not in any row, or if the page is out of date. Everything is read from the source: nothing is
imported or run.
"""

import argparse
import ast
import doctest
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parents[1]
SHOWN = 4  # the number of test names in a row


@dataclass(frozen=True)
class Row:
    """One symbol, with the tests and the example that were found for it."""

    number: int
    assignment: str
    module: str
    symbol: str
    sources: tuple[str, ...]
    defined: bool
    tests: tuple[str, ...]
    example: str  # the symbol whose docstring contains the doctest


def rows(root):
    """Return one Row for each symbol of the curriculum, in its order."""
    curriculum = tomllib.loads((root / "docs" / "curriculum.toml").read_text())
    found, modules, tests = [], {}, {}
    for assignment in curriculum["assignment"]:
        for row in assignment["row"]:
            name = row["module"]
            if name not in modules:
                modules[name] = public(root / "reference" / f"{name}.py")
                tests[name] = uses(root / "tests" / "reference" / f"test_{name}.py", name)
            for symbol in row["symbols"]:
                here = (
                    symbol in modules[name],
                    tests_of(symbol, tests[name]),
                    modules[name].get(symbol, ""),
                )
                found.append(
                    Row(
                        assignment["number"],
                        assignment["name"],
                        name,
                        symbol,
                        tuple(row["sources"]),
                        *here,
                    )
                )
    return found


def public(path):
    """Return the functions and classes in a module's `__all__`, with the location of their example.

    The location is a symbol, or "" if there is no example.
    """
    body = ast.parse(path.read_text()).body if path.exists() else []
    exported = [
        name
        for node in body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        for name in ast.literal_eval(node.value)
    ]
    definitions = {
        node.name: node for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }
    return {name: example_of(name, definitions) for name in exported if name in definitions}


def example_of(name, definitions):
    """Return the definition whose docstring has an example of `name`: itself, or a linked one."""
    if examples(definitions[name]):
        return name
    link = re.search(r"An example stands with (\w+)", ast.get_docstring(definitions[name]) or "")
    other = definitions.get(link[1]) if link else None
    return (
        link[1]
        if other and any(re.search(rf"\b{name}\b", text) for text in examples(other))
        else ""
    )


def examples(definition):
    """Return the code of the doctests of a function, or of a class and its methods."""
    parts = [definition, *(node for node in definition.body if isinstance(node, ast.FunctionDef))]
    docstrings = [ast.get_docstring(part) or "" for part in parts]
    return [
        example.source
        for text in docstrings
        for example in doctest.DocTestParser().get_examples(text)
    ]


def uses(path, module):
    """Return the symbols of `reference.module` that each test of a file uses.

    For each test, these are the symbols that it names itself, and all symbols including those of
    the helpers and tables that it uses.
    """
    body = ast.parse(path.read_text()).body if path.exists() else []
    imported, aliases = {}, {module}
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module == f"reference.{module}":
            imported.update({alias.asname or alias.name: alias.name for alias in node.names})
        elif isinstance(node, ast.Import):
            aliases.update(
                a.asname for a in node.names if a.name == f"reference.{module}" and a.asname
            )
    parts = {name: mentioned(node, imported, aliases) for node in body for name in defines(node)}
    return {
        name: (parts[name][0], reached(name, parts)) for name in parts if name.startswith("test_")
    }


def defines(node):
    """Return the names that a top-level statement binds."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [
        name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
    ]


def mentioned(node, imported, aliases):
    """Return the symbols that test code names, also as text for getattr, and its other names."""
    symbols, names = set(), set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            names.add(part.id)
            symbols.update([imported[part.id]] if part.id in imported else [])
        elif isinstance(part, ast.arg):
            names.add(part.arg)  # a fixture
        elif (
            isinstance(part, ast.Attribute)
            and isinstance(part.value, ast.Name)
            and part.value.id in aliases
        ):
            symbols.add(part.attr)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            symbols.add(part.value)
    return symbols, names


def reached(name, parts):
    """Return the symbols named by a test or by any helper that it uses, directly or indirectly."""
    seen, waiting = set(), [name]
    while waiting:
        part = waiting.pop()
        if part in parts and part not in seen:
            seen.add(part)
            waiting += parts[part][1]
    return set().union(*(parts[part][0] for part in seen))


def tests_of(symbol, tests):
    """Return the tests of a symbol, those that name it themselves first.

    check_gradients names a pair of functions by their stem.
    """
    names = {symbol} | {
        symbol.removesuffix(end) for end in ("_forward", "_backward") if symbol.endswith(end)
    }
    direct = [test for test, (own, _) in tests.items() if own & names]
    return (
        *direct,
        *(
            test
            for test, (_, everything) in tests.items()
            if everything & names and test not in direct
        ),
    )


def missing(root):
    """Return a sentence for everything missing in a row, and for each public name without a row."""
    found, sentences = rows(root), []
    for row in found:
        where = f"{row.number:02d}-{row.assignment}: {row.symbol}"
        if not row.defined:
            sentences.append(
                f"{where} is not a function or class in __all__ of reference/{row.module}.py"
            )
            continue
        if not row.tests:
            sentences.append(
                f"{where} is not named by any test in tests/reference/test_{row.module}.py"
            )
        if not row.example:
            sentences.append(
                f"{where} has no example (>>>) in its docstring in reference/{row.module}.py"
            )
    listed = {(row.module, row.symbol) for row in found}
    for path in sorted((root / "reference").glob("*.py")):
        sentences += [
            f"reference/{path.name} makes {symbol} public, but no row of docs/curriculum.toml "
            "names it"
            for symbol in public(path)
            if (path.stem, symbol) not in listed
        ]
    return sentences


def page(root):
    """Return the text of docs/curriculum.md."""
    found = rows(root)
    lines = [
        "# The curriculum, concept by concept",
        "",
        "Generated by `python tools/curriculum.py` from `docs/curriculum.toml` and the source.",
        f"{len(found)} public functions and classes. A class includes its methods. L0 to L4 are "
        "the lectures.",
    ]
    for number, name in dict.fromkeys((row.number, row.assignment) for row in found):
        lines += [
            "",
            f"## {number:02d}-{name}",
            "",
            "| symbol | module | lectures | doctest | tests |",
            "| --- | --- | --- | --- | --- |",
        ]
        for row in found:
            if row.number == number:
                example = (
                    "yes"
                    if row.example == row.symbol
                    else f"with `{row.example}`"
                    if row.example
                    else "**none**"
                )
                lines.append(
                    f"| `{row.symbol}` | [`{row.module}`](../reference/{row.module}.py) "
                    f"| {' '.join(row.sources)} | {example} | {shown(row.tests)} |"
                )
    return "\n".join(lines) + "\n"


def shown(tests):
    names = ", ".join(f"`{name}`" for name in tests[:SHOWN])
    return (names + (f" and {len(tests) - SHOWN} more" if len(tests) > SHOWN else "")) or "**none**"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit with status 1 if docs/curriculum.md is out of date",
    )
    parser.add_argument("--root", type=Path, default=HOME, help="the project folder")
    options = parser.parse_args(arguments)
    file, text = options.root / "docs" / "curriculum.md", page(options.root)
    sentences = missing(options.root)
    if not options.check:
        file.write_text(text)
    elif not file.exists() or file.read_text() != text:
        sentences.append(
            "docs/curriculum.md is out of date: run python tools/curriculum.py and commit it"
        )
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
