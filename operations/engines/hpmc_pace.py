"""How often the box is tried and the pressure measured where the host is slower than the device.

On a GPU HOOMD-blue counts the overlaps of a trial move of the box, and those of the pressure, on
the host. What they and a sweep take is measured once in a run, and kept in its state.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: Sweeps between two trial moves of the box on the CPU. Each costs about as much as a sweep, but
#: changes ln V by 1e-4 only in a dense system of 1000 particles: seldom moves would save no time.
BOX_PERIOD = 2

#: Parts of the time of all sweeps that trial moves of the box (as on the CPU) and samples of the
#: pressure may take, and longest period of those.
BOX_SHARE, PRESSURE_SHARE, LONGEST = 1.0 / BOX_PERIOD, 0.2, 100

#: Sweeps before anything is timed (kernels are tuned meanwhile), sweeps and repetitions timed.
WARM, SWEEPS, REPETITIONS = 100, 200, 10


@dataclass(frozen=True)
class Costs:
    """Seconds.

    Attributes
    ----------
    sweep, box, pressure : float
        Of a sweep, of a trial move of the box, of a measurement of the pressure.
    """

    sweep: float
    box: float
    pressure: float

    @property
    def box_period(self) -> int:
        """Sweeps between two trial moves of the box."""
        wanted = math.ceil(self.box / (BOX_SHARE * self.sweep))
        return min(max(wanted, BOX_PERIOD), LONGEST)

    def pressure_every(self, log_period: int, frame_period: int) -> int:
        """Log periods between two measurements of the pressure; each frame falls on one."""
        wanted = math.ceil(self.pressure / (PRESSURE_SHARE * self.sweep * log_period))
        if not frame_period:
            return max(wanted, 1)
        whole = frame_period // log_period
        return next(
            k for k in range(1, whole + 1) if whole % k == 0 and (k >= wanted or k == whole)
        )


def costs(simulation: Any, move_box: Callable[[], None], measure: Callable[[], Any]) -> Costs:
    """What a simulation takes; it is not the same afterwards.

    Parameters
    ----------
    simulation : hoomd.Simulation
        With an integrator.
    move_box : callable
        Add trial moves of the box at every step.
    measure : callable
        Measure the pressure of the configuration as it is.
    """
    simulation.run(WARM)
    sweep = _seconds(lambda: simulation.run(SWEEPS)) / SWEEPS
    pressure = 0.0
    for _ in range(REPETITIONS):
        simulation.run(1)  # nothing that is known of this step is computed again
        pressure += _seconds(measure) / REPETITIONS
    move_box()
    simulation.run(REPETITIONS)
    both = _seconds(lambda: simulation.run(SWEEPS)) / SWEEPS
    return Costs(sweep, max(both - sweep, 0.0), pressure)


def _seconds(act: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin
