"""One source for CPU and GPU: functions of a team of lanes, and the same text in other words.

What a team works on together is written with three words and a number: `lane()` is the number of
mine, `WIDTH` how many there are, `total(x)` the sum of x over the team, and after `sync()` every
lane sees what the others have written before it. Here they say what they mean for a team of one,
which is all that the CPU needs: to its compiler ``range(lane(), n, WIDTH)`` is ``range(n)``.
`ported` gives a function with all that it calls in other words, for a warp of 32 lanes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import CellType, FunctionType
from typing import Any

from numba.core.dispatcher import Dispatcher

from operations.search.compilation import compiled

#: Lanes in a team.
WIDTH = 1


#: Written into their callers, where a team of one leaves nothing of them.
word: Any = partial(compiled, inline="always")


@word()
def lane():
    """My number in the team."""
    return 0


@word()
def total(x):
    """Sum over the team, the same number for each lane."""
    return x


@word()
def sync():
    """Wait for the team, and see what it has written."""


def ported(
    function: Any, words: Mapping[str, Any], jit: Callable[[Any], Any] = lambda function: function
) -> Any:
    """A compiled function, and whatever it calls, compiled anew with other words.

    Parameters
    ----------
    function : numba dispatcher
    words : mapping
        By name, what stands in the place of global names of that text.
    jit : callable
        What compiles them; left out, they stay Python.
    """
    done: dict[Any, Any] = {}

    def said(name: str, value: Any) -> Any:
        if name in words:
            return words[name]
        return again(value) if isinstance(value, Dispatcher) else value

    def again(dispatcher: Any) -> Any:
        if dispatcher not in done:
            text = dispatcher.py_func
            code, names = text.__code__, dict(text.__globals__)
            inner = zip(code.co_freevars, text.__closure__ or (), strict=True)
            closure = tuple(CellType(said(name, cell.cell_contents)) for name, cell in inner)
            done[dispatcher] = jit(
                FunctionType(code, names, text.__name__, text.__defaults__, closure)
            )
            names |= {name: said(name, names[name]) for name in code.co_names if name in names}
        return done[dispatcher]

    return again(function)
