from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from logdoc.model import Series
from logdoc.signals import distinct, quantile
from logdoc.signals.profile import distinct_of, middle, pairs, profile, profile_together
from logdoc.signals.remembering import forget, once_per_series
from logdoc.signals.transforms import debiased_mean

ANY = st.floats(allow_nan=True, allow_infinity=True)
FINITE = st.floats(-1e300, 1e300)


def bits(values: object) -> bytes:
    return np.asarray(values, dtype=np.float64).tobytes()


@settings(deadline=None)
@given(arrays.arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 150)), elements=ANY))
@example(np.array([[-5e-324, 0.0]]))
@example(np.array([[-0.0, -0.0]]))
@example(np.array([[-0.0]]))
def test_the_median_is_that_of_numpy_to_the_last_bit(values: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        wanted, found = np.median(values, axis=-1), middle(values)

    known = ~np.isnan(wanted)
    assert np.array_equal(known, ~np.isnan(found))
    assert bits(wanted[known]) == bits(found[known])


@settings(deadline=None)
@given(arrays.arrays(np.float64, st.integers(1, 80), elements=FINITE), st.floats(0.0, 1.0))
def test_a_quantile_is_that_of_numpy_to_the_last_bit(values: np.ndarray, q: float) -> None:
    with np.errstate(all="ignore"):
        assert bits(quantile(Series("a", np.arange(values.size), values), q)) == bits(np.quantile(values, q))


@settings(deadline=None)
@given(arrays.arrays(np.float64, st.integers(0, 60), elements=st.sampled_from([0.0, -0.0, 1.0, 1.5, -3.0, 1e300])))
def test_different_values_are_those_of_numpy(values: np.ndarray) -> None:
    assert np.array_equal(distinct_of(values), np.unique(values))
    assert distinct(Series("a", np.arange(values.size), values)) == np.unique(values).size


@settings(deadline=None)
@given(arrays.arrays(np.float64, st.integers(1, 200), elements=st.floats(-1e250, 1e250)), st.floats(0.01, 0.999))
def test_the_exponential_mean_is_the_filter_of_scipy_to_the_last_bit(values: np.ndarray, weight: float) -> None:
    from scipy.signal import lfilter

    debias = 1.0 - np.power(weight, np.arange(1, values.size + 1))

    assert bits(debiased_mean(values, weight)) == bits(lfilter([1.0 - weight], [1.0, -weight], values) / debias)


@pytest.mark.parametrize("points", [41, 120, 999])
def test_profiles_computed_together_are_those_computed_one_by_one(points: int) -> None:
    rng = np.random.default_rng(points)
    values = rng.normal(size=(7, points)) * 10.0 ** rng.uniform(-5, 5, size=(7, 1))
    values[2, 5], values[3] = np.nan, 1.0
    steps = [np.arange(points) * (i // 3 + 1) for i in range(7)]
    one_by_one, together = ([Series("a", s, v) for s, v in zip(steps, values, strict=True)] for _ in range(2))

    profile_together(together)

    for a, b in zip(one_by_one, together, strict=True):
        mine, other = profile(a), profile(b)
        for name in ("steps", "values", "levels", "places", "error", "memory"):
            assert np.asarray(getattr(mine, name)).tobytes() == np.asarray(getattr(other, name)).tobytes(), name


def test_what_is_computed_on_a_series_goes_with_it() -> None:
    computed: list[int] = []
    once = once_per_series(lambda s: computed.append(1) or len(s))
    series = Series("a", np.arange(5), np.arange(5.0))

    assert (once(series), once(series), len(computed)) == (5, 5, 1)
    forget()
    assert (once(series), len(computed)) == (5, 2)
    kept = once.__closure__[1].cell_contents if once.__closure__ else {}
    del series
    gc.collect()
    assert len(kept) == 0


def test_pairs_of_places_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        pairs(5)[0][0] = 9
