"""The reference is read by students: its docstrings have one form.

A summary, the formula, `Shapes:`, what else there is to say, what is raised, the source (a lecture
or a paper), and an example, in this order.
"""

import ast
import re
from pathlib import Path

REFERENCE = Path(__file__).parents[2] / "reference"
FUNCTIONS = {
    f"{path.stem}.{node.name}": ast.get_docstring(node) or ""
    for path in sorted(REFERENCE.glob("*.py"))
    for node in ast.parse(path.read_text()).body
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
}
# They take and give numbers, dicts, models or loaders, and say so in words.
WITHOUT_ARRAYS = {
    "autodiff.topological_order",
    "autodiff.train_xor",
    "convolution.conv_output_shape",
    "convolution.count_parameters",
    "data.split_indices",
    "data.k_fold_indices",
    "init.activation_statistics",
    "init.gradient_norms_by_layer",
    "linear.minibatches",
    "linear.random_local_search",
    "optim.minimise",
    "schedules.constant",
    "schedules.inverse_time_decay",
    "schedules.linear_decay",
    "schedules.step_decay",
    "schedules.exponential_decay",
    "schedules.cosine_decay",
    "schedules.linear_warmup",
    "schedules.warmup_cosine",
    "schedules.triangular_cycle",
    "schedules.cosine_warm_restarts",
    "schedules.one_cycle",
    "selection.grid_search",
    "selection.random_search",
    "selection.gp_log_likelihood",
    "selection.bayesian_search",
    "torch_training.default_device",
    "torch_training.train_epoch",
    "torch_training.evaluate",
    "torch_training.fit",
    "torch_training.save_checkpoint",
    "torch_training.load_checkpoint",
    "torch_training.progress_bar",
    "torch_training.load_digits",
    "torch_training.load_mnist",
    "torch_training.load_cifar10",
}
# The backward functions of pooling are derived in the docstring of their forward function, and
# these four move data around.
WITHOUT_SOURCE = {
    "convolution.max_pool_backward",
    "convolution.avg_pool_backward",
    "convolution.global_avg_pool_backward",
    "torch_training.default_device",
    "torch_training.save_checkpoint",
    "torch_training.load_checkpoint",
    "torch_training.progress_bar",
}
PARTS = {"shapes": r"^(Shapes|Sizes):", "raises": r"\bRaises\b", "example": r"^>>>"}
SOURCE = re.compile(r"\blectures?\b|\bL\d\b|arXiv|\b(18|19|20)\d\d\b")


def parts(docstring):
    """Name of a part -> where it begins."""
    found = {name: re.search(part, docstring, re.MULTILINE) for name, part in PARTS.items()}
    return {name: match.start() for name, match in found.items() if match}


def those(fails):
    """The functions whose docstring fails."""
    return [name for name, docstring in FUNCTIONS.items() if fails(docstring)]


def test_there_are_functions():
    assert len(FUNCTIONS) > 150


def test_the_parts_come_in_one_order():
    def mixed(docstring):
        where = parts(docstring)
        return sorted(where, key=where.get) != [part for part in PARTS if part in where]

    assert those(mixed) == []


def test_each_begins_with_a_sentence():
    def no_sentence(docstring):
        summary = docstring.partition("\n\n")[0]
        return not (summary[:1].isupper() and summary.endswith((".", ":")))

    assert those(no_sentence) == []


def test_arrays_have_shapes():
    assert set(those(lambda docstring: "shapes" not in parts(docstring))) == WITHOUT_ARRAYS


def test_each_names_its_source():
    assert set(those(lambda docstring: not SOURCE.search(docstring))) == WITHOUT_SOURCE


def test_each_has_an_example_or_says_where_one_is():
    def shows_nothing(docstring):
        return "example" not in parts(docstring) and "An example stands with" not in docstring

    assert those(shows_nothing) == []
