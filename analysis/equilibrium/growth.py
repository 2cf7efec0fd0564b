"""Where a crystal neither grows nor melts, from how fast it does at some pressures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

FloatArray = NDArray[np.float64]

#: Part of crystal between which both surfaces of a slab are far apart.
LEAST, MOST = 0.1, 0.9
#: Stretches whose means say how the part walks, and how much of a phase alone may change meanwhile.
STRETCHES, TURNED = 6, 0.3
#: Root mean squares of their fluctuations by which two phases differ at least: with hundreds of
#: particles it is 7 and more.
APART = 3.0
#: Samples that a rate needs, and over which the part is averaged to look whether both are there.
ENOUGH, SMOOTH = 20, 10
#: Pressures that a zero needs, and the degree of polynomials in more than these.
FEWEST, DEGREE = 3, 2
#: Repetitions with another noise, the part of them that must have a zero for an error, and that
#: error at most, as a part of the range: a zero that may be anywhere has 0.29.
SAMPLES, KNOWN, WIDEST = 200, 0.98, 0.2
#: How far beyond its ends, in units of the range, zeros of repetitions count: without them the
#: error of one near an end would be too small.
BEYOND = 0.5


def parts(slab: FloatArray, fluid: FloatArray, crystal: FloatArray) -> FloatArray:
    """How much of a slab is crystal, shape (n,).

    Of all linear functions of the quantities the one whose noise in the two phases is the smallest
    beside their difference (R. A. Fisher, Ann. Eugen. 7, 179 (1936)).

    Parameters
    ----------
    slab, fluid, crystal : ndarray, shape (n, quantities)
        Per particle, such as energy and volume.
    """
    difference, weights = _discriminant(fluid, crystal)
    return np.asarray((slab - fluid.mean(axis=0)) @ weights / (difference @ weights))


def apart(fluid: FloatArray, crystal: FloatArray) -> bool:
    """Whether two phases alone differ by more than their fluctuations; else they are one.

    Parameters
    ----------
    fluid, crystal : ndarray, shape (n, quantities)
        As for `parts`.
    """
    difference, weights = _discriminant(fluid, crystal)
    return bool(difference @ weights > APART**2)


def _discriminant(fluid: FloatArray, crystal: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Difference of the means, and weights of the quantities with the least noise beside it."""
    difference = crystal.mean(axis=0) - fluid.mean(axis=0)
    noise = np.atleast_2d(np.cov(fluid.T) + np.cov(crystal.T))
    return difference, np.asarray(np.linalg.solve(noise, difference))


def lasts(phase: FloatArray, other: FloatArray) -> bool:
    """Whether a phase alone stays what it is: its last part is not on the way to the other one.

    Parameters
    ----------
    phase, other : ndarray, shape (n, quantities)
        As for `parts`.
    """
    first, *_, last = np.array_split(phase, STRETCHES)
    return bool(abs(parts(last, first, other).mean()) < TURNED)


def rate(time: FloatArray, part: FloatArray) -> tuple[float, float]:
    """How fast the part of crystal grows while there are two phases, and its error; NaN where one
    of them is gone before anything can be said.

    The slope of a straight line. Its error is that of a random walk, by the steps between the means
    of a few stretches: √(3/2) times that of their mean. Where the part fluctuates more than it
    walks, it is up to three times too large.

    Parameters
    ----------
    time, part : ndarray, shape (n,)
    """
    both = two_phases(part)
    end = len(part) if both.all() else int(np.argmin(both))
    if end < ENOUGH:
        return float("nan"), float("nan")
    slope = float(np.polyfit(time[:end], part[:end], 1)[0])
    means = [stretch.mean() for stretch in np.array_split(part[:end], STRETCHES)]
    duration = (time[end - 1] - time[0]) / STRETCHES
    error = np.sqrt(1.5 / (STRETCHES - 1)) * np.std(np.diff(means), ddof=1) / duration
    return slope, float(error)


def two_phases(part: FloatArray, smooth: int = SMOOTH) -> NDArray[np.bool_]:
    """Of each sample whether both phases are there, by the part of crystal, shape (n,), averaged
    over so many samples."""
    mean = uniform_filter1d(part, max(smooth, 1))
    return np.asarray((mean >= LEAST) & (mean <= MOST))


@dataclass(frozen=True)
class Zero:
    """Where growth changes its sign, and what two phases have there.

    Attributes
    ----------
    pressure : tuple of float
        With its error, NaN where that cannot be said.
    densities : tuple of (float, float)
        Of fluid and crystal, each with its error.
    coefficients : ndarray, shape (2,) or (3,)
        Of the velocity as a polynomial in the pressure, as `numpy.polyval` has them.
    """

    pressure: tuple[float, float]
    densities: tuple[tuple[float, float], tuple[float, float]]
    coefficients: FloatArray

    @classmethod
    def of(
        cls, pressures: FloatArray, velocities: FloatArray, densities: FloatArray, seed: int
    ) -> Zero:
        """By parabolas through velocities and densities against the pressure; the error is that of
        repetitions with other noise.

        Parameters
        ----------
        pressures : ndarray, shape (n,)
        velocities : ndarray, shape (n, 2)
            Each with its error, NaN where it is not known. Five steps say little of one error: all
            have the root of their mean square.
        densities : ndarray, shape (2, n, 2)
            Of fluid and crystal, each with its error.
        seed : int

        Raises
        ------
        ValueError
            Where the crystal grows, or melts, at all pressures, the denser phase does not grow
            faster the higher the pressure, or too few velocities are known.
        """
        is_known = np.isfinite(velocities[:, 0])
        if is_known.sum() < FEWEST:
            raise ValueError(
                f"two phases last at {is_known.sum()} pressures of {len(pressures)}; expected"
                f" {FEWEST} at least: low and high nearer to coexistence, or more particles"
            )
        pressures, velocities = pressures[is_known], velocities[is_known]
        densities = densities[:, is_known]
        random = np.random.default_rng(seed)
        error = np.sqrt(np.mean(velocities[:, 1] ** 2))
        value, coefficients = _zero(pressures, velocities[:, 0], densities[..., 0])
        repeated = []
        for _ in range(SAMPLES):
            noisy = velocities[:, 0] + error * random.normal(size=len(pressures))
            others = densities[..., 0] + densities[..., 1] * random.normal(size=densities.shape[:2])
            try:
                repeated.append(_zero(pressures, noisy, others, BEYOND)[0])
            except ValueError:
                continue
        errors = np.full(3, np.nan)
        if len(repeated) >= KNOWN * SAMPLES:
            spread = np.std(repeated, axis=0)
            if spread[0] < WIDEST * (pressures[-1] - pressures[0]):
                errors = spread
        pressure, *two = zip(value.tolist(), errors.tolist(), strict=True)
        return cls(pressure, (two[0], two[1]), coefficients)


def _zero(
    pressures: FloatArray, velocities: FloatArray, densities: FloatArray, beyond: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Pressure of the zero, which may be `beyond` the range, and both densities there, and the
    coefficients of the velocity."""
    degree = DEGREE if len(pressures) > FEWEST else 1
    coefficients = np.polyfit(pressures, velocities, degree)
    roots = np.roots(coefficients)
    roots = roots[np.isreal(roots)].real
    reach = beyond * (pressures[-1] - pressures[0])
    roots = roots[(roots >= pressures[0] - reach) & (roots <= pressures[-1] + reach)]
    if len(roots) == 0:
        word = "grows" if velocities.mean() > 0.0 else "melts"
        raise ValueError(
            f"the crystal {word} at all pressures from {pressures[0]:g} to {pressures[-1]:g};"
            " expected a low and a high between which that changes"
        )
    polynomials = [np.polyfit(pressures, each, degree) for each in densities]
    fluid, crystal = (np.polyval(each, roots) for each in polynomials)
    # ∂Δμ/∂P is the difference of the volumes: a zero of another slope has been made by noise
    right = roots[np.polyval(np.polyder(coefficients), roots) * (crystal - fluid) > 0.0]
    if len(right) == 0:
        at, word = roots[0], "grows more slowly" if crystal[0] > fluid[0] else "grows faster"
        raise ValueError(
            f"at {at:.4g}, where its surfaces rest, the crystal {word} the higher the pressure,"
            f" with a density of {crystal[0]:.4g} beside {fluid[0]:.4g} of the fluid: that is no"
            " coexistence; expected more steps, or a low and a high nearer to it"
        )
    there = [np.polyval(each, right[0]) for each in polynomials]
    return np.array([right[0], *there]), np.asarray(coefficients)
