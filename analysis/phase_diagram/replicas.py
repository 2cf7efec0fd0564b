"""How often replicas have one label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def agreement(table: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    """The labelled jobs that have replicas, and what these say.

    Replicas are jobs whose state points are the same but for the replica: a place on the axes alone
    may have several temperatures or sizes. Files from elsewhere are none, whatever they share.

    Parameters
    ----------
    table : DataFrame
        As `analysis.phase_diagram.read_table` reads it.
    axes : sequence of str

    Returns
    -------
    DataFrame
        Those rows, with `most_say`, the label that most of the replicas have (of several the first
        by name), and `alike`, the part of the other replicas that have the label of this one.
    """
    # "protocol": the hash of all else in the state point but the replica
    point = [*axes, "method", "protocol"]
    simulated = table[table["label"].notna() & (table["method"] != "imported")]
    groups = simulated.groupby(point, dropna=False)["label"]
    said = simulated.assign(
        most_say=groups.transform(lambda one: one.mode()[0]),
        alike=simulated.groupby([*point, "label"], dropna=False)["label"].transform("size") - 1,
        others=groups.transform("size") - 1,
    )
    said = said[said["others"] > 0]
    return said.assign(alike=said["alike"] / said["others"]).drop(columns="others")
