"""Pair forces of HOOMD-blue: its own class where it has the form, else a table.

A class is used where it was not slower than the table on a CPU (docs/validation.md); Mie and
oscillating potentials are faster as tables. Neither tables' range nor their interpolation then
matters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from operations.interactions.pair_functions import PairFunction

if TYPE_CHECKING:
    import numpy as np

Pairs = Mapping[tuple[int, int], PairFunction]
Table = tuple[float, "np.ndarray", "np.ndarray"]

#: Class in `hoomd.md.pair` and its parameters from ours, by form.
NATIVE: dict[str, tuple[str, Callable[[Mapping[str, float]], dict[str, float]]]] = {
    "lennard_jones": ("LJ", lambda p: {"epsilon": p["epsilon"], "sigma": p["sigma"]}),
    "wca": ("LJ", lambda p: {"epsilon": p["epsilon"], "sigma": p["sigma"]}),
    "lennard_jones_gauss": (
        "LJGauss",
        lambda p: {"epsilon": p["epsilon"], "sigma": p["sigma2"] ** 0.5, "r0": p["r0"]},
    ),
    "gaussian_core": (
        "Gaussian",
        lambda p: {"epsilon": p["epsilon"], "sigma": p["sigma"] / 2**0.5},
    ),
    "morse": ("Morse", lambda p: {"D0": p["epsilon"], "alpha": p["alpha"], "r0": p["r0"]}),
    "yukawa": ("Yukawa", lambda p: {"epsilon": p["epsilon"], "kappa": p["kappa"]}),
}

#: Parameters of these classes that are a factor of the energy.
_ENERGIES = ("epsilon", "D0")

#: HOOMD-blue's word for a truncation; it has none for force_shift.
_MODES = {"cut": "none", "shift": "shift", "xplor": "xplor"}


def tables(pairs: Pairs) -> dict[tuple[int, int], Table]:
    """Tables of the pairs; none where a class of HOOMD-blue serves."""
    return (
        {} if not pairs or _native(pairs) else {pair: f.hoomd_table() for pair, f in pairs.items()}
    )


def pair_force(
    pairs: Pairs,
    tabulated: Mapping[tuple[int, int], Table],
    type_names: Sequence[str],
    neighbours: Any,
    scale: float = 1.0,
) -> Any:
    """The force between all pairs of types.

    Parameters
    ----------
    pairs : dict of (int, int) to PairFunction
    tabulated : dict
        What `tables` gives of them.
    type_names : sequence of str
    neighbours : hoomd.md.nlist.NeighborList
    scale : float
        Factor of all energies.
    """
    import hoomd

    native = _native(pairs)
    if native is None:
        force = hoomd.md.pair.Table(nlist=neighbours)
    else:
        form, mode = native
        kind, parameters = NATIVE[form]
        force = getattr(hoomd.md.pair, kind)(nlist=neighbours, mode=mode)
    for (i, j), function in pairs.items():
        pair = (type_names[i], type_names[j])
        force.r_cut[pair] = function.r_cut
        if native is None:
            r_min, energy, strength = tabulated[i, j]
            force.params[pair] = {
                "r_min": r_min,
                "U": scale * energy,
                "F": scale * strength,
            }
            continue
        force.params[pair] = {
            name: scale * value if name in _ENERGIES else value
            for name, value in parameters(function.parameters).items()
        }
        if mode == "xplor":
            force.r_on[pair] = function.potential.r_on
    return force


def _native(pairs: Pairs) -> tuple[str, str] | None:
    """Form and mode that all pairs share and HOOMD-blue has; None if there is none."""
    potentials = [function.potential for function in pairs.values()]
    kinds = {
        # The Weeks-Chandler-Andersen potential is cut at its minimum and shifted.
        (p.form, "shift" if p.form == "wca" else _MODES.get(p.truncation, ""))
        for p in potentials
    }
    (form, mode), *others = kinds
    return (form, mode) if not others and mode and form in NATIVE else None
