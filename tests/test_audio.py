"""Audio: clips of every format are measured, resampled, cropped and padded, and the exported graph does the same."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime
import polars as pl
import pytest
import torch
from matplotlib.figure import Figure
from scipy.signal import resample_poly

from plumbline import figures
from plumbline.augmentations import audio as augmentation
from plumbline.columns import _waveform, audio
from plumbline.graph import DOMAINS, Graph
from tests.contents.audio import WAV
from tests.sounds import FORMATS, sound, tone

Array = np.ndarray[Any, Any]
STATE = {"missing": 0, "rate": 8_000, "samples": 4_000}


def clips(*values: bytes | None) -> pl.Series:
    return pl.Series("", values, dtype=pl.Binary)


def measures(values: pl.Series) -> pl.DataFrame:
    rows = [audio.measure(value) if value is not None else dict.fromkeys(audio.MEASURES) for value in values]
    return pl.DataFrame(rows, schema=dict.fromkeys(audio.MEASURES, pl.Float64))


def fit(values: pl.Series, **knobs: Any) -> dict[str, Any]:
    return audio.fit([values], measures(values), audio.Params(**knobs))


# Reading


@pytest.mark.parametrize("name", FORMATS)
def test_a_clip_is_read_alike_from_every_format(name: str) -> None:
    container, coding, tolerance = FORMATS[name]
    clip = tone(0.4)
    data = sound(clip, container=container, coding=coding)
    assert _waveform.is_sound(data)
    samples = _waveform.read_mono(data, 8_000, 10_000)
    assert (len(samples), samples.dtype) == (3_200, np.float32)
    np.testing.assert_allclose(samples, clip, atol=tolerance)
    found = audio.measure(data)
    assert (found["seconds"], found["rate"], found["channels"]) == (0.4, 8_000, 1)
    assert found["loudness"] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.2)


def test_a_16_bit_file_at_the_rate_is_encoded_without_a_change() -> None:
    steps = np.random.default_rng(0).integers(-32_768, 32_768, 4_000).astype(np.int16)
    assert (audio.encode(clips(sound(steps)), STATE) == steps).all()
    assert (audio.encode(clips(sound(steps, container="FLAC")), STATE) == steps).all()


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_a_clip_of_any_rate_sounds_the_same_after_resampling(rate: int) -> None:
    encoded = audio.encode(clips(sound(tone(0.5, rate), rate)), STATE)[0]
    np.testing.assert_allclose(encoded[200:-200] / 32_768, tone(0.5)[200:-200], atol=2e-3)


def test_what_lies_above_half_the_new_rate_is_filtered_out() -> None:
    encoded = audio.encode(clips(sound(tone(0.5, 48_000, hertz=9_000), 48_000)), STATE)[0]
    assert np.abs(encoded[200:-200]).max() < 0.005 * 32_768


@pytest.mark.parametrize("rate", [6_000, 11_025, 44_100])
def test_the_start_of_a_long_clip_is_the_start_of_the_whole_resampled(rate: int) -> None:
    """Only the frames that the start depends on are decoded, and not a bit is other."""
    clip = np.random.default_rng(0).normal(scale=0.1, size=5 * rate)
    data = sound(clip, rate, coding="DOUBLE")
    common = np.gcd(rate, 8_000)
    whole = resample_poly(clip, 8_000 // common, rate // common)
    for n_samples in (1, 7, 4_000, 39_999, 100_000):
        some = _waveform.read_mono(data, 8_000, n_samples)
        np.testing.assert_allclose(some, whole[:n_samples], atol=1e-7)
        assert (some == _waveform.read_mono(data, 8_000, 100_000)[:n_samples]).all()


def test_stereo_is_the_mean_of_its_channels() -> None:
    left, right = tone(0.5), tone(0.5, hertz=880.0)
    data = sound(np.stack([left, right], axis=1))
    np.testing.assert_allclose(audio.encode(clips(data), STATE)[0] / 32_768, (left + right) / 2, atol=1e-4)
    assert audio.measure(data)["channels"] == 2


def test_a_clip_is_cropped_or_padded_with_silence_at_its_end() -> None:
    short, long, single = tone(0.1), tone(20.0), np.array([0.25])
    encoded = audio.encode(clips(sound(short), sound(long), sound(single), None), STATE)
    assert (encoded.shape, encoded.dtype) == ((4, 4_000), np.int16)
    assert (encoded[0, 800:] == 0).all()
    np.testing.assert_allclose(encoded[0, :800] / 32_768, short, atol=1e-4)
    np.testing.assert_allclose(encoded[1] / 32_768, long[:4_000], atol=1e-4)
    assert encoded[2].tolist() == [8_192, *[0] * 3_999]
    assert not encoded[3].any()


def test_samples_beyond_full_scale_are_clipped() -> None:
    data = sound(np.array([1.0, -1.0, 2.0, -2.0, 0.5 / 32_768, -0.5 / 32_768]), coding="FLOAT")
    assert audio.encode(clips(data), STATE)[0, :6].tolist() == [32_767, -32_768, 32_767, -32_768, 1, 0]


# What is broken


def test_an_mp3_that_ends_early_is_broken_and_one_that_lacks_a_frame_is_not() -> None:
    """Encoders promise a few samples more or less than there are."""
    mp3 = sound(tone(20.0), container="MP3", coding=None)
    with pytest.raises(ValueError, match="is truncated: its header promises 160,000 samples, "):
        audio.measure(mp3[: len(mp3) // 2])
    assert audio.measure(mp3[:-100])["seconds"] > 19.5


def test_a_wav_written_to_a_pipe_is_whole() -> None:
    """Whoever writes to a pipe cannot go back to say how many bytes came."""
    endless = WAV[:4] + b"\xff" * 4 + WAV[8:40] + b"\xff" * 4 + WAV[44:]
    assert audio.measure(endless)["seconds"] == 1.0


def test_silence_has_a_loudness() -> None:
    assert audio.measure(sound(np.zeros(100)))["loudness"] == -120.0


# Recognising and fitting


def test_bytes_of_sound_files_are_audio() -> None:
    values = clips(*(sound(tone(0.1), container=kind, coding=None) for kind in ("WAV", "FLAC", "OGG", "MP3")), None)
    assert audio.recognise(values, False) == (0.95, "all of 4 values begin as wav, flac, ogg and mp3 files do")
    assert audio.recognise(values, True)[0] == 0
    assert audio.recognise(clips(b"\xff\xd8\xff\xe0 a JPEG", b"\x89PNG"), False)[0] == 0
    assert audio.recognise(clips(None), False)[0] == 0


def test_paths_of_sound_files_are_audio() -> None:
    paths = pl.Series([f"day/{n}.WAV" for n in range(19)] + ["notes.txt"])
    assert audio.recognise(paths, False) == (0.95, "19 of 20 values end in .wav, .flac, .ogg or .mp3")
    assert audio.recognise(pl.Series(["wav", "a.wave", "b.mp3"]), False)[0] == 0
    assert audio.recognise(pl.Series([1.0, 2.0]), False)[0] == 0


def test_rate_and_length_are_those_of_most_train_clips() -> None:
    values = clips(*(sound(tone(0.1 * n, rate), rate) for n, rate in ((1, 8_000), (2, 8_000), (3, 11_025))), None)
    assert fit(values) == {"missing": 1, "rate": 8_000, "samples": 2_400}
    assert fit(values, rate=4_000, seconds=0.5) == {"missing": 1, "rate": 4_000, "samples": 2_000}
    assert fit(clips(sound(tone(12.0, 44_100), 44_100))) == {"missing": 0, "rate": 16_000, "samples": 160_000}
    assert fit(clips(None)) == {"missing": 1, "rate": 16_000, "samples": 16_000}


def test_one_long_clip_among_hundreds_does_not_lengthen_all() -> None:
    table = pl.DataFrame({"seconds": [1.0] * 499 + [60.0], "rate": [8_000.0] * 500})
    assert audio.fit([], table, audio.Params())["samples"] == 8_000


# The exported graph


def run_front(raw: Array, state: dict[str, Any]) -> Array:
    graph = Graph()
    value = ir.Value(name="x", type=ir.TensorType(ir.DataType.FLOAT), shape=ir.Shape(["batch", "samples"]))
    output = audio.front(graph, value, state)
    output.name, output.type = "encoded", ir.TensorType(ir.DataType.INT16)
    made = ir.Graph(
        [value], [output], nodes=graph.nodes, initializers=graph.initializers.values(), opset_imports=DOMAINS, name="f"
    )
    for index, node in enumerate(made):
        node.outputs[0].name = node.outputs[0].name or f"inner.{index}"
    model = ir.to_proto(ir.Model(made, ir_version=10)).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    result: Array = session.run(None, {"x": raw})[0]
    return result


@pytest.mark.parametrize("length", [1, 2, 799, 3_999, 4_000, 4_001, 20_000])
def test_the_exported_graph_crops_pads_and_rounds_as_encode_does(length: int) -> None:
    generator = np.random.default_rng(length)
    samples = generator.normal(scale=0.5, size=(3, length))
    values = clips(*(sound(row, coding="FLOAT") for row in samples))
    raw = audio.raw(values, STATE)
    assert [one.shape for one in raw] == [(min(length, 8_000),)] * 3
    exported = run_front(np.stack(raw), STATE)
    assert exported.dtype == np.int16
    assert (exported == audio.encode(values, STATE)).all()


def test_ties_and_full_scale_round_alike_in_the_exported_graph() -> None:
    halves = (np.arange(-40_000, 40_000) / 2 / 32_768).astype(np.float32)
    state = {"missing": 0, "rate": 8_000, "samples": len(halves)}
    edges = np.array([1.0, -1.0, 5.0, -5.0], dtype=np.float32)
    for samples in (halves, edges):
        encoded = np.zeros(len(halves), dtype=np.int16)
        encoded[: len(samples)] = _waveform.to_int16(samples)
        assert (run_front(samples[None], state)[0] == encoded).all()


def test_odd_values_are_silence_and_sounds() -> None:
    encoded = audio.encode(clips(*audio.ODD_VALUES), STATE)
    assert [bool(row.any()) for row in encoded] == [False, True, False, True]


# Drawing


def test_clips_of_each_group_are_drawn_and_give_the_same_bytes(tmp_path: Path) -> None:
    groups = {"low": [sound(tone(0.3)), sound(tone(0.5))], "silent $": [sound(np.zeros(1))], "long": [WAV] * 5}
    for name in ("a.png", "b.png"):
        figure = Figure(figsize=(10, 4), layout="constrained")
        audio.draw_gallery(figure, groups)
        figures.save(figure, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert [len(axes.images) for axes in figure.axes] == [2, 1, audio.GALLERY_VALUES]
    assert [axes.get_yticklabels()[0].get_text() for axes in figure.axes] == ["low", "silent $", "long"]


def test_a_clip_is_shown_as_a_player_of_its_first_seconds_and_a_waveform() -> None:
    import base64

    for data in (sound(tone(20.0, 44_100), 44_100), sound(np.zeros(1))):
        svg, player = audio.show(data).split("<br>")
        assert ElementTree.fromstring(svg).tag == "svg"  # noqa: S314 - made above
        played = base64.b64decode(player.partition("base64,")[2].partition('"')[0])
        found = audio.measure(played)
        assert found["rate"] <= 16_000
        assert found["seconds"] <= 3.0
        assert len(audio.show(data)) < 140_000


# Augmentation


def block(n: int = 6) -> torch.Tensor:
    clip = np.zeros(4_000)
    clip[:3_000] = tone(0.375)
    return torch.from_numpy(audio.encode(clips(*[sound(clip)] * (n - 1), None), STATE))[:, None]


def augment(seed: int = 0, **knobs: float) -> torch.Tensor:
    off = {"shift": 0.0, "gain": 0.0, "noise": 0.0}
    params = augmentation.Params(**(off | knobs))
    return augmentation.augment(block(), params, STATE, torch.Generator().manual_seed(seed))


def test_augmentation_without_knobs_changes_nothing() -> None:
    assert torch.equal(augment(), block().float())


@pytest.mark.parametrize("knobs", [{"shift": 0.2}, {"gain": 6.0}, {"noise": 0.1}])
def test_each_knob_changes_clips_in_its_own_way_and_leaves_silence(knobs: dict[str, float]) -> None:
    changed = augment(**knobs)
    assert (changed.shape, changed.dtype) == (block().shape, torch.float32)
    assert torch.equal(changed, augment(**knobs))
    assert not torch.equal(changed, augment(seed=1, **knobs))
    assert not torch.equal(changed[0], changed[1])
    assert not changed[-1].any()


def test_a_shift_moves_a_clip_as_a_whole() -> None:
    plain, moved = block()[0, 0].float(), augment(shift=0.2)[:-1, 0]
    for row in moved:
        lag = int(torch.nonzero(row)[0] - torch.nonzero(plain)[0]) if row[0] == 0 else None
        if lag is not None and lag >= 0:
            assert torch.equal(row[lag:], plain[: len(plain) - lag])
    assert any(row[0] == 0 and row[:50].abs().sum() == 0 for row in moved)


def test_gain_scales_a_clip_by_as_many_decibels_at_most() -> None:
    plain, louder = block()[:-1].float(), augment(gain=6.0)[:-1]
    factors = (louder / plain)[plain != 0].reshape(len(plain), -1)
    assert (factors.std(1) < 1e-3).all()
    assert (factors[:, 0].log10().abs() * 20 <= 6.0).all()


def test_noise_ends_with_the_clip_and_keeps_its_level() -> None:
    plain = block()[:-1].float()
    noise = augment(noise=0.1)[:-1] - plain
    assert not noise[..., 3_000:].any()
    assert (noise[..., :3_000].std(2) < 0.11 * plain[..., :3_000].std(2)).all()
