"""The command `verify`: the last commit is run again, and every artifact compared with the recorded one."""

TOLERANCE = 1e-3
"""Largest relative deviation of numbers that count as the same, by default: far above the rounding of float32 and what
a short training makes of it, and too small to change a decision that rests on a metric or a probability."""
