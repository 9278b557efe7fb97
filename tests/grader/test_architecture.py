"""The rooms of the house: every import inside grader/ points down the list in its docstring."""

import ast
import re
from pathlib import Path

import pytest

import grader

ROOT = Path(__file__).parents[2]

FLOOR = re.compile(r" {4}(\w+(?:, \w+)*) {2,}\S")


def floors() -> list[set[str]]:
    """The rooms by floor, the top one first, as the docstring of `grader` lists them."""
    lines = (grader.__doc__ or "").splitlines()
    return [set(match[1].split(", ")) for line in lines if (match := FLOOR.match(line))]


FLOORS = [{"__main__"}, *floors()]
HEIGHT = {name: -number for number, names in enumerate(FLOORS) for name in names}
MODULES = sorted(
    path for path in (ROOT / "grader").rglob("*.py") if path != ROOT / "grader" / "__init__.py"
)


def imported(path: Path) -> set[str]:
    """Dotted names of what a module imports, `if TYPE_CHECKING` blocks left out."""
    names: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(ROOT).parent.parts
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            prefix = ".".join(part for part in (base, node.module or "") if part)
            names.update(f"{prefix}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text()))
    return names


def layer(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "grader" and len(parts) > 1 and parts[1] in HEIGHT else None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    own = path.relative_to(ROOT / "grader").parts[0].removesuffix(".py")
    assert own in HEIGHT, (
        f"{path.name}: give the new room its floor in the docstring of grader/__init__.py"
    )
    upward = {
        name
        for name in imported(path)
        if (other := layer(name)) and other != own and HEIGHT[other] >= HEIGHT[own]
    }
    assert not upward


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_grader_never_imports_solutions_or_assignments(path):
    assert not {
        name
        for name in imported(path)
        if name.split(".")[0] in ("reference", "assignments", "tests")
    }


@pytest.mark.parametrize(
    "path", sorted((ROOT / "reference").glob("*.py")), ids=lambda path: path.name
)
def test_the_reference_imports_numpy_torch_and_its_siblings_only(path):
    import sys

    allowed = sys.stdlib_module_names | {"numpy", "torch", "reference"}
    assert {name.split(".")[0] for name in imported(path)} <= allowed


def test_the_map_names_every_room_and_no_other():
    entries = (ROOT / "grader").iterdir()
    rooms = {
        path.stem for path in entries if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert rooms - {"__init__"} == HEIGHT.keys()


@pytest.mark.parametrize(
    ("folder", "allowed"), [("inside", ("inside", "wire")), ("wire", ("wire",))], ids=str
)
def test_what_runs_behind_the_wall_imports_its_siblings_and_the_wire_only(folder, allowed):
    foreign = {
        f"{path.name} imports {name}"
        for path in (ROOT / "grader" / "sandbox" / folder).glob("*.py")
        for name in imported(path)
        if name.split(".")[0] == "grader"
        and not name.startswith(tuple(f"grader.sandbox.{room}" for room in allowed))
    }
    assert not foreign


AUTHORS = sorted((ROOT / "assignments").glob("*/checks/**/*.py"))


@pytest.mark.parametrize("path", AUTHORS, ids=lambda path: str(path.relative_to(ROOT)))
def test_check_authors_import_one_module_of_ours(path):
    ours = {name for name in imported(path) if name.split(".")[0] == "grader"}
    assert {".".join(name.split(".")[:2]) for name in ours} <= {"grader.checks"}
    assert all(name.count(".") <= 2 for name in ours), "from grader.checks, and not from within it"


def test_the_names_for_check_authors_are_these():
    """docs/author.md explains each of them; a new one is a promise to every course."""
    import grader.checks

    assert grader.checks.__all__ == [
        "CheckFailure",
        "StudentRaised",
        "accuracy",
        "assert_close",
        "assert_learns",
        "assert_rejects",
        "check_gradients",
        "check_loss_gradient",
        "digits",
        "mean_squared_error",
        "score_between",
    ]
    page = (ROOT / "docs" / "author.md").read_text("utf-8")
    assert not [name for name in grader.checks.__all__ if f"`{name}" not in page]
