"""Fit a many-body potential to forces: `python -m operations.training.fit_pod TRAJECTORY --out F`.

The trajectory, of any format that carries forces (docs/imported.md), is of points in a periodic box
in three dimensions. Forces must be those of the potential alone: a Langevin thermostat's noise in
them would be fitted. Forces are linear in the coefficients (least squares, by singular values);
LAMMPS computes what each descriptor exerts. The error in frames left out is that of a fit to the
others. A campaign then says ``potential: {form: pod, file: F}``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.formats import read_contents
from operations.engines.pod_descriptors import PodDescriptors
from operations.interactions.many_body import smallest_distances
from workspace_schema.files import write_text
from workspace_schema.methods.imported import Reading
from workspace_schema.potentials import PodData
from workspace_schema.potentials.pod import Basis, Fit

#: Two-body functions are steep below the smallest distance times this.
INNER = 0.5
#: Singular values below the largest times this are of descriptors that the frames do not tell
#: apart.
CONDITION = 1e-10


def frames_of(file: Path) -> list[Configuration]:
    """The frames of a trajectory with forces.

    Raises
    ------
    ValueError
        Where there are no forces, no periodic box, or other types from frame to frame.
    """
    contents = read_contents(file, 3, how=Reading(frame="all"))
    for number, frame in enumerate(contents.frames):
        if frame.forces is None or not np.isfinite(frame.forces).all():
            raise ValueError(
                f"{file} has no forces in frame {number}; expected fx fy fz in a LAMMPS dump,"
                " forces in extended XYZ, or those that HOOMD-blue logs in GSD"
            )
        if not contents.bounded:
            raise ValueError(f"{file} has no periodic box in frame {number}")
        if _types(frame) != _types(contents.frames[0]):
            raise ValueError(f"{file} has other types of particles in frame {number} than in 0")
        names = np.array(frame.type_names)[frame.types]
        frame.type_names = _types(frame)
        frame.types = np.searchsorted(frame.type_names, names).astype(np.int32)
    return contents.frames


def fit(frames: Sequence[Configuration], basis: Basis, every: int = 5) -> PodData:
    """The potential whose forces are closest to those of the frames.

    Parameters
    ----------
    frames : sequence of Configuration
        With forces.
    basis : Basis
    every : int
        One of so many frames is left out of a second fit, which tells the error; 0: of none.

    Raises
    ------
    ValueError
        Where there are fewer forces than coefficients, or a pair of types never meets.
    """
    types = _types(frames[0])
    smallest = closest(frames, basis.r_cut)
    for pair, distance in smallest.items():
        if not np.isfinite(distance):
            raise ValueError(f"no two particles {pair} are closer than r_cut = {basis.r_cut:g}")
    engine, sizes = PodDescriptors(basis, types), [3 * frame.n_particles for frame in frames]
    if sum(sizes) < basis.size(len(types)):
        raise ValueError(
            f"{sum(sizes)} components of forces for {basis.size(len(types))} coefficients"
        )
    parts = [
        _triangle(np.column_stack([engine.forces(frame), np.ravel(frame.forces)]))
        for frame in frames
        if frame.forces is not None
    ]
    left_out = [k for k in range(len(frames)) if every and k % every == every - 1]
    seen = [k for k in range(len(frames)) if k not in left_out]
    whole = _triangle(np.concatenate(parts))
    coefficients = _solved(whole)
    unseen = None
    if left_out:
        others = _solved(_triangle(np.concatenate([parts[k] for k in seen])))
        unseen = _error([parts[k] for k in left_out], others, sum(sizes[k] for k in left_out))
    densities = [frame.number_density for frame in frames]
    return PodData(
        species=types,
        basis=basis,
        coefficients=tuple(coefficients.tolist()),
        smallest_distances=smallest,
        fit=Fit(
            frames=len(frames),
            frames_left_out=len(left_out),
            particles=sum(frame.n_particles for frame in frames),
            rms_force=_error([whole], np.zeros_like(coefficients), sum(sizes)),
            rms_error=_error([whole], coefficients, sum(sizes)),
            rms_error_left_out=unseen,
            number_densities=(min(densities), max(densities)),
        ),
    )


def closest(frames: Sequence[Configuration], reach: float) -> dict[str, float]:
    """The smallest distance of each pair of types in all frames; infinite beyond `reach`."""
    each = [smallest_distances(frame, _types(frames[0]), reach) for frame in frames]
    return {pair: min(one[pair] for one in each) for pair in each[0]}


def main(words: list[str] | None = None) -> None:
    """Fit, say how well, write the file."""
    defaults = {name: field.default for name, field in Basis.model_fields.items()}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trajectory", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    parser.add_argument("--r-cut", type=float, required=True, help="range of the descriptors")
    parser.add_argument("--r-in", type=float, help=f"{INNER} of the smallest distance")
    for name, default in defaults.items():
        if not name.startswith("r_"):
            word = f"--{name.replace('_', '-')}"
            parser.add_argument(word, type=int, default=default, help=f"default {default}")
    parser.add_argument("--every", type=int, default=5, help="one of so many frames is left out")
    told = vars(parser.parse_args(words))
    begin = time.monotonic()
    try:
        frames = frames_of(told["trajectory"])
        if told["r_in"] is None:
            told["r_in"] = INNER * min(*closest(frames, told["r_cut"]).values(), told["r_cut"])
        basis = Basis(**{name: told[name] for name in defaults})
        found = fit(frames, basis, told["every"])
    except (ValueError, OSError) as error:
        sys.exit(f"{error}")
    write_text(told["out"], found.text())
    errors = [found.fit.rms_error, found.fit.rms_error_left_out]
    said = ", ".join(f"{error:.4g}" for error in errors if error is not None)
    print(
        f"{len(found.coefficients)} coefficients from {found.fit.frames} frames; root mean square"
        f" of the error of a force, of frames seen and left out: {said}; of the force:"
        f" {found.fit.rms_force:.4g}; {time.monotonic() - begin:.1f} s"
    )


def _types(frame: Configuration) -> tuple[str, ...]:
    return tuple(sorted(frame.type_names[k] for k in np.unique(frame.types)))


def _triangle(table: np.ndarray) -> np.ndarray:
    """R of the factors QR of responses with the forces as the last column: all that least squares
    need of any number of frames."""
    return np.asarray(np.linalg.qr(table, mode="r"))


def _solved(triangle: np.ndarray) -> np.ndarray:
    """The coefficients of least squares."""
    responses, forces = triangle[:, :-1], triangle[:, -1]
    scale = np.linalg.norm(responses, axis=0)
    scale[scale == 0.0] = 1.0  # of the lone particle, which exerts nothing
    return np.asarray(np.linalg.lstsq(responses / scale, forces, rcond=CONDITION)[0] / scale)


def _error(triangles: Sequence[np.ndarray], coefficients: np.ndarray, size: int) -> float:
    """Root mean square of the error of so many components of forces."""
    both = np.append(coefficients, -1.0)
    return float(np.sqrt(sum(np.sum((each @ both) ** 2) for each in triangles) / size))


if __name__ == "__main__":
    main()
