"""The rows of the small landing zone, as they stand in its files.

Belongs here: rows, and what their cells are called. Keep out: how a file is written.
"""
