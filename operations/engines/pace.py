"""How long a chunk is: on the CPU so many steps, on a GPU so many seconds.

A GPU of one kind is a hundred times as fast as of another, or for large systems as for small ones;
a scheduler warns a fixed time before it ends a job. On the CPU, and by an engine that repeats
itself on a GPU, the number follows from the particles alone, so that a resumed run equals an
uninterrupted one.
"""

from __future__ import annotations

from operations.engines import CHUNK_SECONDS, Engine

#: Steps of the first chunk on a GPU, which tell how fast it is.
FIRST_CHUNK = 1000


def by_steps(engine: Engine) -> bool:
    """Whether chunks of an engine are so many steps: it does the same again, bit for bit."""
    return engine.device != "gpu" or getattr(engine, "repeats", False)


class Pace:
    """The speed of the last chunk."""

    seconds = CHUNK_SECONDS

    def __init__(self) -> None:
        self._speed: float | None = None

    def steps(self, engine: Engine, n_particles: int, least: int = 1) -> int:
        """Steps of the next chunk; `least` is for the CPU."""
        most = max(engine.chunk_particle_steps // n_particles, least)
        if by_steps(engine):
            return most
        fast = FIRST_CHUNK if self._speed is None else int(self._speed * self.seconds)
        return max(min(most, fast), 1)

    def took(self, steps: int, seconds: float) -> None:
        """Take note of a chunk."""
        self._speed = steps / max(seconds, 1e-6)
