"""Crystals from short molecular dynamics runs: thermal motion that is no independent noise.

Neighbours move together, and the more so the softer a potential and the closer its crystal to
melting: sound waves. The labels learn it from these and everything else from Gaussian noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.configuration import Configuration


@dataclass(frozen=True)
class Crystal:
    """A crystal at a temperature.

    Attributes
    ----------
    structure : str
        A name of `analysis.prototypes`.
    form : str
        Potential; its parameters are the defaults unless `parameters` says otherwise.
    number_density, kT : float
    parameters : tuple of (str, float)
    """

    structure: str
    form: str
    number_density: float
    kT: float
    parameters: tuple[tuple[str, float], ...] = ()


def _power(n: float, kT: float) -> Crystal:
    return Crystal("bcc", "inverse_power", 1.0, kT, (("n", n), ("r_cut", 3.5)))


def _yukawa(kappa: float, kT: float) -> Crystal:
    return Crystal("bcc", "yukawa", 1.0, kT, (("kappa", kappa), ("r_cut", 3.5)))


def _gaussian(density: float, kT: float) -> Crystal:
    return Crystal("bcc", "gaussian_core", density, kT, (("r_cut", 4.0),))


#: Soft bcc from cold to close to melting. fcc and hcp are recognised without; the labels are tested
#: with r^-6, which is not here.
TRAINING = (
    _power(5.0, 0.125),
    _power(5.0, 0.11),
    _power(5.0, 0.07),
    _power(7.0, 0.24),
    _power(7.0, 0.20),
    _power(7.0, 0.12),
    _yukawa(3.0, 0.0037),
    _yukawa(3.0, 0.0028),
    _yukawa(4.0, 0.0020),
    _gaussian(0.30, 0.0070),
    _gaussian(0.35, 0.0060),
    _gaussian(0.30, 0.0040),
)


def simulate(
    crystal: Crystal, n: int, steps: int, seed: int, frames: int = 1
) -> Iterator[Configuration]:
    """Configurations of a crystal, from the perfect one with twice the kinetic energy.

    Parameters
    ----------
    crystal : Crystal
    n : int
        Number of particles, about: whole cells in a box close to a cube.
    steps : int
        Time steps; a particle flies 0.004 in each.
    seed : int
    frames : int
        Configurations, `steps` / 2 apart.
    """
    from analysis.labelling.train_three_dimensional import perfect
    from operations.engines import Integration, Segment, choose
    from operations.interactions.start import thermal_velocities
    from operations.training.reference_runs import configurations, points

    random = np.random.default_rng(seed)
    start = perfect(crystal.structure, n)
    scale = (start.number_density / crystal.number_density) ** (1 / 3)
    start.positions *= scale
    start.box[:3] *= scale
    start.velocities = thermal_velocities(start.n_particles, 3, 2.0 * crystal.kT, random)
    time = 1.0 / np.sqrt(crystal.kT)
    run = Integration("nvt", float(0.004 * time), "langevin", float(0.5 * time))
    model = points(crystal.form, crystal.parameters)
    engine = choose("lammps", model, run)(model, run, seed)
    apart = max(steps // 2, 1)
    last = steps + (frames - 1) * apart
    segment = Segment(0, last, (crystal.kT, crystal.kT))
    yield from configurations(engine, engine.begin(start), segment, steps, apart)
