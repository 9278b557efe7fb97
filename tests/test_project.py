"""What outsiders meet first agrees with the code: versions, the changelog, CI, and every link."""

import datetime
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from grader import __version__
from grader.grading import versions

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
PAGES = sorted(
    path for folder in ("", "docs", "changes", ".github") for path in (ROOT / folder).glob("*.md")
)
FRAGMENTS = sorted(path for path in (ROOT / "changes").iterdir() if path.name != "README.md")


def releases() -> list[tuple[Version, datetime.date]]:
    """The headings of the changelog, in its order."""
    found = re.findall(r"^## (.*)$", (ROOT / "docs" / "changelog.md").read_text(), re.MULTILINE)
    matches = [re.fullmatch(r"(\S+) \((\d{4}-\d\d-\d\d)\)", heading) for heading in found]
    assert all(matches), found
    return [(Version(match[1]), datetime.date.fromisoformat(match[2])) for match in matches]


def test_every_release_has_a_date_and_the_newest_stands_first():
    assert releases()
    assert releases() == sorted(releases(), reverse=True)


def test_the_version_is_the_last_release_or_on_the_way_to_the_next():
    assert "version" in PROJECT["project"]["dynamic"]
    last, _ = releases()[0]
    version = Version(__version__)
    assert version == last or (version > last and version.dev == 0)


def test_a_grade_records_the_version_of_the_code_that_ran_and_not_of_an_old_installation(
    monkeypatch,
):
    monkeypatch.setattr(metadata, "version", "an old {}".format)
    assert versions()["gradmark"] == __version__


def test_the_citation_names_the_last_release():
    citation = (ROOT / "CITATION.cff").read_text()
    version, date = releases()[0]
    assert f"\nversion: {version}\n" in citation
    assert f'\ndate-released: "{date}"\n' in citation
    assert f"\nlicense: {PROJECT['project']['license']}\n" in citation


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)
def test_a_changelog_fragment_follows_the_rule(path):
    kinds = "|".join(kind["directory"] for kind in PROJECT["tool"]["towncrier"]["type"])
    assert re.fullmatch(rf"(\d+|\+[a-z0-9-]+)\.({kinds})\.md", path.name)
    text = path.read_text()
    assert re.fullmatch(r"[A-Z`].*\.\n", text, re.DOTALL), "full sentences, and one line end"
    assert "\n\n" not in text


def test_the_kinds_of_fragments_are_those_that_are_documented():
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "changes" / "README.md").read_text(), re.MULTILINE)
    assert rows == [kind["directory"] for kind in PROJECT["tool"]["towncrier"]["type"]]


def test_ci_runs_the_commands_of_the_readme():
    blocks = re.findall(r"```sh\n(.*?)\n```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 2
    assert [command for command in blocks if f"run: {command}\n" not in WORKFLOW] == []


def test_ci_runs_on_the_pythons_that_are_promised():
    classifiers = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["project"]["classifiers"]))
    assert (
        re.findall(r"\d+\.\d+", re.search(r"^ +python: \[(.*)\]$", WORKFLOW, re.MULTILINE)[1])
        == classifiers
    )
    allowed = SpecifierSet(PROJECT["project"]["requires-python"])
    assert all(allowed.contains(version) for version in classifiers)
    assert not allowed.contains("3.10")


def test_the_extras_that_the_texts_ask_for_are_there():
    asked = {
        name
        for text in [*map(Path.read_text, PAGES), WORKFLOW]
        for name in re.findall(r"\.\[([\w,]+)\]", text)
    }
    assert {"torch,dev", "dev,release"} <= asked
    assert {extra for names in asked for extra in names.split(",")} <= set(
        PROJECT["project"]["optional-dependencies"]
    )


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_to_one(path):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text())
    inside = [link for link in links if not re.match(r"\w+:", link)]
    assert [link for link in inside if not (path.parent / link).exists()] == []


def test_the_scripts_that_the_texts_name_are_there():
    named = {word for path in PAGES for word in re.findall(r"python (\S+\.py)", path.read_text())}
    assert len(named) > 3
    assert sorted(word for word in named if not (ROOT / word).is_file()) == []


def test_the_lint_hook_is_valid_where_pre_commit_is_installed():
    pre_commit = pytest.importorskip("pre_commit.main")
    assert pre_commit.main(["validate-config", str(ROOT / ".pre-commit-config.yaml")]) == 0
