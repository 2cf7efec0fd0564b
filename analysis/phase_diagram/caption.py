"""What all jobs of a diagram share, in a line below it: particles, potential, kT, steps."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from analysis.notation import format_value, html, is_missing, mathtext
from analysis.phase_diagram.table import arrangement

if TYPE_CHECKING:
    import pandas as pd

#: Parameters of methods that are said, in this order: conditions, then how long.
_CONDITIONS = ("kT", "pressure", "number_density", "steps", "dt", "chains", "sweeps", "hops")
#: What is counted, not measured: 120 000 steps.
_COUNTED = ("steps", "chains", "sweeps", "hops")

_PERSONS = frozenset(
    [
        "lennard",
        "jones",
        "gauss",
        "yukawa",
        "morse",
        "mie",
        "dzugutov",
        "fermi",
        "jagla",
        "gay",
        "berne",
        "kern",
        "frenkel",
    ]
)


def caption(table: pd.DataFrame, markup: bool = False) -> str:
    """Fixed conditions of the jobs of a table that has been arranged; "" of any other.

    Parameters
    ----------
    table : DataFrame
    markup : bool
        HTML, else Matplotlib's mathtext.
    """
    found = arrangement(table)
    conditions: Mapping[str, Mapping[str, Any]] = found.get("conditions") or {}
    conditions = {name: said for name, said in conditions.items() if name in set(table["method"])}
    say = _html if markup else _mathtext
    facts = {name: _facts(said, say) for name, said in conditions.items()}
    every = list(facts.values())
    shared = [fact for fact in (every[0] if every else []) if all(fact in one for one in every)]
    parts = [", ".join(shared)] if shared else []
    for name, said in facts.items():
        own = [fact for fact in said if fact not in shared]
        if own:
            before = f"{say.words(name)}: " if len(facts) > 1 else ""
            parts.append(before + ", ".join(own))
    follow = [key for key in found.get("follows", ()) if key in table]
    ranges = [_range(key, table[key], say) for key in follow if not _repeats(key, table)]
    if ranges:
        parts.append(", ".join([*ranges, "one value a point"]))
    replicas = table["replica"].nunique() if "replica" in table else 1
    if replicas > 1:
        parts.append(f"{replicas} replicas")
    return "; ".join(parts)


class _Say:
    """How a name and a text are written."""

    def __init__(self, name: Callable[[str], str], text: Callable[[str], str]) -> None:
        self.name, self.text = name, text

    def words(self, text: str) -> str:
        return self.text(text.replace("_", " "))

    def equals(self, key: str, value: Any) -> str:
        last = key.rpartition(".")[2]
        if last in _COUNTED and isinstance(value, int):
            return f"{value:,}".replace(",", "\xa0") + f"\xa0{last}"
        return f"{self.name(key)}\xa0=\xa0{self.text(format_value(value))}"


_mathtext = _Say(mathtext, lambda text: text.replace("$", r"\$"))
_html = _Say(html, escape)


def _facts(said: Mapping[str, Any], say: _Say) -> list[str]:
    """What is said of one method's jobs, one text a fact."""
    keys = [key for key in said if key.startswith(("system.particles.", "system.n_particles"))]
    keys += [key for key in said if key.startswith("system.composition.")]
    facts = [say.equals(_total(key, keys), said[key]) for key in keys]
    form = said.get("potential.form")
    if isinstance(form, str):
        facts.append(say.text(_proper(form)))
    facts += [
        say.equals(key, value)
        for key, value in said.items()
        if key.startswith("potential.")
        and isinstance(value, int | float)
        and (key == _of_all(key) or value != said.get(_of_all(key)))
    ]
    for last in _CONDITIONS:
        value = said.get(f"method.{last}")
        imposed = last != "number_density" or said.get("method.ensemble") != "npt"
        if not is_missing(value) and imposed:
            facts.append(say.equals(f"method.{last}", value))
    return facts


def _proper(form: str) -> str:
    """The name of a potential: Lennard-Jones-Gauss."""
    words = [word.capitalize() if word in _PERSONS else word for word in form.split("_")]
    text = words[0]
    for before, word in itertools.pairwise(words):
        text += ("-" if before.istitle() and word.istitle() else " ") + word
    return text


def _total(key: str, keys: Sequence[str]) -> str:
    """The number of particles of a single type is that of all."""
    alone = key.startswith("system.particles.") and len(keys) == 1
    return "system.n_particles" if alone else key


def _of_all(key: str) -> str:
    """What a parameter of a type or a pair of a mixture is called where it is that of all."""
    parts = key.split(".")
    is_own = parts[0] == "potential" and parts[1:2] in (["types"], ["pairs"])
    return ".".join([parts[0], *parts[3:]]) if is_own else key


def _repeats(key: str, table: pd.DataFrame) -> bool:
    """Whether a column of a type or a pair says nothing that the one of all does not say."""
    base = _of_all(key)
    return key != base and base in table and table[key].tolist() == table[base].tolist()


def _range(key: str, values: pd.Series, say: _Say) -> str:
    """The values of a key that has one at each point of the diagram."""
    known = [value for value in values.tolist() if not is_missing(value)]
    if all(isinstance(value, int | float) for value in known) and known:
        ends = dict.fromkeys(say.text(format_value(end)) for end in (min(known), max(known)))
        return f"{say.name(key)} = {' to '.join(ends)}"
    texts = list(dict.fromkeys(format_value(value) for value in known))
    if key.endswith(".sha256"):  # of a file: its first digits tell it from others
        texts = [text[:8] for text in texts]
    shown = ", ".join(say.text(text) for text in texts[:4]) + (" …" if len(texts) > 4 else "")
    return f"{say.name(key)} = {shown}"
