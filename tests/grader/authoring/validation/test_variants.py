"""Versions of a solution, as submissions and as packages."""

from grader.authoring.validation import variants


def test_files_that_import_each_other_become_a_package():
    files = {
        "layers.py": b"import numpy as np\nfrom layers_of_mine import x\nimport layers2\n",
        "mlp.py": b"import layers\nfrom layers import affine_forward\n\n"
        b"def f():\n    from layers import relu\n",
        "data.txt": b"import layers\n",
    }
    made = variants.as_package(files)
    assert made["layers.py"] == files["layers.py"]
    assert made["mlp.py"] == (
        b"from . import layers\nfrom .layers import affine_forward\n\n"
        b"def f():\n    from .layers import relu\n"
    )
