"""Encoders: a batch of a column type's tensor -> features."""
