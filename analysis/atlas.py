"""Atlas: the distinct structures that a campaign has found.

Jobs are one structure where they have the same name (prototype or label) and the same space group.
What has no name is told apart by fingerprints, clusters also by their composition.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.ground_states import UNKNOWN
from analysis.notation import is_missing

if TYPE_CHECKING:
    import pandas as pd

ATLAS_FILE = Path("results") / "atlas.json"

_NUMBER = re.compile(r"(\d+)")

#: Fingerprints closer than this are one structure without a name. In 84 runs of 64 and 400
#: Lennard-Jones-Gauss particles two snapshots of one phase differ by 0.1 (median), hexagonal and
#: square by 0.4 to 0.75.
ALIKE = 0.15
#: The same for clusters, which are minima.
ALIKE_CLUSTERS = 0.02


@dataclass(frozen=True)
class Description:
    """What is known of the structure of one job beside its label.

    Attributes
    ----------
    space_group : str
        Hermann-Mauguin symbol of the space group, or plane group; "" where not known.
    prototype : str
        Name of the crystal; "" where not known.
    cluster : str
        Composition of a cluster with open boundary, such as "A38"; "" in a periodic box.
    fingerprint : ndarray or None
        Comparable by the relative distance |a - b| / (|a|² / 2 + |b|² / 2)^½.
    """

    space_group: str = ""
    prototype: str = ""
    cluster: str = ""
    fingerprint: np.ndarray | None = None


@dataclass
class Entry:
    """One structure of the atlas.

    Attributes
    ----------
    name : str
        Prototype, label or composition of a cluster; "unknown" or "unknown 2" where it has none.
    label : str
        The label most of its jobs have: its colour.
    space_group : str
        "" where not known, or where there is none as in quasicrystals and fluids.
    jobs : list of str
        Ids, the most typical one first: lowest energy of searches, else highest confidence.
    methods : dict of str to int
        Jobs by method.
    lowest, highest : float or None
        Energy per particle.
    """

    name: str
    label: str
    space_group: str = ""
    jobs: list[str] = field(default_factory=list)
    methods: dict[str, int] = field(default_factory=dict)
    lowest: float | None = None
    highest: float | None = None

    @property
    def energies(self) -> str:
        """Range of the energy per particle as text."""
        if self.lowest is None or self.highest is None:
            return "–"
        low, high = (f"{value:.4g}".replace("-", "−") for value in (self.lowest, self.highest))
        return low if low == high else f"{low} … {high}"


def distinct_structures(
    table: pd.DataFrame,
    described: Mapping[str, Description],
    space_groups: Mapping[str, str] | None = None,
) -> list[Entry]:
    """The distinct structures of a campaign, those with most jobs first.

    Parameters
    ----------
    table : DataFrame
        The campaign's tidy table; jobs without a label are left out.
    described : mapping of str to Description
        By job id, where more than the label is known.
    space_groups : mapping of str to str
        Space group of the ideal crystal by label, for jobs that have none of their own.

    Returns
    -------
    list of Entry
    """
    known = space_groups or {}
    groups: dict[tuple[str, str, str], list[int]] = {}
    labels = ["" if is_missing(label) else str(label) for label in table["label"]]
    ids = [str(job_id) for job_id in table["job_id"]]
    about = [described.get(job_id, Description()) for job_id in ids]
    for row in _most_typical_first(table, about):
        if not labels[row]:
            continue
        one = about[row]
        name = one.prototype or (labels[row] if labels[row] != UNKNOWN else "")
        group = "" if one.cluster else one.space_group or known.get(name, "")
        groups.setdefault((one.cluster, name, group), []).append(row)
    entries = []
    for (cluster, name, group), rows in groups.items():
        told_apart = [rows]
        if cluster or not name:
            told_apart = _alike(rows, about, ALIKE_CLUSTERS if cluster else ALIKE)
        entries += [
            _entry(table, labels, cluster or name or UNKNOWN, group, kind) for kind in told_apart
        ]
    entries.sort(key=lambda entry: (-len(entry.jobs), _natural(entry.name), entry.jobs[0]))
    _number(entries)
    return entries


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts A2 before A10."""
    return [(int(part or 0), part) if part.isdigit() else (0, part) for part in _NUMBER.split(name)]


def _most_typical_first(table: pd.DataFrame, about: list[Description]) -> np.ndarray:
    """Rows in the order in which they may stand for their structure."""
    energy = table["energy_per_particle"].astype(float).fillna(np.inf).to_numpy()
    confidence = table["confidence"].astype(float).fillna(0.0).to_numpy()
    searched = np.array([bool(one.space_group or one.cluster) for one in about], dtype=bool)
    return np.lexsort((np.where(searched, energy, -confidence), ~searched))


class _Kinds:
    """Rows put together by fingerprints of one length, each with the nearest first row.

    Distances are |a - b|² = |a|² + |b|² - 2 a·b, to all first rows at once.
    """

    def __init__(self, length: int) -> None:
        self.rows: list[list[int]] = []
        # fingerprints of the first rows, and their squares, with room for more
        self._firsts = np.empty((16, length))
        self._squares = np.empty(16)

    def add(self, row: int, own: np.ndarray, alike: float) -> None:
        """Put a row with its like, or begin a kind."""
        n, square = len(self.rows), float(own @ own)
        if n:
            both = self._squares[:n] + square
            apart = both - 2.0 * (self._firsts[:n] @ own)
            distances = apart / np.maximum(0.5 * both, 1e-300)
            best = int(np.argmin(distances))
            if distances[best] < alike**2:
                self.rows[best].append(row)
                return
        if n == len(self._squares):
            self._firsts = np.concatenate([self._firsts, np.empty_like(self._firsts)])
            self._squares = np.concatenate([self._squares, np.empty_like(self._squares)])
        self._firsts[n], self._squares[n] = own, square
        self.rows.append([row])


def _alike(rows: list[int], about: list[Description], alike: float) -> list[list[int]]:
    """Rows put together by their fingerprints; those without one are one kind."""
    kinds: dict[int, _Kinds] = {}
    for row in rows:
        own = about[row].fingerprint
        own = np.empty(0) if own is None else own
        kinds.setdefault(len(own), _Kinds(len(own))).add(row, own, alike)
    return [kind for one in kinds.values() for kind in one.rows]


def _entry(
    table: pd.DataFrame, labels: list[str], name: str, space_group: str, rows: list[int]
) -> Entry:
    jobs = table.iloc[rows]
    energies = jobs["energy_per_particle"].astype(float).dropna()
    here = [labels[row] for row in rows]
    return Entry(
        name=name,
        label=max(dict.fromkeys(here), key=here.count),
        space_group=space_group,
        jobs=[str(job_id) for job_id in jobs["job_id"]],
        methods={str(name): int(count) for name, count in jobs["method"].value_counts().items()},
        lowest=float(energies.min()) if len(energies) else None,
        highest=float(energies.max()) if len(energies) else None,
    )


def _number(entries: list[Entry]) -> None:
    """Give structures that share a name and a space group numbers, the first none."""
    seen: dict[tuple[str, str], int] = {}
    for entry in entries:
        key = entry.name, entry.space_group if entry.name != UNKNOWN else ""
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            entry.name += f" {seen[key]}"


def to_json(entries: list[Entry]) -> list[dict[str, object]]:
    """The atlas as JSON types."""
    return [asdict(entry) for entry in entries]


def read_atlas(root: str | Path) -> list[Entry]:
    """The atlas of the campaign in `root`, as aggregation has left it.

    Raises
    ------
    FileNotFoundError
        If the campaign has not been aggregated yet.
    ValueError
        If the file is damaged.
    """
    path = Path(root) / ATLAS_FILE
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist: aggregate the campaign first")
    try:
        return [Entry(**one) for one in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} is damaged: {error}; aggregate again") from None


def gallery(entries: Sequence[Entry], pictures: Mapping[str, bytes]) -> str:
    """The atlas as a piece of HTML, everything escaped, for notebooks.

    Parameters
    ----------
    entries : sequence of Entry
    pictures : mapping of str to bytes
        PNGs by the id of an entry's first job; entries without one are text.
    """
    tiles = []
    for entry in entries:
        image = ""
        if entry.jobs[0] in pictures:
            data = b64encode(pictures[entry.jobs[0]]).decode("ascii")
            image = f'<img src="data:image/png;base64,{data}" alt="" style="height: 150px"><br>'
        methods = ", ".join(f"{name} {count}" for name, count in entry.methods.items())
        tiles.append(
            '<figure style="display: inline-block; width: 180px; margin: 6px; text-align: center;'
            f' vertical-align: top">{image}<b>{escape(entry.name)}</b> {escape(entry.space_group)}'
            f"<br>{escape(methods)}<br><i>U</i>/<i>N</i> {escape(entry.energies)}</figure>"
        )
    return "\n".join(tiles)
