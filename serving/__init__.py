"""What readers get: the warehouse, staged and switched in one transaction, and every answer written for people.

Belongs here: opening a warehouse and keeping its schema, staging, fencing, publishing, receipts, exports, the report.
Kept out: what must be true of the tables (``quality``), how they are made (``assets``), when it happens
(``pipelines``).
"""
