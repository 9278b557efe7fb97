"""Attacks that are more than one file: archives, links, notebooks, names. Each is a function that makes one.

It gets a folder that does not exist yet and the text of knows.py, and gives the path that is handed in.
"""

import io
import json
import os
import re
import stat
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

HANDED_IN: list[Callable[[Path, str], Path]] = []

HONEST = "def double(x):\n    return 2 * x\n"


def attack(build: Callable[[Path, str], Path]) -> Callable[[Path, str], Path]:
    """Put a function into the list."""
    HANDED_IN.append(build)
    return build


def _known(knows: str, name: str) -> str:
    return re.search(rf"^{name} = '(.*)'$", knows, re.MULTILINE)[1]


def _files(folder: Path, knows: str, **files: str) -> Path:
    """A submission of several files; a name is written with __ for a dot."""
    folder.mkdir()
    for name, text in {"knows__py": knows, **files}.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def _zip(path: Path, members: dict[str | zipfile.ZipInfo, str | bytes]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about names that are there twice
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _link(name: str, kind: int = stat.S_IFLNK) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = (kind | 0o777) << 16
    member.create_system = 3
    return member


def _tar(path: Path, members: list[tarfile.TarInfo]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"\0" * member.size))
    return path


def _member(
    name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int = 0
) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size = kind, target, size
    return member


# ---- archives ----------------------------------------------------------------------------------------------------


@attack
def archive_climbs_out(folder: Path, knows: str) -> Path:
    """A zip whose members lead out of the archive with .."""
    guard = os.path.relpath(_known(knows, "GUARD"), "/tmp/x/y")
    return _zip(
        folder / "a.zip",
        {"target.py": HONEST, f"../../{guard}/planted": "x", "../" * 12 + "tmp/x.py": "x"},
    )


@attack
def archive_absolute_names(folder: Path, knows: str) -> Path:
    """A zip whose members have absolute names, of this system and of another."""
    return _zip(
        folder / "a.zip",
        {
            "target.py": HONEST,
            f"{_known(knows, 'GUARD')}/planted": "x",
            "C:\\x.py": "x",
            "\\\\host\\x.py": "x",
        },
    )


@attack
def archive_link_to_the_reference(folder: Path, knows: str) -> Path:
    """A zip in which target.py is a link to the solution."""
    return _zip(folder / "a.zip", {_link("target.py"): _known(knows, "REFERENCE")})


@attack
def archive_link_then_file(folder: Path, knows: str) -> Path:
    """A tar with a link to a folder outside, then a file in that folder."""
    guard = _known(knows, "GUARD")
    return _tar(
        folder / "a.tar.gz",
        [
            _member("out", tarfile.SYMTYPE, guard),
            _member("out/planted"),
            _member("target.py", size=10),
        ],
    )


@attack
def archive_hard_link_to_the_reference(folder: Path, knows: str) -> Path:
    """A tar in which target.py is a hard link to the solution, by its absolute name."""
    return _tar(
        folder / "a.tar.gz", [_member("target.py", tarfile.LNKTYPE, _known(knows, "REFERENCE"))]
    )


@attack
def archive_devices(folder: Path, knows: str) -> Path:
    """A tar with a device, a pipe and an endless file in the place of the code."""
    device = _member("target.py", tarfile.CHRTYPE)
    device.devmajor, device.devminor = 1, 5
    return _tar(folder / "a.tar.gz", [_member("pipe.py", tarfile.FIFOTYPE), device])


@attack
def archive_bomb(folder: Path, knows: str) -> Path:
    """A small zip that unpacks to six hundred megabytes."""
    zeros = bytes(64 << 20)
    return _zip(
        folder / "a.zip", {"target.py": HONEST, **{f"zeros{n}.bin": zeros for n in range(10)}}
    )


@attack
def archive_that_lies_about_its_size(folder: Path, knows: str) -> Path:
    """A zip whose member declares one byte and unpacks to two hundred megabytes."""
    path = _zip(folder / "a.zip", {"target.py": HONEST, "data.bin": bytes(200 << 20)})
    raw = bytearray(path.read_bytes())
    size = struct.pack("<I", 200 << 20)
    for at in [m.start() for m in re.finditer(re.escape(size), bytes(raw))]:
        raw[at : at + 4] = struct.pack("<I", 1)
    path.write_bytes(raw)
    return path


@attack
def archive_compressed_tar_bomb(folder: Path, knows: str) -> Path:
    """A gzip file that unpacks to a quarter of a gigabyte before tar has seen a name."""
    import zlib

    folder.mkdir()
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(1 << 20)
    with open(folder / "a.tar.gz", "wb") as file:
        for _ in range(256):
            file.write(packer.compress(block))
        file.write(packer.flush())
    return folder / "a.tar.gz"


@attack
def archive_in_archive(folder: Path, knows: str) -> Path:
    """A zip in a zip in a zip, each as large as it may be."""
    inner = _zip(
        folder / "inner.zip", {"target.py": HONEST, "zeros.bin": bytes(40 << 20)}
    ).read_bytes()
    for _ in range(5):
        inner = _zip(folder / "inner.zip", {f"a{n}.zip": inner for n in range(9)}).read_bytes()
    (folder / "inner.zip").unlink()
    (folder / "a.zip").write_bytes(inner)
    return folder / "a.zip"


@attack
def archive_of_many_files(folder: Path, knows: str) -> Path:
    """A zip with sixty thousand files."""
    return _zip(
        folder / "a.zip", {"target.py": HONEST, **{f"d/{n}.txt": "" for n in range(60_000)}}
    )


@attack
def archive_names_twice(folder: Path, knows: str) -> Path:
    """A zip that holds target.py twice, in two spellings, and under names that differ only for some systems."""
    return _zip(
        folder / "a.zip",
        {
            zipfile.ZipInfo("target.py"): HONEST,
            zipfile.ZipInfo("./target.py"): "x = 1",
            "TARGET.py": "x = 2",
            "target.py\0.txt": "x",
        },
    )


@attack
def archive_encrypted(folder: Path, knows: str) -> Path:
    """A zip that asks for a password, compressed by a method that nobody has."""
    path = _zip(folder / "a.zip", {"target.py": HONEST})
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    raw[at + 10 : at + 12] = struct.pack("<H", 99)
    path.write_bytes(raw)
    return path


@attack
def archive_damaged(folder: Path, knows: str) -> Path:
    """A zip that ends in the middle and counts more members than it has."""
    path = _zip(folder / "a.zip", {"target.py": HONEST, "more.py": HONEST * 1000})
    raw = bytearray(path.read_bytes())
    end = raw.index(b"PK\x05\x06")
    raw[end + 8 : end + 12] = struct.pack("<HH", 0xFFFF, 0xFFFF)
    path.write_bytes(raw[: end + 20])
    return path


@attack
def archive_header_without_end(folder: Path, knows: str) -> Path:
    """A tar of a few hundred bytes, packed, with a header that the standard library looks through for hours."""
    import gzip

    folder.mkdir()
    body = b"1" * (8 << 20)
    header = _member("header", b"x", size=len(body))
    (folder / "a.tar.gz").write_bytes(
        gzip.compress(header.tobuf() + body + bytes(-len(body) % 512 + 1024))
    )
    return folder / "a.tar.gz"


@attack
def archive_names_too_long_for_a_disk(folder: Path, knows: str) -> Path:
    """A zip with names of three hundred bytes that are a hundred characters long, beside honest code."""
    name = "\u6570" * 100
    return _zip(
        folder / "a.zip", {"target.py": HONEST, f"{name}.txt": "x", f"{name}/{name}.txt": "x"}
    )


# ---- links and special files -------------------------------------------------------------------------------------


@attack
def folder_link_to_the_reference(folder: Path, knows: str) -> Path:
    """A folder in which target.py is a link to the solution."""
    folder.mkdir()
    (folder / "target.py").symlink_to(_known(knows, "REFERENCE"))
    return folder


@attack
def folder_link_to_a_folder(folder: Path, knows: str) -> Path:
    """A folder with links to the folders of the solution, of the checks and of another student."""
    folder.mkdir()
    (folder / "reference").symlink_to(Path(_known(knows, "REFERENCE")).parent)
    (folder / "victim").symlink_to(Path(_known(knows, "VICTIM")).parent)
    (folder / "checks").symlink_to(_known(knows, "CHECKS"))
    (folder / "loop").symlink_to(".")
    (folder / "target.py").write_text(
        "import glob, importlib\n"
        "def mix(x):\n    return [open(name).read() for name in glob.glob('**/*.py', recursive=True)]\n"
        "def constant():\n    return importlib.import_module('reference.target').NUMBER\n"
    )
    return folder


@attack
def folder_link_to_devices(folder: Path, knows: str) -> Path:
    """A folder in which files are links to endless devices, to the terminal, to the memory of whoever reads them."""
    folder.mkdir()
    for name, target in {"target.py": "/dev/zero", "a.py": "/proc/self/environ", "b.py": "/proc/self/mem",
                         "c.py": "/dev/stdin"}.items():  # fmt: skip
        (folder / name).symlink_to(target)
    return folder


@attack
def folder_pipe(folder: Path, knows: str) -> Path:
    """A folder in which target.py is a pipe that nobody writes to."""
    folder.mkdir()
    os.mkfifo(folder / "target.py")
    os.mkfifo(folder / "data.bin")
    return folder


@attack
def folder_of_odd_names(folder: Path, knows: str) -> Path:
    """A folder with names that are commands, pages, terminal escapes and no text at all."""
    folder.mkdir()
    (folder / "target.py").write_text("def mix(x):\n    raise ValueError(open('a.txt').read())\n")
    for name in (
        b"<script>gradmark.py",
        b"\x1b[2J\x07.py",
        b"\xff\xfe.py",
        b"$(touch x).py",
        b"-rf.py",
        b"\n::error::.py",
    ):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("def f(:\n")
    return folder


@attack
def folder_named_like_a_formula(folder: Path, knows: str) -> Path:
    """A student whose name is a formula of a spreadsheet, a script of a page and an escape of a terminal."""
    folder.mkdir()
    named = folder / "=HYPERLINK(1)<script>gradmark()\x1b[2J"
    named.mkdir()
    (named / "target.py").write_text(HONEST)
    return named


# ---- files that mean something to somebody else ------------------------------------------------------------------


@attack
def shadow_pytest_settings(folder: Path, knows: str) -> Path:
    """Hands in conftest.py, pytest.ini, setup.cfg and a plugin, for a grader that runs pytest where the files are."""
    guard = _known(knows, "GUARD")
    hook = f"open('{guard}/planted', 'w').close()\ndef pytest_runtest_makereport(item, call):\n    call.excinfo = None\n"
    return _files(
        folder, knows, target__py=HONEST, conftest__py=hook, plugin__py=hook, test_target__py="def test_mix(): pass\n",
        pytest__ini="[pytest]\naddopts = -p plugin\n", setup__cfg="[tool:pytest]\naddopts = -p plugin\n",
        pyproject__toml="[tool.pytest.ini_options]\naddopts = '-p plugin --collect-only'\n",
    )  # fmt: skip


@attack
def shadow_site(folder: Path, knows: str) -> Path:
    """Hands in sitecustomize.py, usercustomize.py and .pth files, which interpreters run when they start."""
    hook = f"open('{_known(knows, 'GUARD')}/planted', 'w').close()\n"
    return _files(
        folder, knows, target__py=HONEST, sitecustomize__py=hook, usercustomize__py=hook, a__pth=f"import os; {hook}",
        __editable__py=hook,
    )  # fmt: skip


@attack
def shadow_libraries(folder: Path, knows: str) -> Path:
    """Hands in numpy.py, json.py, socket.py and others, to be imported in place of the libraries."""
    fake = f"open('{_known(knows, 'GUARD')}/planted', 'w').close()\nallclose = loads = dumps = lambda *a, **k: True\n"
    names = (
        "numpy",
        "json",
        "socket",
        "struct",
        "os",
        "torch",
        "random",
        "traceback",
        "linecache",
        "msgspec",
        "errno",
    )
    folder = _files(folder, knows, **{f"{name}__py": fake for name in names})
    for package in ("numpy", "grader", "reference", "encodings"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").write_text(fake)
    (folder / "target.py").write_text(
        "import json, numpy, random, colorsys\ndef mix(x):\n    return numpy.allclose(x, x)\n"
    )
    return folder


@attack
def shadow_compiled_modules(folder: Path, knows: str) -> Path:
    """Hands in compiled files and shared objects in place of sources."""
    folder = _files(folder, knows, target__pyc="\0" * 64)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "target.cpython-311.pyc").write_bytes(
        b"\xa7\r\r\n" + b"\0" * 12 + b"\xe3" + b"\0" * 40
    )
    (folder / "target.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF" + b"\0" * 100)
    (folder / "knows2.py").write_text("")
    return folder


@attack
def source_that_breaks_parsers(folder: Path, knows: str) -> Path:
    """Hands in sources that break whoever parses them: nested brackets, null bytes, false encodings, huge numbers."""
    return _files(
        folder, knows,
        target__py=HONEST + "x = " + "(" * 50_000 + ")" * 50_000 + "\n",
        nulls__py="x = 1\0\0\n",
        coding__py="# -*- coding: uu_codec -*-\nx = 1\n",
        deep__py="x = " + "-" * 100_000 + "1\n",
        long__py="x = " + "9" * 300_000 + "\n",
        chain__py="x = a" + ".b" * 60_000 + "\n",
    )  # fmt: skip


@attack
def source_that_grows(folder: Path, knows: str) -> Path:
    """Hands in a short source that the compiler turns into gigabytes of constants."""
    text = (
        "x = "
        + " * ".join(["((1,) * 200)"] + ["4000"] * 3)
        + "\ny = 'a' * 10**9 * 10\nz = 2 ** (10 ** 7) ** 2\n"
    )
    return _files(
        folder,
        knows,
        target__py=HONEST + "def mix(x):\n    " + text.replace("\n", "\n    ") + "return x\n",
    )


@attack
def notebook_commands(folder: Path, knows: str) -> Path:
    """Hands in a notebook whose cells run shell commands and magics, and whose outputs hold scripts."""
    guard = _known(knows, "GUARD")
    cells = [
        f"!touch {guard}/planted", f"%%bash\ntouch {guard}/planted", "%run /etc/passwd", "%load_ext evil",
        f"get_ipython().system('touch {guard}/planted')", f"import os; os.system('touch {guard}/planted')",
        HONEST + "def mix(x):\n    return x\n",
    ]  # fmt: skip
    notebook = {
        "nbformat": 4, "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "language": "python", "display_name": "<script>gradmark"}},
        "cells": [
            {"cell_type": "code", "id": f"c{n}", "metadata": {"tags": ["<script>gradmark"]}, "source": text,
             "execution_count": None, "outputs": [{"output_type": "display_data", "metadata": {},
             "data": {"text/html": "<script>gradmark()</script>"}}]} for n, text in enumerate(cells)
        ],
    }  # fmt: skip
    folder.mkdir()
    (folder / "target.ipynb").write_text(json.dumps(notebook))
    return folder


@attack
def notebook_that_tells_in_its_remarks(folder: Path, knows: str) -> Path:
    """Hands in a notebook that reports, as an error of a cell, what a hidden check gives it."""
    told = "__cell_errors__[:] = [(1, text, text)]\n    return text"
    cells = [f"{HONEST}\ndef label(text):\n    {told}\n", "1 / 0\n"]
    notebook = {
        "nbformat": 4, "nbformat_minor": 5, "metadata": {},
        "cells": [{"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": text, "execution_count": None,
                   "outputs": []} for n, text in enumerate(cells)],
    }  # fmt: skip
    folder.mkdir()
    (folder / "target.ipynb").write_text(json.dumps(notebook))
    return folder


@attack
def notebook_that_forges_its_conversion(folder: Path, knows: str) -> Path:
    """Hands in a notebook whose cells imitate and redefine what the conversion puts around them."""
    cells = [
        "__cell_errors__ = None\n__name__ = '__main__'\n",
        "'''\n\"\"\"\n# %%\nexec('1')\n",
        "def __getattr__(name):\n    return lambda *a: a[0]\n",
        "raise SystemExit\n",
        "import sys; sys.modules[__name__].__dict__.clear()\n",
    ]
    notebook = {
        "nbformat": 4, "nbformat_minor": 5, "metadata": {},
        "cells": [{"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": text, "execution_count": None,
                   "outputs": []} for n, text in enumerate(cells)],
    }  # fmt: skip
    folder.mkdir()
    (folder / "target.ipynb").write_text(json.dumps(notebook))
    return folder


def _notebook(path: Path, sources: list[str], **metadata: object) -> Path:
    path.parent.mkdir()
    cells = [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": []} for source in sources
    ]
    path.write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})
    )
    return path


@attack
def notebook_of_small_objects(folder: Path, knows: str) -> Path:
    """Hands in a notebook of twelve megabytes that is gigabytes of objects when it has been read."""
    return _notebook(folder / "target.ipynb", [HONEST], things=[{}] * 3_000_000)


@attack
def notebook_of_magics(folder: Path, knows: str) -> Path:
    """Hands in a notebook with seventy thousand lines of magics, and one of as many cells."""
    _notebook(folder / "target.ipynb", ["%%time\n" * 70_000 + HONEST, *["!ls"] * 1000])
    return folder / "target.ipynb"


@attack
def folder_of_remarks(folder: Path, knows: str) -> Path:
    """Hands in thousands of files of which each is worth a remark."""
    folder.mkdir()
    (folder / "target.py").write_text(HONEST)
    for number in range(5000):
        (folder / f"\x01{number}.txt").touch()
    return folder
