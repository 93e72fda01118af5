"""What the business decides: pydantic models of the policy files, their defaults, and policy as tables.

Belongs here: every threshold, weight, name and mapping that a business person may want to change, with the
model that refuses a wrong one and says why; reading the YAML; turning the policy into small tables for SQL.
Kept out: anything that touches data. This is the ground floor; it imports no other room.
"""
