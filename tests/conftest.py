"""Settings of the test suite: in CI hypothesis draws the same examples every time; elsewhere it
goes on looking.
"""

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_addoption(parser):
    parser.addoption(
        "--update-feedback",
        action="store_true",
        help="write tests/grader/feedback/texts/*.txt again",
    )
