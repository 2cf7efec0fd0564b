"""Hard convex polyhedra: by name, by family, by vertices."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from workspace_schema.building_blocks.building_block import BuildingBlock, Length, Vector

#: Names of polyhedra: the Platonic solids, the Archimedean and the Catalan ones.
PLATONIC = ("tetrahedron", "cube", "octahedron", "dodecahedron", "icosahedron")
ARCHIMEDEAN = (
    "cuboctahedron",
    "icosidodecahedron",
    "rhombicosidodecahedron",
    "rhombicuboctahedron",
    "snub_cuboctahedron",
    "snub_icosidodecahedron",
    "truncated_cube",
    "truncated_cuboctahedron",
    "truncated_dodecahedron",
    "truncated_icosahedron",
    "truncated_icosidodecahedron",
    "truncated_octahedron",
    "truncated_tetrahedron",
)
CATALAN = (
    "deltoidal_hexecontahedron",
    "deltoidal_icositetrahedron",
    "disdyakis_dodecahedron",
    "disdyakis_triacontahedron",
    "pentagonal_hexecontahedron",
    "pentagonal_icositetrahedron",
    "pentakis_dodecahedron",
    "rhombic_dodecahedron",
    "rhombic_triacontahedron",
    "tetrakis_hexahedron",
    "triakis_icosahedron",
    "triakis_octahedron",
    "triakis_tetrahedron",
)

#: Parameters of the families, with their bounds.
FAMILIES: dict[str, dict[str, tuple[float, float]]] = {
    "truncated_tetrahedron": {"truncation": (0.0, 1.0)},
    "truncated_cube": {"truncation": (0.0, 1.0)},
    "323": {"a": (1.0, 3.0), "c": (1.0, 3.0)},
    "423": {"a": (1.0, 2.0), "c": (2.0, 3.0)},
    "523": {"a": (1.0, 1.381966011250105), "c": (2.618033988749895, 3.0)},
    "prism": {"sides": (3, 100)},
    "antiprism": {"sides": (3, 100)},
    "dipyramid": {"sides": (3, 5)},
}
_PARAMETERS = ("truncation", "a", "c", "sides")


#: Corners nearer than this part of the size of a polyhedron are one.
_SAME = 1e-6
#: A polyhedron that fills less than this part of the cube of its size is flat.
_FLAT = 1e-9


class HardPolyhedron(BuildingBlock):
    """A hard convex polyhedron, with `rounding` a spheropolyhedron: the polyhedron swept by a
    sphere.

    Exactly one of `name`, `family` and `vertices` says which.

    Attributes
    ----------
    name : str
        A Platonic, Archimedean or Catalan solid, such as cube or truncated_octahedron.
    family : str
        "truncated_tetrahedron" (`truncation` from 0, the tetrahedron, to 1, the octahedron);
        "truncated_cube" (`truncation`, how much of an edge of length 1 is cut off with its corner,
        from 0, the cube, by 1/2, the cuboctahedron, and 3/4, the truncated octahedron, to 1, the
        octahedron: |x| + |y| + |z| < 3/2 - `truncation` in the cube |x|, |y|, |z| < 1/2); "323",
        "423", "523": polyhedra between the Platonic, Archimedean and Catalan solids of tetrahedral,
        octahedral and icosahedral symmetry by the distances `a` and `c` of two kinds of faces, as
        in E. R. Chen, D. Klotsa, M. Engel, P. F. Damasceno, S. C. Glotzer, Phys. Rev. X 4, 011024
        (2014); "prism", "antiprism" and "dipyramid" with regular faces and a number of `sides`.
    vertices : list of [x, y, z]
        Corners, each once; what they enclose is the polyhedron.
    volume : float
        Of the whole body, rounding included.
    rounding : float
        Radius of the sphere that is swept over the surface of a polyhedron, which is the smaller
        for it: at (3 volume / 4π)^⅓ only the sphere is left.
    """

    dimensions: ClassVar[tuple[int, ...]] = (3,)

    form: Literal["hard_polyhedron"]
    name: Literal[*PLATONIC, *ARCHIMEDEAN, *CATALAN] | None = None  # type: ignore[valid-type]
    family: Literal[*FAMILIES] | None = None  # type: ignore[valid-type]
    truncation: float | None = None
    a: float | None = None
    c: float | None = None
    sides: int | None = None
    vertices: Annotated[list[Vector], Field(min_length=4, max_length=200)] | None = None
    volume: Length = 1.0
    rounding: Annotated[float, Field(ge=0)] = 0.0

    @field_validator("family", mode="before")
    @classmethod
    def _family_may_be_a_number(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) else value

    @model_validator(mode="after")
    def _one_description(self) -> HardPolyhedron:
        given = [key for key in ("name", "family", "vertices") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(
                "expected exactly one of name, family and vertices"
                + (f", got {' and '.join(given)}" if given else "")
            )
        most = (0.75 * self.volume / math.pi) ** (1 / 3)
        if self.rounding >= most:
            raise ValueError(
                f"rounding: got {self.rounding:g}; expected less than {most:.4g}, the radius of"
                " a sphere"
            )
        wanted = FAMILIES.get(str(self.family), {})
        for key in _PARAMETERS:
            _check(key, getattr(self, key), wanted.get(key), self.family)
        if self.vertices is not None:
            check_corners(self.vertices)
        return self


def _check(key: str, value: Any, bounds: tuple[float, float] | None, family: str | None) -> None:
    """Raise ValueError where a parameter of a family is missing, too many, or out of bounds."""
    if bounds is None:
        if value is not None:
            of = f"family {family}" if family else "what is no family"
            raise ValueError(f"{key}: has no meaning for {of}")
        return
    low, high = bounds
    if value is None:
        raise ValueError(f"{key} is missing; family {family} needs it, from {low:g} to {high:g}")
    if not low <= value <= high:
        raise ValueError(f"{key}: got {value}; expected {low:g} to {high:g} in family {family}")


def check_corners(vertices: list[Vector], key: str = "vertices") -> None:
    """Raise ValueError where vertices are not the corners of a polyhedron, each once."""
    import numpy as np
    from scipy.spatial import ConvexHull, QhullError

    corners = np.array(vertices)
    with np.errstate(all="ignore"):  # numbers that are much too large enclose nothing
        corners -= corners.mean(axis=0)
        corners /= np.abs(corners).max()
    close = np.linalg.norm(corners[:, None] - corners, axis=-1) < _SAME
    twice = np.argwhere(np.triu(close, 1))
    if len(twice):
        raise ValueError(f"{key}: {list(vertices[twice[0, 1]])} stands there twice")
    try:
        hull = ConvexHull(corners)
    except (QhullError, ValueError):
        hull = None
    if hull is None or not hull.volume > _FLAT:
        raise ValueError(f"{key}: expected corners that enclose a volume")
    inner = sorted(set(range(len(corners))) - set(hull.vertices.tolist()))
    if inner:
        raise ValueError(
            f"{key}: {list(vertices[inner[0]])} is no corner of what the others enclose"
        )
