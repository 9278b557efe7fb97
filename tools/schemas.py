"""Write the JSON schemas of Gradmark's output to docs/schema/: python tools/schemas.py"""

from __future__ import annotations

import json
from pathlib import Path

import grader

FOLDER = Path(__file__).parents[1] / "docs" / "schema"


def main() -> None:
    """Write one file for each kind of document."""
    FOLDER.mkdir(exist_ok=True)
    for name, schema in (("grade", grader.grade_schema()), ("results", grader.results_schema())):
        (FOLDER / f"{name}.json").write_text(json.dumps(schema, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
