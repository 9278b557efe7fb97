import hashlib
import io
import json
import os
import pickle
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.errors import SubmissionError
from grader.submission.intake import wrong_with
from grader.submission.reading import find_submissions, read_submission

EXPECTED = ("layers.py", "losses.py", "mlp.py")


def write(path, files):
    """Write a folder of {name: text or bytes}."""
    path.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def zipped(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(files):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data.encode()))
    return file.getvalue()


def notebook(*cells):
    written = [{"cell_type": "code", "source": source, "metadata": {}} for source in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": written})


def read(path):
    return read_submission(path, expected=EXPECTED)


def notes(submission):
    return [note.text for note in submission.notes]


def names(path):
    return [submission.student for submission in find_submissions(path, expected=EXPECTED)]


# --- what is a submission, and what is a class


def test_a_folder_with_a_file_of_the_assignment_is_one_submission(tmp_path):
    path = write(
        tmp_path / "ada", {"layers.py": "x = 1\n", "helpers/tools.py": "", "data.csv": "1"}
    )
    (submission,) = find_submissions(path, expected=EXPECTED)
    assert submission.student == "ada"
    assert submission.origin == path
    assert submission.files == {"layers.py": b"x = 1\n", "helpers/tools.py": b"", "data.csv": b"1"}
    assert submission.problem is submission.module is None
    assert submission.notes == ()


@pytest.mark.parametrize(
    "name",
    ["layers.py", "ada.py", "ada.ipynb", "ada.zip", "ada.tar.gz", "ada.tgz", "ada.tar", "ada.ZIP"],
)
def test_a_file_is_one_submission(tmp_path, name):
    data = {"ipynb": notebook("x = 1"), "py": "x = 1"}.get(name.split(".")[-1])
    if data is None:
        data = (
            zipped({"layers.py": "x = 1"})
            if name.lower().endswith("zip")
            else tarred({"layers.py": "x = 1"})
        )
    write(tmp_path, {name: data})
    (submission,) = find_submissions(tmp_path / name, expected=EXPECTED)
    assert submission.student == name.split(".")[0]
    assert submission.problem is None
    assert submission.files


def test_any_other_folder_is_a_class_of_all_kinds(tmp_path):
    path = write(
        tmp_path / "submit",
        {
            "ada/layers.py": "",
            "bob.ipynb": notebook("x = 1"),
            "cleo.zip": zipped({"layers.py": ""}),
            "dan.tar.gz": tarred({"losses.py": ""}),
            "eve.py": "",
            "fay/readme.txt": "sorry",
            "README.md": "",
            "grades.csv": "",
            ".git/HEAD": "",
            "__pycache__/x.pyc": "",
        },
    )
    assert names(path) == ["ada", "bob", "cleo", "dan", "eve", "fay"]


@pytest.mark.parametrize("name", ["solution.ipynb", "solution.py"])
def test_a_folder_with_one_single_file_of_code_is_one_submission_unless_it_is_called_submit(
    tmp_path, name
):
    data = notebook("x = 1") if name.endswith("ipynb") else "x = 1"
    assert names(write(tmp_path / "ada", {name: data, "notes.txt": ""})) == ["ada"]
    assert names(write(tmp_path / "submit", {name: data, "notes.txt": ""})) == ["solution"]


def test_notebooks_beside_each_other_are_a_class(tmp_path):
    assert names(write(tmp_path / "hw4", {"ada.ipynb": notebook(), "bob.ipynb": notebook()})) == [
        "ada",
        "bob",
    ]


def test_the_current_folder_has_its_own_name(tmp_path, monkeypatch):
    monkeypatch.chdir(write(tmp_path / "ada", {"layers.py": ""}))
    assert names(type(tmp_path)()) == ["ada"]
    assert read(type(tmp_path)(".")).student == "ada"


def test_a_class_that_was_linked_by_the_instructor_is_read(tmp_path):
    write(tmp_path / "inbox", {"ada/layers.py": ""})
    (tmp_path / "submit").symlink_to("inbox")
    assert names(tmp_path / "submit") == ["ada"]


def test_submissions_that_share_a_name_keep_their_full_names(tmp_path):
    path = write(
        tmp_path / "submit",
        {
            "ada/layers.py": "",
            "ada.zip": zipped({"layers.py": "x = 1"}),
            "Ada.ipynb": notebook("x"),
            "bob/layers.py": "",
        },
    )
    found = find_submissions(path, expected=EXPECTED)
    assert [one.student for one in found] == ["Ada.ipynb", "ada", "ada.zip", "bob"]
    assert notes(found[2]) == [
        "several submissions are called 'ada': this one is graded as 'ada.zip'"
    ]
    assert notes(found[3]) == []


def test_names_that_are_shown_alike_stay_apart(tmp_path):
    path = write(tmp_path / "submit", {"a\x01/layers.py": "x = 1", "a\x02/layers.py": "x = 2"})
    assert names(path) == ["a�", "a�-2"]


@pytest.mark.parametrize("name", ["ada.rar", "ada.7z", "ada.pdf", "ada.docx", "ada.py.gz"])
def test_what_was_handed_in_in_a_wrong_format_is_refused_and_not_lost(tmp_path, name):
    path = write(tmp_path / "submit", {name: b"x", "bob/layers.py": ""})
    ada, bob = find_submissions(path, expected=EXPECTED)
    assert ada.problem == (
        f"{name} cannot be graded: hand in layers.py, losses.py, mlp.py, or a .py file, a "
        "notebook, a .zip or a .tar.gz"
    )
    assert bob.problem is None


def test_a_missing_path_is_named(tmp_path):
    with pytest.raises(SubmissionError, match="submit: no such file or folder"):
        find_submissions(tmp_path / "submit", expected=EXPECTED)


@pytest.mark.parametrize("name", ["x" * 5000, "nul\0l", "a/b"])
def test_a_path_that_cannot_be_is_one_sentence(tmp_path, name):
    with pytest.raises(SubmissionError) as caught:
        find_submissions(tmp_path / name, expected=EXPECTED)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["notes.txt", "ada.rar"])
def test_a_file_that_is_no_submission_is_named(tmp_path, name):
    write(tmp_path, {name: "x"})
    with pytest.raises(
        SubmissionError,
        match=f"{name} is not a submission: expected a folder, a .py file, a notebook",
    ):
        find_submissions(tmp_path / name, expected=EXPECTED)


@pytest.mark.parametrize("files", [{}, {"README.md": "", ".hidden/layers.py": ""}])
def test_an_empty_class_is_named(tmp_path, files):
    with pytest.raises(
        SubmissionError,
        match=r"submit holds no submission: expected layers.py, losses.py, mlp.py, or folders",
    ):
        find_submissions(write(tmp_path / "submit", files), expected=EXPECTED)


# --- one bad submission never keeps the others from being graded


def test_every_bad_submission_gets_a_sentence_of_its_own_and_the_rest_is_read(tmp_path):
    path = write(
        tmp_path / "submit",
        {
            "a-broken-zip.zip": b"PK\x03\x04 broken",
            "b-not-json.ipynb": "x = 1",
            "c-syntax/layers.py": "def f(:\n",
            "d-2gb/layers.py": "",
            "e-link/losses.py": "",
            "f-empty/.keep": "",
            "g-up.zip": zipped({"../layers.py": "x"}),
            "h-good/layers.py": "x = 1\n",
            "i-latin/layers.py": b"x = '\xe4'\n",
        },
    )
    os.truncate(path / "d-2gb" / "layers.py", 2 << 30)
    (path / "e-link" / "layers.py").symlink_to("/etc/passwd")
    (path / "j-link").symlink_to("h-good")
    os.mkfifo(path / "k-pipe.py")
    found = {one.student: one for one in find_submissions(path, expected=EXPECTED)}
    assert {name: one.problem for name, one in found.items()} == {
        "a-broken-zip": "a-broken-zip.zip cannot be unpacked (File is not a zip file): create the "
        "archive again",
        "b-not-json": "b-not-json.ipynb is not a notebook, because it is not JSON: "
        "open it in Jupyter and save it again",
        "c-syntax": None,
        "d-2gb": "d-2gb: layers.py has 2048 MiB, the limit is 0.5 MiB: "
        "hand in a smaller one, without data in it",
        "e-link": "layers.py is a link to '/etc/passwd', which is not a file of this submission: "
        "replace the link by a copy of the file",
        "f-empty": "f-empty holds no .py file and no notebook: hand in layers.py, losses.py, "
        "mlp.py",
        "g-up": "g-up.zip: '../layers.py' points outside the archive: pack the folder itself",
        "h-good": None,
        "i-latin": None,
        "j-link": "j-link is a link: replace it by a copy of its target",
        "k-pipe": "k-pipe.py is neither a file nor a folder: remove it",
    }
    assert found["c-syntax"].syntax_errors == {"layers.py": "layers.py, line 1: invalid syntax"}
    assert found["i-latin"].syntax_errors == {
        "layers.py": "layers.py, line 1: the byte 0xe4 is not UTF-8: save the file as UTF-8"
    }
    for one in found.values():
        if one.problem:
            assert one.files == {}
            assert notes(one) == [one.problem]


def test_nothing_is_executed(tmp_path):
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    path = write(
        tmp_path / "submit",
        {
            "ada/layers.py": trap,
            "ada/conftest.py": trap,
            "ada/__init__.py": trap,
            "ada/setup.py": trap,
            "bob.ipynb": notebook(trap, f"!touch {tmp_path / 'ran'}"),
            "cleo.zip": zipped({"sitecustomize.py": trap}),
        },
    )
    find_submissions(path, expected=EXPECTED)
    assert not (tmp_path / "ran").exists()


# --- the root of a submission


@pytest.mark.parametrize("wrap", ["hw4-main/", "hw4-main/src/nn/", ""])
@pytest.mark.parametrize("how", ["folder", "zip", "tar.gz"])
def test_folders_around_the_files_are_unwrapped(tmp_path, wrap, how):
    files = {
        f"{wrap}layers.py": "x = 1",
        f"{wrap}data/x.csv": "1",
        "__MACOSX/x": "",
        ".DS_Store": "",
    }
    if how == "folder":
        path = write(tmp_path / "ada", files)
    else:
        path = (
            write(tmp_path, {f"ada.{how}": zipped(files) if how == "zip" else tarred(files)})
            / f"ada.{how}"
        )
    assert read(path).files == {"layers.py": b"x = 1", "data/x.csv": b"1"}
    assert notes(read(path)) == []


def test_a_notebook_in_a_folder_of_its_own_is_found(tmp_path):
    one = read(write(tmp_path / "ada", {"hw4/solution.ipynb": notebook("x = 1"), "hw4/x.csv": ""}))
    assert one.module == "solution"
    assert one.files.keys() == {"solution.py", "x.csv"}


def test_the_shallowest_folder_with_the_assignments_files_is_read(tmp_path):
    one = read(
        write(
            tmp_path / "ada",
            {"src/layers.py": "new", "src/old/layers.py": "old", "README.md": "", "run.py": ""},
        )
    )
    assert one.files == {"layers.py": b"new", "old/layers.py": b"old"}
    assert notes(one) == [
        "only the folder 'src' was read, because the assignment's files are there"
    ]


def test_two_copies_of_the_assignment_are_refused(tmp_path):
    one = read(write(tmp_path / "ada", {"a/layers.py": "", "b/layers.py": ""}))
    assert one.problem == "ada holds the assignment's files more than once (a, b): keep one"


@pytest.mark.parametrize("inner", ["hw.zip", "hw.tar.gz"])
def test_a_folder_that_a_platform_made_for_one_archive_is_that_archive(tmp_path, inner):
    data = {"layers.py": "x = 1"}
    archive = zipped(data) if inner.endswith("zip") else tarred(data)
    one = read(
        write(
            tmp_path / "Ada Lovelace_123_assignsubmission_file",
            {inner: archive, "onlinetext.html": ""},
        )
    )
    assert one.files == {"layers.py": b"x = 1"}
    assert one.student == "Ada Lovelace_123_assignsubmission_file"


def test_a_broken_archive_in_such_a_folder_is_named(tmp_path):
    assert read(write(tmp_path / "ada", {"hw.zip": "x"})).problem.startswith(
        "hw.zip cannot be unpacked"
    )


def test_archives_beside_code_are_data(tmp_path):
    one = read(write(tmp_path / "ada", {"layers.py": "", "backup.zip": "x"}))
    assert one.problem is None
    assert "backup.zip" in one.files


# --- modules that would hide others


@pytest.mark.parametrize(
    "name",
    [
        "random.py",
        "numpy.py",
        "torch/__init__.py",
        "pytest.py",
        "conftest.py",
        "sitecustomize.py",
        "usercustomize.py",
        f"math{EXTENSION_SUFFIXES[0]}",  # such as math.cpython-311-x86_64-linux-gnu.so
        "json/__init__.py",
        "grader.py",
        "typing.pyc",
        "numpy/__init__.pyc",
    ],
)
def test_a_module_that_would_hide_another_is_left_out_with_a_note(tmp_path, name):
    top = name.split("/")[0]
    one = read(
        write(
            tmp_path / "ada",
            {"layers.py": "", name: b"", f"{top}/x.txt" if "/" in name else "x.txt": ""},
        )
    )
    assert one.files.keys() <= {"layers.py", "x.txt"}
    module = top.split(".")[0]
    if module != "math" or sys.platform == "linux":
        assert notes(one) == [
            f"{top} was ignored, because it would hide the module '{module}': rename it"
        ]


@pytest.mark.parametrize(
    "name",
    ["helpers/random.py", "random/data.csv", "my_random.py", "random.txt", "random.backup.py"],
)
def test_a_module_that_hides_nothing_is_kept(tmp_path, name):
    one = read(write(tmp_path / "ada", {"layers.py": "", name: ""}))
    assert name in one.files
    assert notes(one) == []


def test_an_expected_file_is_kept_whatever_its_name(tmp_path):
    path = write(tmp_path / "ada", {"random.py": "x = 1"})
    assert read_submission(path, expected=["random.py"]).files == {"random.py": b"x = 1"}


# --- which module holds the symbols


def test_one_notebook_stands_for_all_files(tmp_path):
    one = read(
        write(tmp_path, {"My Homework (1).ipynb": notebook("x = 1")}) / "My Homework (1).ipynb"
    )
    assert one.student == "My Homework (1)"
    assert one.module == "My_Homework__1_"
    assert one.files.keys() == {"My_Homework__1_.py"}
    assert one.notebooks == {"My_Homework__1_": "My Homework (1).ipynb"}
    assert one.sources == {"My Homework (1).ipynb, cell 1": "x = 1"}
    assert one.syntax_errors == {}


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("04.ipynb", "notebook_04"),
        ("random.ipynb", "random_notebook"),
        ("class.ipynb", "notebook_class"),
        ("größe.ipynb", "gr__e"),
        ("layers.ipynb", "layers"),
        ("hw.ipynb", "hw_notebook"),
    ],
)
def test_a_notebooks_module_can_be_imported_and_hides_nothing(tmp_path, name, module):
    one = read(write(tmp_path / "ada", {name: notebook("x = 1"), "hw.py": "x = 2"}))
    assert one.module == module
    assert one.files["hw.py"] == b"x = 2"


def test_python_files_win_over_a_notebook(tmp_path):
    one = read(
        write(
            tmp_path / "ada",
            {"layers.py": "x = 1", "scratch.ipynb": notebook("x = 2"), "layers.ipynb": "broken"},
        )
    )
    assert one.files == {"layers.py": b"x = 1"}
    assert one.module is None
    assert notes(one) == [
        "ignored, because layers.py was handed in too: layers.ipynb, scratch.ipynb"
    ]


def test_notebooks_named_like_the_files_stand_for_them(tmp_path):
    one = read(
        write(
            tmp_path / "ada",
            {"layers.ipynb": notebook("x = 1"), "losses.ipynb": notebook("y = 1"), "mlp.py": ""},
        )
    )
    assert one.files.keys() == {"layers.py", "losses.py", "mlp.py"}
    assert one.module is None
    assert one.notebooks == {"layers": "layers.ipynb", "losses": "losses.ipynb"}


def test_several_notebooks_are_refused(tmp_path):
    one = read(
        write(
            tmp_path / "ada",
            {"part1.ipynb": notebook("x"), "part2.ipynb": notebook("y"), "data/x.csv": ""},
        )
    )
    assert one.problem == "ada holds several notebooks (part1.ipynb, part2.ipynb): hand in one"


def test_one_python_file_of_any_name_stands_for_all_files(tmp_path):
    one = read(write(tmp_path, {"ada.py": "x = 1"}) / "ada.py")
    assert one.module == "ada"
    assert one.files == {"ada.py": b"x = 1"}
    assert one.notes == ()


@pytest.mark.parametrize(
    "name", ["my solution.py", "2nd.py", "code.py", "class.py", "layers.v2.py"]
)
def test_one_python_file_that_cannot_be_imported_by_its_name_gets_another(tmp_path, name):
    one = read(write(tmp_path, {name: "x = 1"}) / name)
    assert one.module == "submission"
    assert one.files == {"submission.py": b"x = 1"}
    assert notes(one) == [f"'{name}' is graded as submission.py: its name cannot be imported"]


def test_files_under_wrong_names_get_a_note(tmp_path):
    one = read(write(tmp_path / "ada", {"Layers.py": "", "loss.py": ""}))
    assert one.module is None
    assert notes(one) == [
        "none of layers.py, losses.py, mlp.py was found, only Layers.py, loss.py: rename your files"
    ]


# --- notes and syntax errors


def test_syntax_errors_are_data_and_the_sources_can_be_quoted(tmp_path):
    one = read(
        write(
            tmp_path / "ada",
            {
                "layers.py": "x = 1\n",
                "losses.py": "x = (\n",
                "mlp.py": b"\xef\xbb\xbfx = 1\r\n",
                "null.py": b"x\0",
                "sub/deep.py": "x = " + "-" * 99_999,
            },
        )
    )
    assert one.problem is None
    assert one.syntax_errors == {
        "losses.py": "losses.py, line 1: '(' was never closed",
        "null.py": "null.py, line 1: this line has a null byte: save the file as UTF-8 text",
        "sub/deep.py": "sub/deep.py: an expression or a block is nested too deeply for Python",
    }
    assert one.sources["mlp.py"] == "x = 1\n"
    assert one.files["mlp.py"] == b"\xef\xbb\xbfx = 1\r\n"


def test_a_submission_of_nothing_but_python_has_a_limit(tmp_path):
    one = read(
        write(tmp_path / "ada", {f"m{n}.py": "#" * 500_000 for n in range(5)} | {"layers.py": ""})
    )
    assert one.problem == "ada holds over 2 MiB of Python: hand in your own files only"


def test_cells_that_cannot_run_are_notes(tmp_path):
    one = read(write(tmp_path, {"ada.ipynb": notebook("x = (", "%%bash\nls")}) / "ada.ipynb")
    assert len(one.notes) == 2
    assert one.problem is None


# --- digest and shape


def test_the_digest_changes_with_names_and_bytes_and_with_nothing_else(tmp_path):
    base = {"layers.py": "ab", "losses.py": "c"}
    digests = [
        read(write(tmp_path / str(number), files)).digest
        for number, files in enumerate(
            [
                base,
                {"layers.py": "a", "losses.py": "bc"},
                {"layers.py": "ab", "losse.py": "c"},
                {"layers.py": "ab"},
                base | {"x": ""},
            ]
        )
    ]
    assert len(set(digests)) == len(digests)
    assert all(len(digest) == len(hashlib.sha256().hexdigest()) for digest in digests)
    again = write(
        tmp_path / "again", dict(reversed(base.items())) | {".hidden": "", "__pycache__/x.pyc": ""}
    )
    os.utime(again / "layers.py", (0, 0))
    assert read(again).digest == digests[0]
    zip_path = (
        write(tmp_path, {"bob.zip": zipped({f"bob/{name}": data for name, data in base.items()})})
        / "bob.zip"
    )
    assert read(zip_path).digest == digests[0]


def test_running_a_notebook_again_does_not_change_its_digest(tmp_path):
    path = write(tmp_path, {"ada.ipynb": notebook("x = 1")}) / "ada.ipynb"
    before = read(path).digest
    saved = json.loads(path.read_text())
    saved["cells"][0] |= {
        "execution_count": 7,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "hi"}],
    }
    path.write_text(json.dumps(saved))
    assert read(path).digest == before
    path.write_text(notebook("x = 2"))
    assert read(path).digest != before


def test_a_refused_submission_has_a_digest_that_changes_when_it_is_mended(tmp_path):
    path = write(tmp_path, {"ada.zip": "broken"}) / "ada.zip"
    before = read(path).digest
    assert read(path).digest == before
    path.write_bytes(zipped({"layers.py": ""}))
    assert read(path).digest != before


def test_a_submission_travels_to_other_processes(tmp_path):
    one = read(write(tmp_path / "ada", {"layers.py": "x = (", "hw.ipynb": notebook("x")}))
    assert pickle.loads(pickle.dumps(one)) == one


def test_a_notebook_submission_imports_as_a_module(tmp_path):
    one = read(
        write(tmp_path, {"ada.ipynb": notebook("%cd x", "1 / 0", "def f():\n    return 7")})
        / "ada.ipynb"
    )
    write(tmp_path / "run", one.files)
    done = subprocess.run(
        [sys.executable, "-c", "import ada; print(ada.f(), ada.__cell_errors__)"],
        cwd=tmp_path / "run",
        capture_output=True,
        text=True,
    )
    assert done.stdout == "7 [(2, 'ZeroDivisionError', 'line 1: division by zero')]\n", done.stderr


NAMES = st.sampled_from(
    [
        "layers.py",
        "losses.py",
        "x.py",
        "hw.ipynb",
        "mlp.ipynb",
        "a.zip",
        "b.tar.gz",
        "data.csv",
        "random.py",
        "sub/layers.py",
        "sub/x.ipynb",
        "n\x1b.txt",
        "ada.pdf",
    ]
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    files=st.dictionaries(
        NAMES,
        st.binary(max_size=60)
        | st.just(notebook("x = 1").encode())
        | st.just(zipped({"y/x.py": "1"})),
    )
)
def test_any_folder_is_a_submission_or_one_sentence(tmp_path, files):
    shutil.rmtree(tmp_path / "ada", ignore_errors=True)
    one = read(write(tmp_path / "ada", files))
    assert (one.problem is None) == bool(one.files)
    for text in [one.problem or "", *notes(one), *one.syntax_errors.values()]:
        assert text.isprintable()
    assert one.module is None or f"{one.module}.py" in one.files
    assert one.syntax_errors.keys() <= one.files.keys()


# --- what would swell


LONG = "数" * 100  # 300 bytes in UTF-8, which no disk takes as a name


def test_names_are_limited_in_bytes(tmp_path):
    (tmp_path / "ada.zip").write_bytes(
        zipped({"layers.py": "x = 1", f"{LONG}.txt": "x", f"{LONG}/a.txt": "x"})
    )
    (tmp_path / "bob.zip").write_bytes(zipped({"layers.py": "x = 1", f"{LONG}.py": "x = 1"}))
    ada, bob = find_submissions(tmp_path, expected=EXPECTED)
    assert ada.files == {"layers.py": b"x = 1"}
    assert len(ada.notes) == 2
    assert (
        "has a part of 304 bytes in UTF-8, and disks take up to 255: it was ignored"
        in notes(ada)[0]
    )
    assert bob.problem.endswith("and disks take up to 255: rename the file or move it up")


def test_a_path_is_limited_in_bytes(tmp_path):
    name = "/".join(["数" * 70] * 3) + "/a"
    (tmp_path / "ada.tar.gz").write_bytes(tarred({"layers.py": "x = 1", name + "数" * 26: "x"}))
    one = read(tmp_path / "ada.tar.gz")
    assert one.files.keys() == {"layers.py"}
    assert notes(one)[0].endswith("has more than 700 bytes in UTF-8: it was ignored")


@pytest.mark.parametrize("stem", ["a" * 250, "x" * 120 + " y" * 60, "é" * 120])
@pytest.mark.parametrize("suffix", [".py", ".ipynb", ".zip"])
def test_a_file_of_any_name_can_be_written_by_the_sandbox(tmp_path, stem, suffix):
    path = tmp_path / f"{stem[: 255 - len(suffix)]}{suffix}"
    data = {
        ".py": b"x = 1",
        ".ipynb": notebook("x = 1").encode(),
        ".zip": zipped({"layers.py": "x = 1"}),
    }
    path.write_bytes(data[suffix])
    one = read(path)
    assert one.problem is None
    assert all(len(name.encode()) <= 255 for name in one.files)
    assert all(wrong_with(name) == "" for name in one.files)


def test_names_that_look_alike_are_told_apart(tmp_path):
    write(tmp_path / "submit", {f"a{mark}/layers.py": "" for mark in "\x01\x02\x03"})
    assert names(tmp_path / "submit") == ["a�", "a�-2", "a�-3"]


def test_remarks_are_limited(tmp_path):
    one = read(
        write(tmp_path / "ada", {"layers.py": "", **{f"\x01{n}.txt": "" for n in range(70)}})
    )
    assert len(one.notes) == 51
    assert notes(one)[-1] == "20 more notes of this kind are not shown"


def test_cells_are_limited(tmp_path):
    (tmp_path / "hw.ipynb").write_text(notebook(*["x = 1"] * 2001))
    assert (
        read(tmp_path / "hw.ipynb").problem
        == "hw.ipynb holds more than 2,000 cells of code: hand in your own code only"
    )


def test_packages_are_limited(tmp_path):
    one = read(
        write(tmp_path / "ada", {"layers.py": "".join(f"import p{n}\n" for n in range(501))})
    )
    assert one.problem == "ada imports over 500 packages: hand in your own files only"


def test_parameters_and_imports_are_found(tmp_path):
    (tmp_path / "hw.ipynb").write_text(
        notebook("import numpy", "def relu(x, alpha): import torch.nn")
    )
    one = read(tmp_path / "hw.ipynb")
    assert one.parameters == {"relu": ("x", "alpha")}
    assert [(found.shown, found.module, found.line, found.package) for found in one.imports] == [
        ("hw.ipynb, cell 1", "hw", 1, "numpy"), ("hw.ipynb, cell 2", "hw", 1, "torch"),
    ]  # fmt: skip
