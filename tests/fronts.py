"""Fronts of content columns, run alone: raw values in, what the column's part of the exported graph gives out."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime
import polars as pl

from plumbline import plugins
from plumbline.graph import DOMAINS, Graph

Array = np.ndarray[Any, Any]
_RAW = {"double": ir.DataType.DOUBLE, "float": ir.DataType.FLOAT}


def clean(kind: str, values: pl.Series) -> pl.Series:
    """The values as the column type stores them."""
    expression = plugins.load("columns", kind).clean(pl.col("x"))
    return values.rename("x").to_frame().select(expression.alias("x")).to_series()


def fit(kind: str, values: pl.Series, **knobs: Any) -> dict[str, Any]:
    """The state of cleaned values, given in two pieces."""
    module = plugins.load("columns", kind)
    measured = [dict.fromkeys(module.MEASURES) if value is None else module.measure(value) for value in values]
    measures = pl.DataFrame(measured, schema=dict.fromkeys(module.MEASURES, pl.Float64))
    state: dict[str, Any] = module.fit(iter([values.head(2), values.slice(2)]), measures, module.Params(**knobs))
    return state


def open_front(kind: str, state: dict[str, Any]) -> onnxruntime.InferenceSession:
    """A session with the input "raw" and the output "encoded"."""
    module, graph = plugins.load("columns", kind), Graph()
    shape = ir.Shape(["batch", *module.raw_shape(state)])
    value = ir.Value(name="raw", type=ir.TensorType(_RAW[module.RAW_DTYPE]), shape=shape)
    output = module.front(graph, value, state)
    output.name, output.type = "encoded", ir.TensorType(ir.DataType.FLOAT)
    constants = graph.initializers.values()
    made = ir.Graph([value], [output], nodes=graph.nodes, initializers=constants, opset_imports=DOMAINS, name="front")
    for index, node in enumerate(made):
        node.outputs[0].name = node.outputs[0].name or f"inner.{index}"
    model = ir.to_proto(ir.Model(made, ir_version=10)).SerializeToString()
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
