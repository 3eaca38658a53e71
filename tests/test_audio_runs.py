"""Whole pipelines on clips: trained, exported in every format, broken files told by their rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import polars as pl
import pytest

from plumbline.files import read_json
from plumbline.worst import find_worst
from tests.project import STAGES, make_project, refusal, run
from tests.sounds import FORMATS, sound, tone

SMALL = {"encoders.audio": {"name": "spectrogram", "spectrogram": {"mels": 16, "width": 4, "depth": 2}}}


def whistles(n: int = 120) -> pl.DataFrame:
    """Clips of all formats, rates and lengths whose tone is high or low; every 20th is missing."""
    generator, rows = np.random.default_rng(0), []
    for i in range(n):
        container, coding, _ = list(FORMATS.values())[i % len(FORMATS)]
        rate = (8_000, 8_000, 22_050)[i % 3]
        clip = tone(generator.uniform(0.05, 0.4), rate, hertz=generator.uniform(*((300, 700), (1500, 3000))[i % 2]))
        clip = clip + generator.normal(scale=0.05, size=len(clip))
        rows.append((None if i % 20 == 19 else sound(clip, rate, container, coding), ("low", "high")[i % 2]))
    return pl.DataFrame(rows, schema={"clip": pl.Binary, "y": pl.String}, orient="row")


@pytest.mark.slow
def test_clips_go_through_all_stages_into_every_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    formats = ["onnx", "pt2", "torchscript"]
    changes = SMALL | {"export.formats": formats, "train.epochs": 20, "train.optimizer.lr": 0.01}
    monkeypatch.chdir(make_project(tmp_path / "project", whistles(), **changes))
    run(*STAGES)
    assert read_json(Path("reports/metrics.json"))["test"]["accuracy"] > 0.8
    assert [check["passed"] for check in read_json(Path("reports/export.json"))["checks"]] == [True] * len(formats)
    [given] = read_json(Path("models/export/signature.json"))["inputs"]
    assert given["shape"] == ["batch", "samples"]
    assert given["state"]["rate"] == 8_000
    session = onnxruntime.InferenceSession("models/export/model.onnx", providers=["CPUExecutionProvider"])
    for hertz, said in ((400, "low"), (2_500, "high")):
        for batch in (1, 3):
            raw = np.stack([tone(0.3, hertz=hertz).astype(np.float32)] * batch)
            assert session.run(["label"], {"clip": raw})[0].tolist() == [[said]] * batch
    assert Path("reports/data/contents_0.png").exists()


@pytest.mark.slow
def test_the_worst_predicted_clips_can_be_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_project(tmp_path / "project", whistles(), **SMALL))
    run("ingest", "split", "train", "evaluate")
    worst = find_worst(Path("data/predictions.parquet"), Path("data/examples.parquet"), "", Path("reports/evaluation"))
    assert worst is not None
    shown = [row["inputs"][0] for row in worst["rows"]]
    assert all("data:audio/wav;base64," in clip for clip in shown if clip)
    assert any(shown)


def test_broken_clips_are_named_by_their_rows_and_end_ingest_or_are_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = whistles(40)
    clips = table["clip"].to_list()
    clips[3], clips[8] = clips[3][:20], b""
    table = table.with_columns(clip=pl.Series(clips, dtype=pl.Binary))
    monkeypatch.chdir(make_project(tmp_path / "project", table))
    said = refusal("ingest")
    assert "column 'clip': 2 audios of 40 cannot be read: row 3 " in said
    assert "row 8 is empty; mend them, or set ingest.broken to set_aside" in said
    other = make_project(tmp_path / "other", table, **{"ingest.broken": "set_aside"})
    monkeypatch.chdir(other)
    run("ingest")
    report = read_json(Path("reports/ingest.json"))
    assert report["examples"] == 38
    assert [finding["rows"] for finding in report["findings"] if finding["kind"] == "broken"] == [[3, 8]]
