"""Quantities that state points do not say and that follow from them: compositions, densities.

They stand in `axes` as keys of the state point do: `system.n_particles`, `system.composition.B`
(the fraction x_B of all particles), `system.ratio.B-A` (N_B / N_A) and, of hard bodies at a given
density, `system.packing_fraction`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

TOTAL, COMPOSITION, RATIO = "system.n_particles", "system.composition.", "system.ratio."
PACKING_FRACTION = "system.packing_fraction"


def particles(statepoint: Mapping[str, Any]) -> dict[str, int]:
    """Numbers of particles by type; empty where files bring the particles."""
    system = statepoint.get("system")
    found = system.get("particles") if isinstance(system, Mapping) else None
    if not isinstance(found, Mapping):
        return {}
    return {str(k): v for k, v in found.items() if isinstance(v, int) and v > 0}


def derived(statepoint: Mapping[str, Any], path: str) -> float | None:
    """The quantity of a path; None where it is none of these, or has no meaning for the job."""
    if not path.startswith("system."):
        return None
    counts = particles(statepoint)
    total = sum(counts.values())
    if path == TOTAL:
        return total or None
    if path.startswith(COMPOSITION):
        name = path.removeprefix(COMPOSITION)
        return counts[name] / total if name in counts else None
    if path.startswith(RATIO):
        one, _, other = path.removeprefix(RATIO).partition("-")
        return counts[one] / counts[other] if one in counts and other in counts else None
    return _packing_fraction(statepoint, counts) if path == PACKING_FRACTION else None


def _packing_fraction(statepoint: Mapping[str, Any], counts: Mapping[str, int]) -> float | None:
    from workspace_schema.building_blocks.packing import volume
    from workspace_schema.system import System

    method, density = statepoint.get("method"), None
    if isinstance(method, Mapping) and method.get("ensemble") != "npt":
        density = method.get("number_density")
    if not isinstance(density, int | float) or not counts:
        return None
    try:
        system = System.model_validate(statepoint["system"])
    except ValueError:
        return None
    blocks = system.building_blocks or {}
    volumes = [volume(blocks[name], system.dimensions) for name in counts if name in blocks]
    if len(volumes) < len(counts) or any(one is None for one in volumes):
        return None
    mean = sum(v * n for v, n in zip(volumes, counts.values(), strict=True) if v is not None)
    fraction = density * mean / sum(counts.values())
    return fraction if math.isfinite(fraction) else None
