"""Calculations that more than one chapter needs. Each says where its method comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.stats.inter_rater import cohens_kappa


def yearly(dates: pd.Series, first: int, last: int) -> pd.Series:
    """Count dates by calendar year, from ``first`` to ``last`` inclusive; years without any count 0."""
    return dates.dt.year.value_counts().reindex(range(first, last + 1), fill_value=0).rename_axis("year")


def days_to_next(onsets: pd.Series, meetings: pd.Series) -> pd.Series:
    """Return, for each onset, the days until the first meeting on that day or later; missing where none followed.

    Both are ``datetime64``; the result is ``Int64`` in days, in the order of ``onsets``.
    """
    ordered = meetings.sort_values().to_numpy()
    position = np.searchsorted(ordered, onsets.to_numpy(), side="left")
    found = position < len(ordered)
    days = pd.array([pd.NA] * len(onsets), dtype="Int64")
    gaps = ordered[position[found]] - onsets.to_numpy()[found]
    days[found] = gaps.astype("timedelta64[D]").astype(int)
    return pd.Series(days, index=onsets.index, name="days")


@dataclass(frozen=True)
class Agreement:
    """Agreement of two codings: ``kappa`` with its 95% interval ``low`` to ``high``, share equal, number of items."""

    kappa: float
    low: float
    high: float
    equal: float
    items: int


def agreement(first: pd.Series, second: pd.Series, categories: list[int]) -> Agreement:
    """Return Cohen's kappa with linear weights for two codings on an ordered scale.

    ``categories`` is the whole scale, so that a value that nobody used still counts as a step. Items that lack a
    coding are left out. Method: Cohen (1968), "Weighted kappa", Psychological Bulletin 70; interval from the
    asymptotic variance of Fleiss, Cohen and Everitt (1969), as statsmodels computes it.

    Raises ``ValueError`` if no item has both codings.
    """
    both = pd.DataFrame({"first": first, "second": second}).dropna().astype(int)
    if both.empty:
        raise ValueError("no item has both codings, so there is no agreement to measure")
    counts = pd.crosstab(
        pd.Categorical(both["first"], categories), pd.Categorical(both["second"], categories), dropna=False
    )
    result = cohens_kappa(counts.to_numpy(), wt="linear")
    equal = float((both["first"] == both["second"]).mean())
    return Agreement(float(result.kappa), float(result.kappa_low), float(result.kappa_upp), equal, len(both))


def settled(first: pd.Series, second: pd.Series) -> pd.Series:
    """Return the direction that two codings settle on: their value where they agree, else the one nearer zero.

    Opposite values of equal size settle on 0. A direction coded once keeps that value.
    """
    second = second.fillna(first)
    nearer = first.where(first.abs() <= second.abs(), second)
    return nearer.mask(first == -second, 0).where(first != second, first)


def permutation_p(observed: float, drawn: np.ndarray) -> float:
    """Return the one-sided p-value of a permutation test: the share of draws at least as large as ``observed``.

    The observed value counts as one draw, which keeps the p-value from being zero (Phipson and Smyth 2010,
    "Permutation P-values should never be zero").
    """
    return float((1 + np.count_nonzero(drawn >= observed)) / (1 + len(drawn)))
