"""The section ingest of params.yaml: where the examples come from, and what is said of their columns."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from plumbline.sections import Section


class Missing(Section):
    """What stands for a missing value, besides empty cells and NaN."""

    auto: bool
    """Whether texts as ? and NA, and far-off repeated numbers as -999, are recognised."""
    values: dict[str, list[str | float]]
    """A column's own list, in place of what is recognised, as `income: [-1, refused]`; an empty one: nothing."""


class Ingest(Section):
    """Where the examples come from. Each reader's knobs stand under the reader's name."""

    model_config = ConfigDict(extra="allow")

    source: str
    """A file or folder; its suffix is the name of a reader in plumbline/sources."""
    target: str | Annotated[list[str], Field(min_length=1)]
    """The column to predict, or a list of columns with a head of the network each."""
    columns: dict[str, str]
    """A column's type where recognition is wrong, as `zip: category`; a column named here is never left out."""
    formats: dict[str, str]
    """A date column's format where recognition is wrong, as `day: "%d/%m/%Y"`."""
    gather: dict[str, str]
    """Columns joined into one series, as `name: pattern` of their whole names: `pulse: t_\\d+`."""
    missing: Missing
    drop: list[str]
    """Columns never used."""
    broken: Literal["fail", "set_aside"]
    """Whether an image, a sound or the like that cannot be read ends the stage, or its row is set aside and counted."""
    duplicates: Literal["keep", "drop"]
    """Whether an example equal to an earlier one in every column is kept."""

    @property
    def targets(self) -> list[str]:
        """Columns to predict."""
        return [self.target] if isinstance(self.target, str) else self.target

    def knobs(self, reader: str) -> dict[str, Any]:
        """Knobs of one reader."""
        return dict((self.model_extra or {}).get(reader) or {})
