"""The process that runs a node's share of a pack: `python -m operations.slurm.worker PACK ROOT`.

It feeds jobs to its lanes (`lane.py`) as these become free, each lane on its own device, and hands
on the warning signal. A lane that is killed (out of memory, a crash in a library) is replaced, so
that one bad job does not take its neighbours along; those that it had at the same time are tried
again one by one. The last lines of the log say how each job ended; the exit status is 0 only if
none failed.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from operations.jobs.deadline import WARNINGS
from operations.jobs.isolation import REPOSITORY
from operations.jobs.progress import say
from operations.slurm.lane import READY
from operations.slurm.packs import Pack, warned
from workspace_schema.files import touch

DEVICES = ("CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
#: Outcomes that leave nothing to worry about.
GOOD = ("finished", "walltime", "nothing done")
#: Variables by which this process may know which of the pack's nodes it is on.
RANKS = ("SLURM_NODEID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK")


@dataclass
class Lane:
    """A process and the jobs it works on."""

    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    jobs: list[str] = field(default_factory=list)
    ready: bool = False
    #: Of a line that has not come to its end.
    heard: bytes = b""


class Worker:
    """Runs this node's share of a pack.

    Parameters
    ----------
    pack : Pack
    root : Path
        Campaign root.
    rank : int
        Which of the pack's nodes this is.
    """

    def __init__(self, pack: Pack, root: Path, rank: int = 0) -> None:
        self.pack, self.root = pack, root
        self.waiting = deque(pack.members[rank :: pack.nodes])
        #: Of these one at a time.
        self.alone: set[str] = set()
        self.outcomes: dict[str, str] = {}
        self.lanes: list[Lane] = []
        self.selector = selectors.DefaultSelector()
        self.stopping: str | None = None

    def run(self) -> int:
        """Run everything; return the exit status."""
        for number in WARNINGS:
            signal.signal(number, self._warned)
        n_lanes = min(self.pack.lanes, -(-len(self.waiting) // self.pack.together))
        with multi_process_service(self.pack.mps) as service:
            for lane in range(n_lanes):
                self._start(lane_environment(lane, self.pack) | service)
            while self.lanes:
                for key, _ in self.selector.select(1.0):
                    self._hear(key.data)
        for job in self.waiting:
            self.outcomes[job] = f"not begun ({self.stopping})" if self.stopping else "no lane left"
        return self._report()

    def _warned(self, number: int, _: FrameType | None) -> None:
        self.stopping = signal.Signals(number).name
        with suppress(OSError):
            touch(warned(self.root, self.pack))
        for lane in self.lanes:
            with suppress(ProcessLookupError):
                lane.process.send_signal(signal.SIGTERM)

    def _start(self, environment: Mapping[str, str]) -> None:
        process = subprocess.Popen(
            [sys.executable, str(REPOSITORY / "project.py"), "lane", self.pack.operation],
            cwd=self.root,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        lane = Lane(process, environment)
        self.lanes.append(lane)
        assert process.stdout is not None
        self.selector.register(process.stdout, selectors.EVENT_READ, lane)

    def _hear(self, lane: Lane) -> None:
        assert lane.process.stdout is not None
        # not by lines of a buffer: nothing would tell that there are more in it
        new = os.read(lane.process.stdout.fileno(), 1 << 16)
        if not new:
            self._ended(lane)
            return
        *lines, lane.heard = (lane.heard + new).split(b"\n")
        for line in lines:
            self._note(lane, line)

    def _note(self, lane: Lane, line: bytes) -> None:
        try:
            answer = json.loads(line)
            job = answer["job"]
        except (ValueError, KeyError, TypeError):
            return  # a library that prints on its own
        if job == READY:
            lane.ready = True
        else:
            self.outcomes[job] = answer["outcome"]
            lane.jobs.remove(job)
        if not lane.jobs:
            self._feed(lane)

    def _feed(self, lane: Lane) -> None:
        assert lane.process.stdin is not None
        with suppress(BrokenPipeError):
            if self.stopping or not self.waiting:
                lane.process.stdin.close()
                return
            lane.jobs = [self.waiting.popleft()]
            while (
                self.waiting
                and len(lane.jobs) < self.pack.together
                and self.alone.isdisjoint((lane.jobs[0], self.waiting[0]))
            ):
                lane.jobs.append(self.waiting.popleft())
            lane.process.stdin.write(f"{' '.join(lane.jobs)}\n".encode())

    def _ended(self, lane: Lane) -> None:
        self.selector.unregister(lane.process.stdout)  # type: ignore[arg-type]
        self.lanes.remove(lane)
        status = lane.process.wait()
        if not lane.jobs and status == 0:
            return
        how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit {status}"
        self.outcomes |= dict.fromkeys(lane.jobs, how)
        say(f"a lane ended: {how}, at {' '.join(lane.jobs) or 'no job'}")
        if len(lane.jobs) > 1 and not self.stopping:  # one of them was it
            self.waiting.extend(lane.jobs)
            self.alone.update(lane.jobs)
        # a lane that never got ready would not the next time either
        if lane.ready and self.waiting and not self.stopping:
            self._start(lane.environment)

    def _report(self) -> int:
        for job in self.pack.members:
            if job in self.outcomes:
                say(f"{job}  {self.outcomes[job]}")
        bad = [
            job
            for job, outcome in self.outcomes.items()
            if outcome not in GOOD and not outcome.startswith("not begun")
        ]
        say(f"{len(self.outcomes) - len(bad)} jobs well, {len(bad)} not")
        return int(bool(bad))


def lane_environment(lane: int, pack: Pack) -> dict[str, str]:
    """Variables of a lane: its threads, and its device where the pack has GPUs."""
    environment = {
        "OMP_NUM_THREADS": str(max(1, pack.cores // pack.lanes)),
        "NUMBA_NUM_THREADS": str(max(1, pack.cores // pack.lanes)),
    }
    if pack.gpus:
        given = next((os.environ[name] for name in DEVICES if os.environ.get(name)), "")
        devices = given.split(",") if given else [str(k) for k in range(pack.gpus)]
        own = devices[lane % len(devices)]
        environment |= {name: own for name in DEVICES if name in os.environ}
        environment["CUDA_VISIBLE_DEVICES"] = own
    return environment


@contextmanager
def multi_process_service(wanted: bool) -> Iterator[dict[str, str]]:
    """NVIDIA's Multi-Process Service while the block runs; gives the variables of its clients."""
    control = shutil.which("nvidia-cuda-mps-control") if wanted else None
    if wanted and control is None:
        say("no nvidia-cuda-mps-control here: processes take turns on a GPU")
    if control is None:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="mps-") as folder:
        variables = {"CUDA_MPS_PIPE_DIRECTORY": folder, "CUDA_MPS_LOG_DIRECTORY": folder}
        environment = os.environ | variables
        subprocess.run([control, "-d"], env=environment, check=True)
        try:
            yield variables
        finally:
            subprocess.run([control], input="quit\n", text=True, env=environment, check=False)


def node_rank() -> int:
    """Which of the pack's nodes this process is on."""
    return next((int(os.environ[name]) for name in RANKS if name in os.environ), 0)


def main() -> int:
    """Entry point."""
    pack_file, root = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        pack = Pack.read(pack_file)
    except ValueError as error:
        say(str(error))
        return 2
    begin = time.monotonic()
    status = Worker(pack, root, node_rank()).run()
    say(
        f"{pack.operation}: {time.monotonic() - begin:.0f} s, "
        f"{pack.expected_seconds:.0f} s were expected"
    )
    return status


if __name__ == "__main__":
    sys.exit(main())
