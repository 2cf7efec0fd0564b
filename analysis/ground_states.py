"""What assembled against the predicted ground state: energies compared like with like.

Energies are those of minima (inherent structures), never thermal ones. At given pressure the
ground state has the lowest enthalpy; at given density it lies on the common tangent of the
predicted structures, with vacuum as a phase of no energy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.descriptors.orientational_order import LIQUID_CRYSTALS

#: Verdicts.
STABLE_ASSEMBLED = "stable_assembled"
STABLE_NOT_ASSEMBLED = "stable_not_assembled"
METASTABLE_ASSEMBLED = "metastable_assembled"
UNDECIDED = "undecided"
VERDICTS = (STABLE_ASSEMBLED, METASTABLE_ASSEMBLED, STABLE_NOT_ASSEMBLED, UNDECIDED)

QUASICRYSTALS = ("decagonal", "dodecagonal")
DISORDERED = ("fluid", *LIQUID_CRYSTALS)
UNKNOWN = "unknown"

#: What defects, grain boundaries and surfaces of an assembled structure may cost, in units of the
#: energy of the ground state: within it, energies decide nothing.
DEFECTS = 0.01

#: Entropy by which a quasicrystal may be more stable than its approximants, in k_B per particle.
#: Random tilings have less; the rest is left to the phonons.
QUASICRYSTAL_ENTROPY = 1.0
#: That of random tilings alone, per vertex, of which no structure here has more than particles:
#: 0.4810(5) of rhombi with tenfold symmetry (L. J. Shaw and C. L. Henley, J. Phys. A 24, 4129
#: (1991)), 0.12 of squares and triangles (M. Widom, Phys. Rev. Lett. 70, 2094 (1993)).
TILING_ENTROPY = {"decagonal": 0.481, "dodecagonal": 0.12}

#: Two phases with one label are one if their lattice constants agree to this.
SAME_LATTICE_CONSTANT = 0.06


@dataclass(frozen=True)
class Structure:
    """A minimum of the energy.

    Attributes
    ----------
    energy, volume : float
        Per particle.
    label : str
        "" where it is not known.
    lattice_constant : float or None
        Of the phase that the label names.
    """

    energy: float
    volume: float
    label: str = ""
    lattice_constant: float | None = None

    def enthalpy(self, pressure: float) -> float:
        """Per particle."""
        return self.energy + pressure * self.volume


@dataclass(frozen=True)
class GroundState:
    """The lowest that has been predicted.

    Attributes
    ----------
    value : float
        Enthalpy per particle at given pressure, energy per particle at given density.
    phases : tuple of Structure
        One, or two that coexist.
    """

    value: float
    phases: tuple[Structure, ...]

    @property
    def label(self) -> str:
        """Labels of the phases, joined by " + "."""
        return " + ".join(dict.fromkeys(phase.label or UNKNOWN for phase in self.phases))


def at_pressure(predicted: Sequence[Structure], pressure: float) -> GroundState | None:
    """The structure with the lowest enthalpy; None of none."""
    if not predicted:
        return None
    best = min(predicted, key=lambda structure: structure.enthalpy(pressure))
    return GroundState(best.enthalpy(pressure), (best,))


def at_density(predicted: Sequence[Structure], number_density: float) -> GroundState | None:
    """The common tangent of the predicted structures at a density.

    None where it is denser than all of them: nothing is known there. More dilute than the
    structure of lowest energy, that one coexists with vacuum.

    Notes
    -----
    Between the densities of two structures the tangent is an upper bound of the energy: a
    structure predicted at a pressure in between may lie below it.
    """
    hull: list[Structure] = []
    for point in sorted(predicted, key=lambda s: (s.volume, s.energy)):
        if hull and (point.energy >= hull[-1].energy or point.volume == hull[-1].volume):
            continue  # at pressures above zero the energy falls with the volume
        while len(hull) > 1 and _slope(hull[-2], point) <= _slope(hull[-2], hull[-1]):
            hull.pop()
        hull.append(point)
    volume = 1.0 / number_density
    if not hull or volume < hull[0].volume * (1.0 - 1e-6):
        return None
    if volume >= hull[-1].volume:
        return GroundState(hull[-1].energy, (hull[-1],))
    right = next(k for k in range(1, len(hull)) if hull[k].volume > volume)
    dense, dilute = hull[right - 1], hull[right]
    energy = dense.energy + _slope(dense, dilute) * (volume - dense.volume)
    if abs(volume - dense.volume) < 1e-6 * volume:
        return GroundState(energy, (dense,))
    return GroundState(energy, (dense, dilute))


def _slope(dense: Structure, dilute: Structure) -> float:
    return (dilute.energy - dense.energy) / (dilute.volume - dense.volume)


#: A label less sure than this says nothing about what has assembled.
LEAST_CONFIDENCE = 0.5


def verdict(
    assembled: Structure,
    above: float,
    ground: GroundState | None,
    kT: float,
    confidence: float = 1.0,
) -> str:
    """One of `VERDICTS` on an assembled structure.

    Parameters
    ----------
    assembled : Structure
        The inherent structure of what assembled, with the label of what assembled.
    above : float
        Its energy (or enthalpy) per particle above the ground state, quenched.
    ground : GroundState or None
    kT : float
        Where it assembled; nan where that is not known.
    confidence : float
        Of the label of what assembled.

    Notes
    -----
    - what lies below the predicted ground state: undecided, the search has missed it;
    - what has a label less sure than `LEAST_CONFIDENCE`: undecided;
    - a quasicrystal: undecided unless it lies above the ground state by more than kT times
      `QUASICRYSTAL_ENTROPY`, then metastable, whatever the labels of its approximants;
    - the phase of the ground state: stable and assembled;
    - a fluid: the ground state is stable and has not assembled; so too an unknown structure
      whose energy is above that of defects;
    - another phase with an energy above that of defects: metastable;
    - anything else: undecided.
    """
    if ground is None or not assembled.label or above != above:
        return UNDECIDED
    defects = DEFECTS * max(abs(phase.energy) for phase in ground.phases)
    if above < -0.1 * defects or confidence < LEAST_CONFIDENCE:
        return UNDECIDED
    if assembled.label in QUASICRYSTALS:
        entropy = kT * QUASICRYSTAL_ENTROPY
        return METASTABLE_ASSEMBLED if above > entropy + defects else UNDECIDED
    if any(_same_phase(assembled, phase) for phase in ground.phases):
        return STABLE_ASSEMBLED
    if above <= defects:
        return UNDECIDED
    if assembled.label in (*DISORDERED, UNKNOWN):
        return STABLE_NOT_ASSEMBLED
    return METASTABLE_ASSEMBLED


def _same_phase(one: Structure, other: Structure) -> bool:
    if one.label != other.label or one.label == UNKNOWN:
        return False
    a, b = one.lattice_constant, other.lattice_constant
    return a is None or b is None or abs(a - b) <= SAME_LATTICE_CONSTANT * max(a, b)
