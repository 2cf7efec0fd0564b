"""What makes a perfect crystal imperfect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.configuration import Configuration


def with_noise(
    configuration: Configuration, sigma: float, rng: np.random.Generator
) -> Configuration:
    """The same configuration with Gaussian noise of width `sigma` on every coordinate."""
    positions = configuration.positions.copy()
    dims = configuration.dimensions
    positions[:, :dims] += rng.normal(0.0, sigma, (len(positions), dims))
    return replace(configuration, positions=positions, velocities=None, images=None)
