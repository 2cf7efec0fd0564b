"""What the messages of engines mean."""

import pytest

from operations.engines import EngineError, ExplodedError
from operations.engines.messages import meaning


@pytest.mark.parametrize(
    ("message", "kind", "word"),
    [
        ("ERROR: Neighbor list overflow, boost neigh_modify one", EngineError, "r_cut = 10.5"),
        ("Cannot use neighbor bins - box size << cutoff", EngineError, "r_cut = 10.5"),
        ("nlist: Simulation box is too small! Particles would be", EngineError, "r_cut = 10.5"),
        ("Failed to allocate 800000 bytes for array x", MemoryError, "not enough memory"),
        ("CUDA Error: out of memory before CellListGPU.cc:95", MemoryError, "not enough memory"),
        ("std::bad_alloc", MemoryError, "not enough memory"),
        ("Incorrect format in restart file", EngineError, "checkpoint"),
        ("Fix npt has tilted box too far in one step - periodic cell is", ExplodedError, "box"),
        ("Domain too large for neighbor bins", ExplodedError, "box"),
        ("Lost atoms: original 200 current 198", ExplodedError, "lost"),
        ("Particle with unique tag 7 is no longer in the simulation box.", ExplodedError, "lost"),
        ("Pair distance < table inner cutoff: ijtype 1 1 dist 0.1", ExplodedError, "overlap"),
        ("Particle with unique tag 7 has NaN for its position.", ExplodedError, "finite"),
        ("Non-numeric pressure - simulation unstable", ExplodedError, "finite"),
        ("Unrecognized pair style 'tabel'", RuntimeError, "tabel"),
    ],
)
def test_messages_are_told_apart(message: str, kind: type[Exception], word: str) -> None:
    error = meaning("LAMMPS", message, "before step 200", 10.5)
    assert type(error) is kind
    assert word in str(error)
    assert "before step 200" in str(error)
    assert str(error).endswith(message)
