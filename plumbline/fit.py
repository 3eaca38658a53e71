"""The training loop: forward, loss, zero_grad, backward, step; after each epoch the validation examples."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import lr_scheduler

from plumbline import reproducible, resume, stopping
from plumbline.answer import Answer
from plumbline.augment import Augmenter
from plumbline.errors import InputError
from plumbline.feed import Batch, Feed
from plumbline.history import History, Row
from plumbline.mixup import Mixture, draw_mixture
from plumbline.network import Recipe
from plumbline.optimizers import STEP_SCHEDULERS, blamed_on, build_optimizer, build_scheduler
from plumbline.params import Compute, Train
from plumbline.resume import Part, State
from plumbline.targets import task_of


@dataclass
class Fitted:
    """What training ended with: learning curves, the epoch whose weights are kept, and why it stopped."""

    curves: list[Row]
    best_epoch: int
    stopped: str

    def report(self, network: list[dict[str, Any]], params: Train, recipe: Recipe) -> dict[str, Any]:
        """What reports/training.json says."""
        return {
            "network": network,
            "parameters": sum(entry["count"] for entry in network if entry["learns"]),
            "loss": ", ".join(dict.fromkeys(target["task"]["loss"] for target in recipe["targets"])),
            "optimizer": params.optimizer.name,
            "scheduler": params.scheduler.name,
            "metrics": metric_names(recipe),
            "epochs": len(self.curves),
            "best_epoch": self.best_epoch,
            "stopped": self.stopped,
        }


def metric_names(recipe: Recipe) -> list[str]:
    """Each target's main metric as the learning curves name it: alone, or with the target's name."""
    targets = recipe["targets"]
    names = [str(task_of(target).MAIN_METRIC) for target in targets]
    if len(targets) == 1:
        return names
    return [f"{name} {target['name']}" for name, target in zip(names, targets, strict=True)]


@dataclass
class Loop:
    """A network with all that trains it; `run` leaves the kept weights in the network."""

    network: nn.Module
    objective: nn.Module
    recipe: Recipe
    train: Feed
    val: Feed
    params: Train
    compute: Compute
    seed: int
    state: State

    def __post_init__(self) -> None:
        """Build the optimizer and the scheduler; take up the state where there is one."""
        self._targets = self.recipe["targets"]
        self._metrics = metric_names(self.recipe)
        self._batch_size = self.params.batch_size or self.train.n_rows
        self._n_steps = math.ceil(self.train.n_rows / self._batch_size)
        self._device = torch.device(self.compute.device)
        self._augment = Augmenter(self.recipe, self.params.augment, self.seed)
        self._answers = [Answer(target).to(self._device) for target in self._targets]
        lr = self.params.optimizer.lr
        self._optimizer = build_optimizer(self.params.optimizer, self.network.parameters(), self._device)
        self._scheduler = build_scheduler(self.params.scheduler, self._optimizer, lr, self.params.epochs, self._n_steps)
        self.history = History(self._device)
        parts: dict[str, Part] = {"network": self.network, "objective": self.objective, "optimizer": self._optimizer}
        parts |= {"scheduler": self._scheduler} if self._scheduler else {}
        self._parts = {**parts, "history": self.history, "random": resume.Randomness(self._device)}
        self.state.restore(self._parts)

    def place(self) -> str:
        """What comes next in a training that goes on, as "epoch 37 of 100, step 3 of 12"; "" at the beginning."""
        epochs, steps = len(self.history.curves), self.history.begun.steps
        if self._stopped():
            return "the end of its last epoch"
        step = f", step {steps + 1} of {self._n_steps}" if steps else ""
        return f"epoch {epochs + 1} of {self.params.epochs}{step}" if epochs or steps else ""

    def run(self, on_epoch: Callable[[Row], None]) -> Fitted:
        """Train until the last epoch or until early stopping; call `on_epoch` after each epoch."""
        curves, best = self.history.curves, self.history.best
        with stopping.waiting():
            while not self._stopped():
                curves.append(self._run_epoch(len(curves) + 1))
                if self.val.n_rows:
                    best.update(len(curves), self._monitored(curves[-1]), self.network)
                on_epoch(curves[-1])
                self.state.offer(self._parts)
        if best.epoch:
            self.network.load_state_dict(best.weights)
        return Fitted(curves, best.epoch or len(curves), self._stopped())

    def _stopped(self) -> str:
        """Why training is over; "" while it is not."""
        patience, best, epochs = self.params.early_stopping.patience, self.history.best.epoch, len(self.history.curves)
        if best and patience and epochs - best >= patience:
            return f"no better validation {self._monitored_name()} for {patience} epochs"
        return "all epochs done" if epochs == self.params.epochs else ""

    def _run_epoch(self, epoch: int) -> Row:
        if not self.history.begun.steps:
            self.history.begin(lr=self._optimizer.param_groups[0]["lr"])
            reproducible.seed_torch(self.seed, "dropout", epoch)
        row: Row = {"epoch": epoch, "lr": self.history.begun.lr, "train_loss": self._train_epoch(epoch)}
        if not math.isfinite(row["train_loss"]):
            raise InputError(
                f"params.yaml: train.optimizer.lr: the loss became {row['train_loss']} in epoch {epoch}; "
                f"a lower rate than {self.params.optimizer.lr} may help, or train.clip_grad_norm"
            )
        if self.val.n_rows:
            row |= self._validate()
        self._step_scheduler_after_epoch(row)
        self.history.begun.steps = 0
        return row

    def _train_epoch(self, epoch: int) -> float:
        """What is left of one pass over the shuffled train examples; the mean loss over all, with dropout."""
        self.network.train()
        begun, generator = self.history.begun, reproducible.numpy_generator(self.seed, "batches", epoch)
        for batch in self.train.shuffled(self._batch_size, generator, begun.steps):
            changed = self._augment(batch[0], epoch, begun.steps)
            mixture = self._mix(len(batch[1][0]), epoch, begun.steps)
            begun.loss += self._step((changed, batch[1]), mixture).detach() * len(batch[1][0])
            if self.params.scheduler.name in STEP_SCHEDULERS:
                self._step_scheduler()
            begun.steps += 1
            if begun.steps < self._n_steps:  # after the last one comes validation
                self.state.offer(self._parts)
        return float(begun.loss) / self.train.n_rows

    def _mix(self, n_rows: int, epoch: int, step: int) -> Mixture | None:
        """How the examples of a batch are blended, where they are."""
        if self.params.mixup is None:
            return None
        generator = reproducible.numpy_generator(self.seed, "mixup", epoch, step)
        return draw_mixture(self.params.mixup, n_rows, generator, self._device)

    def _step(self, batch: Batch, mixture: Mixture | None) -> Tensor:
        """One optimizer step on one batch; its loss."""
        blocks, targets = batch

        def closure() -> Tensor:
            with self._precision():
                logits = self.network(blocks, mixture)
            loss = mixture.loss(self.objective, logits, targets) if mixture else self.objective(logits, targets)
            self._optimizer.zero_grad()
            loss.backward()
            if self.params.clip_grad_norm:
                nn.utils.clip_grad_norm_(self.network.parameters(), self.params.clip_grad_norm)
            return loss

        # A closure, because LBFGS asks for the loss more than once.
        return self._optimizer.step(closure)  # type: ignore[arg-type, return-value]

    @torch.no_grad()
    def _validate(self) -> Row:
        """Loss and each target's main metric on the validation examples."""
        self.network.eval()
        total, predicted = 0.0, []
        for blocks, targets in self.val.in_order():
            with self._precision():
                logits = self.network(blocks)
            total += float(self.objective(logits, targets)) * len(targets[0])
            answers = zip(self._answers, logits, strict=True)
            predicted.append([answer(part.float()).cpu().numpy() for answer, part in answers])
        row: Row = {"val_loss": total / self.val.n_rows}
        parts = zip(self._metrics, self._targets, self.val.truth, zip(*predicted, strict=True), strict=True)
        for name, target, truth, prediction in parts:
            row[f"val_{name}"] = task_of(target).main_metric(truth, np.concatenate(prediction), target["task"])
        return row

    def _precision(self) -> torch.autocast:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self.compute.precision == "bfloat16")

    def _step_scheduler_after_epoch(self, row: Row) -> None:
        if isinstance(self._scheduler, lr_scheduler.ReduceLROnPlateau):
            self._step_scheduler(row.get("val_loss", row["train_loss"]))
        elif self._scheduler and self.params.scheduler.name not in STEP_SCHEDULERS:
            self._step_scheduler()

    def _step_scheduler(self, *loss: float) -> None:
        with blamed_on(f"train.scheduler.{self.params.scheduler.name}"):
            self._scheduler.step(*loss)  # type: ignore[union-attr, arg-type]

    def _monitored_name(self) -> str:
        return "loss" if self.params.early_stopping.monitor == "loss" else self._metrics[0]

    def _monitored(self, row: Row) -> float:
        value, monitor = row[f"val_{self._monitored_name()}"], self.params.early_stopping.monitor
        return -value if monitor == "metric" and task_of(self._targets[0]).GREATER_IS_BETTER else value
