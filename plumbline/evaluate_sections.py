"""The section evaluate of params.yaml: how the model is measured, and what is asked of it."""

from typing import Any

from pydantic import Field

from plumbline.sections import Section


class Importance(Section):
    """How much worse the model gets when one column's values are shuffled among the test examples."""

    repeats: int = Field(ge=0)
    """Shuffles of each column; 0: not measured."""
    examples: int = Field(ge=1)
    """Test examples, at most, drawn at random."""
    columns: int = Field(ge=1)
    """Columns, at most: those that alone say most about the target in the training examples."""


class Dependence(Section):
    """How the prediction moves with the value of one column."""

    columns: int = Field(ge=0, le=9)
    """Columns drawn, at most: those that matter most; 0: none."""
    examples: int = Field(ge=1)
    """Test examples, at most, drawn at random, whose value is replaced."""


class Slices(Section):
    """The main metric on the test examples that share a value, or a range of values, of one column."""

    resamples: int = Field(ge=0)
    """Resamples behind each slice's interval; 0: no slices."""
    examples: int = Field(ge=1)
    """Test examples, at most, drawn at random."""


class Evaluate(Section):
    """How the model is measured."""

    bootstrap: int = Field(ge=0)
    """Resamples of the test examples behind each metric's interval; 0: no intervals."""
    confidence: float = Field(gt=0, lt=1)
    """Share of the resamples that an interval holds."""
    importance: Importance
    dependence: Dependence
    slices: Slices
    gates: dict[str, dict[str, Any]]
    """Bounds that metrics must keep, lest the stage fail, nested like metrics.json: `test: {roc_auc: {min: 0.95}}`."""
