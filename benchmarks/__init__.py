"""What the way costs, measured beside the least it could cost.

Belongs here: measurements that can be repeated, each beside a floor or a peer in one session on one input.
Kept out: anything the pipeline needs, and numbers that nobody can measure again.
"""
