"""How good a lead is: facts, activity, points that add up, grade."""
