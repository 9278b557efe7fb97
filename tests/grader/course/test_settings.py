import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.course.settings import did_you_mean, read_settings
from grader.errors import CourseError
from grader.model import Budget, Limits, Visibility

GOOD = """
title = "Layers and losses"
seed = 4
imports = ["numpy"]
preload = ["numpy", "numpy.linalg"]
[files]
"layers.py" = ["affine_forward", "relu_forward"]
"mlp.py" = ["MLP"]
[limits]
seconds = 4
[budget]
seconds = 90
[visibility]
hints = false
"""


def read(text):
    return read_settings(text.encode(), "a.toml")


def test_settings_are_typed():
    settings = read(GOOD)
    assert (settings.title, settings.seed) == ("Layers and losses", 4)
    assert settings.files == {"layers.py": ["affine_forward", "relu_forward"], "mlp.py": ["MLP"]}
    assert settings.limits == Limits(seconds=4.0)
    assert isinstance(settings.limits.seconds, float)
    assert settings.budget == Budget(seconds=90.0)
    assert settings.visibility == Visibility(hints=False, diagnoses=True)


def test_what_is_not_needed_has_a_default():
    settings = read('title = "T"\nseed = 0\n[files]\n"a.py" = ["f"]')
    assert (
        settings.imports,
        settings.preload,
        settings.limits,
        settings.budget,
        settings.visibility,
    ) == (
        ["numpy"],
        [],
        Limits(),
        Budget(),
        Visibility(),
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        # unknown keys
        ("seconds = 4", "second = 4", "[limits] has no key 'second'; did you mean 'seconds'?"),
        (
            "seconds = 4",
            "wall = 4",
            "[limits] has no key 'wall'; the keys are seconds, memory, output",
        ),
        ("hints = false", "hint = false", "[visibility] has no key 'hint'; did you mean 'hints'?"),
        ("seed = 4", "seed = 4\ntitel = 1", "there is no key 'titel'; did you mean 'title'?"),
        ("[limits]", "[limit]", "there is no key 'limit'; did you mean 'limits'?"),
        # missing keys
        (
            'title = "Layers and losses"',
            "",
            "the key 'title' is missing: add title = \"Layers and losses\"",
        ),
        ("seed = 4", "", "the key 'seed' is missing: add seed = 4"),
        # wrong types
        ("seconds = 4", 'seconds = "ten"', '[limits] seconds is "ten", expected a number'),
        ("seconds = 4", "seconds = [4]", "[limits] seconds is [4], expected a number"),
        (
            "seconds = 4",
            "seconds = 2024-01-01",
            '[limits] seconds is "2024-01-01", expected a number',
        ),
        ("seconds = 4", "memory = 1.5", "[limits] memory is 1.5, expected a whole number"),
        ("hints = false", "hints = 0", "[visibility] hints is 0, expected true or false"),
        ("seed = 4", "seed = true", "seed is true, expected a whole number"),
        ("seed = 4", "seed = 4.5", "seed is 4.5, expected a whole number"),
        ('title = "Layers and losses"', "title = 4", "title is 4, expected a string in quotes"),
        (
            'imports = ["numpy"]',
            'imports = "numpy"',
            'imports is "numpy", expected a list of strings',
        ),
        ('imports = ["numpy"]', "imports = [1]", "imports is [1], expected a list of strings"),
        ("[limits]\nseconds = 4", "", None),
        ("[files]", "limits = 3\n[files]", "is not TOML: "),
        # wrong values
        (
            'title = "Layers and losses"',
            'title = " "',
            "title is empty, expected the name of the assignment",
        ),
        ("seed = 4", "seed = -1", "seed is -1, expected a whole number from 0 to 2^63 - 1"),
        ("seconds = 4", "seconds = 0", "[limits] seconds is 0.0, expected a number above 0"),
        ("seconds = 4", "seconds = nan", "[limits] seconds is nan, expected a number above 0"),
        ("seconds = 90", "seconds = -1", "[budget] seconds is -1.0, expected a number above 0"),
        ("seconds = 90", "second = 1", "[budget] has no key 'second'; did you mean 'seconds'?"),
        (
            "seconds = 90",
            "seconds = 3",
            "[budget] seconds is 3, expected at least the 4 seconds",
        ),
        ("seconds = 4", "seconds = inf", "[limits] seconds is inf, expected a number above 0"),
        ("seconds = 4", "memory = -5", "[limits] memory is -5, expected a number above 0"),
        (
            'imports = ["numpy"]',
            'imports = ["num py"]',
            'imports holds "num py", expected the name of a package such as "numpy"',
        ),
        (
            '"numpy.linalg"',
            '"numpy>=2"',
            'preload holds "numpy>=2", expected the name of a package',
        ),
        # wrong files
        (
            '"mlp.py" = ["MLP"]',
            '"mlp" = ["MLP"]',
            '[files] has the key "mlp", expected the name of a module such as "layers.py"',
        ),
        (
            '"mlp.py" = ["MLP"]',
            '"../mlp.py" = ["MLP"]',
            '[files] has the key "../mlp.py", expected the name of a module',
        ),
        (
            '"mlp.py" = ["MLP"]',
            'mlp.py = ["MLP"]',
            '[files] has the key "mlp", expected the name of a module',
        ),
        (
            '"mlp.py" = ["MLP"]',
            '"mlp.py" = "MLP"',
            '[files] "mlp.py" is "MLP", expected a list of names such as ["affine_forward"]',
        ),
        ('"mlp.py" = ["MLP"]', '"mlp.py" = []', '[files] "mlp.py" is [], expected a list of names'),
        (
            '"mlp.py" = ["MLP"]',
            '"mlp.py" = [1]',
            '[files] "mlp.py" is [1], expected a list of names',
        ),
        (
            '"mlp.py" = ["MLP"]',
            '"mlp.py" = ["M L"]',
            '[files] "mlp.py" lists "M L", which is not a name of a function or class',
        ),
        (
            '"mlp.py" = ["MLP"]',
            '"mlp.py" = ["class"]',
            '[files] "mlp.py" lists "class", which is not a name',
        ),
        ('"mlp.py" = ["MLP"]', '"mlp.py" = ["_MLP"]', "a name that starts with _ is private"),
        (
            '"mlp.py" = ["MLP"]',
            '"mlp.py" = ["relu_forward"]',
            '[files] lists "relu_forward" twice, in "layers.py" and in "mlp.py"',
        ),
        # not TOML
        ("seed = 4", "seed == 4", "is not TOML: Invalid value (at line 3, column 7)"),
        ("seed = 4", "seed = 4\nseed = 5", "is not TOML: Cannot overwrite a value (at line 4"),
    ],
)
def test_each_mistake_is_one_sentence_with_the_key_what_came_and_what_was_expected(old, new, says):
    assert GOOD.count(old) == 1
    text = GOOD.replace(old, new)
    if says is None:
        assert read(text).limits == Limits()
        return
    with pytest.raises(CourseError) as caught:
        read(text)
    sentence = str(caught.value)
    assert sentence.startswith("a.toml")
    assert says in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "a.toml: the key 'title' is missing"),
        (
            b"title = 'T'\nseed = 4",
            "a.toml: the key 'files' is missing: add [files] with \"layers.py\" = "
            '["affine_forward"]',
        ),
        (b"files = 3", "a.toml: files is 3, expected a table: [files] with"),
        (b"[files]", "a.toml: files is {}, expected a table"),
        (
            b'limits = 3\ntitle = "T"\nseed = 1\n[files]\n"a.py" = ["f"]',
            "a.toml: limits is 3, expected a table",
        ),
        (b"title = '\xe4'", "a.toml, line 1: this is not UTF-8: save the file as UTF-8"),
        (b"title = " + b"[" * 5000, "a.toml"),
        (b'title = "' + b"x" * 5000, "a.toml is not TOML"),
        (b"seed = [" + b"1, " * 5000 + b"]", "a.toml"),
    ],
    ids=range(9),
)
def test_files_that_are_wrong_altogether(text, says):
    with pytest.raises(CourseError) as caught:
        read_settings(text, "a.toml")
    assert str(caught.value).startswith(says)
    assert len(str(caught.value)) < 300


def test_the_closest_key_is_suggested_and_nothing_far():
    assert did_you_mean("second", ["seconds", "memory"]) == "; did you mean 'seconds'?"
    assert did_you_mean("xyz", ["seconds", "memory"]) == ""


@given(
    st.binary(max_size=80)
    | st.text(alphabet="title=seed[]{}\".\n '#,files4", max_size=60).map(str.encode)
)
def test_any_bytes_give_settings_or_one_sentence(raw):
    assert outcome(raw) is None or outcome(raw).startswith("a.toml")


def outcome(raw):
    """What is said about these bytes; None when they are accepted."""
    try:
        read_settings(raw, "a.toml")
    except CourseError as error:
        return str(error)


@given(
    st.dictionaries(
        st.sampled_from(
            ["title", "seed", "files", "imports", "preload", "limits", "visibility", "x"]
        ),
        st.sampled_from(
            [
                '"a"',
                "3",
                "-3",
                "1.5",
                "true",
                "[]",
                '["a"]',
                "[[1]]",
                "{}",
                '{"a.py" = ["f"]}',
                "{seconds = []}",
                "{x = {y = 1}}",
                "nan",
                "10:00:00",
                '{hints = "x"}',
                "99999999999999999999",
            ]
        ),
    )
)
def test_any_table_gives_settings_or_one_sentence(table):
    raw = "\n".join(f"{key} = {value}" for key, value in table.items()).encode()
    said = outcome(raw)
    if said is not None:
        assert said.startswith("a.toml")
        assert "`" not in said
        assert "\n" not in said
