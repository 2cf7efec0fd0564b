"""The HPMC integrator for a set of shapes: the fastest that has all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.shapes import Shape
from operations.engines import EngineError

#: Part by which one semiaxis of a sphere with patches is longer among ellipsoids: the least that
#: single precision, in which HOOMD-blue has them, is sure to see.
TELLTALE = 2.0**-22


def integrator(shapes: Mapping[str, Shape], turns: bool) -> Any:
    """HOOMD-blue's integrator with the shapes of all types; one trial move a particle and step.

    It turns no particle whose shape looks the same from everywhere, so that spheres with patches
    are made such that it does: of two equal corners, or one semiaxis longer by `TELLTALE`.

    Parameters
    ----------
    shapes : mapping of str to Shape
        By type.
    turns : bool
        Whether orientations mean anything, be it for attractions only.

    Raises
    ------
    EngineError
        Where HOOMD-blue has no integrator for these shapes together.
    """
    import hoomd

    kinds = {shape.kind for shape in shapes.values()}
    rounded = kinds & {"sphere"} or any(shape.radius > 0 for shape in shapes.values())
    mc: Any
    if kinds == {"sphere"}:
        mc = hoomd.hpmc.integrate.Sphere(nselect=1)
        for name, shape in shapes.items():
            mc.shape[name] = {"diameter": 2.0 * shape.radius, "orientable": turns}
    elif kinds <= {"sphere", "sphere_union"}:
        mc = hoomd.hpmc.integrate.SphereUnion(nselect=1)
        for name, shape in shapes.items():
            radii = shape.radii or (shape.radius,)
            mc.shape[name] = {
                "shapes": [{"diameter": 2.0 * r, "orientable": bool(shape.patches)} for r in radii],
                "positions": [tuple(point) for point in shape.points],
            }
    elif kinds <= {"sphere", "polygon"}:
        flat = hoomd.hpmc.integrate
        convex = all(shape.convex for shape in shapes.values())
        if rounded and not convex:
            raise EngineError(
                "HOOMD-blue has no concave polygons and disks or rounded polygons in one system"
            )
        fast = flat.ConvexPolygon if convex else flat.SimplePolygon
        mc = (flat.ConvexSpheropolygon if rounded else fast)(nselect=1)
        for name, shape in shapes.items():
            mc.shape[name] = _vertices(shape, 2)
    elif kinds <= {"sphere", "ellipsoid"}:
        mc = hoomd.hpmc.integrate.Ellipsoid(nselect=1)
        for name, shape in shapes.items():
            longest = shape.radius * (1.0 + TELLTALE if shape.patches else 1.0)
            semiaxes = shape.radii or (shape.radius, shape.radius, longest)
            mc.shape[name] = dict(zip("abc", semiaxes, strict=True))
    elif kinds <= {"sphere", "polyhedron", "spherocylinder"}:
        solid = hoomd.hpmc.integrate
        mc = (solid.ConvexSpheropolyhedron if rounded else solid.ConvexPolyhedron)(nselect=1)
        for name, shape in shapes.items():
            mc.shape[name] = _vertices(shape, 3)
    elif kinds.isdisjoint({"polygon", "ellipsoid"}):
        mc = hoomd.hpmc.integrate.ConvexSpheropolyhedronUnion(nselect=1)
        for name, shape in shapes.items():
            mc.shape[name] = _union(shape)
    else:
        raise EngineError(
            "HOOMD-blue has no polygons and unions of disks in one system, nor ellipsoids and other"
            " bodies than spheres"
        )
    return mc


def _vertices(shape: Shape, dimensions: int) -> dict[str, Any]:
    """A body of one hull as corners and the radius of what is swept over them."""
    corners = [tuple(point[:dimensions]) for point in shape.points]
    return {
        "vertices": corners * 2 if shape.patches else corners,
        "sweep_radius": shape.radius,
    }


def _union(shape: Shape) -> dict[str, Any]:
    """Any shape as a union of spheropolyhedra."""
    if shape.kind == "polyhedron_union":
        # HOOMD-blue wants the origin of a part inside it
        centres = [hull.mean(axis=0) for hull in shape.hulls]
        parts = zip(shape.hulls, centres, strict=True)
        hulls = [[tuple(corner) for corner in hull - centre] for hull, centre in parts]
        return {
            "shapes": [{"vertices": hull, "sweep_radius": 0.0} for hull in hulls],
            "positions": [tuple(centre) for centre in centres],
        }
    if shape.kind != "sphere_union":
        return {"shapes": [_vertices(shape, 3)], "positions": [(0.0, 0.0, 0.0)]}
    return {
        "shapes": [{"vertices": [(0.0, 0.0, 0.0)], "sweep_radius": r} for r in shape.radii],
        "positions": [tuple(point) for point in shape.points],
    }
