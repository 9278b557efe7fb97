"""Imports packages that belong to other environments, by their path: the interpreter's own, the system's, the user's."""

import glob
import importlib.machinery
import os
import site
import sys

from knows import each

VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"
FOLDERS = {
    "the interpreter": f"{sys.base_prefix}/lib/{VERSION}/site-packages",
    "the interpreter, lib64": f"{sys.base_prefix}/lib64/{VERSION}/site-packages",
    "Debian": "/usr/lib/python3/dist-packages",
    "the system": f"/usr/lib/{VERSION}/site-packages",
    "Debian, local": f"/usr/local/lib/{VERSION}/dist-packages",
    "the system, local": f"/usr/local/lib/{VERSION}/site-packages",
    "the user": site.getusersitepackages(),
}


def from_folder(folder):
    sys.meta_path[:] = [importlib.machinery.BuiltinImporter, importlib.machinery.PathFinder]
    sys.path[:] = [path for path in sys.path if "-packages" not in path] + [folder]
    for file in ["scipy/__init__.py", *glob.glob("*/__init__.py", root_dir=folder)]:
        name = os.path.dirname(file)
        if name not in sys.modules:
            try:
                return __import__(name).__file__
            except ImportError:
                pass
            except OSError:
                break
    raise ImportError("nothing can be imported from there")


def softplus(x):
    return each(*(lambda of=of: from_folder(FOLDERS[of]) for of in FOLDERS))
