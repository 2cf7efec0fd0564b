"""Pictures of configurations: discs, polygons, spheres and polyhedra, on paper and on screen.

draw(configuration, "picture.pdf", by_phase(configuration, phases))
draw(configuration, "cell.png", style=Style(unit_cell=True, bonds=True, scale=0.6))
draw(configuration, "cubes.png", style=Style(shapes={"A": Shape.polyhedron(v)}, orientations=q))
"""

from analysis.render.colouring import Colouring, by_phase, by_type, by_value, order_parameter
from analysis.render.figure import draw
from analysis.render.scene import Style
from analysis.render.shapes import Shape

__all__ = [
    "Colouring",
    "Shape",
    "Style",
    "by_phase",
    "by_type",
    "by_value",
    "draw",
    "order_parameter",
]
