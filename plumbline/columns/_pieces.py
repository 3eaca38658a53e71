"""Pieces: byte pairs that often stand together become tokens (Sennrich et al. 2016), by Hugging Face's tokenizers."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

from plumbline.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plumbline.columns._words import Cut

_PLACE = "params.yaml: columns.text.tokens"


def train(texts: Iterable[str], vocabulary: int, min_count: int) -> str:
    """The tokenizer, as JSON, that is learned from texts: at most `vocabulary` pieces, every byte among them."""
    tokenizers = _import()
    bytes_first = tokenizers.pre_tokenizers.ByteLevel
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = bytes_first(add_prefix_space=True)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=min_count,
        initial_alphabet=sorted(bytes_first.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    learned: str = tokenizer.to_str()
    return learned


def vocabulary_of(learned: str) -> list[str]:
    """The pieces of a tokenizer, bytes first, then in the order in which they were joined."""
    places: dict[str, int] = json.loads(learned)["model"]["vocab"]
    return sorted(places, key=places.__getitem__)


def cutter(learned: str) -> Cut:
    """What cuts a text into pieces."""
    tokenizer = _import().Tokenizer.from_str(learned)
    return lambda text: list(tokenizer.encode(text).tokens)


def refuse_onnx() -> None:
    """InputError: onnxruntime itself has no operator that cuts a text into pieces."""
    raise InputError(
        f"{_PLACE}: onnxruntime cannot cut a text into pieces without a library of its own; "
        "leave onnx out of export.formats, or set tokens to words"
    )


def _import() -> Any:
    try:
        return importlib.import_module("tokenizers")
    except ImportError:
        raise InputError(f"{_PLACE}: pieces need the package tokenizers; pip install tokenizers") from None
