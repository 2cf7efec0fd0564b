"""What the rest of the program must know of each method without reading its parameters.

A new method is an entry here, its parameters in a file of its name beside this one, and how it runs
in `operations/methods/`; the classes in both have its name in capitals (`basin_hopping`:
`BasinHopping`). Nothing heavy is imported: `status` asks for these facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Facts:
    """What a method is.

    Attributes
    ----------
    summary : str
        What it does, in a sentence.
    aim : "assembles", "predicts", "designs", "measures" or "brings"
        Whether it lets particles assemble, looks for ground states or for potentials, measures what
        is stable, or brings what is known.
    on_gpu : bool
        Whether it runs on a GPU where the campaign asks for one.
    guesses : mapping of str to (float, float)
        By its dynamics, the boundary, "hard" (of what has no potential) or the device, "cpu" or
        "gpu", the first that is there: seconds per step and particle, and the exponent of the
        number of particles, until finished jobs say it better.
    extents : mapping of str to int
        Defaults of what tells how long it is and is no part of the state point; none of `design`,
        where they differ by what it does.
    planar : float
        What a particle costs in two dimensions on the CPU, where it has fewer neighbours, in units
        of one in three.
    operation : str
        Name of its operation, where it is not the method's.
    together : bool
        Whether jobs of it that one process has can share the launches of an engine (`batched`).
    """

    summary: str
    aim: str
    on_gpu: bool = False
    guesses: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    extents: Mapping[str, int] = field(default_factory=dict)
    planar: float = 1.0
    operation: str = ""
    together: bool = False


#: Molecular dynamics of short-ranged pairs in a liquid: 17 and 59 neighbours within 2.5 in two and
#: three dimensions. Rates are those of one core, and of a GPU, which is bound by latency.
_MOLECULAR_DYNAMICS = {"cpu": (1.6e-6, 0.9), "gpu": (5e-5, 0.2)}

#: Forms of potentials of many bodies, which run on the CPU only, and how many times the time they
#: take that is guessed for a pair potential: 36, 69, 5.4 and 78 µs a particle and step of 64
#: (docs/validation/engines.md).
MANY_BODY = {"pod": 30.0, "snap": 50.0, "uf3": 4.0, "learned": 50.0}

METHODS: dict[str, Facts] = {
    "annealing": Facts(
        "Simulated annealing.",
        "predicts",
        on_gpu=True,
        guesses=_MOLECULAR_DYNAMICS | {"mc": (3e-5, 1.0)},  # a sweep of a small cell
        planar=0.28,
        together=True,
    ),
    "basin_hopping": Facts(
        "Lowest minima, by basin hopping.",
        "predicts",
        guesses={"open": (1.6e-6, 1.4), "cpu": (1e-3, 1.0)},  # a quench: of a cluster, of a cell
        extents={"hops": 10_000},
        planar=0.5,
    ),
    "cell_metadynamics": Facts(
        "Crystals, by metadynamics of the cell.",
        "predicts",
        guesses={"cpu": (1.6e-3, 1.0)},  # two relaxations
        extents={"steps": 400},
        planar=0.5,
    ),
    "clapeyron": Facts(
        "Line of coexistence of a crystal and its fluid.",
        "measures",
        guesses={"cpu": (1e-5, 1.0)},  # a step of both phases at five temperatures
    ),
    "coexistence": Facts(
        "Pressure at which a crystal and its fluid coexist.",
        "measures",
        # a step of five pressures, a slab and both phases of each
        guesses={"hard": (2.4e-6, 1.0), "cpu": (2e-5, 1.0)},
        extents={"steps": 20_000},
    ),
    "design": Facts("Design of a potential.", "designs"),
    "forward": Facts(
        "Forward simulation.",
        "assembles",
        on_gpu=True,
        guesses=_MOLECULAR_DYNAMICS,
        planar=0.28,
        together=True,
    ),
    "free_energy": Facts(
        "Free energy of a phase.",
        "measures",
        guesses={"cpu": (2e-5, 1.0)},  # a step of about ten simulations
        extents={"steps": 20_000},
    ),
    "genetic": Facts(
        "Crystals, by a genetic algorithm.",
        "predicts",
        guesses={"cpu": (8e-4, 1.0)},  # a relaxation
        extents={"generations": 60, "stagnation": 12},
        planar=0.5,
    ),
    "imported": Facts(
        "Bring a configuration into the campaign.",
        "brings",
        guesses={"cpu": (1.0, 0.0)},  # one file
        operation="import",
    ),
    # terms in Python cost about as much as sixty particles
    "metadynamics": Facts(
        "Free energy against an order parameter, by a bias that grows.",
        "measures",
        guesses={"cpu": (1.7e-4, 0.3)},
        extents={"steps": 200_000},
    ),
    "monte_carlo": Facts(
        "Monte Carlo of hard particles.",
        "assembles",
        on_gpu=True,
        guesses={"cpu": (3e-6, 1.0), "gpu": (2e-4, 0.3)},
    ),
    # a sweep of every walker: as many turns, moves and distances as there are particles
    "nested_sampling": Facts(
        "Averages at all temperatures, from a gas to crystals.",
        "measures",
        guesses={"open": (3.2e-7, 3.0), "cpu": (2e-5, 3.0)},
        planar=0.5,
    ),
    "particle_swarm": Facts(
        "Lowest minima, by a particle swarm.",
        "predicts",
        guesses={"open": (2e-5, 1.4), "cpu": (8e-4, 1.0)},  # a relaxation: of a cluster, of a cell
        extents={"generations": 60, "stagnation": 20},
        planar=0.5,
    ),
    # of a dozen temperatures
    "replica_exchange": Facts(
        "Canonical averages at many temperatures.",
        "measures",
        guesses={"open": (1e-5, 1.0), "cpu": (2e-5, 1.0)},
    ),
    # of a window; terms in Python as in metadynamics
    "umbrella": Facts(
        "Free energy against an order parameter.",
        "measures",
        guesses={"hard": (7e-7, 1.0), "cpu": (1.7e-4, 0.3)},
        extents={"steps": 20_000},
    ),
}

#: Methods whose structures are candidates for what is stable.
PREDICTION = tuple(name for name, facts in METHODS.items() if facts.aim == "predicts")


def class_name(method: str) -> str:
    """Name of the classes of a method: its parameters, and how it runs."""
    return "".join(word.capitalize() for word in method.split("_"))
