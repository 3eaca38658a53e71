"""Split strategies: which example is for training, validation and test."""
