"""Who is the same person and which company: matches, ids, golden records."""
