"""Segments sample what the bias says, whatever they are made of."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from operations.engines import Chunk
from operations.equilibrium.segments import Segments


class Ring:
    """A walk on a ring of eight places, all alike without bias."""

    capabilities = frozenset({"monte_carlo"})

    def run(self, state, segment, stop, sampling):
        random = np.random.default_rng([3, int(state["step"])])
        steps = random.choice([-1, 1], size=stop - int(state["step"]))
        return Chunk({"x": (state["x"] + steps.sum()) % 8, "step": np.asarray(stop)}, np.empty(0))

    def configuration(self, state):
        return state["x"]


class IdealGas:
    """Particles that dynamics leaves where they are, without energy."""

    capabilities = frozenset({"molecular_dynamics"})

    def begin(self, configuration, step):
        return {"box": configuration.box}

    def run(self, state, segment, stop, sampling):
        return Chunk(state, np.empty(0))

    def configuration(self, state):
        n = 5
        return Configuration(np.zeros((n, 3)), state["box"], 3, np.zeros(n, dtype=int), ("A",))

    def energy_and_forces(self, configuration):
        return 0.0, np.zeros((5, 3)), np.zeros((3, 3))


def test_a_walk_under_a_bias_is_at_every_place_as_often_as_the_bias_says() -> None:
    def bias(q):
        return 0.5 * 0.4 * (q - 3.0) ** 2

    segments = Segments(lambda x: np.array([float(x)]), bias, 1.5, None, 3, 1, 7)
    begun = {"x": np.asarray(2), "step": np.asarray(0)}
    _, samples = segments.advance(Ring(), begun, 0, 18_000)
    places = np.arange(8)
    # three steps lead from even to odd places and back
    shares = np.bincount(samples[:, 1].astype(int), minlength=8) / len(samples)
    expected = np.exp(-0.5 * 0.4 * (places - 3.0) ** 2 / 1.5)
    assert np.allclose(shares, expected / expected.sum(), atol=0.02)
    assert 0.2 < samples[:, 0].mean() < 0.9


def test_a_volume_at_a_pressure_is_that_of_the_ideal_gas() -> None:
    def measure(now):
        return np.array([0.0, now.volume])

    segments = Segments(measure, lambda q: 0.5 * q**2, 2.0, 0.5, 1, 1, 7)
    begun = {"box": np.array([3.0, 3.0, 3.0, 0.0, 0.0, 0.0])}
    _, samples = segments.advance(IdealGas(), begun, 0, 5000)
    volumes = samples[:, 2]
    assert abs(volumes.mean() / (6 * 2.0 / 0.5) - 1.0) < 0.06
    assert abs(volumes.var() / (6 * (2.0 / 0.5) ** 2) - 1.0) < 0.2


def test_where_the_bias_is_infinite_a_walk_goes_on_until_it_is_out_and_never_comes_back() -> None:
    def measure(x):
        return np.array([float(x) if x < 4 else np.inf])

    segments = Segments(measure, lambda q: 0.0 if np.isfinite(q) else q, 1.0, None, 1, 1, 7)
    begun = {"x": np.asarray(6), "step": np.asarray(0)}
    _, samples = segments.advance(Ring(), begun, 0, 200)
    is_out = np.isfinite(samples[:, 1])
    assert not is_out[0]
    assert is_out[-100:].all()
    assert (np.diff(is_out.astype(int)) != 0).sum() == 1
