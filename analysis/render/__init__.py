"""Pictures of configurations: discs, polygons, spheres and polyhedra, on paper and on screen.

draw(configuration, "picture.pdf", by_phase(configuration, phases))
draw(configuration, "cell.png", style=Style(unit_cell=True, bonds=True, scale=0.6))

Particles with shapes and orientations of their own (`Configuration`) are drawn in these.
"""

from analysis.render.colouring import Colouring, by_phase, by_type, by_value, order_parameter
from analysis.render.figure import draw
from analysis.render.scene import Style

__all__ = [
    "Colouring",
    "Style",
    "by_phase",
    "by_type",
    "by_value",
    "draw",
    "order_parameter",
]
