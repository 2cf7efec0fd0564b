"""Numbers as people and spreadsheets write them: decimal commas, thousands, Fortran's exponents."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

#: Thousands may be set apart by these, between digits.
_BLANKS = re.compile(r"(?<=\d)[\u00a0\u2009\u202f ' ’](?=\d{3}(?:\D|$))")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+")
_POINTS = re.compile(r"[-+]?[1-9]\d{0,2}\.\d{3}")
_WHOLE = re.compile(r"[-+]?\d{1,3}")
_PLAIN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def is_number(word: str) -> bool:
    """Whether a word is a number in some notation; not-a-number and infinity are none."""
    word = _tidy(word)
    return bool(
        _PLAIN.fullmatch(word)
        or _PLAIN.fullmatch(word.replace(",", ".", 1))
        or _PLAIN.fullmatch(word.replace(",", ""))
        or _PLAIN.fullmatch(word.replace(".", "").replace(",", "."))
    ) and not word.startswith(",")


def numbers(words: Sequence[str]) -> np.ndarray:
    """Read the numbers of one or more columns that are written in one notation.

    Parameters
    ----------
    words : sequence of str

    Returns
    -------
    ndarray of float64, shape (len(words),)
        nan for what is no number.

    Raises
    ------
    ValueError
        Where a comma or a point may mean thousands or decimals.
    """
    try:
        values = np.asarray(words, dtype=object).astype(np.float64)
    except ValueError:
        pass
    else:
        values[~np.isfinite(values)] = np.nan
        if not any("_" in word for word in words):  # Python reads 1_000, nobody writes it
            _check_points(words)
            return values
    tidy = [_tidy(word) for word in words]
    if any("," in word for word in tidy):
        tidy = _without_commas(tidy)
    values = np.array([float(word) if _PLAIN.fullmatch(word) else np.nan for word in tidy])
    values[~np.isfinite(values)] = np.nan
    return values


def _tidy(word: str) -> str:
    word = _BLANKS.sub("", word.strip().strip("\"'").strip()).replace("\u2212", "-")
    return re.sub(r"(?<=[\d.])[dD](?=[-+]?\d)", "e", word)


def _check_points(words: Sequence[str]) -> None:
    """Refuse whole numbers below a thousand beside such as 1.022, if there are no others."""
    tidy = [word.strip() for word in words if word.strip()]
    if all(_WHOLE.fullmatch(word) or _POINTS.fullmatch(word) for word in tidy):
        pointed = [word for word in tidy if "." in word]
        whole = [word for word in tidy if "." not in word]
        if pointed and len(whole) > 1:  # one may be the end of a file that is cut off
            raise ValueError(
                f"{pointed[0]!r} beside {whole[0]!r} may be {pointed[0].replace('.', '')}: write"
                " all decimals, or nothing between thousands"
            )


def _without_commas(words: list[str]) -> list[str]:
    """The same numbers with a decimal point and nothing between thousands."""
    with_comma = [word for word in words if "," in word]
    both = [word for word in with_comma if "." in word]
    points_last = [word for word in both if word.rfind(".") > word.rfind(",")]
    several = [word for word in with_comma if word.count(",") > 1]
    decimals = [w for w in with_comma if "." not in w and not _THOUSANDS.fullmatch(w)]
    thousands = points_last + several
    decimals += [word for word in both if word.rfind(".") < word.rfind(",")]
    if thousands and decimals:
        raise ValueError(
            f"a comma is between thousands in {thousands[0]!r}, but not in {decimals[0]!r}"
        )
    if not thousands and not decimals and len(with_comma) < sum(map(bool, words)):
        example = with_comma[0]
        raise ValueError(
            f"{example!r} may be {example.replace(',', '')} or {example.replace(',', '.')}; write"
            " a decimal point and nothing between thousands"
        )
    if thousands:
        grouped = re.compile(r"[-+]?\d{1,3}(,\d{3})*(\.\d*)?|[^,]*")
        return [word.replace(",", "") if grouped.fullmatch(word) else "" for word in words]
    if any("." in word and "," not in word for word in words) and not both:
        example = next(word for word in words if "." in word)
        raise ValueError(f"{with_comma[0]!r} has a decimal comma, but {example!r} a point")
    grouped = re.compile(r"[-+]?(\d{1,3}(\.\d{3})*|\d*)(,\d*)?([eE][-+]?\d+)?")
    return [
        word.replace(".", "").replace(",", ".") if grouped.fullmatch(word) else "" for word in words
    ]
