"""Random numbers that follow from a key and a counter, the same for a core and a warp.

Philox4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, Proc. SC11, 16 (2011).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import types as nb
from numba.extending import overload_method

from operations.search.compilation import compiled

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _BITS = np.uint64(0xFFFFFFFF), np.uint64(32)
_ONE, _SURPLUS = np.uint64(1), np.uint64(11)
_UNIT, _TURN = 2.0**-32, 2.0 * math.pi


@compiled
def philox(key, c0, c1, c2, c3):
    """Four random words of 32 bits.

    Parameters
    ----------
    key : uint64
    c0, c1, c2, c3 : uint64
        The counter, words of 32 bits.
    """
    k0, k1 = key & _LOW, key >> _BITS
    for _ in range(10):
        a, b = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (b >> _BITS) ^ c1 ^ k0, b & _LOW, (a >> _BITS) ^ c3 ^ k1, a & _LOW
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@compiled
def _of_step(key, step, which, stream):
    """Words of one particle, or of one draw, at a step."""
    t = np.uint64(step)
    return philox(np.uint64(key), np.uint64(which), t & _LOW, t >> _BITS, np.uint64(stream))


@compiled
def normals(key, step, which, stream):
    """Four numbers of mean 0 and variance 1, by Box and Muller; all arguments are integers."""
    a, b, c, d = _of_step(key, step, which, stream)
    p = math.sqrt(-2.0 * math.log((float(a) + 0.5) * _UNIT))
    q = math.sqrt(-2.0 * math.log((float(c) + 0.5) * _UNIT))
    s, t = _TURN * (float(b) + 0.5) * _UNIT, _TURN * (float(d) + 0.5) * _UNIT
    return p * math.cos(s), p * math.sin(s), q * math.cos(t), q * math.sin(t)


@compiled
def sum_of_squares(key, step, stream, count):
    """Sum of the squares of so many numbers of mean 0 and variance 1.

    Half of it follows a gamma distribution, drawn for whole shapes as G. Marsaglia and W. W. Tsang
    do it, ACM Trans. Math. Softw. 26, 363 (2000).
    """
    result, shape = 0.0, count // 2
    if count % 2:
        x, _, _, _ = normals(key, step, 0, stream)
        result = x * x
    if shape == 0:
        return result
    d = shape - 1.0 / 3.0
    attempt = 0
    while True:
        attempt += 1
        x, _, _, _ = normals(key, step, 2 * attempt, stream)
        word, _, _, _ = _of_step(key, step, 2 * attempt + 1, stream)
        root = 1.0 + x / math.sqrt(9.0 * d)
        if root > 0.0:
            cube = root * root * root
            if math.log((float(word) + 0.5) * _UNIT) < 0.5 * x * x + d * (
                1.0 - cube + math.log(cube)
            ):
                return result + 2.0 * d * cube


class Stream(NamedTuple):
    """Random numbers of one purpose of one step; for compiled functions in the place of a
    `numpy.random.Generator`, as far as these draw by ``rng.random()``.

    Attributes
    ----------
    words : ndarray of uint64, shape (4,)
        Key, step, purpose, and how many have been drawn.
    """

    words: Any


@compiled
def stream(key, step, purpose):
    """The stream before its first number; all arguments are integers."""
    words = np.zeros(4, dtype=np.uint64)
    words[0], words[1], words[2] = np.uint64(key), np.uint64(step), np.uint64(purpose)
    return Stream(words)


@compiled
def next_of(words):
    """A number of [0, 1), of 53 random bits."""
    step, number = words[1], words[3]
    a, b, _, _ = philox(words[0], number & _LOW, words[2], step & _LOW, step >> _BITS)
    words[3] = number + _ONE
    return float(((a << _BITS) | b) >> _SURPLUS) * 2.0**-53


@overload_method(nb.BaseNamedTuple, "random", inline="always")
def _random(self):
    if getattr(self, "instance_class", None) is Stream:
        return lambda self: next_of(self.words)
    return None
