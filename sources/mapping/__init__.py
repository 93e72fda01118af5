"""What the columns of an undescribed file are likely to mean: a feed is proposed, with a confidence for each column.

Belongs here: names of columns as data (``names/*.yaml``), what names and values say about a column, the assignment of
columns to canonical fields, and the proposal as the YAML of a feed. Everything is a function of headers, sample
values and policy, so that a rebuild proposes the same.

Keep out: changing or typing a value, reading files in any other way than through the readers of this room, and any
word of a proposal that has no evidence: what values leave open is asked, not guessed.
"""
