"""The cases are submissions: to be graded, never to be imported here."""

collect_ignore = ["cases"]
