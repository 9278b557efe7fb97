"""Names of students as names of files: on every disk, in every script, one for each."""

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submission.file_names import LONGEST, file_name, file_names, path_of, text_of

ACCENTED = "Zoé"
SAME = [
    unicodedata.normalize("NFC", ACCENTED),
    unicodedata.normalize("NFD", ACCENTED),
    ACCENTED.upper(),
    "zoé",
]
ODD = [
    "",
    ".",
    "..",
    "...",
    "a.",
    "a ",
    " a",
    ".a",
    "CON",
    "con",
    "nul.txt",
    "Com1",
    "a/b",
    "a\\b",
    "a:b",
    "a_b",
    "-a",
]
ODD += [
    "字" * 85,
    "字" * 84 + "子",
    "x" * 120,
    "x" * 121,
    "x" * 3000,
    "\ud800",
    "a\x00b",
    "%41",
    "a~0123456789ab",
]
SOME = st.one_of(
    st.text(max_size=200), st.sampled_from(ODD + SAME), st.text("aAéE.~ _", max_size=4)
)


def on_a_disk(name):
    """What the strictest of disks takes for one name."""
    return unicodedata.normalize("NFD", name.casefold())


@given(st.lists(SOME, max_size=12))
def test_every_student_has_files_of_their_own_on_any_disk(students):
    names = file_names(students)
    assert names.keys() == set(students)
    assert len({on_a_disk(name) for name in names.values()}) == len(set(students))


@given(SOME)
def test_a_name_is_safe_wherever_it_is_written(student):
    name = file_name(student)
    assert 0 < len(name.encode()) <= LONGEST
    assert not set(name) & set('<>:"/\\|?*')
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cs"}
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    stem = name.partition(".")[0].strip().lower()
    assert stem not in {
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
    }


@pytest.mark.parametrize(
    "student", ["ada", "Ada Lovelace", "李华", "Zoé", "O'Brien, Pat_1234_assignsubmission_file"]
)
def test_an_ordinary_name_stays_as_it_is(student):
    assert file_name(student) == student


def test_students_that_differ_in_case_or_normal_form_alone_are_told_apart():
    names = file_names([*SAME, "ada"])
    assert names["ada"] == "ada"
    assert len(set(map(on_a_disk, names.values()))) == 5


def test_a_student_cannot_take_the_name_that_is_made_for_another():
    made = file_names(["Bob", "bob"])["Bob"]
    assert len(set(map(on_a_disk, file_names(["Bob", "bob", made]).values()))) == 3


@pytest.mark.parametrize(
    "raw", [b"/submit/ada", b"/submit/\xff x%41", "/submit/Zoé".encode(), b"/a\xed\xa0\x80"]
)
def test_a_path_is_found_again_by_its_text(raw):
    path = Path(os.fsdecode(raw))
    text_of(path).encode()
    assert path_of(text_of(path)) == path
