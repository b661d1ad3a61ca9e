"""Findings before training: what is wrong or doubtful in a table, with the evidence and the click that mends it."""
