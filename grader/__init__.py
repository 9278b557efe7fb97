"""Gradmark: an autograder for deep-learning courses.

Check authors import `grader.checks`; everything else is behind the command `grade`. docs/architecture.md walks through
the code.

The rooms, from the top floor down. Imports point down this list only: tests/grader/test_architecture.py reads it here.

    cli                  the command `grade`: options in, other rooms' work, words out
    report               what people see: views of a grade, the terminal, pages, plots, files
    authoring            for authors of assignments: validation, calibration, release, scaffold
    grading              checks run on a submission become a grade; classes; replay
    gradebook            every attempt, kept in SQLite or PostgreSQL
    feedback             what a failed check says: symptoms, and known mistakes by name
    checks               what check authors import: assertions with messages that say what, where, by how much
    subject              what answers when a check says `student.f(x)`, and the transcript of what was said
    course               assignment.toml as typed data, and the reference as text
    submission           what was handed in, as bytes with a digest; nothing of it runs here
    sandbox              the wall: starts workers on the trusted side; inside/ is behind it; wire/ is what crosses it
    model, errors        plain frozen data that every floor speaks; what can go wrong on our side
"""

__version__ = "0.2.0.dev0"
