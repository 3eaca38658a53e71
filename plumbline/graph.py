"""The exported graph in the making: ONNX nodes and constants in the few words that columns' fronts need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import onnx_ir as ir

OPSET = 20
DOMAINS = {"": OPSET, "ai.onnx.ml": 4, "com.microsoft": 1}
"""Operator sets that fronts may use; onnxruntime has all three."""


class Graph:
    """A recorder of nodes and constants; `nodes` and `initializers` go into the model."""

    FLOAT: ClassVar[int] = ir.DataType.FLOAT.value
    DOUBLE: ClassVar[int] = ir.DataType.DOUBLE.value
    INT16: ClassVar[int] = ir.DataType.INT16.value
    INT32: ClassVar[int] = ir.DataType.INT32.value
    INT64: ClassVar[int] = ir.DataType.INT64.value

    def __init__(self) -> None:
        self._tape = ir.tape.Tape()
        self.initializers: dict[str, ir.Value] = {}

    @property
    def nodes(self) -> Sequence[ir.Node]:
        """Nodes recorded so far, in order."""
        return self._tape.nodes

    def op(self, kind: str, *inputs: ir.Value, domain: str = "", **attributes: Any) -> ir.Value:
        """One node of operator `kind`; its output."""
        return self._tape.op(kind, inputs, attributes=attributes, domain=domain)

    def _constant(self, array: npt.NDArray[Any]) -> ir.Value:
        key = f"front.{array.dtype}.{array.shape}.{array.tobytes().hex()}" if array.size < 5 else ""
        if key not in self.initializers or not key:
            name = f"front.constant.{len(self.initializers)}"
            value = self._tape.initializer(ir.tensor(array, name=name), name=name)
            self.initializers[key or name] = value
            return value
        return self.initializers[key]

    def single(self, values: Any) -> ir.Value:
        """A float32 constant."""
        return self._constant(np.asarray(values, dtype=np.float32))

    def double(self, values: Any) -> ir.Value:
        """A float64 constant."""
        return self._constant(np.asarray(values, dtype=np.float64))

    def int32(self, values: Sequence[int]) -> ir.Value:
        """An int32 constant, shape (len(values),)."""
        return self._constant(np.asarray(values, dtype=np.int32))

    def int64(self, values: Sequence[int]) -> ir.Value:
        """An int64 constant, shape (len(values),)."""
        return self._constant(np.asarray(values, dtype=np.int64))

    def int64_scalar(self, value: int) -> ir.Value:
        """An int64 constant of no dimension."""
        return self._constant(np.asarray(value, dtype=np.int64))

    def strings(self, values: Sequence[str]) -> ir.Value:
        """A string constant, shape (len(values),)."""
        name = f"front.constant.{len(self.initializers)}"
        tensor = ir.StringTensor([value.encode() for value in values], shape=ir.Shape([len(values)]), name=name)
        self.initializers[name] = self._tape.initializer(tensor, name=name)
        return self.initializers[name]

    def stack(self, values: Sequence[ir.Value], axis: int) -> ir.Value:
        """Values of one shape, joined along a new axis."""
        parts = [self.op("Unsqueeze", value, self.int64([axis])) for value in values]
        return self.op("Concat", *parts, axis=axis)

    def label_encoder(self, value: ir.Value, words: Sequence[str], ids: Sequence[int], default: int) -> ir.Value:
        """Strings -> int64 ids; words that are not listed get `default`."""
        attributes = {"keys_strings": list(words), "values_int64s": list(ids), "default_int64": default}
        return self.op("LabelEncoder", value, domain="ai.onnx.ml", **attributes)

    def tokenizer(self, text: ir.Value, pattern: str, pad: str) -> ir.Value:
        """Strings (B,) -> the pattern's matches (B, most matches), padded with `pad`."""
        attributes = {"mark": 0, "mincharnum": 1, "pad_value": pad, "tokenexp": pattern}
        tokens = self.op("Tokenizer", text, domain="com.microsoft", **attributes)
        tokens.type = ir.TensorType(ir.DataType.STRING)
        tokens.shape = ir.Shape(["batch", None])
        return tokens

    def of_length(self, ids: ir.Value, length: int) -> ir.Value:
        """Int64 ids (B, T) -> (B, length) int32: cut at the end, or padded there with 0."""
        padded = self.op("Pad", ids, self.int64([0, 0, 0, length]))
        kept = self.op("Slice", padded, self.int64([0]), self.int64([length]), self.int64([1]))
        return self.op("Cast", kept, to=self.INT32)

    def to_int64(self, value: ir.Value) -> ir.Value:
        """Cast to int64."""
        return self.op("Cast", value, to=self.INT64)
