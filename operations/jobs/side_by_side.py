"""Go several ways at once in one process; what they ask for is answered for all together.

A way is a generator. What it yields has a type with ``answers(asked) → list``, which is given what
all of them ask for and says for each the answer, or the exception that this one alone is to meet.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import Any

#: What is around a way, by its number, while it goes on.
Around = Callable[[int], AbstractContextManager[Any]]


def nothing_around(_: int) -> AbstractContextManager[Any]:
    """Nothing."""
    return nullcontext()


def side_by_side(
    ways: Sequence[Generator[Any, Any, None]], around: Around = nothing_around
) -> None:
    """Go all ways to their ends.

    Parameters
    ----------
    ways : sequence of generator
    around : callable
        By the number of a way what is around it while it goes on.

    Raises
    ------
    Exception
        The first that a way has ended with; the others have gone on.
    BaseException
        What comes from outside, as from the keyboard; every way has met it.
    """
    asked: dict[int, Any] = {}
    errors: list[Exception] = []

    def go_on(number: int, further: Callable[[], Any]) -> None:
        with around(number):
            try:
                asked[number] = further()
            except StopIteration:
                pass
            except Exception as error:
                errors.append(error)

    try:
        for number, way in enumerate(ways):
            go_on(number, partial(next, way))
        while asked:
            before = dict(asked)
            asked.clear()
            for number, answer in zip(before, _answers(list(before.values())), strict=True):
                failed = isinstance(answer, Exception)
                way = ways[number]
                go_on(number, partial(way.throw if failed else way.send, answer))
    except BaseException as error:
        for number, way in enumerate(ways):
            with around(number), suppress(BaseException):
                way.throw(error)
        raise
    if errors:
        raise errors[0]


def _answers(asked: Sequence[Any]) -> list[Any]:
    """What all are answered, in their order."""
    answers: list[Any] = [None] * len(asked)
    kinds: list[Any] = list(dict.fromkeys(map(type, asked)))
    for kind in kinds:
        some = [number for number, one in enumerate(asked) if type(one) is kind]
        for number, answer in zip(some, kind.answers([asked[k] for k in some]), strict=True):
            answers[number] = answer
    return answers
