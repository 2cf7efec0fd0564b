"""Where the two-dimensional rules decide."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

MODEL = "two_dimensional-8"


@dataclass(frozen=True)
class Thresholds:
    """Where the rules decide. All are dimensionless.

    Attributes
    ----------
    hexagonal, square, honeycomb : float
        Least |psi_6|, |psi_4| and staggered |psi_3|, averaged over the first shell, then its
        modulus over the first shell again.
    kagome : float
        Least |psi_6| of the four nearest, averaged over these, then its modulus again.
    kagome_coordination : tuple of float
        Least and largest number of bonds, on average: 4, honeycomb has 3, hexagonal 6.
    one_sided : float
        Largest |psi_1| of the four nearest, averaged over these, of kagome; at the edge of a
        hexagonal crystal it is 0.43.
    rhombic : float
        Least |psi_2| of the four nearest, averaged over the 12 nearest, and largest of square;
        where these have psi_4, too, it is the cosine of the angle of the rhombus: 0 for squares and
        rectangles, 0.26 at 75 degrees.
    unequal_sides : float
        Largest |<(r - <r>) exp(2 i theta)>| / <r> of the four nearest of rhombic: an oblique
        lattice with sides 1 and 1.1 has 0.05.
    fifth : float
        Largest gap behind the fifth neighbour less that before it, in units of the fourth distance,
        of rhombic, which has -0.07 to -0.29. Where rows of squares and triangles are sheared, the
        four nearest are those of a rhombus, but the fifth is as near: 0.3.
    elongated : tuple of float
        Least and largest |psi_6| of the bonds of a tiling, averaged over the 12 nearest, of
        elongated triangular, which has 0.6; hexagonal has 1, snub-square 0.02, dodecagonal 0.31 at
        most (95th percentile at a noise of 0.08).
    coordination_of_rows : float
        Largest number of bonds, on average, of elongated triangular: 5, hexagonal has 6.
    decagonal, dodecagonal : float
        Least |psi_10| and |psi_12| averaged over the 12 nearest.
    bond, tiling_bond : float
        Longest bonds of psi_10, in units of the mean distance of the three nearest, and of
        psi_12, of the five nearest: so many at least have the vertices of either tiling.
    coordination : float
        Least number of bonds, on average, in a tiling of squares and triangles; 5 and 6 occur in
        it, kagome has 4, honeycomb 3.
    hexagon_centres : float
        Share of vertices 3^6 above which a tiling of squares and triangles is dodecagonal: half
        of 7 - 4 sqrt(3), that of the ideal one. The sigma phase has none.
    hexagon_centres_width : float
        Change of that share that changes the odds of dodecagonal to sigma by a factor e.
    crystalline : float
        Largest averaged |psi_6| and |psi_4| in a tiling of squares and triangles.
    open_shell : float
        Largest staggered |psi_3| of a decagonal particle; honeycomb has 1.
    lower_order : float
        Largest |psi_n|, n = 2, 4, 6, 8, averaged over the 12 nearest, of a decagonal particle.
    centre : float
        Least |psi_6| of a vertex 3^6. Vertices 3^3.4^2 have 0.53, vertices 3^2.4.3.4 have 0.24.
    strain : float
        Largest |<r exp(2 i theta)>| / <r> of hexagonal and honeycomb, and least, of the six
        nearest, of rhombic; largest |<(r - <r>) exp(2 i theta)>| / <r> of square: a rectangle of
        sides 1 and 1.2 has 0.09.
    order : float
        Least |psi_n| averaged over the 12 nearest, of any n, of an order without a name.
    pair_entropy : float
        Least local two-body entropy of a fluid, in units of k_B.
    pair_entropy_width : float
        Change of that entropy that changes the odds by a factor e.
    region : float
        Least part of its 12 nearest that is fluid, too, of a particle within a fluid. A straight
        grain boundary two particles wide leaves 0.5.
    bragg : float
        Largest excess of a Bragg peak of a fluid; by chance one fluid in e to this power has more.
    strain_width : float
        Change of the strain that changes the odds by a factor e.
    width : float
        Change of an order parameter that changes the odds by a factor e.
    part_of_hexatic : float
        Least part of the particles with hexagonal surroundings in a hexatic.
    cold : float
        Mean |psi_6| of single particles from which on a crystal is far from melting, whatever
        becomes of its positions at small angles between grains: hard disks have 0.80 in the
        hexatic at a packing fraction of 0.718 and 0.85 at 0.74.
    decay_of_bonds, decay_of_positions : float
        Largest exponent of bonds in a hexatic, and least one of positions. That of a crystal is at
        most 1/3 on average; hard disks at 0.74 had up to 0.33 in single configurations.
    tells_hexatic, tells_crystal : float
        Least width of the box in lattice constants to find a hexatic, and to find a crystal close
        to melting: positions of hard disks at 0.718 are those of a crystal over up to a hundred
        diameters.
    """

    hexagonal: float = 0.5
    square: float = 0.5
    honeycomb: float = 0.75
    kagome: float = 0.55
    kagome_coordination: tuple[float, float] = (3.5, 4.5)
    one_sided: float = 0.25
    rhombic: float = 0.12
    unequal_sides: float = 0.05
    fifth: float = 0.12
    elongated: tuple[float, float] = (0.38, 0.75)
    coordination_of_rows: float = 5.5
    decagonal: float = 0.4
    dodecagonal: float = 0.3
    bond: float = 1.3
    tiling_bond: float = 1.2
    coordination: float = 4.4
    hexagon_centres: float = 0.036
    hexagon_centres_width: float = 0.008
    crystalline: float = 0.6
    open_shell: float = 0.85
    lower_order: float = 0.4
    centre: float = 0.72
    strain: float = 0.08
    strain_width: float = 0.01
    order: float = 0.5
    pair_entropy: float = -2.7
    pair_entropy_width: float = 0.1
    region: float = 0.75
    bragg: float = 7.0
    width: float = 0.05
    part_of_hexatic: float = 0.8
    cold: float = 0.83
    decay_of_bonds: float = 0.25
    decay_of_positions: float = 0.5
    tells_hexatic: float = 55.0
    tells_crystal: float = 110.0

    def hash(self) -> str:
        """Hash of the model: its name and every threshold."""
        content = json.dumps([MODEL, asdict(self)], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]
