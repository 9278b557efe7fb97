"""What people read of a grade: pages, JSON, CSV, text. Each form is a module, so that none is
loaded for another.
"""
