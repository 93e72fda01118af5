"""The parts of the policy as rows, so that SQL reads thresholds and rules as it reads everything else.

Belongs here: one module per subject, whose functions turn a part of the policy into small frames; the row that each
frame stands for is said in the function's docstring. Kept out: what the policy means (its models say that) and what
is done with it (SQL does that).
"""
