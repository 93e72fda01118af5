"""One module per way of writing rows down: each turns a file into a `Reading` and knows nothing of feeds.

Belongs here: parsers, and the fast twins that must equal them. Keep out: where files come from, where rows are
kept, and any decision about what a column means.
"""
