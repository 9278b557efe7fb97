"""`python -m grader` runs the command `grade`."""

from grader.cli import main

main()
