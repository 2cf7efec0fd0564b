"""Do many things one after the other, or several at once: say how far it is, and end when warned.

Several at once are worked on by processes that are forked from this one and live as long as there
is something to do. A warning signal (SIGTERM, SIGUSR1) or the keyboard's ends all of them at their
checkpoints, and so does the death of this process; one of them that is killed does not take the
others along.
"""

from __future__ import annotations

import ctypes
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from statistics import median_low

from operations.jobs.deadline import WARNINGS, Deadline
from operations.jobs.progress import about, say

#: Seconds between two lines that say how far it is, and what each thing takes besides its own.
PERIOD, BESIDES = 10.0, 3.0

#: Of Linux' prctl: the signal that a process gets when the one that forked it dies.
PR_SET_PDEATHSIG = 1

Run = Callable[[int], None]


class Tally:
    """Says how many things are done and about how long the others take.

    Parameters
    ----------
    seconds : sequence of float
        Expected of each; once something is done, that may be more or less.
    at_once : int
        How many are worked on at a time.
    period : float
        Seconds between two lines.
    groups : sequence of sequence of int
        Numbers of those that are done side by side, in the time of the longest: each has its share.
    """

    def __init__(
        self,
        seconds: Sequence[float],
        at_once: int = 1,
        period: float = PERIOD,
        groups: Sequence[Sequence[int]] = (),
    ) -> None:
        self._at_once, self._period, self._said = at_once, period, time.monotonic()
        self._expected = dict(enumerate(seconds))
        self._shares = {number: len(group) for group in groups for number in group}
        for group in groups:
            longest = max(seconds[number] for number in group)
            self._expected |= dict.fromkeys(group, longest / len(group))
        #: So many may have waited for a compilation.
        self._first = max([at_once, *map(len, groups)])
        self._begun: dict[int, float] = {}
        self._ratios: list[float] = []

    @property
    def n_done(self) -> int:
        """How many are done."""
        return len(self._ratios)

    def begin(self, known: bool = True) -> None:
        """Say how many there are, and how long they may take where that is known."""
        several = f", {self._at_once} at a time" if self._at_once > 1 else ""
        each = self._expected.values()
        seconds = max(sum(each) / self._at_once, max(each, default=0.0))
        say(f"{len(each)} to do{several}{f', about {about(seconds)}' if known else ''}")

    def begun(self, number: int) -> None:
        """Take note that one is worked on."""
        self._begun[number] = time.monotonic()

    def done(self, number: int) -> None:
        """Take note that one is done, and say so now and then."""
        now = time.monotonic()
        seconds = (now - self._begun.pop(number)) / self._shares.get(number, 1)
        self._ratios.append(seconds / (self._expected.pop(number) + BESIDES))
        if Deadline().reason_to_stop(0.0):
            return  # what is done now has been cut short
        if self._expected and now - self._said >= self._period:
            self._said = now
            left = f", about {about(self._left(now))} left" if self.n_done > self._first else ""
            say(f"{self.n_done} of {self.n_done + len(self._expected)}{left}")

    def lost(self, number: int) -> None:
        """Take note that the process that worked on one was killed."""
        del self._begun[number], self._expected[number]

    def _left(self, now: float) -> float:
        """Seconds until all are done: guesses are as wrong as the one in the middle of those that
        are done, without the first, which may have waited for a compilation."""
        ratio = median_low(self._ratios[self._first :])
        left = [
            ratio * (seconds + BESIDES) - (now - self._begun.get(number, now))
            for number, seconds in self._expected.items()
        ]
        return max(sum(max(each, 0.0) for each in left) / self._at_once, *left)


def take_turns(
    run: Run,
    tally: Tally,
    n: int,
    at_once: int = 1,
    together: Callable[[Sequence[int]], None] | None = None,
    groups: Sequence[Sequence[int]] = (),
) -> list[int]:
    """Call a function with 0, 1, … n - 1, until a signal or the deadline says stop.

    Parameters
    ----------
    run : callable
        Called in forked processes where several are done at once.
    tally : Tally
        Is told what is done.
    n, at_once : int
    together : callable, optional
        Is called with all numbers of a group in its place, where things are done one by one.
    groups : sequence of sequence of int
        Those numbers that have one.

    Returns
    -------
    list of int
        Those whose process was killed.

    Raises
    ------
    Exception
        The first that `run` raises; nothing is begun after it.
    """
    if at_once > 1 and n > 1:
        killed, reason = _Workers(run, tally, n, min(at_once, n)).work()
    else:
        killed, reason = [], None
        grouped = {number for group in groups for number in group}
        alone = [[number] for number in range(n) if number not in grouped]
        with Deadline() as deadline:
            for group in sorted([*groups, *alone], key=min):
                reason = deadline.reason_to_stop(0.0)
                if reason:
                    break
                for number in group:
                    tally.begun(number)
                if together is not None and len(group) > 1:
                    together(group)
                else:
                    run(group[0])
                for number in group:
                    tally.done(number)
    left = n - tally.n_done - len(killed)
    if reason and left and n > 1:
        say(f"{left} of {n} not begun ({reason}); run again to go on")
    return killed


class _Workers:
    """Processes that each do one thing at a time."""

    def __init__(self, run: Run, tally: Tally, n: int, at_once: int) -> None:
        self._run, self._tally, self._at_once = run, tally, at_once
        self._waiting, self._killed = deque(range(n)), list[int]()
        self._processes: dict[Connection, ForkProcess] = {}
        self._busy: dict[Connection, int] = {}

    def work(self) -> tuple[list[int], str | None]:
        """Do everything; what was killed, and why it ended early."""
        with Deadline(self._warn) as deadline:
            try:
                for _ in range(self._at_once):
                    self._start()
                while self._busy or (self._waiting and not deadline.reason_to_stop(0.0)):
                    self._feed(deadline)
                    for connection in wait(list(self._busy)):
                        assert isinstance(connection, Connection)
                        self._hear(connection)
            except BaseException:
                self._warn()
                raise
            finally:
                self._end()
            return self._killed, deadline.reason_to_stop(0.0)

    def _start(self) -> None:
        ours, theirs = get_context("fork").Pipe()
        inherited = [ours, *self._processes]
        process = get_context("fork").Process(
            target=_serve, args=(self._run, theirs, inherited), daemon=True
        )
        # a warning that comes before the new process listens waits until it does
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, WARNINGS)
        try:
            process.start()
            self._processes[ours] = process
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        theirs.close()  # so that its end is heard

    def _feed(self, deadline: Deadline) -> None:
        for connection in self._processes.keys() - self._busy.keys():
            if self._waiting and not deadline.reason_to_stop(0.0):
                self._busy[connection] = self._waiting.popleft()
                self._tally.begun(self._busy[connection])
                with suppress(BrokenPipeError):  # heard next
                    connection.send(self._busy[connection])

    def _hear(self, connection: Connection) -> None:
        number = self._busy.pop(connection)
        try:
            error = connection.recv()
        except (EOFError, ConnectionResetError):
            self._killed.append(number)
            self._tally.lost(number)
            self._processes.pop(connection).join()
            connection.close()
            if self._waiting:
                self._start()
            return
        if error is not None:
            raise error
        self._tally.done(number)

    def _warn(self) -> None:
        for process in self._processes.values():
            process.terminate()  # heard as a warning

    def _end(self) -> None:
        for connection in self._processes:
            connection.close()
        for process in self._processes.values():
            process.join()


def _serve(run: Run, connection: Connection, inherited: list[Connection]) -> None:
    """Do what comes in, in a process of its own; a warning lasts until its end."""
    for other in inherited:
        other.close()  # so that the end of the process that has it is heard
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    with suppress(KeyboardInterrupt, EOFError, BrokenPipeError), Deadline():
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WARNINGS)
        while True:
            number = connection.recv()
            try:
                run(number)
            except Exception as error:
                connection.send(error)
            else:
                connection.send(None)
