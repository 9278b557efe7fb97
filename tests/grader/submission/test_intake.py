import os
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress

import pytest

from grader.errors import SubmissionError
from grader.submission import intake
from grader.submission.intake import MAX_FILE, MAX_SOURCE, MAX_TOTAL, read_tree


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "ada"
    path.mkdir()
    (path / "layers.py").write_text("x = 1\n")
    return path


@pytest.fixture(params=["by descriptor", "by path"])
def way(request, monkeypatch):
    """Both ways of walking a folder; Windows knows only the second."""
    monkeypatch.setattr(intake, "_BY_DESCRIPTOR", request.param == "by descriptor")


def texts(read):
    return [note.text for note in read.notes]


def sparse(path, size):
    with path.open("wb") as file:
        file.truncate(size)


def test_a_folder_is_read_with_all_that_is_below(folder, way):
    (folder / "data" / "small").mkdir(parents=True)
    (folder / "data" / "small" / "x.csv").write_bytes(b"1,2\r\n")
    read = read_tree(folder)
    assert read.files == {"layers.py": b"x = 1\n", "data/small/x.csv": b"1,2\r\n"}
    assert not read.notes


@pytest.mark.parametrize(
    "name",
    [
        ".git/config",
        ".DS_Store",
        "__pycache__/layers.cpython-311.pyc",
        ".ipynb_checkpoints/hw.ipynb",
        "__MACOSX/._x",
        "a/node_modules/x.js",
        "Thumbs.db",
        "Icon\r",
    ],
)
def test_what_is_nobodys_work_is_passed_over(folder, way, name):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    assert read_tree(folder).files.keys() == {"layers.py"}


def test_a_virtual_environment_is_passed_over_and_a_folder_that_is_only_called_so_is_not(
    folder, way
):
    (folder / "env" / "lib").mkdir(parents=True)
    (folder / "env" / "lib" / "torch.py").write_text("")
    assert read_tree(folder).files.keys() == {"layers.py", "env/lib/torch.py"}
    (folder / "env" / "pyvenv.cfg").write_text("")
    assert read_tree(folder).files.keys() == {"layers.py"}


@pytest.mark.parametrize("name", ["layers.py", "hw.ipynb", "ada.zip"])
def test_a_2_gb_file_that_would_be_graded_is_refused_without_being_read(folder, way, name):
    sparse(folder / name, 2 << 30)
    with pytest.raises(
        SubmissionError,
        match=rf"{name} has 2048 MiB, the limit is \d+(.5)? MiB: hand in a smaller",
    ):
        read_tree(folder)
    with pytest.raises(SubmissionError, match=rf"{name} has 2048 MiB"):
        read_tree(folder / name)


def test_a_2_gb_data_file_is_left_out_with_a_note(folder, way):
    sparse(folder / "weights.pt", 2 << 30)
    read = read_tree(folder)
    assert read.files.keys() == {"layers.py"}
    assert texts(read) == ["weights.pt has 2048 MiB, the limit is 10 MiB: it was ignored"]


def test_the_limits_themselves_are_allowed(folder):
    sparse(folder / "data.bin", MAX_FILE)
    sparse(folder / "long.py", MAX_SOURCE)
    assert len(read_tree(folder).files) == 3


def test_too_much_in_total_is_refused(folder, way):
    for number in range(5):
        sparse(folder / f"data{number}.bin", MAX_TOTAL // 5)
    with pytest.raises(
        SubmissionError,
        match=r"^ada holds more than 50 MiB \(layers.py is one file too many\): hand in",
    ):
        read_tree(folder)


def test_too_many_files_are_refused(folder, way):
    for number in range(2000):
        (folder / f"{number}.txt").touch()
    with pytest.raises(
        SubmissionError, match="ada holds more than 2000 files: hand in your own files only"
    ):
        read_tree(folder)


def test_too_many_entries_are_refused_even_when_they_are_ignored(folder, way, monkeypatch):
    monkeypatch.setattr(intake, "MAX_ENTRIES", 20)
    for number in range(21):
        (folder / f".{number}").touch()
    with pytest.raises(SubmissionError, match="ada holds more than 20 files"):
        read_tree(folder)


@pytest.mark.parametrize(
    "target",
    ["/etc/passwd", "../secret.py", "data/../../secret.py", "nowhere.py", "data", "losses.py"],
)
def test_a_link_that_leads_anywhere_but_to_a_file_of_the_submission_is_refused(folder, way, target):
    (folder.parent / "secret.py").write_text("secret")
    (folder / "data").mkdir()
    (folder / "losses.py").symlink_to(target)
    with pytest.raises(
        SubmissionError,
        match=rf"^losses.py is a link to '{target}', which is not a file of this submission",
    ):
        read_tree(folder)


def test_a_linked_folder_is_refused(folder, way):
    (folder.parent / "bob").mkdir()
    (folder.parent / "bob" / "losses.py").write_text("bob's")
    (folder / "bob").symlink_to("../bob", target_is_directory=True)
    with pytest.raises(SubmissionError, match=r"bob is a link to '../bob'"):
        read_tree(folder)


def test_a_link_to_a_file_of_the_submission_is_that_file(folder, way):
    (folder / "old").mkdir()
    (folder / "old" / "losses.py").symlink_to("../layers.py")
    (folder / "mlp.py").symlink_to("./layers.py")
    assert set(read_tree(folder).files.values()) == {b"x = 1\n"}
    assert len(read_tree(folder).files) == 3


def test_links_count_towards_the_total(folder, monkeypatch):
    sparse(folder / "data.bin", MAX_FILE)
    for number in range(5):
        (folder / f"copy{number}.bin").symlink_to("data.bin")
    with pytest.raises(SubmissionError, match="more than 50 MiB"):
        read_tree(folder)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_submission_that_is_a_link_itself_is_refused_unless_it_may_be_followed(folder, kind):
    link = folder.parent / "eve"
    link.symlink_to(folder if kind == "folder" else folder / "layers.py")
    with pytest.raises(SubmissionError, match="eve is a link: replace it by a copy of its target"):
        read_tree(link)
    assert list(read_tree(link, follow=True).files.values()) == [b"x = 1\n"]


def test_a_link_that_is_slipped_in_while_reading_is_never_followed(folder):
    secret = folder.parent / "secret.py"
    secret.write_text("SECRET")
    victim = folder / "losses.py"
    stop = threading.Event()

    def swap():
        while not stop.is_set():
            for replace in (lambda: victim.write_text("mine"), lambda: victim.symlink_to(secret)):
                victim.unlink(missing_ok=True)
                replace()

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(300):
            with suppress(SubmissionError):
                assert b"SECRET" not in read_tree(folder).files.values()
    finally:
        stop.set()
        thread.join()


def test_pipes_and_sockets_are_left_out_and_never_opened(folder, way):
    os.mkfifo(folder / "losses.py")
    with socket.socket(socket.AF_UNIX) as server:
        before = os.getcwd()
        os.chdir(folder)
        try:
            server.bind("s.sock")
        finally:
            os.chdir(before)
        read = read_tree(folder)
    assert read.files.keys() == {"layers.py"}
    assert sorted(texts(read)) == [
        "losses.py is a pipe, a socket or a device, not a file: it was ignored",
        "s.sock is a pipe, a socket or a device, not a file: it was ignored",
    ]


def test_a_submission_that_is_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "ada.py")
    with pytest.raises(SubmissionError, match=r"ada.py is neither a file nor a folder: remove it"):
        read_tree(tmp_path / "ada.py")


def test_a_pipe_that_takes_the_place_of_a_file_does_not_hang_the_reader(folder):
    os.mkfifo(folder / "losses.py")
    descriptor = os.open(folder / "losses.py", intake._OPEN)
    with pytest.raises(SubmissionError, match=r"losses.py is not a regular file"):
        intake._read_file(descriptor, "losses.py", intake.Intake("ada"))


def test_a_file_without_permission_is_named():
    code = (
        "import os, sys; from pathlib import Path; import grader.errors\n"
        "from grader.submission.intake import read_tree\n"
        "if os.geteuid() == 0: os.setuid(65534)          # root may read everything\n"
        "try: read_tree(Path(sys.argv[1]))\n"
        "except grader.errors.SubmissionError as error: print(error)"
    )
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to other users
        os.chmod(folder, 0o755)
        os.close(os.open(f"{folder}/layers.py", os.O_CREAT, 0))
        done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True)
    assert done.stdout == "layers.py cannot be read (Permission denied): check its permissions\n", (
        done.stderr
    )


def test_names_that_could_steer_a_terminal_are_refused_or_left_out(folder, way):
    (folder / "notes\x1b[2J.txt").write_text("x")
    read = read_tree(folder)
    assert texts(read) == [
        "the name 'notes�[2J.txt' has characters that cannot be shown: it was ignored"
    ]
    (folder / "la\x1b[31myers.py").write_text("x")
    with pytest.raises(SubmissionError, match="ada: the name 'la�") as caught:
        read_tree(folder)
    assert str(caught.value).isprintable()


def test_names_that_are_not_utf_8_are_left_out(folder, way):
    if sys.platform == "darwin":
        pytest.skip("macOS has no such names")
    open(os.path.join(os.fsencode(folder), b"gr\xfc\xdfe.txt"), "wb").close()
    assert texts(read_tree(folder)) == [
        "the name 'gr��e.txt' has characters that cannot be shown: it was ignored"
    ]


def test_the_narrow_space_in_the_names_of_macos_screenshots_is_no_reason_for_anything(folder, way):
    (folder / "Screenshot at 9.41\u202fAM.png").write_bytes(b"png")
    assert len(read_tree(folder).files) == 2


def test_a_bottomless_folder_ends(folder, way):
    deep = folder
    for _ in range(40):
        deep = deep / "d"
        deep.mkdir()
    (deep / "layers.py").write_text("x")
    read = read_tree(folder)
    assert read.files.keys() == {"layers.py"}
    assert "has more than 240 characters or 12 parts: it was ignored" in texts(read)[0]


def test_code_under_a_path_that_is_too_long_is_refused(folder, way):
    (folder / ("d" * 200)).mkdir()
    (folder / ("d" * 200) / ("l" * 60 + ".py")).write_text("")
    with pytest.raises(
        SubmissionError,
        match=r"has more than 240 characters or 12 parts: rename the file or move it up",
    ):
        read_tree(folder)


def test_a_file_that_grows_while_it_is_read_is_refused(folder, monkeypatch):
    class Small:
        st_mode = os.stat(folder / "layers.py").st_mode
        st_size = 2

    descriptor = os.open(folder / "layers.py", os.O_RDONLY)
    monkeypatch.setattr(intake.os, "fstat", lambda _: Small)
    with pytest.raises(SubmissionError, match=r"layers.py grew while it was read"):
        intake._read_file(descriptor, "layers.py", intake.Intake("ada"))


def test_no_descriptor_is_left_open(folder):
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "x.py").symlink_to("/etc/passwd")
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    if before is None:
        pytest.skip("needs /proc")
    for _ in range(5):
        with pytest.raises(SubmissionError):
            read_tree(folder)
    assert len(os.listdir("/proc/self/fd")) == before
