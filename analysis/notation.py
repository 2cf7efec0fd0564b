"""Names and values of a campaign's axes the way a physicist writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

# Mathtext of the last part of a dotted name. Unlisted names fall back on `_guess`.
_SYMBOLS = {
    "epsilon": r"\varepsilon",
    "epsilon_2": r"\varepsilon_{2}",
    "sigma": r"\sigma",
    "sigma2": r"\sigma^{2}",
    "r0": r"r_{0}",
    "r_cut": r"r_{\mathrm{cut}}",
    "alpha": r"\alpha",
    "kappa": r"\kappa",
    "phi": r"\varphi",
    "delta": r"\Delta",
    "lambda": r"\lambda",
    "kT": r"k_{\mathrm{B}}T",
    "number_density": r"\rho",
    "pressure": r"P",
    "packing_fraction": r"\phi",
    "volume_fraction": r"\phi",
    "energy_per_particle": r"U/N",
    "enthalpy_per_particle": r"H/N",
    "dt": r"\Delta t",
    "dimensions": r"d",
    "n_particles": r"N",
}
_GREEK = {
    r"\varepsilon": "ε",
    r"\sigma": "σ",
    r"\alpha": "α",
    r"\kappa": "κ",
    r"\varphi": "φ",
    r"\phi": "ϕ",
    r"\Delta": "Δ",
    r"\lambda": "λ",
    r"\rho": "ρ",
}
_SUBSCRIPTS = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
_SUPERSCRIPTS = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_SUB = re.compile(r"_\{((?:[^{}]|\{[^{}]*\})*)\}")  # r_{\mathrm{cut}}, too
_SUP = re.compile(r"\^\{([^{}]*)\}")
_PLAIN_TYPE = re.compile(r"[A-Za-z0-9]+")


def mathtext(name: str) -> str:
    r"""The axis `name` in Matplotlib's mathtext.

    Parameters
    ----------
    name : str
        Dotted name of a state point's key, or a column of the campaign's table.

    Returns
    -------
    str
        For example ``$\varepsilon_{\mathrm{AB}}$`` for ``potential.pairs.A-B.epsilon``;
        words (``thermostat``) where the quantity has no symbol.
    """
    core = _core(name)
    return _words(name).replace("$", r"\$") if core is None else f"${core}$"


def html(name: str) -> str:
    """The axis `name` as escaped HTML with ``<i>``, ``<sub>`` and ``<sup>`` only."""
    core = _core(name)
    if core is None:
        return escape(_words(name))
    text = _letters(core, italic=True)
    return _SUP.sub(r"<sup>\1</sup>", _SUB.sub(r"<sub>\1</sub>", text))


def unicode(name: str) -> str:
    """The axis `name` as plain text, which has no subscripts but digits: r₀, σ², ε_AB, kT."""
    core = _core(name)
    if core is None:
        return _words(name)
    text = _SUP.sub(lambda hit: hit[1].translate(_SUPERSCRIPTS), _letters(core, italic=False))
    text = text.replace("k_{B}T", "kT")
    return _SUB.sub(
        lambda hit: hit[1].translate(_SUBSCRIPTS) if hit[1].isdigit() else f"_{hit[1]}", text
    )


def format_value(value: Any) -> str:
    """A parameter's value as text.

    Numbers have up to four significant digits, a ramp (list of knots) is written
    "1→0.1", a missing value is an en dash.
    """
    if type(value) is float and value == value:  # most of a large table
        return _number(value)
    if type(value) is str and not value.startswith("["):
        return value
    knots = ramp_knots(value)
    if knots is not None:
        return "→".join(format_value(knot) for knot in knots)
    if is_missing(value):
        return "–"
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return _number(float(value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {format_value(item)}" for key, item in value.items())
    return str(value)


def _number(value: float) -> str:
    """Four significant digits; whole numbers as they are, up to a million."""
    text = f"{value:.0f}" if value.is_integer() and abs(value) < 1e7 else f"{value:.4g}"
    return text.replace("-", "−")


def ramp_knots(value: Any) -> list[Any] | None:
    """Knots of a ramp: a list, an array, or a list written as JSON; None for anything else."""
    if isinstance(value, np.ndarray):
        return list(value.tolist())
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return list(value)
    if isinstance(value, str) and value.startswith("["):
        try:
            return list(json.loads(value))
        except ValueError:
            return None
    return None


def is_missing(value: Any) -> bool:
    """Whether a table's cell is empty: None, NaN, NaT or pandas.NA."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):  # pandas.NA has no truth value; nor has an array
        return not isinstance(value, np.ndarray)


def _core(name: str) -> str | None:
    """Mathtext between the dollars, or None where words say it better."""
    parts = name.split(".")
    owner = _owner(parts)
    if parts[-2:-1] == ["particles"]:
        return rf"N_{{{_upright(parts[-1])}}}"
    if parts[-2:-1] == ["composition"]:
        return rf"x_{{{_upright(parts[-1])}}}"
    if parts[-2:-1] == ["ratio"]:
        one, _, other = parts[-1].partition("-")
        return rf"N_{{{_upright(one)}}}/N_{{{_upright(other)}}}"
    core = _SYMBOLS.get(parts[-1]) or _guess(parts[-1])
    if core is None or owner is None:
        return core if owner is None else None
    sub = _SUB.search(core)
    if sub is None:
        # r^{2} carries its index below and its power above: \sigma_{AB}^{2}.
        head, hat, power = core.partition("^")
        return rf"{head}_{{{_upright(owner)}}}{hat}{power}"
    return f"{core[: sub.end(1)]},{_upright(owner)}{core[sub.end(1) :]}"


def _owner(parts: list[str]) -> str | None:
    """The type ("A") or the pair ("AB") that a parameter of a mixture belongs to."""
    if len(parts) < 3 or parts[-3] not in ("pairs", "types"):
        return None
    names = parts[-2].split("-") if parts[-3] == "pairs" else [parts[-2]]
    return ("" if all(len(one) == 1 for one in names) else "-").join(names)


def _upright(text: str) -> str:
    # Subscripts that name something are upright, those that count are digits anyway.
    if _PLAIN_TYPE.fullmatch(text):
        return text if text.isdigit() else rf"\mathrm{{{text}}}"
    return r"\mathrm{" + (re.sub(r"[^\w+-]|_", "", text) or "?") + "}"


def _guess(key: str) -> str | None:
    """A symbol for one letter, or one letter or Greek name with a number; else None."""
    hit = re.fullmatch(r"([A-Za-z]+?)_?(\d*)", key)
    if hit is None:
        return None
    letter, number = hit.groups()
    if letter in _SYMBOLS and "_" not in _SYMBOLS[letter] and _SYMBOLS[letter].startswith("\\"):
        letter = _SYMBOLS[letter]
    elif len(letter) != 1:
        return None
    return rf"{letter}_{{{number}}}" if number else letter


def _letters(core: str, italic: bool) -> str:
    """Mathtext with its commands resolved; sub- and superscripts left in braces."""
    text = re.sub(r"\\mathrm\{([^{}]*)\}", r"\1", core)
    for command, letter in _GREEK.items():
        text = text.replace(command + " ", letter).replace(command, letter)
    if not italic:
        return text
    # Letters outside braces are quantities, hence italic.
    pieces = re.split(r"([_^]\{[^{}]*\})", text)
    return "".join(
        piece if piece.startswith(("_{", "^{")) else re.sub(r"([^\W\d_])", r"<i>\1</i>", piece)
        for piece in pieces
    )


def _words(name: str) -> str:
    """A key without symbol in words; of a mixture also whose it is."""
    parts = name.split(".")
    owner = _owner(parts)
    words = parts[-1].replace("_", " ")
    return words if owner is None else f"{words} ({owner})"
