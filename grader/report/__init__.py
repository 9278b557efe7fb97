"""Output formats for grades: HTML pages, JSON, CSV, text.

Each format is a separate module, so that using one does not load the others.
"""
