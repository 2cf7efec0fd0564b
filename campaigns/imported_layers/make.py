"""Make the tables of imported_layers.yaml: monolayers of colloids as tracking finds them.

    python campaigns/imported_layers/make.py [FOLDER]

They stand in for an experiment and are made up so that the answer is known: a triangular lattice
whose particles are off their sites by 4 % of the distance of neighbours where the layer is a
crystal, and by 30 % where it has melted, which is below an area fraction of 0.68, or of 0.74 with
salt. 2 % of the particles are not found, the others to a tenth of a pixel.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

#: Pixels across a particle; a pixel is 0.1 micrometres.
DIAMETER = 15.0
WIDTH, HEIGHT = 330, 290
MELTING = {0: 0.68, 10: 0.74}


def tracked(phi: float, melting: float, rng: np.random.Generator) -> np.ndarray:
    """Coordinates of the particles that are found in one picture, in pixels, shape (N, 2)."""
    distance = DIAMETER * np.sqrt(np.pi / (2.0 * np.sqrt(3.0) * phi))
    rows, columns = np.mgrid[-2:40, -2:40]
    sites = np.stack([columns + 0.5 * (rows % 2), rows * np.sqrt(0.75)], axis=-1).reshape(-1, 2)
    points = distance * (sites + rng.normal(0.0, 0.04 if phi > melting else 0.3, sites.shape))
    points += rng.normal(0.0, 0.1, points.shape)
    inside = ((points > 0.0) & (points < [WIDTH, HEIGHT])).all(axis=1)
    return points[inside & (rng.random(len(points)) > 0.02)]


def main(folder: Path) -> None:
    """Write one table for every sample."""
    rng = np.random.default_rng(1)
    for salt, melting in MELTING.items():
        for phi in (0.6, 0.66, 0.72, 0.78):
            points = tracked(phi, melting, rng)
            rows = "".join(f"{x:.2f},{y:.2f},0\n" for x, y in points)
            (folder / f"salt{salt}_phi{phi}.csv").write_text(f"x,y,frame\n{rows}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
