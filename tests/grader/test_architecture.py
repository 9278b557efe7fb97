"""The layers of the house: every import inside grader/ points down this list."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LAYERS = [
    {"__main__"},
    {"cli"},
    {"report", "exchange"},
    {"validation", "release", "scaffold", "replay"},
    {"batch"},
    {"gradebook"},
    {"grading"},
    {"plugin"},
    {"marks"},
    {"feedback"},
    {"checks"},
    {"inprocess", "frozen"},
    {"subject"},
    {"transcript"},
    {"course"},
    {"submission"},
    {"sandbox"},
    {"sources", "mutants"},
    {"model", "names"},
    {"errors"},
]
HEIGHT = {name: -number for number, names in enumerate(LAYERS) for name in names}
MODULES = sorted(path for path in (ROOT / "grader").rglob("*.py") if path != ROOT / "grader" / "__init__.py")


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
    assert own in HEIGHT, f"{path.name}: give the new module its place in LAYERS"
    upward = {
        name for name in imported(path) if (other := layer(name)) and other != own and HEIGHT[other] >= HEIGHT[own]
    }
    assert not upward


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_grader_never_imports_solutions_or_assignments(path):
    assert not {name for name in imported(path) if name.split(".")[0] in ("reference", "assignments", "tests")}


@pytest.mark.parametrize("path", sorted((ROOT / "reference").glob("*.py")), ids=lambda path: path.name)
def test_the_reference_imports_numpy_torch_and_its_siblings_only(path):
    import sys

    allowed = sys.stdlib_module_names | {"numpy", "torch", "reference"}
    assert {name.split(".")[0] for name in imported(path)} <= allowed


def test_what_runs_in_a_worker_imports_nothing_of_the_trusted_side():
    sandbox = ROOT / "grader" / "sandbox"
    seen, waiting = set(), ["worker", "zygote"]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        files = [sandbox / f"{name}.py"] if (sandbox / f"{name}.py").exists() else sorted((sandbox / name).glob("*.py"))
        for dotted in {dotted for file in files for dotted in imported(file)}:
            parts = dotted.split(".")
            if parts[0] == "grader":
                assert parts[1] == "sandbox", f"{name} imports {dotted}"
                there = (sandbox / f"{parts[2]}.py").exists() or (sandbox / parts[2]).is_dir()
                waiting += [parts[2]] if there and parts[2] not in seen else []
    assert {"wire", "confinement"} < seen
    assert not seen & {"client", "transport", "doctor"}
