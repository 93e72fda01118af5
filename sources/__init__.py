"""Outside bytes become rows here, values untouched, and the answer goes back in the same dialect.

Belongs here: finding files in the landing zone, deciding encoding and dialect, reading records, the raw layer
(the only state), its journal, and the pure writer of receipts.

Keep out: the meaning of a column, cleaning or typing of values, identity, anything that needs to know what a lead
is. A cell leaves this room exactly as its sender wrote it. No dagster, no SQLAlchemy, no clock inside a reader.
"""
