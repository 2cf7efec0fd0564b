"""Labels of hard disks as liquid, hexatic and crystal, by number of disks.

    python -m benchmarks.hexatic --rows 32 64 128 --packing 0.68 0.718 0.74

Moves are event chains (E. P. Bernard, W. Krauth, D. B. Wilson, Phys. Rev. E 80, 056704 (2009)),
straight ones along x and y in turn, from the hexagonal crystal of rows × rows disks. They give the
pressure, too, by how much farther a chain comes than its disks move. Liquid ends at a packing
fraction of 0.700, the hexatic is from 0.716 to 0.720 (E. P. Bernard, W. Krauth, Phys. Rev. Lett.
107, 155704 (2011); M. Engel et al., Phys. Rev. E 87, 042134 (2013)). One row a frame: exponents of
the decay of bonds and positions, label.
"""

from __future__ import annotations

import argparse

import numba
import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.quasi_long_range import quasi_long_range
from analysis.labelling import label_configuration
from analysis.neighbourhoods import nearest

#: Total displacement of a chain over that of a disk at contact with its neighbours, √N of which
#: relax long waves as fast as short ones.
LENGTH = 0.4


@numba.njit(cache=True)
def chains(position, box, cells, count, members, cell_of, length, n_chains, random):
    """Move disks of diameter 1, in place; returns events and how much farther chains came."""
    width = box / cells
    events, farther = 0, 0.0
    for chain in range(n_chains):
        i = random.integers(0, len(position))
        left, axis = length, chain % 2
        other = 1 - axis
        while left > 0.0:
            events += 1
            u, v = position[i, axis], position[i, other]
            column, row = int(u / width[axis]), int(v / width[other])
            step, hit, jump, k = left, -1, 0.0, 0
            while k < 2 or (column + k) * width[axis] - u - 1.0 < step:
                ahead = column + k
                across = 0.0 if ahead < cells[axis] else box[axis]
                ahead %= cells[axis]
                for beside in range(row - 1, row + 2):
                    here = beside % cells[other]
                    aside = (beside - here) // cells[other] * box[other]
                    at = ahead * cells[1] + here if axis == 0 else here * cells[1] + ahead
                    for m in range(count[at]):
                        j = members[at, m]
                        du = position[j, axis] + across - u
                        dv = position[j, other] + aside - v
                        if j == i or du <= 0.0 or dv * dv >= 1.0:
                            continue
                        contact = np.sqrt(1.0 - dv * dv)
                        if du - contact < step:
                            step, hit, jump = max(du - contact, 0.0), j, contact
                k += 1
            left -= step
            u = (u + step) % box[axis]
            position[i, axis] = u
            column = min(int(u / width[axis]), cells[axis] - 1)
            new = column * cells[1] + row if axis == 0 else row * cells[1] + column
            old = cell_of[i]
            if new != old:
                count[old] -= 1
                for m in range(count[old]):
                    if members[old, m] == i:
                        members[old, m] = members[old, count[old]]
                members[new, count[new]] = i
                count[new] += 1
                cell_of[i] = new
            if hit < 0:
                break
            farther += jump
            i = hit
    return events, farther


class Disks:
    """Hard disks of diameter 1 in a periodic box that fits the hexagonal crystal of `rows` rows,
    an even number."""

    def __init__(self, rows: int, packing: float, seed: int) -> None:
        spacing = np.sqrt(np.pi / (2.0 * np.sqrt(3.0) * packing))
        self.box = rows * spacing * np.array([1.0, np.sqrt(0.75)])
        i, j = np.divmod(np.arange(rows * rows), rows)
        lattice = np.stack([(j + 0.5 * (i % 2) + 0.25) / rows, (i + 0.5) / rows], axis=1)
        self.position = lattice * self.box
        self.random = np.random.default_rng(seed)
        self.cells = self.box.astype(int)
        at = (self.position / (self.box / self.cells)).astype(int)
        self.cell_of = at[:, 0] * self.cells[1] + at[:, 1]
        self.count = np.zeros(self.cells.prod(), dtype=int)
        self.members = np.zeros((len(self.count), 8), dtype=int)
        for disk, cell in enumerate(self.cell_of):
            self.members[cell, self.count[cell]] = disk
            self.count[cell] += 1

    def run(self, events: int) -> float:
        """Move until there were so many events a disk; returns the pressure over kT."""
        n, done, farther, moved = len(self.position), 0, 0.0, 0.0
        length = LENGTH * np.sqrt(n)
        arrays = (self.position, self.box, self.cells, self.count, self.members, self.cell_of)
        while done < events * n:
            found = chains(*arrays, length, 100, self.random)
            done, farther, moved = done + found[0], farther + found[1], moved + 100 * length
        return float(n / self.box.prod() * (1.0 + farther / moved))

    def configuration(self) -> Configuration:
        """As it is now."""
        n = len(self.position)
        positions = np.column_stack([self.position - 0.5 * self.box, np.zeros(n)])
        box = np.array([*self.box, 1.0, 0, 0, 0])
        return Configuration(positions, box, 2, np.zeros(n, dtype=int))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[32, 64, 128])
    parser.add_argument("--packing", type=float, nargs="+", default=[0.68, 0.718, 0.74])
    parser.add_argument("--events", type=int, default=3000, help="a disk between two frames")
    parser.add_argument("--frames", type=int, default=10)
    arguments = parser.parse_args()
    print("| N | packing | events | P | bonds | positions | label |\n|---|---|---|---|---|---|---|")
    for rows in arguments.rows:
        for packing in arguments.packing:
            disks = Disks(rows, packing, seed=rows)
            for frame in range(arguments.frames):
                pressure = disks.run(arguments.events)
                found = disks.configuration()
                bonds = nearest(found, 6).vectors
                psi = np.exp(6j * np.arctan2(bonds[..., 1], bonds[..., 0])).mean(axis=1)
                order = quasi_long_range(found, psi)
                assert order is not None
                labels = label_configuration(found)
                print(
                    f"| {rows}² | {packing} | {(frame + 1) * arguments.events} | {pressure:.3f} |"
                    f" {order.bonds:.3f} | {order.positions:.2f} | {labels.label}"
                    f"{', ' if labels.reason else ''}{labels.reason} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
