"""What we keep, one folder per group, and how each table is made.

Belongs here: the columns, the contracts, the engine that runs SQL over tables, the lake they are kept in,
and per group one ``tables.py`` (contracts and Dagster assets), ``*.sql`` (set logic) and ``*.py`` (number logic).
Kept out: bytes and dialects (``sources``), the warehouse (``serving``), when things run (``pipelines``).
"""
