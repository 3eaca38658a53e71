"""Sequences: alphabets and their codes, what is recognised, the exported graph, encoders, strands, augmentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from plumbline import plugins
from plumbline.augmentations import sequence as augmentation
from plumbline.columns import _alphabet, sequence
from plumbline.encoders import _strands
from plumbline.encoders._letters import letter_table
from plumbline.errors import InputError
from plumbline.graph import DOMAINS, Graph

State = dict[str, Any]
ENCODERS = [name for name in plugins.names("encoders") if "sequence" in plugins.load("encoders", name).TYPES]


def clean(values: list[str | None]) -> pl.Series:
    return pl.select(sequence.clean(pl.lit(pl.Series(values, dtype=pl.String)))).to_series()


def fit(values: list[str | None], **knobs: Any) -> State:
    column = clean(values)
    rows = [sequence.measure(value) if value else dict.fromkeys(sequence.MEASURES) for value in column]
    measures = pl.DataFrame(rows, schema=dict.fromkeys(sequence.MEASURES, pl.Float64))
    halves = [column.head(len(column) // 2), column.tail(len(column) - len(column) // 2)]
    return sequence.fit(halves, measures, sequence.Params(**knobs))


def drawn(letters: str, n: int, lengths: tuple[int, int], seed: int = 0) -> list[str]:
    generator = np.random.default_rng(seed)
    return ["".join(generator.choice(list(letters), generator.integers(lengths[0], lengths[1] + 1))) for _ in range(n)]


def run_front(state: State, raw: list[str]) -> np.ndarray[Any, Any]:
    """What the column's part of the exported graph gives for raw texts."""
    graph = Graph()
    value = ir.Value(name="raw", type=ir.TensorType(ir.DataType.STRING), shape=ir.Shape(["batch", 1]))
    output = sequence.front(graph, value, state)
    output.name, output.type = "encoded", ir.TensorType(ir.DataType.INT32)
    constants = graph.initializers.values()
    made = ir.Graph([value], [output], nodes=graph.nodes, initializers=constants, opset_imports=DOMAINS, name="front")
    for index, node in enumerate(made):
        node.outputs[0].name = node.outputs[0].name or f"inner.{index}"
    model = ir.to_proto(ir.Model(made, ir_version=10)).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    encoded: np.ndarray[Any, Any] = session.run(None, {"raw": np.array(raw, dtype=object)[:, None]})[0]
    return encoded


# Alphabets


def test_codes_for_several_bases_have_the_complement_of_their_bases() -> None:
    pairs = dict(zip(_alphabet.DNA.ids, _alphabet.DNA.complement or "", strict=True))
    assert pairs == dict(zip("ACGTRYSWKMBDHVN-", "TGCAYRSWMKVHDBN-", strict=True))
    assert _alphabet.RNA.complement == "UGCAYRSWMKVHDBN-"
    assert _alphabet.PROTEIN.complement is None


@pytest.mark.parametrize(
    ("values", "name", "letters"),
    [
        (["ACGTACGT", "acgtnacgt", "ACGR"] * 9, "dna", _alphabet.DNA.ids),
        (["ACGU", "GGCUA"], "rna", _alphabet.RNA.ids),
        (["ACDEFGHIKLMNPQRSTVWY", "MKVX"], "protein", _alphabet.PROTEIN.ids),
        (["HPPH", "HHPP"], "symbols", "HP"),
        (["CC(=O)Oc1ccccc1", "CCN"], "symbols", "()1=CNOc"),
        (["ABAB", "CDCD"], "symbols", "ABCD"),
    ],
)
def test_the_alphabet_is_found_in_the_train_examples(values: list[str | None], name: str, letters: str) -> None:
    state = fit(values)
    assert (state["alphabet"], state["letters"]) == (name, letters)
    assert state["n_ids"] == 2 + len(letters)


def test_letters_become_ids_and_u_is_t_in_dna() -> None:
    state = fit(["ACGT", None], length=6, alphabet="dna")
    encoded = sequence.encode(clean(["acgu", "A C\tG\nT", "NX", None, "ACGTACGTAC"]), state)
    assert encoded.tolist() == [
        [2, 3, 4, 5, 0, 0], [2, 3, 4, 5, 0, 0], [16, 1, 0, 0, 0, 0], [0] * 6, [2, 3, 4, 5, 2, 3],
    ]  # fmt: skip


def test_the_length_is_that_of_the_longest_up_to_a_limit_and_longer_ones_are_counted() -> None:
    assert fit(["ACG", "ACGTA"])["length"] == 5
    assert fit(["A" * 3000, "C"])["length"] == 1024
    assert fit(["A" * 3000, "C"])["cropped"] == 1
    assert fit(["ACGT", "AC", "ACG"], length=2)["cropped"] == 2
    assert fit([None, None])["length"] == 1


def test_letters_outside_a_named_alphabet_are_refused_with_the_first_value() -> None:
    with pytest.raises(InputError) as raised:
        fit(["ACGT", "ACXT", "QCGT"], alphabet="dna")
    assert str(raised.value) == (
        "params.yaml: columns.sequence.alphabet: is 'dna', and 2 train values hold other letters (the first is 'ACXT' "
        "with 'X'); columns.sequence.unknown: keep takes them as unknown"
    )
    assert fit(["ACGT", "ACXT", "QCGT"], alphabet="dna", unknown="keep")["unknown"] == 2


def test_a_fitted_state_is_json_that_the_order_of_rows_does_not_change() -> None:
    values: list[str | None] = ["CCO", None, "c1ccc", "BrN"]
    assert json.loads(json.dumps(fit(values), allow_nan=False)) == fit(values)
    assert fit(values[::-1]) == fit(values)


def test_measures_are_length_gc_share_and_entropy() -> None:
    assert sequence.measure("AACG") == {"length": 4, "gc": 0.5, "entropy": 1.5}
    assert sequence.measure("gggg") == {"length": 4, "gc": 1.0, "entropy": 0.0}
    assert sequence.measure("TN") == {"length": 2, "gc": 0.0, "entropy": 1.0}


# What is recognised


def test_sequences_are_recognised_with_a_reason() -> None:
    fixed = [f"  {value}" for value in drawn("ACGT", 3190, (60, 60))]
    assert sequence.recognise(pl.Series(fixed), False) == (0.92, "3,190 DNA sequences of 60 letters")
    assert sequence.recognise(pl.Series(drawn("acgt", 20, (8, 30))), False)[0] == 0.92
    assert sequence.recognise(pl.Series(["ACGUACGUA", "GGCUAUAAA", "CCCGAUCUC"]), False)[1] == (
        "3 RNA sequences of 9 letters"
    )
    proteins = drawn("ACDEFGHIKLMNPQRSTVWY", 50, (40, 40))
    assert sequence.recognise(pl.Series(proteins), False) == (0.92, "50 protein sequences of 40 letters")
    assert sequence.recognise(pl.Series(fixed), True) == (0.0, "is a target")


NO_SEQUENCES: dict[str, list[str]] = {
    "hashes": [f"{index * 7919:032x}" for index in range(1, 99)],
    "letters of hashes": drawn("abcdef", 99, (32, 32)),
    "uuids": ["123e4567-e89b-12d3-a456-426614174000", "aaaaaaaa-aaaa-4aaa-aaaa-aaaaaaaaaaaa"] * 9,
    "codes of capital letters": drawn("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 99, (24, 24)),
    "gene names": ["BRCA1", "TP53", "EGFR", "MYC", "KRAS", "CDK4", "ACTG", "GATA"],
    "short words of bases": ["CAT", "TAG", "ACT", "GAT", "TACT", "ATTACCA"],
    "words": ["characteristically", "telecommunications", "straightforwardness", "internationalization"] * 3,
    "long words in two cases": ["Characteristically" * 2, "Telecommunications" * 2, "Internationalization" * 2],
    "sentences": ["a cat sat on a mat", "the dog ran to the man", "tag a cat"],
    "classes of few motifs": ["GAATTCGAATTC", "GGATCCGGATCC", "AAGCTTAAGCTT"] * 50,
    "books": ["978-3-16-148410-0", "0-306-40615-2", "978-0-13-110362-7"],
    "telephones": ["+49 30 1234567", "+1-212-555-0100", "030 555 0199"],
    "one letter": ["NNNNNNNNNN", "AAAAAAAAAA", "AAAAAAAAANN"],
    "molecules": ["CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C)C(=O)N2C", "CCOCCOCCO"],
}


@pytest.mark.parametrize("name", NO_SEQUENCES)
def test_what_only_looks_a_little_like_a_sequence_is_none(name: str) -> None:
    assert sequence.recognise(pl.Series(NO_SEQUENCES[name]), False)[0] == 0.0


# The exported graph


def test_the_exported_graph_encodes_thousands_of_texts_as_split_does() -> None:
    letters = "ACGTacgtuNRYSWKMBDHV-X*1()=#[]\\/ é東🎈\t\n\u00a0"
    texts = drawn(letters, 3000, (0, 24), seed=1) + drawn("ACGT", 300, (0, 90), seed=2)
    for knobs in ({"alphabet": "dna"}, {"alphabet": "protein"}, {"alphabet": "CNO()=#🎈"}, {"length": 7}, {}):
        state = fit(list(texts[:500]), unknown="keep", **knobs)
        np.testing.assert_array_equal(run_front(state, texts), sequence.encode(clean(list(texts)), state))


@pytest.mark.parametrize("rows", [[""], ["", ""], ["A"], [" "], ["ACGT" * 20], ["", "A", "ACGT" * 20]])
def test_empty_and_single_texts_go_through_the_exported_graph(rows: list[str]) -> None:
    state = fit(["ACGT", "ACGTACG"])
    encoded = run_front(state, rows)
    assert (encoded.dtype, encoded.shape) == (np.int32, (len(rows), 7))
    np.testing.assert_array_equal(encoded, sequence.encode(clean(list(rows)), state))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=9))
def test_any_text_goes_through_the_exported_graph(texts: list[str]) -> None:
    state = fit(["ACGT", "ACNNNNNNNNNT"], alphabet="dna")
    np.testing.assert_array_equal(run_front(state, texts), sequence.encode(clean(list(texts)), state))


# Encoders


def ids(values: list[str | None], state: State) -> torch.Tensor:
    return torch.from_numpy(sequence.encode(clean(values), state))[:, None]


def build(name: str, state: State, **knobs: Any) -> torch.nn.Module:
    module = plugins.load("encoders", name)
    torch.manual_seed(0)
    encoder: torch.nn.Module = module.build(module.Params(**knobs), [state], sequence.shape(state)).eval()
    return encoder


MIXED: list[str | None] = [None, "A", *drawn("ACGT" * 30 + "NRY", 5, (1, 40)), "ACGT" * 10, "ACGTNRY"]


def test_a_code_for_several_letters_is_a_mixture_of_them() -> None:
    table = letter_table(fit(["ACGT" * 5, "ACGN"]))
    assert table[0].tolist() == [0, 0, 0, 0]
    assert table[1].tolist() == [0.25] * 4
    assert table[2:6].tolist() == torch.eye(4).tolist()
    by_letter = dict(zip(_alphabet.DNA.ids, table[2:].tolist(), strict=True))
    assert by_letter["N"] == [0.25] * 4
    assert by_letter["R"] == [0.5, 0, 0.5, 0]
    assert by_letter["-"] == [0] * 4


@pytest.mark.parametrize("name", ENCODERS)
def test_padding_behind_a_sequence_and_its_batch_mates_change_no_feature(name: str) -> None:
    state = fit(MIXED, length=64)
    encoder = build(name, state)
    alone = torch.cat([encoder(ids([value], state)) for value in MIXED])
    torch.testing.assert_close(encoder(ids(MIXED, state)), alone, rtol=1e-4, atol=1e-5)
    assert torch.isfinite(alone).all()


def test_the_recurrence_computed_in_rounds_is_the_recurrence_step_by_step() -> None:
    recurrent = plugins.load("encoders", "recurrent")
    torch.manual_seed(0)
    layer, steps = recurrent.GatedRecurrence(5).double(), torch.randn(3, 37, 5, dtype=torch.float64)
    hidden, expected = torch.zeros(3, 5, dtype=torch.float64), []
    for t in range(37):
        z = torch.sigmoid(layer.gate(steps[:, t]))
        hidden = (1 - z) * hidden + z * torch.tanh(layer.candidate(steps[:, t]))
        expected.append(hidden)
    torch.testing.assert_close(layer(steps), torch.stack(expected, 1))


@pytest.mark.parametrize("name", ["motif", "recurrent"])
def test_both_strands_have_the_same_features_to_the_bit(name: str) -> None:
    state = fit(MIXED)
    encoder = build(name, state, strands="both")
    table = _strands.complement_table(state, "", "", "")
    block = ids(MIXED, state)
    other = _strands.reverse_complement(block, table)
    assert not torch.equal(block, other)
    assert torch.equal(encoder(block), encoder(other))
    assert not torch.equal(build(name, state)(block), build(name, state)(other))


@pytest.mark.parametrize("name", ["motif", "recurrent"])
def test_both_strands_of_a_protein_are_refused(name: str) -> None:
    with pytest.raises(InputError) as raised:
        build(name, fit(["ACDEFGHIKLMNPQRSTVWY"]), strands="both")
    assert str(raised.value) == (
        f"params.yaml: encoders.sequence.{name}.strands: is both, and letters of the alphabet protein have no "
        "complement; one is right for them"
    )


@pytest.mark.parametrize("name", ["motif", "recurrent"])
def test_gradients_reach_every_weight_of_an_encoder(name: str) -> None:
    state = fit(MIXED)
    encoder = build(name, state)
    encoder(ids(MIXED, state)).square().sum().backward()
    for key, weight in encoder.named_parameters():
        assert weight.grad is not None, key
        assert weight.grad.abs().sum() > 0, key


@pytest.mark.parametrize(
    ("name", "strands"), [("motif", "both"), pytest.param("recurrent", "both", marks=pytest.mark.slow)]
)
def test_an_exported_encoder_is_right_at_every_length(name: str, strands: str, tmp_path: Path) -> None:
    state = fit(MIXED)
    encoder, block = build(name, state, strands=strands), ids(MIXED, state)
    options = {"dynamo": True, "opset_version": 20, "optimize": False, "verbose": False}
    torch.onnx.export(encoder, (block[:2],), tmp_path / "m.onnx", dynamic_shapes=({0: "batch"},), **options)  # type: ignore[arg-type]
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx", providers=["CPUExecutionProvider"])
    program = torch.export.export(encoder, (block[:2],), dynamic_shapes=({0: torch.export.Dim("batch")},)).module()
    for rows in (block[:1], block[1:2], block[-1:], block):  # nothing, one letter, as long as can be, all
        expected = encoder(rows).detach()
        torch.testing.assert_close(program(rows), expected)
        (found,) = session.run(None, {session.get_inputs()[0].name: rows.numpy()})
        np.testing.assert_allclose(found, expected.numpy(), atol=1e-6)


# Augmentation


def augmented(values: list[str | None], seed: int = 0, **knobs: Any) -> tuple[torch.Tensor, torch.Tensor]:
    state = fit([*values, *values, "ACGT" * 10] if "HPPH" not in values else values)
    block, generator = ids(values, state)[:, :, : max(map(len, filter(None, values)))], torch.Generator()
    generator.manual_seed(seed)
    return block, augmentation.augment(block, augmentation.Params(**knobs), state, generator)


def test_nothing_is_augmented_by_default() -> None:
    block, changed = augmented(MIXED)
    assert torch.equal(block, changed)


def test_the_other_strand_is_read_backwards_from_its_own_end() -> None:
    block, changed = augmented(["AACG", "ACGTRN", "T"], reverse_complement=1.0)
    state = fit(["AACG", "ACGTRN", "T"], alphabet="dna")
    assert torch.equal(changed, ids(["CGTT", "NYACGT", "A"], state))
    assert changed.dtype == block.dtype


def test_as_many_examples_are_turned_as_the_knob_says_and_the_seed_decides_which() -> None:
    values: list[str | None] = list(drawn("ACGT", 2000, (30, 30)))
    block, changed = augmented(values, reverse_complement=0.3)
    assert 0.26 < (block != changed).any(2).float().mean() < 0.34
    assert torch.equal(changed, augmented(values, reverse_complement=0.3)[1])
    assert not torch.equal(changed, augmented(values, seed=1, reverse_complement=0.3)[1])


def test_mutated_letters_are_letters_and_padding_stays() -> None:
    block, changed = augmented([*drawn("ACGT", 500, (10, 60)), "ACGT" * 15], mutate=0.2)
    assert torch.equal(block == 0, changed == 0)
    assert set(changed.unique().tolist()) <= {0, 2, 3, 4, 5}
    assert 0.12 < (block != changed)[block != 0].float().mean() < 0.18  # a quarter is drawn as it was


def test_the_other_strand_of_symbols_is_refused() -> None:
    with pytest.raises(InputError) as raised:
        augmented(["HPPH", "PPHH"], reverse_complement=0.5)
    assert str(raised.value) == (
        "params.yaml: train.augment.sequence.reverse_complement: is 0.5, and letters of the alphabet symbols have no "
        "complement; 0 is right for them"
    )


# Drawing


@pytest.mark.parametrize("lengths", [(30, 30), (5, 30)])
@pytest.mark.parametrize("letters", ["ACGTN", "ACDEFGHIKLMNPQRSTVWY", "+-"])
def test_a_gallery_has_a_panel_for_each_group(lengths: tuple[int, int], letters: str) -> None:
    figure = Figure()
    groups = {"yes": drawn(letters, 20, lengths), "no": drawn(letters, 9, lengths, seed=1), "none": []}
    sequence.draw_gallery(figure, groups)
    assert [axes.get_ylabel() for axes in figure.axes] == ["yes (20)", "no (9)"]


def test_a_sequence_is_shown_in_colour_cut_and_escaped() -> None:
    assert sequence.show("Gg<T") == (
        '<code style="word-break:break-all"><span style="color:#b58900">Gg</span>&lt;'
        '<span style="color:#d55e00">T</span></code>'
    )
    assert sequence.show("N" * 1500).endswith(f"{'N' * 120}… (1,500 letters)</code>")
