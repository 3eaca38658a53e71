"""The spectrogram encoder: a log-mel as NumPy's Fourier transform gives it, blind to padding, exported right."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from plumbline.encoders import spectrogram
from plumbline.encoders._log_mel import LogMel, fourier_size, mel_bands
from tests.sounds import tone

Array = np.ndarray[Any, Any]
STATE = {"missing": 0, "rate": 8_000, "samples": 4_000}


def noisy(n: int, length: int, seed: int = 0) -> Array:
    """(n, length) samples: tones in noise."""
    generator = np.random.default_rng(seed)
    hertz = generator.uniform(100, 3_000, n)
    return np.stack([tone(length / 8_000, hertz=f) for f in hertz]) + 0.05 * generator.normal(size=(n, length))


def block(n: int = 3, length: int = 4_000, size: int = 4_000) -> torch.Tensor:
    """(n, 1, size) int16: clips of `length`, then silence."""
    samples = np.zeros((n, size))
    samples[:, :length] = noisy(n, length)
    return torch.from_numpy((samples * 20_000).astype(np.int16))[:, None]


def encoder(**knobs: Any) -> Any:
    torch.manual_seed(0)
    made = spectrogram.build(spectrogram.Params(**knobs), [STATE], (4_000,))
    made(block(16))  # its norms have seen examples
    return made.eval()


# Log-mel


def expected_log_mel(samples: Array, rate: int, window: int, hop: int, n_bands: int) -> Array:
    """(bands, frames) of a clip (T,), by NumPy's FFT of frames cut one by one."""
    n_fft = fourier_size(window, n_bands)
    hann = np.sin(np.pi * (np.arange(window) + 0.5) / window) ** 2
    padded = np.concatenate([np.zeros(window), samples, np.zeros(window + hop)])
    frames = []
    for centre in range(0, len(samples), hop):
        start = window + centre - window // 2
        power = np.abs(np.fft.rfft(padded[start : start + window] * hann, n_fft) * 2 / hann.sum()) ** 2
        frames.append(np.log(power @ mel_bands(n_bands, n_fft, rate) + 1e-8))
    return np.array(frames).T


@pytest.mark.parametrize("length", [1, 79, 80, 81, 200, 4_000, 4_037])
def test_a_log_mel_is_what_a_fourier_transform_of_each_frame_gives(length: int) -> None:
    samples = noisy(2, length)
    found = LogMel(8_000, 200, 80, 40)(torch.from_numpy(samples).float())
    expected = np.stack([expected_log_mel(row, 8_000, 200, 80, 40) for row in samples])
    np.testing.assert_allclose(found, expected, atol=1e-4)
    exact = LogMel(8_000, 200, 80, 40).double()(torch.from_numpy(samples))
    np.testing.assert_allclose(exact, expected, atol=1e-5)


@pytest.mark.parametrize(("window", "hop"), [(400, 160), (401, 399), (3, 7), (1, 1)])
def test_windows_and_hops_of_any_length_are_right(window: int, hop: int) -> None:
    samples = noisy(1, 900)
    found = LogMel(16_000, window, hop, 12)(torch.from_numpy(samples).float())
    np.testing.assert_allclose(found[0], expected_log_mel(samples[0], 16_000, window, hop, 12), atol=1e-4)


def test_a_tone_lights_the_band_of_its_frequency() -> None:
    n_fft, rate = 512, 16_000
    bands = mel_bands(40, n_fft, rate)
    centres = (bands * np.arange(n_fft // 2 + 1)[:, None]).sum(0) * rate / n_fft
    for hertz in (300.0, 1_000.0, 5_000.0):
        seen = LogMel(rate, 400, 160, 40)(torch.from_numpy(tone(0.3, rate, hertz, 1.0)[None]).float())
        assert abs(centres[int(seen[0, :, 10].argmax())] / hertz - 1) < 0.1


@pytest.mark.parametrize("rate", [100, 4_000, 8_000, 16_000, 48_000, 192_000])
@pytest.mark.parametrize("n_bands", [4, 40, 64, 128])
def test_no_band_is_empty(rate: int, n_bands: int) -> None:
    bands = mel_bands(n_bands, fourier_size(max(1, rate // 40), n_bands), rate)
    np.testing.assert_allclose(bands.sum(0), np.ones(n_bands))


# The encoder


@pytest.mark.parametrize("length", [1, 81, 3_000])
def test_padding_changes_nothing(length: int) -> None:
    made = encoder()
    one, other = (made(block(length=length, size=size)) for size in (max(length, 100), 9_000))
    torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)


def test_loudness_is_one_feature_and_the_others_do_not_hear_it() -> None:
    made, loud = encoder(), block().double()
    one, other = made.double()(loud), made(loud / 10)
    torch.testing.assert_close(one[:, 1:], other[:, 1:])
    torch.testing.assert_close(one[:, 0] - other[:, 0], torch.full((3,), np.log(10) / 2, dtype=torch.float64))


def test_silence_and_single_samples_give_finite_features() -> None:
    clips = torch.zeros(3, 1, 4_000, dtype=torch.int16)
    clips[1, 0, 0], clips[2, 0, -1] = 1, -32_768
    made = encoder()
    for found in (made(clips), made.train()(clips)):
        assert found.shape == (3, sum(made.widths))
        assert torch.isfinite(found).all()


@pytest.mark.parametrize("knobs", [{}, {"mels": 24, "window": 40, "hop": 15, "width": 4, "depth": 2}, {"depth": 6}])
def test_gradients_reach_every_weight(knobs: dict[str, Any]) -> None:
    made = encoder(**knobs).train()
    made(block(8)).pow(2).sum().backward()
    for name, weight in made.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0, name


def test_what_is_hidden_is_hidden_in_training_only_and_by_the_global_seed() -> None:
    made = encoder()
    assert torch.equal(made(block()), made(block()))
    seen, n_frames = torch.ones(200, 40, 50), torch.full((200, 1), 30.0)
    torch.manual_seed(0)
    first = spectrogram.hide(seen, n_frames, 0.1, 0.2)
    torch.manual_seed(0)
    assert torch.equal(first, spectrogram.hide(seen, n_frames, 0.1, 0.2))
    assert torch.equal(seen, spectrogram.hide(seen, n_frames, 0.0, 0.0))
    bands, frames = (first.amax(axis) == 0 for axis in (2, 1))
    assert 0 < bands.sum(1).max() <= 2 * 4
    assert 0 < frames.sum(1).max() <= 2 * 6
    assert not frames[:, 30:].any()  # of a clip's own frames, not of the padding


def test_masks_are_drawn_anew_in_every_step_of_training() -> None:
    made = encoder(hide_frames=0.4).train()
    torch.manual_seed(0)
    one, other = made(block()), made(block())
    assert not torch.allclose(one, other)


def test_int16_and_float_blocks_give_the_same_features() -> None:
    made = encoder()
    assert torch.equal(made(block()), made(block().float()))


def test_float64_weights_give_features_close_to_those_of_float32() -> None:
    made = encoder()
    single = made(block(length=3_000))
    double = made.double()(block(length=3_000))
    assert double.dtype == torch.float64
    torch.testing.assert_close(single.double(), double, atol=1e-4, rtol=1e-4)


@pytest.mark.slow
def test_the_onnx_model_gives_the_same_features_at_every_batch_size() -> None:
    made = encoder()
    with pytest.warns():
        program = torch.onnx.export(
            made,
            (block(2),),
            dynamo=True,
            dynamic_shapes=({0: "batch"},),
            input_names=["x"],
            opset_version=20,
            optimize=False,
            verbose=False,
        )
    buffer = io.BytesIO()
    assert program is not None
    program.save(buffer)
    session = onnxruntime.InferenceSession(buffer.getvalue(), providers=["CPUExecutionProvider"])
    for n, length in ((1, 1), (2, 4_000), (7, 2_345)):
        clips = block(n, length)
        found = session.run(None, {"x": clips.numpy()})[0]
        np.testing.assert_allclose(found, made(clips).detach(), atol=1e-4)
