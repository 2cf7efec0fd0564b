"""What differs between releases of HOOMD-blue, in this one place.

Everything else is written for what 4.8 and 7.2 have in common. HOOMD-blue 5 gave HPMC a kT of its
own, 1 unless it is set, and box moves a pressure `P` in place of `betaP`: with kT = 1 they are the
same number; its springs are one of several external potentials, not the only one; its cluster moves
are called `GCA`, not `Clusters`. HOOMD-blue 7 draws turns in three dimensions from another
distribution, so its sizes `a` are other numbers.
"""

from __future__ import annotations

import inspect
import re
import warnings
from functools import cache
from typing import Any

from operations.jobs.errors import EngineError
from operations.jobs.progress import say

#: The newest release that the tests have run with, and the newest whose change log was read
#: (docs/validation.md).
RUN, READ = (4, 8), (7, 2)

#: First release with the newer sizes of turns.
NEW_TURNS = (7, 0)


def release_of(version: str) -> tuple[int, int]:
    """The first two numbers of a version; (0, 0) of one that has none."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@cache
def warn_of(version: str) -> None:
    """Say once what is not known of a release that is newer than those that were run."""
    release = release_of(version)
    if release <= RUN:
        return
    run, read = (".".join(map(str, pair)) for pair in (RUN, READ))
    known = f"its changes up to {read} were read" if release <= READ else "nothing is known of it"
    say(
        f"warning: HOOMD-blue {version} is newer than {run}, the last release that this program was"
        f" tested with ({known}): python -m pytest -m hoomd tests/operations/engines tells whether"
        " it works here"
    )


def turns_since(version: str, dimensions: int) -> int:
    """The first release, as a number, that has the sizes of turns of this version: 0 or 7."""
    return NEW_TURNS[0] if dimensions == 3 and release_of(version) >= NEW_TURNS else 0


def box_moves(trigger: Any) -> Any:
    """Trial moves of the box; `set_pressure` before they begin."""
    import hoomd

    kind = hoomd.hpmc.update.BoxMC
    return kind(trigger, **{_pressure_of(kind): 1.0})


def set_pressure(box: Any, beta_p: float) -> None:
    """Set pressure / kT of trial moves of the box."""
    setattr(box, _pressure_of(type(box)), beta_p)


def cluster_moves(trigger: Any) -> Any:
    """Geometric cluster moves: reflections in a point, which any box has; particles that can turn
    are instead rotated by π about an axis of the box."""
    import hoomd

    update = hoomd.hpmc.update
    kind = update.GCA if hasattr(update, "GCA") else update.Clusters
    return kind(pivot_move_probability=1.0, trigger=trigger)


def _pressure_of(kind: type[Any]) -> str:
    """Name of the pressure of box moves."""
    return "P" if "P" in inspect.signature(kind).parameters else "betaP"


def add_harmonic(mc: Any, **springs: Any) -> None:
    """Give an HPMC integrator springs from its particles to sites.

    Raises
    ------
    EngineError
        Where this release takes no second field.
    """
    import hoomd

    external = hoomd.hpmc.external
    if hasattr(external, "Harmonic"):
        mc.external_potentials.append(external.Harmonic(**springs))
        return
    _check_only(mc)
    with warnings.catch_warnings():
        # of what takes its place in later versions, and cannot yet take this field
        warnings.simplefilter("ignore", FutureWarning)
        mc.external_potential = external.field.Harmonic(**springs)


def add_walls(mc: Any, walls: list[Any]) -> None:
    """Give an HPMC integrator hard walls.

    Raises
    ------
    EngineError
        Where this release has none, or takes no second field.
    """
    import hoomd

    external = hoomd.hpmc.external
    if hasattr(external, "WallPotential"):
        mc.external_potentials.append(external.WallPotential(walls))
        return
    if not hasattr(external, "wall"):
        raise EngineError(f"HOOMD-blue {hoomd.version.version} has no walls for hard bodies")
    _check_only(mc)
    with warnings.catch_warnings():
        # as above: nothing that takes its place has walls
        warnings.simplefilter("ignore", FutureWarning)
        mc.external_potential = external.wall.WallPotential(walls)


def _check_only(mc: Any) -> None:
    """Raise EngineError where an integrator has the one field that releases before 5 take."""
    import hoomd

    if mc.external_potential is not None:
        raise EngineError(
            f"HOOMD-blue {hoomd.version.version} takes springs or walls, not both; expected 5 or"
            " later"
        )
