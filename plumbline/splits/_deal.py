"""Deal whole groups to train, val and test, so that the ratios are met as well as the groups allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumbline.params import Ratios

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

_DEALS, _GROUPS = 20, 20_000  # how often few groups are dealt anew, and how many groups that may be in all


def deal_groups(
    counts: npt.NDArray[np.int64], ratios: Ratios, generator: np.random.Generator, only_train: Flags | None = None
) -> npt.NDArray[np.int8]:
    """A split's index in (train, val, test) for each group, (G,) int8.

    `counts` (G, C) are each group's rows in each of C strata. As in scikit-learn's StratifiedGroupKFold large and
    lopsided groups come first and each goes where it fits best; here that is where the sum of (rows - goal)² / goal
    over the strata and over all rows rises least. For one stratum this is the apportionment of Sainte-Laguë (1910),
    which favours neither large nor small splits. Groups of like weight come in random order; of up to 20 such deals
    the best is kept. Groups of `only_train` (G,) go to train.
    """
    import numpy as np

    parts = np.concatenate([counts, counts.sum(axis=1, keepdims=True)], axis=1).astype(np.float64)
    shares = np.array([ratios.train, ratios.val, ratios.test])
    wanted = np.flatnonzero(shares > 0)
    goals = shares[wanted][:, None] * parts.sum(axis=0)  # (S, C + 1)
    forced = np.zeros(len(counts), dtype=bool) if only_train is None else only_train
    n_deals = max(1, min(_DEALS, _GROUPS // len(counts)))
    deals = [_deal(parts, goals, forced, generator) for _ in range(n_deals)]
    places = min(deals, key=lambda deal: deal[1])[0]
    return wanted[places].astype(np.int8)


def _deal(
    parts: Floats, goals: Floats, forced: Flags, generator: np.random.Generator
) -> tuple[npt.NDArray[np.int64], float]:
    """The place (G,) of each group in the splits, and how far the whole is from its goals."""
    import numpy as np

    dealt, places = np.zeros_like(goals), np.empty(len(parts), dtype=np.int64)
    for n_dealt, group in enumerate(_order((parts**2 / parts.sum(axis=0)).sum(axis=1), forced, generator)):
        part, is_empty = parts[group], dealt[:, -1] == 0
        rise = (part * (2 * (dealt - goals) + part) / goals).sum(axis=1)
        if is_empty.sum() >= len(parts) - n_dealt:  # as many groups are left as splits without any
            rise[~is_empty] = np.inf
        places[group] = 0 if forced[group] and np.isfinite(rise[0]) else int(np.argmin(rise))
        dealt[places[group]] += part
    return places, float(((dealt - goals) ** 2 / goals).sum())


def _order(weights: Floats, forced: Flags, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """Groups that must go to train, then the others by falling powers of two of their weight, else at random."""
    import numpy as np

    shuffled = generator.permutation(len(weights))
    magnitude = np.frexp(weights[shuffled])[1]
    return shuffled[np.lexsort((-magnitude, ~forced[shuffled]))]
