"""The interface of params.yaml: its sections, checked whole before use."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from plumbline import paths
from plumbline.classes import class_of
from plumbline.errors import InputError
from plumbline.evaluate_sections import Evaluate as Evaluate
from plumbline.ingest_sections import Ingest as Ingest
from plumbline.sections import Choice as Choice
from plumbline.sections import Section as Section
from plumbline.yaml12 import read_yaml

Share = Field(ge=0, le=1)
_METRICS = "accuracy|balanced_accuracy|f1|matthews_corrcoef"


class Compute(Section):
    """What the bits of a run depend on, said instead of taken from the machine."""

    reproducible: Literal["everywhere", "portable", "machine", "fast"]
    """Where equal inputs give equal bytes, AVX2 given: Intel and AMD, one of the two, one kind of CPU, nowhere."""
    threads: int = Field(ge=1)
    """CPU threads; a parameter because sums depend on it."""
    device: str = Field(pattern=r"^(cpu|cuda(:\d+)?)$")
    """cpu, cuda, cuda:0, …"""
    precision: Literal["float32", "bfloat16"]
    """Arithmetic of the network's forward pass; weights stay float32."""


class Ratios(Section):
    """Shares of the examples, summing to 1."""

    train: float = Field(gt=0, le=1)
    """Share of examples to learn from."""
    val: float = Share
    """Share for early stopping and the choice of weights; 0: last weights are kept."""
    test: float = Field(gt=0, lt=1)
    """Share that only `evaluate` and `export` see."""


class Leaks(Section):
    """What the splits must not share."""

    action: Literal["report", "fail"]
    """Whether a leak is only reported, or ends the stage."""
    group: str | Annotated[list[str], Field(min_length=1)] | None
    """The column, or a list of columns, in which two splits must differ; null: `by` of a group or hash split."""
    time: str | None
    """The column of dates or numbers in which no train row may be later than a test row; null: `by` of a time split."""


class Split(Choice):
    """How examples are divided; `name` is a file in plumbline/splits."""

    ratios: Ratios
    leaks: Leaks


class Columns(Section):
    """What turns values into tensors: each column type's knobs under its name."""

    model_config = ConfigDict(extra="allow")

    select: int | None = Field(ge=1)
    """Columns kept: those that alone say most about the targets in the training examples; null: all."""

    def knobs(self, column_type: str) -> dict[str, Any]:
        """Knobs of one column type."""
        return dict((self.model_extra or {}).get(column_type) or {})


class Encoder(Choice):
    """The encoder of one column type; `name` is a file in plumbline/encoders."""


class Encoders(Section):
    """For each column type, the encoder that turns its tensors into features."""

    model_config = ConfigDict(extra="allow")

    def choice(self, column_type: str) -> Encoder:
        """The encoder chosen for a column type."""
        return Encoder(**(self.model_extra or {})[column_type])


class Model(Choice):
    """The backbone; `name` is a file in plumbline/models."""


class Task(Section):
    """What is predicted."""

    name: str
    """auto (from the target's type) or a file in plumbline/tasks."""
    positive: str | bool | int | None
    """The class whose precision, recall and ROC curve are reported for two classes; null: the last in sorted order."""
    order: Annotated[list[str | int | float], Field(min_length=2)] | None
    """The classes of an ordinal target from low to high; null: by their numbers."""
    scale_target: bool
    """Whether a number target is standardised for training; it is reported in its own unit either way."""
    transform: Literal["log1p", "quantile"] | None
    """What a number target, if skewed, is learned as: log(1 + target), or its normal scores; null: as it is."""
    threshold: Annotated[float, Field(gt=0, lt=1)] | Annotated[str, Field(pattern=f"^({_METRICS})$")] | None
    """A probability below 1, or accuracy, balanced_accuracy, f1 or matthews_corrcoef: highest on val; null: 0.5."""
    calibrate: Literal["temperature"] | None
    """temperature: probabilities by logits over a temperature fitted on the validation examples; null: as they are."""

    @property
    def positive_class(self) -> str | None:
        """The positive class as examples hold it."""
        return None if self.positive is None else class_of(self.positive)

    @property
    def ordered_classes(self) -> list[str] | None:
        """The order as examples hold the classes."""
        return None if self.order is None else [class_of(value) for value in self.order]


class Loss(Choice):
    """A loss of torch.nn by its class name, or auto."""


class Optimizer(Choice):
    """An optimizer of torch.optim by its class name."""

    lr: float = Field(gt=0)
    """Learning rate; the highest one where a scheduler moves it."""


class Scheduler(Choice):
    """A scheduler of torch.optim.lr_scheduler by its class name, or null for a constant rate."""

    name: str | None  # type: ignore[assignment]


class EarlyStopping(Section):
    """When training ends before the last epoch. With validation examples the best epoch's weights are kept."""

    monitor: Literal["loss", "metric"]
    """What is watched on the validation examples: the loss, or the main metric of the (first) target."""
    patience: int | None = Field(ge=1)
    """Epochs without a better value after which training stops; null: never."""


class Augment(Section):
    """How training batches are changed at random: each column type's knobs under its name."""

    model_config = ConfigDict(extra="allow")

    def knobs(self, column_type: str) -> dict[str, Any]:
        """Knobs of one column type."""
        return dict((self.model_extra or {}).get(column_type) or {})


class Train(Section):
    """The training loop."""

    epochs: int = Field(ge=1)
    """Passes over the training examples, at most."""
    batch_size: int | None = Field(ge=1)
    """Examples a step; null: all at once."""
    loss: Loss
    optimizer: Optimizer
    scheduler: Scheduler
    clip_grad_norm: float | None = Field(gt=0)
    """Largest norm of the gradient; a longer one is scaled down; null: as it is."""
    class_weights: Literal["balanced"] | None
    """balanced: every class weighs the same in the loss; null: every example does."""
    augment: Augment
    mixup: float | None = Field(gt=0)
    """Alpha of the Beta distribution by which examples are blended in pairs, targets too; null: they are not."""
    early_stopping: EarlyStopping
    start_from: str | None
    """A file of weights in models/start to go on from; null: fresh weights."""


class Plot(Section):
    """What is drawn of the data."""

    columns: int = Field(ge=1)
    """Columns drawn one by one, at most: those that say most about the target."""
    examples: int = Field(ge=2)
    """Examples drawn in a scatter plot, at most; they are drawn evenly over the table."""


class Export(Section):
    """What is shipped."""

    formats: list[Literal["onnx", "pt2", "torchscript"]]
    """Files written to models/export."""


class Params(Section):
    """The whole of params.yaml."""

    seed: int = Field(ge=0)
    """The one seed; every use derives its own from it."""
    compute: Compute
    ingest: Ingest
    split: Split
    columns: Columns
    plot: Plot
    encoders: Encoders
    model: Model
    task: Task
    train: Train
    evaluate: Evaluate
    export: Export


def read_params(path: Path = paths.PARAMS) -> Params:
    """Read and check all of params.yaml; InputError with one line for each mistake."""
    from plumbline.check import find_mistakes

    raw = read_yaml(path)
    if mistakes := find_mistakes(raw):
        raise InputError("\n".join(f"{path}: {mistake}" for mistake in mistakes))
    return Params.model_validate(raw)
