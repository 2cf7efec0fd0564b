"""Fit a many-body potential to forces: `python -m operations.training.fit_pod TRAJECTORY --out F`.

The trajectory, of any format that carries forces (docs/imported.md), is of points in a periodic box
in three dimensions. Forces must be those of the potential alone: a Langevin thermostat's noise in
them would be fitted. Forces are linear in the coefficients (least squares, by singular values);
LAMMPS computes what each descriptor exerts. The error in frames left out is that of fits to the
others: frames are left out in blocks, as they follow each other in a trajectory, since one between
two others is no news. A campaign then says ``potential: {form: pod, file: F}``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
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
#: Blocks of frames that are left out in turn.
BLOCKS = 5
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


def fit(frames: Sequence[Configuration], basis: Basis, blocks: int = BLOCKS) -> PodData:
    """The potential whose forces are closest to those of the frames.

    Parameters
    ----------
    frames : sequence of Configuration
        With forces.
    basis : Basis
    blocks : int
        Of frames, each of which is left out of another fit, which tells the error; 1: none is.

    Raises
    ------
    ValueError
        Where there are fewer forces than coefficients, or a pair of types never meets.
    """
    if blocks < 1:
        raise ValueError(f"blocks: got {blocks}; expected at least 1")
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
    blocks = min(blocks, len(frames))
    starts = [k * len(frames) // blocks for k in range(blocks + 1)]
    each = [_triangle(np.concatenate(parts[a:b])) for a, b in pairwise(starts)]
    whole = _triangle(np.concatenate(each))
    coefficients, unseen = _solved(whole), None
    if blocks > 1:
        squares = 0.0
        for k, block in enumerate(each):
            others = _solved(_triangle(np.concatenate(each[:k] + each[k + 1 :])))
            squares += _squares(block, others)
        unseen = float(np.sqrt(squares / sum(sizes)))
    densities = [frame.number_density for frame in frames]
    return PodData(
        species=types,
        basis=basis,
        coefficients=tuple(coefficients.tolist()),
        smallest_distances=smallest,
        fit=Fit(
            frames=len(frames),
            blocks=blocks,
            particles=sum(frame.n_particles for frame in frames),
            rms_force=float(np.sqrt(_squares(whole, np.zeros_like(coefficients)) / sum(sizes))),
            rms_error=float(np.sqrt(_squares(whole, coefficients) / sum(sizes))),
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
    parser.add_argument(
        "--blocks",
        type=int,
        default=BLOCKS,
        help=f"of frames, left out in turn to tell the error; default {BLOCKS}, 1: none is",
    )
    told = vars(parser.parse_args(words))
    begin = time.monotonic()
    try:
        frames = frames_of(told["trajectory"])
        if told["r_in"] is None:
            told["r_in"] = INNER * min(*closest(frames, told["r_cut"]).values(), told["r_cut"])
        basis = Basis(**{name: told[name] for name in defaults})
        found = fit(frames, basis, told["blocks"])
    except (ValueError, OSError) as error:
        sys.exit(f"{error}")
    write_text(told["out"], found.text())
    known, unseen = found.fit, found.fit.rms_error_left_out
    if unseen is None:
        left_out = "no frame was left out"
    else:
        left_out = f"{unseen:.4g} in blocks left out, one of {known.blocks} in turn"
    print(
        f"{len(found.coefficients)} coefficients from {known.frames} frames; root mean square of a"
        f" component of the force: {known.rms_force:.4g}; of its error: {known.rms_error:.4g} in"
        f" the frames of the fit, {left_out}; {time.monotonic() - begin:.1f} s"
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


def _squares(triangle: np.ndarray, coefficients: np.ndarray) -> float:
    """Sum of the squares of the errors of forces."""
    return float(np.sum((triangle @ np.append(coefficients, -1.0)) ** 2))


if __name__ == "__main__":
    main()
