"""The ONNX model: raw columns in, predictions in the target's own terms out, in one graph."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import onnx_ir as ir
import torch

from plumbline import plugins, raw
from plumbline.columns import is_content
from plumbline.graph import DOMAINS, OPSET, Graph
from plumbline.network import Recipe
from plumbline.predictor import Predictor
from plumbline.tasks import _decision
from plumbline.tensors import Blocks, in_blocks
from plumbline.wording import free_name

_RAW = {
    "double": ir.DataType.DOUBLE, "float": ir.DataType.FLOAT, "string": ir.DataType.STRING, "uint8": ir.DataType.UINT8,
}  # fmt: skip
_IR_VERSION = 10  # the newest that onnxruntime releases of the last two years read


def build_onnx(predictor: Predictor, recipe: Recipe, blocks: Blocks) -> bytes:
    """The serialised model; `blocks` are two or more encoded examples to trace the network with."""
    model = _export_network(predictor, {name: blocks[name] for name in recipe["encoders"]})
    _settle_casts(model.graph)
    inner = dict(zip(recipe["encoders"], model.graph.inputs, strict=True))
    graph, inputs = Graph(), []
    for name, columns in in_blocks(recipe["features"]).items():
        given = [_raw_input(column) for column in columns]
        inner[name].replace_all_uses_with(_front(graph, given, columns))
        inputs += given
    order = {feature["name"]: index for index, feature in enumerate(recipe["features"])}
    _add_front(model.graph, graph, sorted(inputs, key=lambda value: order[value.name]))
    _add_outputs(model.graph, recipe)
    _hide_inner_names(model.graph)
    return _serialise(model)


def _front(graph: Graph, given: list[ir.Value], columns: list[dict[str, Any]]) -> ir.Value:
    """The block (B, n, *shape) from the raw values of its columns: all of a type, or one of images or the like."""
    kind, states = plugins.load("columns", columns[0]["type"]), [column["state"] for column in columns]
    if is_content(columns[0]["type"]):
        encoded: ir.Value = kind.front(graph, given[0], states[0])
        return graph.op("Unsqueeze", encoded, graph.int64([1]))
    block: ir.Value = kind.front(graph, given, states)
    return block


def _export_network(predictor: Predictor, blocks: Blocks) -> ir.Model:
    example = {name: torch.from_numpy(block[:2].copy()) for name, block in blocks.items()}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns of torchvision's absence
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own deprecations
        program = torch.onnx.export(
            predictor,
            kwargs={"blocks": example},
            dynamo=True,
            dynamic_shapes={"blocks": {name: {0: "batch"} for name in example}},
            input_names=list(example),
            opset_version=OPSET,
            optimize=False,  # the optimizer removes small constants that matter
            verbose=False,
        )
    assert program is not None
    return program.model


def _settle_casts(graph: ir.Graph) -> None:
    """CastLike -> Cast: onnxruntime folds constants only through the second, and warns of the first."""
    for node in [node for node in graph if node.op_type == "CastLike"]:
        value, like = node.inputs
        assert like is not None and like.dtype is not None
        cast = ir.node("Cast", [value], {"to": like.dtype.value})
        graph.insert_before(node, cast)
        node.outputs[0].replace_all_uses_with(cast.outputs[0])
        graph.remove(node, safe=True)


def _hide_inner_names(graph: ir.Graph) -> None:
    """Prefix every inner name with what no column's name begins with, so that a column of any name can be an input."""
    outer = {str(value.name) for value in [*graph.inputs, *graph.outputs]}
    prefix = "inner."
    while any(name.startswith(prefix) for name in outer):
        prefix = f"_{prefix}"
    made = [value for node in graph for value in node.outputs if value not in graph.outputs]
    for value in [*graph.initializers.values(), *made]:
        value.name = f"{prefix}{value.name}"


def _raw_input(column: dict[str, Any]) -> ir.Value:
    dtype = _RAW[plugins.load("columns", column["type"]).RAW_DTYPE]
    sizes = [f"{size} of {column['name']}" if isinstance(size, str) else size for size in raw.shape(column)]
    return ir.Value(name=column["name"], type=ir.TensorType(dtype), shape=ir.Shape(["batch", *sizes]))


def _add_front(graph: ir.Graph, front: Graph, inputs: list[ir.Value]) -> None:
    graph.inputs.clear()
    graph.inputs.extend(inputs)
    for value in front.initializers.values():
        graph.register_initializer(value)
    graph.insert_before(graph[0], front.nodes)
    for index, node in enumerate(front.nodes):
        node.outputs[0].name = f"front.{index}"
    graph.opset_imports.update(DOMAINS)


def output_names(recipe: Recipe) -> list[list[str]]:
    """For each target the names of its outputs: (label, probabilities) of classes, (prediction,) of a number.

    The target's name stands before them where it is not alone; underscores are added while another has the name.
    """
    taken = {feature["name"] for feature in recipe["features"]}
    names = []
    for target in recipe["targets"]:
        prefix = f"{target['name']}: " if len(recipe["targets"]) > 1 else ""
        kinds = ("label", "probabilities") if "classes" in target["task"] else ("prediction",)
        names.append([free_name(f"{prefix}{kind}", taken) for kind in kinds])
    return names


def _add_outputs(graph: ir.Graph, recipe: Recipe) -> None:
    """Name each prediction and give it shape (B, 1); for classes add the label that is decided on."""
    back = Graph()
    outputs: list[tuple[str, tuple[ir.Value, ir.DataType, int]]] = []
    for target, names, prediction in zip(recipe["targets"], output_names(recipe), graph.outputs, strict=True):
        outputs += zip(names, _outputs_of(back, target["task"], prediction), strict=True)
    for index, value in enumerate(back.initializers.values()):
        value.name = f"back.constant.{index}"
        graph.register_initializer(value)
    graph.extend(back.nodes)
    graph.outputs.clear()
    for name, (value, dtype, width) in outputs:
        value.name, value.type, value.shape = name, ir.TensorType(dtype), ir.Shape(["batch", width])
        graph.outputs.append(value)


def _outputs_of(back: Graph, task: dict[str, Any], prediction: ir.Value) -> list[tuple[ir.Value, ir.DataType, int]]:
    """A target's outputs: value, dtype and width."""
    if "classes" not in task:
        return [(back.op("Unsqueeze", prediction, back.int64([1])), ir.DataType.DOUBLE, 1)]
    label = back.op("Gather", back.strings(task["classes"]), _decision.front(back, prediction, task))
    return [(label, ir.DataType.STRING, 1), (prediction, ir.DataType.FLOAT, len(task["classes"]))]


def _serialise(model: ir.Model) -> bytes:
    """The model's bytes without what differs from machine to machine: source paths, stack traces, versions."""
    model.ir_version, model.producer_name, model.producer_version = _IR_VERSION, "plumbline", None
    model.metadata_props.clear()
    graph = model.graph
    graph.name, graph.doc_string = "plumbline", None
    graph.metadata_props.clear()
    for node in ir.traversal.RecursiveGraphIterator(graph):
        node.metadata_props.clear()
        node.doc_string = None
        for value in node.outputs:
            value.metadata_props.clear()
            value.doc_string = None
    for value in [*graph.inputs, *graph.initializers.values()]:
        value.metadata_props.clear()
        value.doc_string = None
    return ir.to_proto(model).SerializeToString(deterministic=True)
