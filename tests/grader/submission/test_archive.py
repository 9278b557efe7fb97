import bz2
import gzip
import io
import random
import stat
import struct
import tarfile
import time
import tracemalloc
import warnings
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import SubmissionError
from grader.submission import archive
from grader.submission.archive import unpack

SUFFIXES = (".zip", ".tar.gz", ".tgz", ".tar")


def make_zip(members, method=zipfile.ZIP_DEFLATED):
    """A zip of (name or ZipInfo, bytes) pairs."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of duplicate names
        for name, data in members:
            made.writestr(name, data)
    return file.getvalue()


def make_tar(members, mode="w:gz"):
    """A tar of (name or TarInfo, bytes) pairs."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode, format=tarfile.PAX_FORMAT) as made:
        for name, data in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return file.getvalue()


def make(suffix, members):
    return (
        make_zip(members)
        if suffix == ".zip"
        else make_tar(members, "w" if suffix == ".tar" else "w:gz")
    )


def refusal(raw, name="ada.zip"):
    with pytest.raises(SubmissionError) as caught:
        unpack(raw, name)
    sentence = str(caught.value)
    assert sentence.startswith("ada.")
    assert sentence.isprintable()
    return sentence


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_archive_is_unpacked_in_memory(suffix):
    read = unpack(
        make(suffix, [("hw/layers.py", b"x = 1\n"), ("hw/data/x.csv", b"")]), f"ada{suffix}"
    )
    assert read.files == {"hw/layers.py": b"x = 1\n", "hw/data/x.csv": b""}
    assert not read.notes


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_folders_and_a_leading_dot_are_no_files(suffix):
    folder = tarfile.TarInfo("./hw")
    folder.type = tarfile.DIRTYPE
    members = [(folder if suffix != ".zip" else "hw/", b""), ("./hw//layers.py", b"x")]
    assert unpack(make(suffix, members), f"ada{suffix}").files == {"hw/layers.py": b"x"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_nobodys_work_is_passed_over(suffix):
    names = [
        "__MACOSX/hw/._layers.py",
        ".git/HEAD",
        "hw/.DS_Store",
        "hw/__pycache__/x.pyc",
        "venv/pyvenv.cfg",
        "venv/lib/torch.py",
    ]
    read = unpack(make(suffix, [(name, b"x") for name in [*names, "hw/layers.py"]]), f"ada{suffix}")
    assert read.files.keys() == {"hw/layers.py"}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("../layers.py", "'../layers.py' points outside the archive: pack the folder itself"),
        ("a/../../layers.py", "'a/../../layers.py' points outside the archive"),
        ("__MACOSX/../../x.py", "points outside the archive"),
        (
            "/etc/passwd",
            "'/etc/passwd' is an absolute path: pack the folder, not its path from the root",
        ),
        ("C:/Users/ada/layers.py", "is an absolute path"),
        ("c:layers.py", "is an absolute path"),
        (
            "hw\\layers.py",
            "'hw\\layers.py' has a backslash in its name: create the archive with another program",
        ),
        ("..\\layers.py", "has a backslash"),
        ("hw/la\x1b[2Jyers.py", "the name 'hw/la�[2Jyers.py' has characters that cannot be shown"),
        ("d/" * 20 + "layers.py", "has more than 240 characters or 12 parts"),
        ("l" * 300 + ".py", "has more than 240 characters or 12 parts"),
    ],
    ids=lambda value: value[:20].encode("unicode_escape").decode(),
)
def test_a_name_that_is_no_plain_relative_path_is_refused(suffix, name, says):
    assert says in refusal(make(suffix, [(name, b"x")]), f"ada{suffix}")


def test_a_null_byte_in_a_name_does_not_cut_it():
    raw = make_zip([("layers.pyX.txt", b"x")]).replace(b"layers.pyX.txt", b"layers.py\0.txt")
    read = unpack(raw, "ada.zip")
    assert not read.files
    assert "cannot be shown" in read.notes[0].text


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_name_that_is_there_twice_is_refused(suffix):
    raw = make(suffix, [("layers.py", b"x = 1"), ("./layers.py", b"x = 2")])
    assert "'layers.py' occurs twice: remove one of the two" in refusal(raw, f"ada{suffix}")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("one", "two"),
    [("layers.py", "Layers.PY"), ("é.py", "e\u0301.py"), ("straße.py", "STRASSE.py")],
)
def test_names_that_another_disk_takes_for_the_same_are_refused(suffix, one, two):
    assert "differ in case only: remove one" in refusal(
        make(suffix, [(one, b""), (two, b"")]), f"ada{suffix}"
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("order", [1, -1])
def test_a_file_that_is_a_folder_as_well_is_refused(suffix, order):
    raw = make(suffix, [("a", b""), ("a/b.py", b"")][::order])
    assert "'a' is both a file and a folder" in refusal(raw, f"ada{suffix}")


@pytest.mark.parametrize(
    "kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK]
)
def test_links_and_special_files_in_a_zip_are_refused(kind):
    info = zipfile.ZipInfo("layers.py")
    info.external_attr = (kind | 0o777) << 16
    assert "'layers.py' is a link or a special file: replace it by a copy" in refusal(
        make_zip([(info, b"/etc/passwd")])
    )


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, b"Z"],
)
def test_links_and_special_files_in_a_tar_are_refused(kind):
    info = tarfile.TarInfo("layers.py")
    info.type, info.linkname = kind, "/etc/passwd"
    assert "'layers.py' is a link or a special file" in refusal(
        make_tar([(info, b"")]), "ada.tar.gz"
    )


def test_an_encrypted_zip_is_refused():
    raw = bytearray(make_zip([("layers.py", b"x")]))
    raw[6] |= 1  # the flag in the file's own header
    raw[raw.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    assert "'layers.py' is encrypted: create the archive without a password" in refusal(bytes(raw))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_whose_steps_are_not_bounded_is_refused(method):
    assert "uses an unusual compression method" in refusal(
        make_zip([("layers.py", b"x" * 99)], method)
    )


def test_a_broken_checksum_is_named():
    raw = make_zip([("layers.py", b"x = 1234")], zipfile.ZIP_STORED).replace(
        b"x = 1234", b"x = 1235"
    )
    assert (
        refusal(raw)
        == "ada.zip cannot be unpacked (Bad CRC-32 for file 'layers.py'): create the archive again"
    )


def patched_size(raw, size):
    """The zip with another declared size for its only member, in the member's header and in the
    directory.
    """
    raw = bytearray(raw)
    struct.pack_into("<L", raw, 22, size)
    struct.pack_into("<L", raw, raw.index(b"PK\x01\x02") + 24, size)
    return bytes(raw)


@pytest.mark.parametrize("declared", [1, 50, 99, 101, 4000])
def test_a_zip_that_declares_another_size_than_it_holds_is_refused(declared):
    sentence = refusal(patched_size(make_zip([("layers.py", b"x" * 100)]), declared))
    assert "Bad CRC-32" in sentence or "not as long as the archive states" in sentence


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_bomb_is_refused_before_it_goes_off(suffix):
    zeros = bytes(10 << 20)
    raw = make(suffix, [(f"{n}.bin", zeros) for n in range(6)])
    tracemalloc.start()
    try:
        sentence = refusal(raw, f"ada{suffix}")
        assert tracemalloc.get_traced_memory()[1] < 180 << 20
    finally:
        tracemalloc.stop()
    assert "more than 50 MiB" in sentence


def test_a_bomb_that_declares_little_does_not_unpack_to_more():
    raw = patched_size(make_zip([("data.bin", bytes(200 << 20))]), 100)
    tracemalloc.start()
    try:
        refusal(raw)
        assert tracemalloc.get_traced_memory()[1] < 10 << 20
    finally:
        tracemalloc.stop()


def test_a_gzip_bomb_is_refused_early():
    raw = gzip.compress(bytes(200 << 20), 1)
    begun = time.process_time()
    assert (
        refusal(raw, "ada.tar.gz")
        == "ada.tar.gz unpacks to more than 50 MiB: hand in the code only"
    )
    assert time.process_time() - begun < 5


def test_gzip_in_many_pieces_counts_as_one():
    piece = gzip.compress(bytes(20 << 20), 9)
    assert "unpacks to more than 50 MiB" in refusal(piece * 3, "ada.tgz")


def test_a_data_file_that_is_too_large_is_left_out_and_the_code_is_graded():
    read = unpack(make_zip([("weights.bin", bytes(11 << 20)), ("layers.py", b"x")]), "ada.zip")
    assert read.files == {"layers.py": b"x"}
    assert read.notes[0].text == "weights.bin has 11 MiB, the limit is 10 MiB: it was ignored"


def test_a_huge_sparse_file_in_a_tar_is_refused():
    info = tarfile.TarInfo("data.bin")
    info.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.map": "0,1",
        "GNU.sparse.size": str(1 << 40),
        "GNU.sparse.name": "data.bin",
    }
    assert "is a link or a special file" in refusal(make_tar([(info, b"x")]), "ada.tar.gz")


def test_more_members_than_anybody_writes_are_refused(monkeypatch):
    raw = make_zip([(f".{n}", b"") for n in range(40)])
    monkeypatch.setattr(archive, "MAX_ENTRIES", 30)
    assert "ada.zip holds over 30 files" in refusal(raw)


def test_a_million_entries_cost_no_million_objects():
    raw = b"PK\x01\x02" * 60_000
    tracemalloc.start()
    try:
        assert "files: hand in your own files only" in refusal(raw)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_tar_whose_header_points_back_to_itself_ends():
    """CVE-2025-8194: a negative size made tarfile read the same header for ever."""
    header = bytearray(tarfile.TarInfo("layers.py").tobuf())
    header[124:136] = b"\xff" * 10 + struct.pack(">h", -512)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    begun = time.process_time()
    refusal(bytes(header) + bytes(1024), "ada.tar")
    assert time.process_time() - begun < 20


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("ada.zip", b"", "it is empty"),
        ("ada.tar.gz", b"", "it is empty"),
        ("ada.zip", b"just some text", "File is not a zip file"),
        ("ada.zip", b"Rar!\x1a\x07\x00", "it is a RAR archive with another extension"),
        ("ada.zip", b"7z\xbc\xaf\x27\x1c", "it is a 7z archive with another extension"),
        ("ada.zip", b"<!DOCTYPE html>", "it is a web page with another extension"),
        ("ada.zip", gzip.compress(b"x", mtime=0), "it is a gzip file with another extension"),
        (
            "ada.tar.gz",
            make_zip([("layers.py", b"")]),
            "it is a zip archive with another extension",
        ),
        ("ada.tgz", bz2.compress(b"x"), "it is a bzip2 file with another extension"),
        ("ada.tar.gz", gzip.compress(b"no tar inside" * 99, mtime=0), "invalid header"),
        ("ada.tar.gz", gzip.compress(bytes(5000), mtime=0)[:-12], "it ends too early"),
    ],
    ids=lambda value: (
        value if isinstance(value, str) else ""
    ),  # gzip writes the time into its header
)
def test_what_is_no_such_archive_is_refused_and_called_what_it_is(name, raw, says):
    assert refusal(raw, name) == f"{name} cannot be unpacked ({says}): create the archive again"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_archive_that_is_cut_off_is_refused(suffix):
    raw = make(suffix, [("layers.py", random.Random(0).randbytes(5000))])
    for length in range(1, 5000, 97):
        assert "create the archive again" in refusal(raw[:length], f"ada{suffix}")


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=400))
def test_any_bytes_give_files_or_one_sentence(suffix, raw):
    files_or_sentence(raw, f"ada{suffix}")
    files_or_sentence(gzip.compress(raw), f"ada{suffix}")
    files_or_sentence(b"PK\x03\x04" + raw + b"PK\x05\x06" + bytes(18), f"ada{suffix}")


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_damage_to_an_archive_gives_files_or_one_sentence(suffix, data):
    raw = bytearray(
        make(
            suffix,
            [("hw/layers.py", b"x = 1\n" * 20), ("hw/losses.py", b"y = 2\n"), ("hw/x.csv", b"1,2")],
        )
    )
    if suffix in (".tar.gz", ".tgz") and data.draw(st.booleans()):
        raw = bytearray(zlib.decompress(raw, 31))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4)) or b"\0"
    files_or_sentence(bytes(raw), f"ada{suffix}")


def files_or_sentence(raw, name):
    read = outcome(raw, name)
    if isinstance(read, str):
        assert read.startswith(name)
        assert read.isprintable()
    else:
        for file, content in read.files.items():
            assert not file.startswith("/")
            assert ".." not in file.split("/")
            assert isinstance(content, bytes)


def outcome(raw, name):
    """The files, or what is said about bytes that are no such archive."""
    try:
        return unpack(raw, name)
    except SubmissionError as error:
        return str(error)
