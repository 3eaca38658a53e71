"""Skill: what one column alone says about a target, measured on examples that a small tree did not see."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from plumbline.findings.finding import Finding
from plumbline.wording import counted, quoted

if TYPE_CHECKING:
    import polars as pl

    from plumbline.examples import Column
    from plumbline.findings.codes import Codes

_FOLDS = 3
_ROWS, _CELLS = 5_000, 10_000_000  # examples looked at: at most, and over all columns together
_LEAST = 20  # examples below which a high skill is luck
_CLASSES = 50
_COARSE, _FINE = 50, 500  # leaves, at most
_STRONG = 0.5
_NEARLY_ALL = {False: 0.98, True: 0.96}  # of numbers, of classes: one row in a hundred may be mistaken
_EXCEPTIONS = 0.02


@dataclass(frozen=True)
class Subject:
    """A target at the chosen rows: ranks of numbers (n, 1), or ones for classes (n, k); labels of classes; folds."""

    name: str
    is_class: bool
    aim: npt.NDArray[np.float64]
    labels: tuple[str, ...]
    folds: tuple[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], ...]


def choose_rows(n_rows: int, n_columns: int) -> npt.NDArray[np.int64]:
    """Positions of the examples that skill is measured on, evenly spaced: 5,000, fewer where there are many columns."""
    n = min(n_rows, _ROWS, max(_LEAST, _CELLS // max(1, n_columns)))
    return np.arange(n) * n_rows // n


def make_subject(name: str, values: pl.Series, is_class: bool, rows: npt.NDArray[np.int64]) -> Subject:
    """A target (N,) at the chosen rows, with three folds drawn once for all columns."""
    import polars as pl
    from sklearn.model_selection import KFold

    chosen = values.gather(rows)
    labels: tuple[str, ...] = ()
    if is_class:
        texts = chosen.cast(pl.String)
        counts = texts.rename("label").value_counts(sort=False).sort(["count", "label"], descending=[True, False])
        labels = tuple(counts["label"].head(_CLASSES))  # the rest is a class of its own: a row without a one
        aim = np.stack([(texts == label).to_numpy() for label in labels], axis=1).astype(np.float64)
    else:
        aim = chosen.rank("average").to_numpy()[:, None]  # no far-off value decides, and no square overflows
    n_folds = min(_FOLDS, len(rows))
    folds = KFold(n_folds, shuffle=True, random_state=0).split(rows) if n_folds > 1 else ()
    return Subject(name, is_class, aim, labels, tuple(folds))


def measure(codes: Codes, subject: Subject) -> float:
    """Share of a constant guess's squared error that a tree on one column (n,) takes away, in [0, 1], cross-validated.

    For numbers the error is that of their ranks, for classes that of their probabilities (Brier, Monthly Weather Review
    78, 1950). A missing value is a value of its own.
    A tree of large leaves measures weak columns, one of small leaves strong ones.
    """
    if not subject.folds or codes.min() == codes.max():
        return 0.0
    skill = _cross_validate(codes, subject, _COARSE)
    if skill > _STRONG:
        skill = max(skill, _cross_validate(codes, subject, _FINE))
    return round(max(0.0, skill), 4)


def _cross_validate(codes: Codes, subject: Subject, n_leaves: int) -> float:
    import sklearn
    from sklearn.tree import DecisionTreeRegressor

    column, leaf = codes.astype(np.float32)[:, None], max(1, len(codes) // n_leaves)
    error = constant = 0.0
    with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
        for train, test in subject.folds:
            model = DecisionTreeRegressor(min_samples_leaf=leaf, random_state=0).fit(
                column[train], subject.aim[train], check_input=False
            )
            predicted = model.predict(column[test], check_input=False).reshape(subject.aim[test].shape)
            error += float(((predicted - subject.aim[test]) ** 2).sum())
            constant += float(((subject.aim[train].mean(axis=0) - subject.aim[test]) ** 2).sum())
    return 1 - error / constant if constant > 0 else 0.0


def tell(column: Column, skills: dict[str, float], subjects: list[Subject], n_features: int) -> Iterator[Finding]:
    """A finding for each target about which a column says nearly all; skills by the target's name."""
    name, remedy = column.name, "ingest.drop leaves it out"
    if column.role == "measure":
        remedy = f"see whether {quoted(column.of)} was made alike for all classes"
    for subject in subjects:
        if skills[subject.name] < _NEARLY_ALL[subject.is_class] or len(subject.aim) < _LEAST:
            continue
        share = math.floor(1000 * skills[subject.name]) / 10
        what = f"column {quoted(name)}: alone takes away {share:g} % of the error on {quoted(subject.name)}"
        if n_features <= 2:
            what += f"; fine in a table of {counted(n_features, 'feature')}, if it is known when predicting"
        else:
            what += "; it gives the target away if it is another word for it, or known only afterwards"
        yield Finding("leak", name, len(subject.aim), f"{what}; kept; {remedy}", "kept")


def tell_missing(name: str, codes: Codes, subjects: list[Subject]) -> Iterator[Finding]:
    """A finding for each target with a class in which alone a column (n,) is missing, or alone is not."""
    missing = codes == 0
    if min(missing.sum(), (~missing).sum()) < _LEAST:
        return
    for subject in subjects:
        found = _find_class(missing, subject) if subject.is_class else None
        if found is None:
            continue
        where = f"{'where' if found[1] else 'but where'} {quoted(subject.name)} is {quoted(found[0])}"
        what = (
            f"column {quoted(name)}: is missing {where}, and hardly elsewhere; it gives the target away if it is known "
            "only afterwards; kept; ingest.drop leaves it out"
        )
        yield Finding("missing tells", name, int(missing.sum()), what, "kept")


def _find_class(missing: npt.NDArray[np.bool_], subject: Subject) -> tuple[str, bool] | None:
    """The class that gaps (n,) go with, and whether they are in it or in all others; None where there is none."""
    sizes = subject.aim.sum(axis=0)
    wrong = missing.sum() + sizes - 2 * subject.aim[missing].sum(axis=0)  # if missing meant the class
    errors = np.minimum(wrong, len(missing) - wrong) / np.minimum(sizes, len(missing) - sizes)
    best = int(errors.argmin())
    if errors[best] > _EXCEPTIONS:
        return None
    return subject.labels[best], bool(wrong[best] * 2 < len(missing))
