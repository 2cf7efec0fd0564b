"""Fit a many-body potential to forces.

`python -m operations.training.fit_potential FORM TRAJECTORY --out F`, FORM pod, snap, uf3 or
learned. The trajectory, of any format that carries forces (docs/imported.md), is of points in a
periodic box in three dimensions. Forces must be those of the potential alone: a Langevin
thermostat's noise in them would be fitted. Those of pod, snap and uf3 are linear in the
coefficients (least squares, by singular values), those of learned are trained by torch. The error
in frames left out is that of fits to the others: frames are left out in blocks, as they follow each
other in a trajectory, since one between two others is no news. A campaign then says ``potential:
{form: FORM, file: F}``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from analysis.configuration import Configuration
from analysis.formats import read_contents
from operations.engines.descriptors import descriptors
from operations.interactions.many_body import smallest_distances
from workspace_schema.base import SMALLEST
from workspace_schema.files import write_text
from workspace_schema.methods.imported import Reading
from workspace_schema.potentials import FORMS
from workspace_schema.potentials.learned import LearnedBasis
from workspace_schema.potentials.many_body import (
    MAX_COEFFICIENTS,
    Basis,
    Fit,
    FittedData,
    ManyBodyPotential,
)

#: Blocks of frames that are left out in turn.
BLOCKS = 5
#: Singular values below the largest times this are of descriptors that the frames do not tell
#: apart.
CONDITION = 1e-10
#: Steps of the training of a network.
STEPS = 300

CONTENTS: dict[str, type[FittedData]] = {
    name: form.content for name, form in FORMS.items() if issubclass(form, ManyBodyPotential)
}


class Problem(Protocol):
    """Blocks of frames, and coefficients that fit some of them."""

    def solved(self, blocks: Sequence[int]) -> np.ndarray:
        """The coefficients that fit these blocks best."""

    def squares(self, block: int, coefficients: np.ndarray) -> float:
        """Sum of the squares of the errors of forces."""


class LeastSquares:
    """Of forces that are linear in the coefficients; see `Problem`.

    Parameters
    ----------
    basis : Basis
    types : tuple of str
    blocks : sequence of sequence of Configuration
        Frames with forces.

    Raises
    ------
    ValueError
        Where there are fewer forces than coefficients, and nothing else is known of these.
    """

    def __init__(
        self, basis: Basis, types: tuple[str, ...], blocks: Sequence[Sequence[Configuration]]
    ) -> None:
        rows = descriptors(basis, types)
        known = sum(3 * frame.n_particles for block in blocks for frame in block)
        if known < basis.size(len(types)) and not len(rows.small):
            raise ValueError(
                f"{known} components of forces for {basis.size(len(types))} coefficients"
            )
        self._small = rows.small
        # a triangle a frame, not all responses
        self._each = [
            _triangle(np.concatenate([_with_forces(rows.forces(frame), frame) for frame in block]))
            for block in blocks
        ]

    def solved(self, blocks: Sequence[int]) -> np.ndarray:
        """See `Problem`."""
        triangle = _triangle(np.concatenate([self._each[k] for k in blocks]))
        responses, forces = triangle[:, :-1], triangle[:, -1]
        small = self._small * np.linalg.norm(responses)
        responses = np.concatenate([responses, small])
        forces = np.concatenate([forces, np.zeros(len(small))])
        scale = np.linalg.norm(responses, axis=0)
        scale[scale == 0.0] = 1.0  # of the lone particle, which exerts nothing
        return np.asarray(np.linalg.lstsq(responses / scale, forces, rcond=CONDITION)[0] / scale)

    def squares(self, block: int, coefficients: np.ndarray) -> float:
        """See `Problem`."""
        return float(np.sum((self._each[block] @ np.append(coefficients, -1.0)) ** 2))


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


def fit(
    frames: Sequence[Configuration],
    form: str,
    basis: Basis,
    blocks: int = BLOCKS,
    steps: int = STEPS,
    seed: int = 0,
) -> FittedData:
    """The potential whose forces are closest to those of the frames.

    Parameters
    ----------
    frames : sequence of Configuration
        With forces.
    form : str
        One of `CONTENTS`.
    basis : Basis
    blocks : int
        Of frames, each of which is left out of another fit, which tells the error; 1: none is.
    steps, seed : int
        Of the training of a network.

    Raises
    ------
    ValueError
        Before anything is fitted, where there are fewer forces than coefficients, or too many
        coefficients, or a pair of types never meets, or no file could hold the rest.
    ImportError
        Where a network shall be trained without torch.
    """
    if blocks < 1:
        raise ValueError(f"blocks: got {blocks}; expected at least 1")
    types = _types(frames[0])
    size = basis.size(len(types))
    if size > MAX_COEFFICIENTS:
        raise ValueError(f"{size} coefficients; expected at most {MAX_COEFFICIENTS}")
    smallest = closest(frames, basis.r_cut)
    for pair, distance in smallest.items():
        if not np.isfinite(distance):
            raise ValueError(f"no two particles {pair} are closer than r_cut = {basis.r_cut:g}")
    forces = np.concatenate([np.asarray(frame.forces).ravel() for frame in frames])
    densities, blocks = [frame.number_density for frame in frames], min(blocks, len(frames))
    known = Fit(
        frames=len(frames),
        blocks=blocks,
        particles=sum(frame.n_particles for frame in frames),
        rms_force=float(np.sqrt(np.mean(forces**2))),
        rms_error=0.0,
        number_densities=(min(densities), max(densities)),
    )
    whole = CONTENTS[form](
        species=types,
        basis=basis,
        coefficients=(0.0,) * size,
        smallest_distances=smallest,
        fit=known,
    )
    starts = [k * len(frames) // blocks for k in range(blocks + 1)]
    parts, every = [frames[a:b] for a, b in pairwise(starts)], range(blocks)
    problem: Problem
    if isinstance(basis, LearnedBasis):
        from operations.training.train_potential import Network

        problem = Network(basis, len(types), parts, steps, seed)
    else:
        problem = LeastSquares(basis, types, parts)
    coefficients = problem.solved(every)
    # no file holds what rounding leaves of zero
    coefficients[np.abs(coefficients) < SMALLEST] = 0.0
    unseen = None
    if blocks > 1:
        squares = (problem.squares(k, problem.solved([o for o in every if o != k])) for k in every)
        unseen = float(np.sqrt(sum(squares) / forces.size))
    error = float(np.sqrt(sum(problem.squares(k, coefficients) for k in every) / forces.size))
    told = known.model_dump() | {"rms_error": error, "rms_error_left_out": unseen}
    found = whole.model_dump() | {"coefficients": coefficients.tolist(), "fit": told}
    return CONTENTS[form].model_validate(found)


def closest(frames: Sequence[Configuration], reach: float) -> dict[str, float]:
    """The smallest distance of each pair of types in all frames; infinite beyond `reach`."""
    each = [smallest_distances(frame, _types(frames[0]), reach) for frame in frames]
    return {pair: min(one[pair] for one in each) for pair in each[0]}


def main(words: list[str] | None = None) -> None:
    """Fit, say how well, write the file."""
    told = vars(_parser().parse_args(words))
    begin, form = time.monotonic(), told["form"]
    kind: Any = CONTENTS[form].model_fields["basis"].annotation
    try:
        frames = frames_of(told["trajectory"])
        if told.get("r_in", "") is None:
            least = min(closest(frames, told["r_cut"]).values())
            told["r_in"] = kind.inner * min(least, told["r_cut"])
        basis = kind(**{k: told[k] for k in kind.model_fields if told[k] is not None})
        training = {key: told[key] for key in ("steps", "seed") if key in told}
        found = fit(frames, form, basis, told["blocks"], **training)
    except (ValueError, OSError, ImportError) as error:
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


def _parser() -> argparse.ArgumentParser:
    """Every form with the numbers of its basis."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    forms = parser.add_subparsers(dest="form", required=True)
    for form, content in CONTENTS.items():
        kind: Any = content.model_fields["basis"].annotation
        one = forms.add_parser(form)
        one.add_argument("trajectory", type=Path)
        one.add_argument("--out", type=Path, required=True, help="file to write")
        one.add_argument("--r-cut", type=float, required=True, help="range of the descriptors")
        for name, field in kind.model_fields.items():
            if name == "r_cut":
                continue
            default = None if field.is_required() else field.default
            one.add_argument(
                f"--{name.replace('_', '-')}",
                type=int if field.annotation is int else float,
                default=default,
                help="; ".join(
                    str(each)
                    for each in (field.description, default and f"default {default}")
                    if each
                ),
            )
        one.add_argument(
            "--blocks",
            type=int,
            default=BLOCKS,
            help=f"of frames, left out in turn to tell the error; default {BLOCKS}, 1: none is",
        )
        if kind is LearnedBasis:
            one.add_argument("--steps", type=int, default=STEPS, help=f"default {STEPS}")
            one.add_argument("--seed", type=int, default=0, help="of the training; default 0")
    return parser


def _types(frame: Configuration) -> tuple[str, ...]:
    return tuple(sorted(frame.type_names[k] for k in np.unique(frame.types)))


def _with_forces(responses: np.ndarray, frame: Configuration) -> np.ndarray:
    return _triangle(np.column_stack([responses, np.asarray(frame.forces).ravel()]))


def _triangle(table: np.ndarray) -> np.ndarray:
    """R of the factors QR of responses with the forces as the last column: all that least squares
    need of any number of frames."""
    return np.asarray(np.linalg.qr(table, mode="r"))


if __name__ == "__main__":
    main()
