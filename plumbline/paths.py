"""Paths of every artifact, relative to the project's folder. Only stages and the command line name paths."""

from pathlib import Path

PARAMS = Path("params.yaml")
LOCK = Path("dvc.lock")

EXAMPLES = Path("data/examples.parquet")
INGEST_REPORT = Path("reports/ingest.json")

COLUMNS = Path("data/columns.json")
SPLIT = Path("data/split")
TRAIN, VAL, TEST = SPLIT / "train", SPLIT / "val", SPLIT / "test"
SPLIT_REPORT = Path("reports/split.json")

DATA_FIGURES = Path("reports/data")

UNTRAINED = Path("models/untrained.pt")
MODEL = Path("models/model.pt")
RECIPE = Path("models/recipe.json")
START = Path("models/start")
TRAINING_CURVES = Path("reports/training.csv")
TRAINING_REPORT = Path("reports/training.json")

STATE = Path(".dvc/tmp/plumbline")
LIVE = STATE / "training.csv"
DVC_LOCK = Path(".dvc/tmp/rwlock")
STAGE_LOCK = STATE / "stage.lock"

METRICS = Path("reports/metrics.json")
PREDICTIONS = Path("data/predictions.parquet")
EVALUATION = Path("reports/evaluation")

EXPORT = Path("models/export")
EXPORT_REPORT = Path("reports/export.json")

REPORT = Path("reports/report.html")
ENVIRONMENT = Path("reports/environment.json")
