"""Several ways at once: what they ask for is answered for all, and none disturbs another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from operations.jobs.side_by_side import side_by_side


@dataclass
class Ask:
    """For the square of a number; not of a negative one, and 0 ends everything."""

    x: int
    asked: list[list[int]]

    @staticmethod
    def answers(asks: list[Ask]) -> list[Any]:
        asks[0].asked.append([ask.x for ask in asks])
        if any(ask.x == 0 for ask in asks):
            raise KeyboardInterrupt
        return [ValueError(str(ask.x)) if ask.x < 0 else ask.x**2 for ask in asks]


class Other(Ask):
    """Answered apart."""


def way(numbers: list[int], asked: list[list[int]], seen: list[Any], kind: type[Ask] = Ask):
    try:
        for x in numbers:
            seen.append((yield kind(x, asked)))
    except BaseException as error:
        seen.append(type(error))
        raise


def test_all_are_answered_together_and_end_on_their_own() -> None:
    asked: list[list[int]] = []
    seen: list[list[Any]] = [[], [], [], []]
    numbers = [[1, 2, 3], [4], [], [5, 6]]
    side_by_side([way(n, asked, s) for n, s in zip(numbers, seen, strict=True)])
    assert asked == [[1, 4, 5], [2, 6], [3]]
    assert seen == [[1, 4, 9], [16], [], [25, 36]]


def test_what_is_asked_of_others_is_answered_by_them() -> None:
    asked: list[list[int]] = []
    seen: list[list[Any]] = [[], [], []]
    kinds = (Ask, Other, Ask)
    side_by_side([way([k], asked, seen[k], kind) for k, kind in enumerate(kinds, 1) if k < 3])
    assert asked == [[1], [2]]


def test_one_that_fails_is_told_and_the_others_go_on() -> None:
    asked: list[list[int]] = []
    seen: list[list[Any]] = [[], [], []]
    numbers = [[1, 2], [-1, 5], [3, 4]]
    with pytest.raises(ValueError, match="-1"):
        side_by_side([way(n, asked, s) for n, s in zip(numbers, seen, strict=True)])
    assert asked == [[1, -1, 3], [2, 4]]
    assert seen == [[1, 4], [ValueError], [9, 16]]


def test_the_keyboard_ends_all() -> None:
    seen: list[list[Any]] = [[], []]
    with pytest.raises(KeyboardInterrupt):
        side_by_side([way(n, [], s) for n, s in zip([[1, 1], [2, 0]], seen, strict=True)])
    assert seen == [[1, KeyboardInterrupt], [4, KeyboardInterrupt]]


def test_each_has_its_own_around_it() -> None:
    now: list[int] = []
    seen: list[tuple[int, list[int]]] = []

    @contextmanager
    def around(number: int) -> Iterator[None]:
        now.append(number)
        yield
        now.pop()

    def own(number: int):
        for _ in range(2):
            seen.append((number, list(now)))
            yield Ask(1, [])

    side_by_side([own(0), own(1)], around)
    assert seen == [(0, [0]), (1, [1]), (0, [0]), (1, [1])]
    assert now == []
