"""A believable world with known truth, written as the files that its systems would drop.

Belongs here: how people, companies, behaviour and deals come about, and how each source writes them down.
Keep out: the clock, the network, unseeded randomness, and anything the pipeline itself would compute.
"""
