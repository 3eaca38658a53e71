"""The decision: from the probabilities of the classes to one of them, in numpy and in the exported graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt
    import onnx_ir as ir

    from plumbline.graph import Graph

    Array = npt.NDArray[Any]


def decide(probability: Array, state: dict[str, Any]) -> Array:
    """Probabilities (N, classes) -> class indices (N,): the one rule behind metrics, tables, figures and labels.

    Ordered classes: the median, the lowest that half of the probability reaches. Two classes with a threshold: the
    positive one from there on. Else the most probable.
    """
    import numpy as np

    exact = probability.astype(np.float64)  # float32 would round the threshold, and the sum
    if state["name"] == "ordinal":
        return (exact.cumsum(1)[:, :-1] < 0.5).sum(1)
    if state.get("threshold") is None:
        return probability.argmax(1)
    positive = state["positive"]
    return np.where(exact[:, positive] >= state["threshold"], positive, 1 - positive)


def front(graph: Graph, probability: ir.Value, state: dict[str, Any]) -> ir.Value:
    """Nodes from probabilities (B, classes) float32 to the index that `decide` gives, (B, 1) int64."""
    if state["name"] == "ordinal":
        exact = graph.op("Cast", probability, to=graph.DOUBLE)
        lower = graph.op("Slice", exact, graph.int64([0]), graph.int64([-1]), graph.int64([1]))
        reached = graph.op("CumSum", lower, graph.int64_scalar(1))
        below = graph.to_int64(graph.op("Less", reached, graph.double([0.5])))
        return graph.op("ReduceSum", below, graph.int64([1]), keepdims=1)
    if state.get("threshold") is None:
        return graph.op("ArgMax", probability, axis=1, keepdims=1)
    positive = state["positive"]
    exact = graph.op("Cast", graph.op("Gather", probability, graph.int64([positive]), axis=1), to=graph.DOUBLE)
    called = graph.op("GreaterOrEqual", exact, graph.double([state["threshold"]]))
    return graph.op("Where", called, graph.int64([positive]), graph.int64([1 - positive]))


def describe(state: dict[str, Any]) -> str:
    """The rule in words, for whoever serves the model."""
    if state["name"] == "ordinal":
        return "the median class: the lowest at which the probabilities, summed from the first class, reach 0.5"
    if state.get("threshold") is None:
        return "the most probable class"
    return f"{state['classes'][state['positive']]} where its probability is {state['threshold']:.9g} or more"
