"""The part of the exported graph that makes of raw series what encode gives: gaps bridged, scaled, cut or padded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plumbline.distribution import FLAT

if TYPE_CHECKING:
    import onnx_ir as ir

    from plumbline.graph import Graph


def build(graph: Graph, value: ir.Value, state: dict[str, Any], far: float) -> ir.Value:
    """Nodes from raw floats (B, channels, time) to (B, channels + 1, length) float32; scaled ones end at `far`."""
    length = state["length"]
    known, numbers, steps = _of_length(graph, value, length)
    mean, std = _scale_of(graph, numbers, known, state)
    scaled = graph.op("Div", graph.op("Sub", _bridge(graph, numbers, known, steps, state), mean), std)
    scaled = graph.op("Max", graph.op("Min", scaled, graph.double([far])), graph.double([-far]))
    last = graph.op("Where", known, steps, graph.int64([-1]))
    inside = graph.op("LessOrEqual", steps, graph.op("ReduceMax", last, graph.int64([1, 2]), keepdims=1))
    some = graph.op("GreaterOrEqual", graph.op("ReduceMax", last, graph.int64([2]), keepdims=1), graph.int64([0]))
    scaled = graph.op("Where", graph.op("And", inside, some), scaled, graph.double([0.0]))
    parts = (graph.op("Cast", part, to=graph.FLOAT) for part in (scaled, inside))
    return graph.op("Concat", *parts, axis=1)


def _of_length(graph: Graph, value: ir.Value, length: int) -> tuple[ir.Value, ir.Value, ir.Value]:
    """Where numbers are known, the numbers as doubles with 0 elsewhere, (B, channels, length), and steps (length,)."""
    pads = graph.int64([0, 0, 0, 0, 0, length])
    padded = graph.op("Pad", value, pads, graph.single(float("nan")))
    cut = graph.op("Slice", padded, graph.int64([0]), graph.int64([length]), graph.int64([2]))
    known = graph.op("Not", graph.op("Or", graph.op("IsNaN", cut), graph.op("IsInf", cut)))
    numbers = graph.op("Where", known, graph.op("Cast", cut, to=graph.DOUBLE), graph.double([0.0]))
    return known, numbers, graph.int64(range(length))


def _scale_of(graph: Graph, numbers: ir.Value, known: ir.Value, state: dict[str, Any]) -> tuple[ir.Value, ir.Value]:
    """What is taken from the numbers and what that is divided by."""
    if state["scale"] == "none":
        return graph.double([0.0]), graph.double([1.0])
    if state["scale"] == "standard":
        mean, std = (graph.double([[number] for number in state[name]]) for name in ("mean", "std"))
        return mean, std
    count, total = (_sum(graph, part) for part in (graph.op("Cast", known, to=graph.DOUBLE), numbers))
    count = graph.op("Max", count, graph.double([1.0]))
    mean = graph.op("Div", total, count)
    off = graph.op("Where", known, graph.op("Sub", numbers, mean), graph.double([0.0]))
    std = graph.op("Sqrt", graph.op("Div", _sum(graph, graph.op("Mul", off, off)), count))
    least = graph.op("Mul", graph.op("Abs", mean), graph.double([FLAT]))
    return mean, graph.op("Where", graph.op("Greater", std, least), std, graph.double([1.0]))


def _sum(graph: Graph, value: ir.Value) -> ir.Value:
    return graph.op("ReduceSum", value, graph.int64([2]), keepdims=1)


def _bridge(graph: Graph, numbers: ir.Value, known: ir.Value, steps: ir.Value, state: dict[str, Any]) -> ir.Value:
    """The numbers with straight lines over the gaps, level ones before the first and behind the last number."""
    before, after = _neighbours(graph, known, steps, state)
    left, right = (graph.op("GatherElements", numbers, at, axis=2) for at in (before, after))
    width = graph.op("Max", graph.op("Sub", after, before), graph.int64([1]))
    parts = (graph.op("Cast", part, to=graph.DOUBLE) for part in (graph.op("Sub", steps, before), width))
    return graph.op("Add", left, graph.op("Mul", graph.op("Sub", right, left), graph.op("Div", *parts)))


def _neighbours(graph: Graph, known: ir.Value, steps: ir.Value, state: dict[str, Any]) -> tuple[ir.Value, ir.Value]:
    """Of each step the nearest ones with a number, at or before it and at or after it; the other where there is none.

    A table of the steps that have a number is written by their rank, and read by how many there are so far.
    """
    number = graph.to_int64(known)
    rank = graph.op("CumSum", number, graph.int64_scalar(2))
    batch = graph.op("Shape", number, start=0, end=1)
    size = graph.op("Concat", batch, graph.int64([state["channels"], state["length"] + 2]), axis=0)
    empty = graph.op("Expand", graph.int64([-1]), size)
    found = graph.op("Where", known, steps, graph.int64([-1]))
    table = graph.op("ScatterElements", empty, graph.op("Mul", rank, number), found, axis=2, reduction="max")
    before = graph.op("GatherElements", table, rank, axis=2)
    next_rank = graph.op("Add", rank, graph.op("Sub", graph.int64([1]), number))
    after = graph.op("GatherElements", table, next_rank, axis=2)
    ends = ((before, after), (after, before))
    none, first = graph.int64([-1]), graph.int64([0])
    filled = [graph.op("Where", graph.op("Equal", one, none), other, one) for one, other in ends]
    before, after = (graph.op("Max", at, first) for at in filled)
    return before, after
