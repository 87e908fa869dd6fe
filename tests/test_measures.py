"""Measures against values worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from founding_act import measures, prose


def days(*texts):
    return pd.Series(pd.to_datetime(list(texts)))


def test_days_to_next():
    wait = measures.days_to_next(days("2000-01-01", "2000-01-10", "2000-03-01"), days("2000-01-31", "2000-01-10"))
    assert wait.tolist()[:2] == [9, 0] and wait.isna().tolist() == [False, False, True]


def test_yearly_keeps_empty_years():
    assert measures.yearly(days("1997-05-01", "1999-01-01", "1999-12-31"), 1997, 1999).tolist() == [1, 0, 2]


def test_agreement_by_hand():
    # Observed disagreement 1/4, expected 3/8 (with linear weights on a scale of two): kappa = 1 - 2/4 = 0.5.
    result = measures.agreement(pd.Series([0, 0, 1, 1]), pd.Series([0, 0, 1, 0]), [0, 1])
    assert result.kappa == pytest.approx(0.5) and result.equal == 0.75 and result.items == 4


def test_agreement_needs_two_codings():
    with pytest.raises(ValueError, match="no item"):
        measures.agreement(pd.Series([1, 2]), pd.Series([pd.NA, pd.NA], dtype="Int64"), [1, 2])


def test_settled():
    first = pd.Series([2, -2, 1, -1, 2], dtype="Int64")
    second = pd.Series([1, 0, 1, 1, pd.NA], dtype="Int64")
    assert measures.settled(first, second).tolist() == [1, 0, 1, 0, 2]


def test_permutation_p():
    assert measures.permutation_p(3, np.array([1, 2, 3])) == 0.5


def test_words():
    date = pd.Timestamp("1997-05-27")
    assert [prose.day(date, p) for p in ("day", "month", "year")] == ["27 May 1997", "May 1997", "1997"]
    assert prose.listing(["a", "b", "c"]) == "a, b and c" and prose.percent(0.256) == "26%"


@pytest.mark.parametrize("value", ["", "nan", 0.5, None])
def test_no_hole_in_a_sentence(value):
    with pytest.raises(ValueError, match="sentence"):
        prose.say(name=value)
