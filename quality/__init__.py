"""What must be true of the tables before readers get them, and what is proven on those that they have.

Belongs here: Great Expectations suites, truths across tables as SQL files, balances, the audit that runs them all,
and the proofs of ``sluice verify``.
Kept out: making tables (``assets``), writing to the warehouse (``serving``).
"""
