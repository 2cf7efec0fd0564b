"""What a word in a campaign file may have been meant to be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

#: Words of the field, of other programs and of habit, by what they are called here. A word may
#: stand for several keys: the first that is known at its place is meant.
_MEANT = {
    "kT": "t temp temperature temperatures kt kbt beta tstart tdamp",
    "number_density": "rho density numberdensity packingfraction volumefraction phi eta",
    "pressure": "p press pext",
    "dt": "timestep deltat tstep stepsize",
    "steps": "nsteps numsteps numberofsteps runsteps sweeps nsweeps mdsteps",
    "sweeps": "steps nsteps nsweeps",
    "hops": "steps nsteps nhops",
    "generations": "steps nsteps ngenerations",
    "production_steps": "production nproduction productionsteps run",
    "equilibration_steps": "equilibration equilibrate nequilibration warmup",
    "thermostat_time": "taut tau gamma damp tdamp friction",
    "barostat_time": "taup pdamp taus",
    "particles": "n nparticles numparticles numberofparticles natoms atoms composition counts",
    "dimensions": "dimension dim ndim d dims",
    "boundary": "pbc periodic boundaries boundarycondition boundaryconditions box",
    "building_blocks": "shape shapes bodies body buildingblock blocks",
    "form": "type kind name potential style",
    "name": "method type kind title",
    "epsilon": "eps e welldepth",
    "sigma": "sig diameter size",
    "diameter": "d sigma size radius",
    "r_cut": "rc cutoff cut rcutoff cutoffradius",
    "r_on": "ron rswitch switch",
    "truncation": "mode shift cutoffmode",
    "replicas": "seed seeds replica repeats repetitions nreplicas nseeds samples",
    "start": "init initial lattice initialconfiguration initialstate configuration",
    "kappa": "inversedebyelength screening",
    "engine": "code program simulator",
    "walltime_hours": "walltime time timelimit",
    "potential": "potentials interaction interactions forcefield",
    "method": "methods simulation md mc",
    "system": "systems",
    # keys of cluster files
    "partition": "queue queues partitions",
    "account": "project allocation charge bank",
    "max_hours": "time walltime timelimit hours maxtime maxwalltime walltimehours",
    "memory_gb": "memory mem ram memgb",
    "nodes_per_job": "nodes nnodes",
    "gpus_per_node": "gpus ngpus",
    "cores_per_simulation": "cores cpus ncpus threads cpuspertask corespergpu",
    "cores_per_gpu": "cores cpus ncpus cpuspertask cpuspergpu corespersimulation",
    "simulations_per_node": "simulations ntasks tasks ntaskspernode",
    "simulations_per_gpu": "simulations ntasks tasks",
    "setup": "modules module prologue environment conda",
    "options": "sbatch flags extra",
    # names of methods and potentials
    "forward": "md moleculardynamics nvt npt nve simulation dynamics langevin lammps hoomd",
    "monte_carlo": "mc hpmc hardparticles metropolis",
    "annealing": "sa simulatedannealing anneal cooling quench",
    "basin_hopping": "bh gmin globaloptimisation globaloptimization",
    "particle_swarm": "pso swarm calypso",
    "metadynamics": "metad mtd welltempered welltemperedmetadynamics wtmetad hills plumed",
    "umbrella": "umbrellasampling wham mbar biased us nucleation nucleationbarrier",
    "clapeyron": "gibbsduhem coexistenceline kofke",
    "coexistence": "directcoexistence slab melting interface",
    "replica_exchange": "paralleltempering remd tempering",
    "nested_sampling": "ns nested nestedsampling partitionfunction pymatnest",
    "free_energy": "frenkelladd einsteincrystal thermodynamicintegration",
    "genetic": "ga ea evolutionary geneticalgorithm uspex",
    "imported": "import files external experiment label labels",
    "lennard_jones": "lj lj126 lennardjones",
    "lennard_jones_gauss": "ljg",
    "oscillating_pair_potential": "opp",
    "wca": "weekschandlerandersen",
    "yukawa": "screenedcoulomb debyehueckel debyehuckel dlvo",
    "inverse_power": "ipl ipp softsphere softspheres powerlaw",
    "gaussian_core": "gaussian gauss gcm",
    "expression": "formula custom user",
    "table": "tabulated file",
    "hard_sphere": "sphere hardspheres disk disc harddisk",
    "kern_frenkel": "patchy patchysphere kf",
}


def meant(word: str, known: Iterable[str]) -> str | None:
    """Return which of the known words was meant, None where that cannot be said."""
    names = sorted(set(known))
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return stands_for(word, names) or (near[0] if near else None)


def stands_for(word: str, known: Iterable[str]) -> str | None:
    """Return which of the known words is this one but for its spelling, or by a name of the field;
    None where none is."""
    names = sorted(set(known))
    plain = _plain(word)
    for name in names:
        if plain and plain == _plain(name):
            return name
    parts = {plain, *(_plain(part) for part in re.split(r"[\W_]+", word) if len(part) > 3)}
    for name, words in _MEANT.items():
        if name in names and parts & set(words.split()):
            return name
    return None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint at the known word that was meant, or the list of them where none is near."""
    found = meant(word, known)
    return f"did you mean {found}?" if found else listed(known)


def listed(known: Iterable[str]) -> str:
    """Return that one of the known words was expected."""
    return f"expected one of {', '.join(sorted(set(known)))}"


def belongs_to(word: str, blocks: Mapping[str, Iterable[str]]) -> str:
    """Return a hint at the blocks that have such a key, "" where none has it by this very name or
    by one that stands for it."""
    plain, meant_here, where = _plain(word), "", []
    for block, known in blocks.items():
        for name in sorted(set(known)):
            is_it = plain == _plain(name) or plain in _MEANT.get(name, "").split()
            if is_it and name == (meant_here or name):
                meant_here = name
                where.append(block)
    return f"did you mean {meant_here} in {' or '.join(where)}?" if where else ""


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())
