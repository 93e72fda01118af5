"""Worlds to try the pipeline on.

Belongs here: the small committed landing zone with the script that writes it, and the simulator of a large
world whose truth is known. Keep out: anything the pipeline needs in order to run, and real people's data.
"""
