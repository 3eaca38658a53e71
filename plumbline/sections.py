"""Sections: what every section of params.yaml, and every plug-in's Params, is made of."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A section of params.yaml: frozen, no unknown keys; the text under a field is its documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Choice(Section):
    """A name, and under each variant's own name that variant's knobs."""

    model_config = ConfigDict(extra="allow")

    name: str

    @property
    def knobs(self) -> dict[str, Any]:
        """Knobs of the chosen variant; empty where params.yaml gives none."""
        return dict((self.model_extra or {}).get(self.name) or {})
