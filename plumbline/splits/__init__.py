"""Split strategies: which example is for training, validation and test.

A strategy has `Params` and `assign(examples, targets, params, ratios, generator)`, which gives a label per row: an
index in `split_words.NAMES`, or below 0 for a row in no split, with the reason in `LEFT_OUT`. A knob `by` names columns
that the model does not learn from, unless a knob `learn` says so and is true. `KEEPS_APART`, groups or times, is what
no two splits share in `by`: the checks for leaks hold it to that. A knob marked `needed` must be given.
"""
