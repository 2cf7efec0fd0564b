"""Axes of a campaign: how one value in a campaign file stands for many.

====================================  ==========================================================
``[a, b, c]``                          these values; a value may itself be a list
``{linspace: [first, last, n]}``       n equally spaced values, both ends included
``{logspace: [first, last, n]}``       n values at equal ratios; the ends are values, not exponents
``{arange: [first, stop, step]}``      first, first + step, …; stop is left out
``{between: [low, high]}``             any value in between, drawn by ``sample:``
====================================  ==========================================================

Not axes, but values: ``{ramp: [first, …, last]}`` is a list of knots, ``{free: [low, high]}`` the
range in which a design looks for a parameter of a potential, ``{file: PATH}`` the content of a file
(in `method`); the lists of a building block (`LIST_KEYS`). Spaced values are rounded to
twelve significant digits, so that ``{linspace: [0.1, 1, 10]}`` and ``[0.1, 0.2, …]`` are the same
jobs.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workspace_schema.bounded import open_regular
from workspace_schema.errors import WORDS, KeyPath, Problems, dotted, show
from workspace_schema.inputs import LARGEST_FILE, too_large
from workspace_schema.suggestions import did_you_mean

MAX_VALUES = 200_000  # of all spacings of a file
MAX_INTERVALS = 32
SAME = 1e-12  # relative difference of values of an axis that are one and the same
SPACINGS = ("linspace", "logspace", "arange")
_VALUE_WORDS = ("ramp", "file", "free")
#: Keys of building blocks and methods whose value is a list, and therefore never an axis.
LIST_KEYS = (
    "vertices",
    "parts",
    "semiaxes",
    "centers",
    "diameters",
    "directions",
    "sticks_to",
    "cells",
    "mapping",
    "superposition",
)
#: Keys whose value is a list of words: a list of such lists is an axis.
WORDS_KEYS = ("strategies",)
#: Keys of methods whose file is of any kind that can be read.
DATA_KEYS = ("trajectory", "distribution")
GSD_MAGIC = bytes.fromhex("df65df65df65df65")  # the first bytes of a GSD file


@dataclass(frozen=True)
class Axis:
    """One varied value.

    Attributes
    ----------
    path : key path
        Where the value stands in the state point, e.g. ``("potential", "r0")``.
    file_path : key path
        Where it stands in the campaign file.
    values : sequence
        The values; None for an interval that waits for ``sample:``.
    low, high : float
        The interval, where there is one.
    listed : bool
        Whether each value has its own line in the file.
    """

    path: KeyPath
    file_path: KeyPath
    values: Sequence[Any] | None
    low: float = math.nan
    high: float = math.nan
    listed: bool = False


@dataclass
class AxisReader:
    """Finds the axes of a block and reads the values that are not axes.

    Parameters
    ----------
    problems : Problems
        Takes what is wrong.
    folder : Path
        Folder of the campaign file; paths in it are relative to this.

    Attributes
    ----------
    inputs : dict of str to Path
        Every file the campaign refers to, by the SHA-256 of its content.
    """

    problems: Problems
    folder: Path
    inputs: dict[str, Path] = field(default_factory=dict)
    n_spaced: int = 0

    def find(self, value: Any, path: KeyPath, file_path: KeyPath) -> tuple[Any, list[Axis]]:
        """Return `value` with ramps and files read, and its axes in the order of the file."""
        if path[0] != "potential" and path[-1] in LIST_KEYS:
            return value, []
        if isinstance(value, list):
            if path[-1] in WORDS_KEYS and all(isinstance(item, str) for item in value):
                return value, []
            if not value:
                self.problems.add(file_path, "an empty list; expected values to explore")
            items = [
                self._value(item, (*file_path, index))
                if not isinstance(item, Mapping) or _word(item, path) in _VALUE_WORDS
                else self._block(item, path, (*file_path, index))
                for index, item in enumerate(value)
            ]
            return None, [Axis(path, file_path, self._merged(items, file_path), listed=True)]
        if not isinstance(value, Mapping):
            return value, []
        word = _word(value, path)
        if word in SPACINGS:
            values = self._merged(self._spaced(word, value[word], file_path), file_path)
            return None, [Axis(path, file_path, values)]
        if word == "between":
            low, high = self._numbers(value[word], 2, file_path, "{between: [low, high]}")
            if not low < high:
                self._refuse(file_path, value, "expected low < high in {between: [low, high]}")
            return None, [Axis(path, file_path, None, low, high)]
        if word in _VALUE_WORDS:
            return self._value(value, file_path), []
        block: dict[str, Any] = {}
        axes: list[Axis] = []
        for key, item in value.items():
            if key == "sha256":
                self.problems.add((*file_path, key), "unknown key; expected file, a path")
            block[key], found = self.find(item, (*path, key), (*file_path, key))
            axes += found
        return block, axes

    def file(self, path: Any, file_path: KeyPath) -> str:
        """Return the SHA-256 of a file and remember the file; a problem gives ``""``.

        Of the formats only GSD is checked, by its first bytes; the others are text.
        """
        if not isinstance(path, str) or not path or "\0" in path:
            self._refuse(file_path, path, "expected a path")
            return ""
        file = self.folder / path
        try:
            if not file.is_file():
                what = "it is no ordinary one" if file.exists() else "there is none"
                self._refuse(file_path, path, f"expected a file; {what} at {file}")
                return ""
            if (size := file.stat().st_size) > LARGEST_FILE:
                self._refuse(file_path, path, f"the file {too_large(size, LARGEST_FILE)}")
                return ""
            with open_regular(file) as stream:
                is_gsd = stream.read(len(GSD_MAGIC)) == GSD_MAGIC
                if file.suffix.lower() == ".gsd" and not is_gsd:
                    self._refuse(file_path, path, "expected a GSD file; its content is not GSD")
                    return ""
                stream.seek(0)
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            self._refuse(file_path, path, f"the file cannot be read: {why}")
            return ""
        self.inputs.setdefault(digest, file)
        return digest

    def _merged(self, values: Sequence[Any], file_path: KeyPath) -> Sequence[Any]:
        """Return the values of an axis, those that differ by rounding alone as one and the same."""
        numbers = [(value, index) for index, value in enumerate(values) if _is_finite(value)]
        merged = list(values)
        for group in _near(sorted(numbers)):
            best = min((value for value, _ in group), key=lambda value: len(repr(value)))
            for value, index in group:
                if value != best:
                    merged[index] = best
                    self.problems.warn(
                        (*file_path, index), f"{value!r} is taken as {best!r}, which is there, too"
                    )
        return merged

    def _block(self, value: Mapping[str, Any], path: KeyPath, file_path: KeyPath) -> Any:
        """Return a block that is itself one value of an axis; nothing may vary inside it."""
        block, axes = self.find(value, path, file_path)
        for axis in axes:
            self.problems.add(
                axis.file_path, "no list, spacing or interval here, inside a value of a list"
            )
        return block

    def _value(self, value: Any, file_path: KeyPath) -> Any:
        if not isinstance(value, Mapping):
            return value
        if "file" in value:
            path = value["file"]
            any_kind = not {*DATA_KEYS}.isdisjoint(file_path)
            if isinstance(path, str) and not path.endswith(".gsd") and not any_kind:
                self._refuse(file_path, path, "expected a GSD file, *.gsd")
            return {"sha256": self.file(path, file_path)}
        if "free" in value:
            low, high = self._numbers(value["free"], 2, file_path, "{free: [low, high]}")
            if low >= high:
                self._refuse(file_path, value, "expected low < high in {free: [low, high]}")
            return value
        ramp = value["ramp"]
        if not isinstance(ramp, list) or len(ramp) < 2:
            self._refuse(file_path, ramp, "expected at least two numbers, {ramp: [first, last]}")
        return ramp

    def _spaced(self, word: str, value: Any, file_path: KeyPath) -> Sequence[float]:
        last = "step" if word == "arange" else "n"
        form = f"{{{word}: [first, {'stop' if word == 'arange' else 'last'}, {last}]}}"
        first, stop, third = self._numbers(value, 3, file_path, form)
        if math.isnan(first):
            return [1.0]
        if word == "arange":
            size = (stop - first) / third if third else math.nan
            if not (size > 0 and self._affords(size)):
                self._refuse(file_path, value, f"expected 1 to {MAX_VALUES} values from {form}")
                return [1.0]
            # a stop that is a multiple of the step but for rounding is still left out
            return [_round(first + third * i) for i in range(math.ceil(size * (1 - 1e-12)))]
        if not (third.is_integer() and third >= 1 and self._affords(third)):
            self._refuse(file_path, value, f"expected n from 1 to {MAX_VALUES} in {form}")
            return [1.0]
        n = int(third)
        if word == "logspace":
            if first <= 0 or stop <= 0:
                self._refuse(file_path, value, f"expected ends greater than 0 in {form}")
                return [1.0]
            low, high = math.log(first), math.log(stop)
            inner = [math.exp(low + (high - low) * i / (n - 1)) for i in range(1, n - 1)]
        else:
            inner = [first + (stop - first) * i / (n - 1) for i in range(1, n - 1)]
        return [first, *map(_round, inner), stop][:n]

    def _affords(self, size: float) -> bool:
        """Return whether that many more values fit, and count them if so."""
        fits = self.n_spaced + size <= MAX_VALUES
        self.n_spaced += math.ceil(size) if fits else 0
        return fits

    def _numbers(self, value: Any, n: int, file_path: KeyPath, form: str) -> list[float]:
        try:
            if isinstance(value, list) and len(value) == n:
                numbers = [math.nan if isinstance(item, bool) else float(item) for item in value]
                if all(math.isfinite(number) for number in numbers):
                    return numbers
        except (TypeError, ValueError, OverflowError):
            pass
        self._refuse(file_path, value, f"expected {n} finite numbers, {form}")
        return [math.nan] * n

    def _refuse(self, file_path: KeyPath, value: Any, message: str) -> None:
        self.problems.add(file_path, f"got {show(value)}; {message}")


def _word(value: Mapping[str, Any], path: KeyPath) -> str:
    """Return the word of a mapping that is not a block but a way to write values, or ``""``."""
    if len(value) == 1:
        (key,) = value
        # the table of a pair, {A-B: {file: PATH}}, is a block: a table is known by its numbers
        words = (*WORDS, "file") if path[0] == "method" else WORDS
        return key if key in words else ""
    return ""


def _is_finite(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _near(numbers: list[tuple[float, int]]) -> Iterator[list[tuple[float, int]]]:
    """Yield sorted numbers in groups, of which the members agree to `SAME`."""
    group: list[tuple[float, int]] = []
    for value, index in numbers:
        if group and value - group[0][0] > SAME * abs(value):
            yield group
            group = []
        group.append((value, index))
    if group:
        yield group


def _round(value: float) -> float:
    return float(f"{value:.12g}")


@dataclass(frozen=True)
class AxisGroup:
    """Axes that step together.

    Attributes
    ----------
    axes : tuple of Axis
    size : int
        Number of steps.
    value : callable
        ``value(axis number, step)`` of the group.
    """

    axes: tuple[Axis, ...]
    size: int
    value: Callable[[int, int], Any]


def group_axes(
    axes: Sequence[Axis],
    zipped: Sequence[Sequence[str]],
    draw: Callable[[int], Sequence[Sequence[float]]] | None,
    problems: Problems,
) -> list[AxisGroup]:
    """Return the groups of axes whose product is the campaign.

    Parameters
    ----------
    axes : sequence of Axis
    zipped : sequence of sequence of str
        Dotted paths of axes that step together; groups none of whose axes is here are skipped.
    draw : callable, optional
        ``draw(d)`` gives points of the d-dimensional unit cube for the intervals.
    problems : Problems
        Takes what is wrong.

    Returns
    -------
    list of AxisGroup
        In the order of the file; the last one varies fastest.
    """
    by_name = {dotted(axis.path): axis for axis in axes}
    member: dict[str, int] = {}
    for number, names in enumerate(zipped):
        here = [name for name in names if name in by_name]
        for name in here:
            if name in member:
                problems.add(("zip", number), f"got {show(name)}, which is zipped twice")
            if by_name[name].values is None:
                problems.add(("zip", number), f"got {show(name)}, an interval, not a list")
        for name in names if here else ():
            if name not in by_name:
                hint = did_you_mean(name, by_name)
                problems.add(("zip", number), f"got {show(name)}, which does not vary; {hint}")
        member |= dict.fromkeys(here, number)

    together: dict[object, list[Axis]] = {}
    for axis in axes:
        key = "sample" if axis.values is None else member.get(dotted(axis.path), axis.path)
        together.setdefault(key, []).append(axis)
    intervals = together.get("sample", [])
    if intervals and draw is None:
        problems.add(intervals[0].file_path, "an interval {between: ...} needs sample: at the top")
        return []
    if len(intervals) > MAX_INTERVALS:
        problems.add(("sample",), f"{len(intervals)} intervals; expected at most {MAX_INTERVALS}")
        return []
    return [
        _sampled(members, draw) if key == "sample" and draw else _listed(members, key, problems)
        for key, members in together.items()
    ]


def _listed(axes: Sequence[Axis], key: object, problems: Problems) -> AxisGroup:
    sizes = {dotted(axis.path): len(axis.values or ()) for axis in axes}
    if len(set(sizes.values())) > 1:
        lengths = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        problems.add(("zip", int(str(key))), f"expected equal lengths; {lengths}")
    values = [axis.values or () for axis in axes]
    return AxisGroup(tuple(axes), min(sizes.values()), lambda axis, step: values[axis][step])


def _sampled(axes: Sequence[Axis], draw: Callable[[int], Sequence[Sequence[float]]]) -> AxisGroup:
    points = draw(len(axes))

    def value(axis: int, step: int) -> float:
        low, high = axes[axis].low, axes[axis].high
        return _round(low + (high - low) * float(points[step][axis]))

    return AxisGroup(tuple(axes), len(points), value)


def place(block: Any, path: KeyPath, value: Any) -> Any:
    """Return a copy of nested mappings with `value` at `path`; what is not on the way is shared."""
    if not path:
        return value
    return {**block, path[0]: place(block.get(path[0], {}), path[1:], value)}
