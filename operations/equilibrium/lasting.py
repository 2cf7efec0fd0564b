"""Whether a phase that was simulated by itself is still what it was, by the label of a frame."""

from __future__ import annotations

from analysis.configuration import Configuration


def crystal_in(frame: Configuration) -> str:
    """The label of a frame that is a crystal, "" of any other."""
    from analysis.labelling import label_configuration
    from analysis.labelling.phases import is_crystal

    name = label_configuration(frame).label
    return name if is_crystal(name) else ""
