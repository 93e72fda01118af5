"""How many went on from step to step, and where they came from."""
