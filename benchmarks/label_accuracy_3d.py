"""The three-dimensional labels beside polyhedral template matching and common neighbour analysis.

    python -m benchmarks.label_accuracy_3d [--out FOLDER] [--parts noise,harmonic,...]

All on the same configurations, none of which the network has seen: another seed, and cells made
of other lattice vectors, so that box and orientation differ, too. Prints Markdown tables:

noise        fraction of particles with the right label against Gaussian noise, in units of the
             shortest distance, beside OVITO's PTM (no RMSD cut-off, all structures) and adaptive
             CNA where they know the structure
harmonic     the same with the correlated motion of a harmonic crystal
strain       as `noise` for strained crystals, mean and worst over directions and kinds of strain
fluids       what simulated fluids are called
foreign      how many particles of crystals that were not trained on are unknown, at 5 % noise
binary       as `noise`, for crystals of two types
calibration  expected calibration error over `noise`
speed        particles per second on one core beside PTM
memory       peak of the resident memory for a million particles (not unless asked for)

OVITO (pip install ovito) is needed for the columns of PTM and CNA only.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.template_matching import TEMPLATES, TemplateMatching, ovito_data
from analysis.labelling import label_configuration
from analysis.labelling.binary import PARTS
from analysis.labelling.labels import UNKNOWN
from analysis.labelling.three_dimensional import FLUID, classify, network
from analysis.labelling.train_three_dimensional import perfect
from analysis.neighbourhoods import nearest
from analysis.pictures import draw_confusion, draw_reliability, reliability
from analysis.prototypes import names, prototype
from analysis.prototypes.defects import deformed, harmonic_crystal, with_noise
from benchmarks.label_accuracy_2d import fraction
from operations.training.reference_fluids import TESTING, simulate

NOISE = (0.0, 0.02, 0.04, 0.06, 0.08, 0.10, 0.12, 0.14, 0.16)
HARMONIC = (0.02, 0.06, 0.10)
STRAIN = (0.0, 0.02, 0.04, 0.05)
STRAIN_NOISE = (0.0, 0.02, 0.06, 0.10)
STRAINED = 300
SEED = 771
CONFUSION_NOISE = 0.10
#: What is asked of PTM.
PTM = ("fcc", "hcp", "bcc", "sc", "diamond", "lonsdaleite")
CNA = ("fcc", "hcp", "bcc")
#: Structures that are the same but for the stacking of layers, or tilings by the same polyhedra.
FAMILIES = (
    {"fcc", "hcp", "dhcp"},
    {"diamond", "lonsdaleite", "diamond-4H"},
    {"A15", "sigma"},
    {"MgZn2", "MgCu2", "MgNi2"},
)
FOREIGN = ("NiAs", "CaF2", "AlB2", "MgZn2", "MgCu2", "MgNi2", "CaCu5", "NaZn13")


def oblique(name: str, particles: int, rng: np.random.Generator) -> Configuration:
    """A perfect crystal in a periodic cell of other lattice vectors, its shortest distance 1."""
    from ase import Atoms
    from ase.build import make_supercell

    cell = prototype(name).cell()
    edge = (particles / cell.number_density) ** (1 / 3)
    counts = np.maximum(np.round(edge / np.linalg.norm(cell.cell, axis=1)), 1).astype(int)
    matrix = np.diag(counts)
    while True:
        # Each new vector takes up to half of the repeats of the others along.
        skew = np.array([[rng.integers(-c // 2, c // 2 + 1) for c in counts] for _ in range(3)])
        trial = matrix + np.triu(skew, 1)
        if rng.random() < 0.5:
            trial = matrix + np.tril(skew, -1)
        if (np.triu(trial, 1) + np.tril(trial, -1)).any() or counts.max() == 1:
            break
    atoms = Atoms(numbers=1 + cell.types, positions=cell.positions, cell=cell.cell, pbc=True)
    large = make_supercell(atoms, trial)
    standard, _ = large.cell.standard_form()
    fractional = large.get_scaled_positions()
    d = nearest(cell, 1).distances.min()
    vectors = np.asarray(standard) / d
    lx, ly, lz = np.diag(vectors)
    box = np.array([lx, ly, lz, vectors[1, 0] / ly, vectors[2, 0] / lz, vectors[2, 1] / lz])
    positions = (fractional - 0.5) @ vectors
    return Configuration(positions, box, 3, large.numbers - 1, cell.type_names)


def template_matching(configuration: Configuration, name: str) -> np.ndarray:
    """OVITO's PTM without RMSD cut-off; True where it finds `name`."""
    features = TemplateMatching(PTM).compute(configuration).features
    return features[:, PTM.index(name)] == 1


def common_neighbours(configuration: Configuration, name: str) -> np.ndarray:
    """OVITO's adaptive CNA; True where it finds `name`."""
    from ovito.modifiers import CommonNeighborAnalysisModifier as Modifier

    data = ovito_data(configuration)
    data.apply(Modifier(mode=Modifier.Mode.AdaptiveCutoff))
    return np.asarray(data.particles["Structure Type"]) == getattr(Modifier.Type, TEMPLATES[name])


def ovito_installed() -> bool:
    """Whether OVITO can be imported."""
    try:
        import ovito  # noqa: F401
    except ImportError:
        return False
    return True


def numbers(values) -> str:
    """Cells of a Markdown table."""
    return " | ".join(f"{value:.3f}" for value in values)


def accuracy(thermal, levels, particles: int):
    """Print the table of one thermal model.

    Returns its numbers; probabilities and hits of all particles; and what every structure is
    called at `CONFUSION_NOISE`.
    """
    model = network()
    classes = list(map(str, model.classes))
    results: dict[str, dict[str, list[float]]] = {}
    reliable = []
    confusion = np.zeros((len(names(3, 1)), len(classes) + 1))
    others = ovito_installed()
    print("| structure | " + " | ".join(f"{level:.2f}" for level in levels) + " |")
    print("|---" * (len(levels) + 1) + "|")
    for name in names(3, 1):
        rows: dict[str, list[float]] = {"labels": []}
        for number, level in enumerate(levels):
            rng = np.random.default_rng([SEED, number, *name.encode()])
            configuration = thermal(oblique(name, particles, rng), level, rng)
            probabilities = classify(configuration, model)[0]
            found = probabilities.argmax(axis=1)
            right = found == classes.index(name)
            rows["labels"].append(float(right.mean()))
            reliable.append((probabilities.max(axis=1), right))
            if level == CONFUSION_NOISE:
                counts = np.bincount(found, minlength=len(classes) + 1)
                confusion[names(3, 1).index(name)] = counts / len(found)
            if others and name in PTM:
                hits = template_matching(configuration, name)
                rows.setdefault("PTM", []).append(float(hits.mean()))
            if others and name in CNA:
                hits = common_neighbours(configuration, name)
                rows.setdefault("adaptive CNA", []).append(float(hits.mean()))
        results[name] = rows
        for method, values in rows.items():
            label = name if method == "labels" else f"{name}, {method}"
            print(
                f"| {label} | " + " | ".join(f"{value:.3f}" for value in values) + " |", flush=True
            )
    table = np.array([rows["labels"] for rows in results.values()])
    print(f"| mean | {numbers(table.mean(axis=0))} |")
    print(f"| worst | {numbers(table.min(axis=0))} |")
    return results, reliable, confusion


def calibration(reliable: list[tuple[np.ndarray, np.ndarray]], out: Path | None) -> float:
    """Print the reliability in ten bins; return the expected calibration error."""
    confidence = np.concatenate([pair[0] for pair in reliable])
    right = np.concatenate([pair[1] for pair in reliable])
    _, mean, share, count = reliability(confidence, right)
    print("\n| particles | mean probability | right |\n|---|---|---|")
    for row in zip(count, mean, share, strict=True):
        print(f"| {row[0]} | {row[1]:.3f} | {row[2]:.3f} |")
    if out:
        draw_reliability(confidence, right, out / "reliability.png")
    error = float((count * np.abs(mean - share)).sum() / count.sum())
    print(f"\nexpected calibration error {error:.4f}")
    return error


def strains(amount: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Deformations by so much: longer and shorter along z (c/a) and along two other directions,
    two shears of a plane, and one along one direction and back across it."""
    if amount == 0.0:
        return [np.eye(3)]
    axes = [np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(4)]
    along = [np.array([0.0, 0.0, 1.0]), axes[0][0], axes[1][0]]
    found = [sign * np.outer(u, u) for u in along for sign in (1, -1)]
    found += [np.outer(each[0], each[1]) for each in axes[:2]]
    found.append(np.outer(axes[2][0], axes[2][0]) - np.outer(axes[2][1], axes[2][1]))
    return [np.eye(3) + amount * each for each in found]


def strained_crystals() -> dict[str, list[list[float]]]:
    """Print the fraction of particles of strained crystals with the right label: mean (worst)."""
    model = network()
    classes = list(map(str, model.classes))
    results: dict[str, list[list[float]]] = {}
    columns = [(amount, noise) for amount in STRAIN for noise in STRAIN_NOISE]
    print("\n| strain, noise | " + " | ".join(f"{a:.0%}, {n:.0%}" for a, n in columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name in names(3, 1):
        results[name], start = [], perfect(name, STRAINED)
        for amount, noise in columns:
            rng = np.random.default_rng([SEED, *name.encode()])
            right = []
            for deformation in strains(amount, rng):
                moved = with_noise(deformed(start, deformation), noise, rng)
                found = classify(moved, model)[0].argmax(axis=1)
                right.append(float((found == classes.index(name)).mean()))
            results[name].append([float(np.mean(right)), min(right)])
        cells = [fraction(mean, worst) for mean, worst in results[name]]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    table = np.array(list(results.values()))
    print(f"| mean | {numbers(table[:, :, 0].mean(axis=0))} |")
    print(f"| worst | {numbers(table[:, :, 1].min(axis=0))} |")
    return results


def shares(configuration: Configuration) -> dict[str, float]:
    """Fraction of particles of every label."""
    model = network()
    phases = [*map(str, model.classes), UNKNOWN]
    found = classify(configuration, model)[0].argmax(axis=1)
    counts = np.bincount(found, minlength=len(phases)) / len(found)
    return {phases[k]: float(counts[k]) for k in np.argsort(-counts) if counts[k] > 0}


def fluids() -> dict[str, dict[str, float]]:
    """Print what fluids are called; all but fluid and unknown is a false crystal."""
    results = {}
    print(
        "\n| fluid | density | kT | fluid | unknown | false crystals |\n|---|---|---|---|---|---|"
    )
    for number, fluid in enumerate(TESTING):
        for configuration in simulate(fluid, 1500, 4000, SEED + number):
            found = shares(configuration)
            false = 1.0 - found.get(FLUID, 0.0) - found.get(UNKNOWN, 0.0)
            key = f"{fluid.form} {fluid.number_density} {fluid.kT}"
            results[key] = found
            print(
                f"| {fluid.form} | {fluid.number_density} | {fluid.kT} | "
                f"{found.get(FLUID, 0.0):.3f} | {found.get(UNKNOWN, 0.0):.3f} | {false:.4f} |",
                flush=True,
            )
    return results


def foreign() -> dict[str, dict[str, float]]:
    """Print what crystals that were not trained on are called at 5 % noise."""
    results = {}
    print("\n| crystal, types not told apart | unknown | otherwise |\n|---|---|---|")
    for name in FOREIGN:
        rng = np.random.default_rng([SEED, *name.encode()])
        found = shares(with_noise(oblique(name, 1500, rng), 0.05, rng))
        results[name] = found
        rest = ", ".join(f"{k} {v:.3f}" for k, v in found.items() if k != UNKNOWN and v > 0.005)
        print(f"| {name} | {found.get(UNKNOWN, 0.0):.3f} | {rest} |")
    mean = np.mean([found.get(UNKNOWN, 0.0) for found in results.values()])
    print(f"| mean | {mean:.3f} | |")
    return results


def binary(particles: int) -> dict[str, list[float]]:
    """Print the fraction of particles of crystals of two types with the right label."""
    results = {}
    print(f"\n| crystal | {numbers(NOISE)} |\n|---|{'---|' * len(NOISE)}")
    for name in PARTS:
        results[name] = []
        for level in NOISE:
            rng = np.random.default_rng([SEED, *name.encode()])
            labels = label_configuration(with_noise(oblique(name, particles, rng), level, rng))
            right = np.array(labels.phase_names)[labels.per_particle] == name
            results[name].append(float(right.mean()))
        print(f"| {name} | {numbers(results[name])} |", flush=True)
    return results


def speed() -> dict[str, float]:
    """Print particles per second on one core, 100 000 particles of hot fcc, in turns."""
    rng = np.random.default_rng(SEED)
    configuration = with_noise(oblique("fcc", 100_000, rng), 0.08, rng)
    n, model = configuration.n_particles, network()
    works = {
        "label_configuration": label_configuration,
        "classify alone": lambda each: classify(each, model),
    }
    if ovito_installed():
        for templates in (PTM[:3], PTM):
            works[f"PTM, {' '.join(templates)}"] = TemplateMatching(templates).compute
    small = with_noise(oblique("fcc", 500, rng), 0.08, rng)
    rates: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(4):
        for name, work in works.items():
            start = time.process_time()
            work(configuration if turn else small)  # compilation first
            if turn:
                rates[name].append(n / (time.process_time() - start))
    print("\n| what | particles per second of processor time: median | turns |\n|---|---|---|")
    for name, found in rates.items():
        turns = ", ".join(f"{rate:.0f}" for rate in found)
        print(f"| {name} | {np.median(found):.0f} | {turns} |", flush=True)
    return {name: float(np.median(found)) for name, found in rates.items()}


def memory() -> dict[str, float]:
    """Print the peak of the resident memory for a million particles."""
    import resource

    from analysis.labelling import label_configuration

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2

    rng = np.random.default_rng(SEED)
    label_configuration(with_noise(oblique("fcc", 500, rng), 0.08, rng))
    configuration = with_noise(perfect("fcc", 1_000_000), 0.08, rng)
    before, start = peak(), time.process_time()
    labels = label_configuration(configuration)
    seconds = time.process_time() - start
    print(
        f"\n{configuration.n_particles} particles, {labels.label}, {labels.grains} grain: "
        f"{seconds:.0f} s, peak {peak():.2f} GiB ({before:.2f} before)"
    )
    return {"before_gib": before, "peak_gib": peak(), "seconds": seconds}


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default="noise,harmonic,strain,fluids,foreign,binary,speed")
    parser.add_argument("--particles", type=int, default=1500)
    parser.add_argument("--out", type=Path, help="folder for label_accuracy_3d.json and pictures")
    arguments = parser.parse_args()
    parts = arguments.parts.split(",")
    out = arguments.out
    if out:
        out.mkdir(parents=True, exist_ok=True)
    results: dict[str, object] = {"model": network().hash}
    if "noise" in parts:
        results["noise"], reliable, confusion = accuracy(with_noise, NOISE, arguments.particles)
        results["expected_calibration_error"] = calibration(reliable, out)
        if out:
            columns = [*map(str, network().classes), UNKNOWN]
            draw_confusion(confusion, names(3, 1), columns, out / "confusion.png")
    if "harmonic" in parts:
        print()
        results["harmonic"], _, _ = accuracy(harmonic_crystal, HARMONIC, 700)
    if "strain" in parts:
        results["strain"] = strained_crystals()
    if "fluids" in parts:
        results["fluids"] = fluids()
    if "foreign" in parts:
        results["foreign"] = foreign()
    if "binary" in parts:
        results["binary"] = binary(arguments.particles)
    if "speed" in parts:
        results["speed"] = speed()
    if "memory" in parts:
        results["memory"] = memory()
    if out:
        (out / "label_accuracy_3d.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
