"""Deal whole groups to train, val and test, so that the ratios are met as well as the groups allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumbline.params import Ratios

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def deal_groups(
    counts: npt.NDArray[np.int64],
    ratios: Ratios,
    generator: np.random.Generator,
    only_train: npt.NDArray[np.bool_] | None = None,
) -> npt.NDArray[np.int8]:
    """A split's index in (train, val, test) for each group, (G,) int8.

    `counts` (G, C) are each group's rows in each of C strata. As in scikit-learn's StratifiedGroupKFold large groups
    come first and each goes where it fits best; here that is where the sum of (rows - goal)² / goal over the strata
    and over all rows rises least. For one stratum this is the apportionment of Sainte-Laguë (1910), which favours
    neither large nor small splits. Groups of like size come in random order. `only_train` (G,) go to train.
    """
    import numpy as np

    sizes = counts.sum(axis=1, keepdims=True)
    parts = np.concatenate([counts, sizes], axis=1).astype(np.float64)
    shares = np.array([ratios.train, ratios.val, ratios.test])
    wanted = np.flatnonzero(shares > 0)
    goals = shares[wanted][:, None] * parts.sum(axis=0)  # (S, C + 1)
    dealt, labels = np.zeros_like(goals), np.empty(len(counts), dtype=np.int8)
    forced = np.zeros(len(counts), dtype=bool) if only_train is None else only_train
    for n_dealt, group in enumerate(_order(sizes[:, 0], forced, generator)):
        part, is_empty = parts[group], dealt[:, -1] == 0
        rise = (part * (2 * (dealt - goals) + part) / goals).sum(axis=1)
        if is_empty.sum() >= len(counts) - n_dealt:  # as many groups are left as splits without any
            rise[~is_empty] = np.inf
        place = 0 if forced[group] and np.isfinite(rise[0]) else int(np.argmin(rise))
        dealt[place] += part
        labels[group] = wanted[place]
    return labels


def _order(
    sizes: npt.NDArray[np.int64], forced: npt.NDArray[np.bool_], generator: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Groups that must go to train, then the others by falling powers of two of their size, else at random."""
    import numpy as np

    shuffled = generator.permutation(len(sizes))
    magnitude = np.frexp(sizes[shuffled].astype(np.float64))[1]
    return shuffled[np.lexsort((-magnitude, ~forced[shuffled]))]
