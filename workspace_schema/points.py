"""The points of a campaign, one a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workspace_schema.job_ids import job_id_of_texts


@dataclass(frozen=True, slots=True)
class Point:
    """One job of a campaign.

    Attributes
    ----------
    job_id : str
        The id signac gives it.
    statepoint : dict
        Canonical state point. Points share unchanged blocks: copy before changing.
    extent : dict
        How long, where it is not the default; for the job document.
    source : str, optional
        Path of an imported file as the campaign file has it; for the job document.
    former : str, optional
        The id that the same file gave the job while an open boundary had a cut-off by default.
    """

    job_id: str
    statepoint: dict[str, Any]
    extent: dict[str, Any]
    source: str | None = None
    former: str | None = None


@dataclass
class Body:
    """What the replicas of a point share.

    Attributes
    ----------
    blocks : dict of str to (dict, str)
        Canonical blocks and their texts.
    source : str, optional
    former : str, optional
        The text of the potential with the cut-off it had by default in an open boundary.
    """

    blocks: dict[str, tuple[dict[str, Any], str]]
    source: str | None = None
    former: str | None = None

    def point(self, replica: int, extent: dict[str, Any]) -> Point:
        statepoint: dict[str, Any] = {name: form for name, (form, _) in self.blocks.items()}
        texts = {name: text for name, (_, text) in self.blocks.items()} | {"replica": str(replica)}
        former = None
        if self.former is not None:
            former = job_id_of_texts(texts | {"potential": self.former})
        statepoint["replica"] = replica
        return Point(job_id_of_texts(texts), statepoint, extent, self.source, former)
