"""Fractions of phases against time: as text, and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

#: Phases that never reach this fraction are not drawn.
LEAST = 0.02


def text_of(
    frames: Sequence[float], names: Sequence[str], fractions: np.ndarray, crystalline: np.ndarray
) -> str:
    """A table, separated by commas: frame, crystalline fraction, and that of each phase.

    Parameters
    ----------
    frames : sequence of float, shape (n_frames,)
    names : sequence of str, shape (n_phases,)
    fractions : ndarray, shape (n_frames, n_phases)
    crystalline : ndarray, shape (n_frames,)
    """
    head = ",".join(["frame", "crystalline", *names])
    rows = (
        ",".join([f"{frame:g}", f"{share:.6g}", *(f"{value:.6g}" for value in values)])
        for frame, share, values in zip(frames, crystalline, fractions, strict=True)
    )
    return "\n".join([head, *rows, ""])


def draw_fractions(
    frames: Sequence[float],
    names: Sequence[str],
    fractions: np.ndarray,
    crystalline: np.ndarray,
    file: Path,
) -> None:
    """Write a PNG of the phases, in their colours, and of the crystalline fraction, in black; for
    the parameters see `text_of`."""
    from matplotlib.figure import Figure

    from analysis.colours import phase_styles

    figure = Figure(figsize=(5.0, 3.0), layout="constrained")
    axes = figure.subplots()
    styles = phase_styles(names)
    marker = "o" if len(frames) < 40 else ""
    for name, values in zip(names, fractions.T, strict=True):
        if values.max(initial=0.0) >= LEAST:
            colour = styles[name].colour
            axes.plot(frames, values, marker=marker, markersize=3, label=name, color=colour)
    axes.plot(frames, crystalline, color="black", linestyle="--", label="crystalline")
    axes.set(xlabel="frame", ylabel="fraction of the particles", ylim=(-0.02, 1.02))
    axes.legend(frameon=False, fontsize="small")
    figure.savefig(file, format="png", dpi=130)
