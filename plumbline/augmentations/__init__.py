"""Augmentations: batches of a column type's tensors changed at random, in training only."""
