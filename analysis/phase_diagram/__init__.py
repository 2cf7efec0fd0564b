"""The phase diagram of a campaign: read its table, draw it for print, open it in a browser."""

from analysis.phase_diagram.figure import draw
from analysis.phase_diagram.interactive import interactive
from analysis.phase_diagram.table import campaign_axes, read_table

__all__ = ["campaign_axes", "draw", "interactive", "read_table"]
