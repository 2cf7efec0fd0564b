"""A ladder of temperatures or biases: how often neighbours exchange, where the steps should be, who
has been where."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcinv

from operations.jobs.seeds import generator

FloatArray = NDArray[np.float64]

#: Distance of neighbours that always exchange, in units of that at which one in six does.
CLOSEST = 1e-3
#: Acceptance below which neighbours do not tell how far apart they are.
RAREST = 1e-9


def geometric(coldest: float, hottest: float, temperatures: int) -> FloatArray:
    """A ladder of equal ratios."""
    return np.geomspace(coldest, hottest, temperatures)


def exchanging(fields: FloatArray, values: FloatArray) -> FloatArray:
    """Probability of an exchange of neighbours, shape (K - 1,) or (n, K - 1).

    Parameters
    ----------
    fields : ndarray, shape (K,)
        States have the weights exp(-field value) in them: 1/kT where values are energies.
    values : ndarray, shape (K,) or (n, K)
        Of the whole system in each field.
    """
    exponent = np.diff(fields) * np.diff(values)
    return np.asarray(np.exp(np.minimum(exponent, 0.0)))


def exchanges(chances: FloatArray, turn: int, seed: int) -> list[int]:
    """Which neighbours exchange after a turn, the first of each pair: pairs of even and of odd
    numbers in turn, with the probabilities `chances`, shape (K - 1,)."""
    random = generator(seed, f"exchanges {turn}").random(len(chances) + 1)
    return [a for a in range(turn % 2, len(chances), 2) if random[a] < chances[a]]


def adapted(kT: FloatArray, energies: FloatArray) -> FloatArray:
    """The ladder between the same ends whose neighbours exchange equally often.

    Where energies are Gaussian the acceptance is erfc(x), x growing with the difference of the
    temperatures (D. A. Kofke, J. Chem. Phys. 117, 6911 (2002)): the steps are made equal in x.
    """
    acceptance = np.clip(exchanging(1.0 / kT, energies).mean(axis=0), RAREST, 1.0)
    distance = np.append(0.0, np.cumsum(np.maximum(erfcinv(acceptance), CLOSEST)))
    equal = np.linspace(0.0, distance[-1], len(kT))
    return np.asarray(np.exp(np.interp(equal, distance, np.log(kT))))


def round_trips(places: NDArray[np.integer]) -> int:
    """Ways from the coldest temperature to the hottest and back.

    Parameters
    ----------
    places : ndarray of int, shape (n, K)
        The replica at each temperature, at successive times.
    """
    each = range(places.shape[1])
    return sum(there_and_back(places[:, 0] == k, places[:, -1] == k) for k in each)


def from_coldest(places: NDArray[np.integer]) -> FloatArray:
    """At each temperature, of the replicas that have been at an end, the part that was at the
    coldest last; it falls in equal steps where replicas diffuse alike everywhere (H. G. Katzgraber,
    S. Trebst, D. A. Huse and M. Troyer, J. Stat. Mech. P03018 (2006)). NaN where none has been.

    Parameters
    ----------
    places : ndarray of int, shape (n, K)
        As of `round_trips`.
    """
    n, k = places.shape
    last = np.full(k, np.nan)  # of each replica: 1 from the coldest, 0 from the hottest
    found = np.empty((n, k))
    for now, place in enumerate(places):
        last[place[0]], last[place[-1]] = 1.0, 0.0
        found[now] = last[place]
    known = np.isfinite(found)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, found, 0.0).sum(axis=0) / known.sum(axis=0))


def there_and_back(here: NDArray[np.bool_], there: NDArray[np.bool_]) -> int:
    """Ways from one end to the other and back, of a series that says when it is at which."""
    ends = here[here | there]
    arrivals = ends[np.append(True, ends[1:] != ends[:-1])] if len(ends) else ends
    return max(int(arrivals.sum()) - 1, 0)
