"""What an adaptive campaign chooses from: the jobs of its campaign file, kept in the root.

A header, then one line a job. The ids are those of the full grid.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from operations.jobs.files import parse_json, read_bytes, replacing
from operations.results.rows import value_at
from workspace_schema.campaign import Campaign
from workspace_schema.campaign_file import Sample
from workspace_schema.job_ids import job_id
from workspace_schema.points import Point
from workspace_schema.root import ADAPTIVE, CANDIDATES

#: Bytes of the file, at most.
MOST = 200_000_000


@dataclass(frozen=True)
class Candidates:
    """The jobs there are to choose from.

    Attributes
    ----------
    points : list of Point
        In the order of the file; replicas of a point follow each other.
    varied : tuple of str
        Dotted paths at which they differ.
    sample : Sample
        How they are chosen.
    former : tuple of str
        Ids of jobs that rounds have chosen and that are candidates no more.
    kept : dict, optional
        The header that they were read with, which another version may have written.
    """

    points: list[Point]
    varied: tuple[str, ...]
    sample: Sample
    former: tuple[str, ...] = ()
    kept: dict[str, Any] | None = None

    @classmethod
    def of(cls, campaign: Campaign, chosen: Iterable[str]) -> Candidates:
        """Those of an adaptive campaign, of which some jobs have been chosen before."""
        assert campaign.sample is not None
        ids = {point.job_id for point in campaign.points}
        former = tuple(name for name in chosen if name not in ids)
        return cls(campaign.points, campaign.varied, campaign.sample, former)

    @cached_property
    def header(self) -> dict[str, Any]:
        """What the file begins with."""
        if self.kept is not None:
            return self.kept
        ids = "".join(point.job_id for point in self.points)
        return {
            "varied": list(self.varied),
            "sample": self.sample.model_dump(exclude_none=True, exclude={"ahead"}),
            "ahead": self.sample.ahead,
            "n_points": len(self.points if self.sample.phases else self.replicas),
            "former": list(self.former),
            "jobs": hashlib.sha256(ids.encode()).hexdigest(),
        }

    @cached_property
    def by_id(self) -> dict[str, Point]:
        """Jobs by their ids."""
        return {point.job_id: point for point in self.points}

    @cached_property
    def places(self) -> dict[str, int]:
        """Which point of the diagram a job is at; replicas are at the same."""
        found: dict[str, int] = {}
        places = {}
        for point in self.points:
            places[point.job_id] = found.setdefault(self._text(point.statepoint), len(found))
        return places

    @cached_property
    def replicas(self) -> list[list[str]]:
        """Ids of the jobs at each point of the diagram, by their replica."""
        groups: list[list[str]] = []
        for name, place in self.places.items():
            if place == len(groups):
                groups.append([])
            groups[place].append(name)
        return groups

    def _text(self, statepoint: dict[str, Any]) -> str:
        if self.sample.phases:  # free energies of both phases are at one point
            from operations.results.coexistence import system_of

            return json.dumps([system_of(statepoint), statepoint["method"].get("pressure")])
        if self.sample.repeat == 1:
            return str(id(statepoint))
        return json.dumps({key: v for key, v in statepoint.items() if key != "replica"})

    @cached_property
    def values(self) -> list[list[Any]]:
        """Values of each point of the diagram at the paths that vary."""
        return [self.values_of(self.by_id[names[0]].statepoint) for names in self.replicas]

    def values_of(self, statepoint: dict[str, Any]) -> list[Any]:
        """Values of a job at the paths that vary."""
        return [value_at(statepoint, path) for path in self.varied]

    def save(self, root: Path) -> None:
        """Write the file."""
        (root / ADAPTIVE).mkdir(exist_ok=True)
        with replacing(root / CANDIDATES) as temporary, open(temporary, "w") as stream:
            stream.write(json.dumps(self.header) + "\n")
            for point in self.points:
                line = {"statepoint": point.statepoint, "extent": point.extent}
                stream.write(json.dumps(line | {"source": point.source}) + "\n")

    @classmethod
    def load(cls, root: Path) -> Candidates:
        """Read the file.

        Raises
        ------
        ValueError
            Where it is missing or damaged.
        """
        again = "init.py with the campaign file makes it again"
        try:
            lines = read_bytes(root / CANDIDATES, MOST).splitlines()
            header, *jobs = (parse_json(line) for line in lines)
            points = [
                Point(job_id(job["statepoint"]), job["statepoint"], job["extent"], job["source"])
                for job in jobs
            ]
            sample = Sample.model_validate(header["sample"] | {"ahead": header["ahead"]})
            known = cls(points, tuple(header["varied"]), sample)
            if known.header["jobs"] != header["jobs"]:
                raise ValueError("its jobs are not as they were written")
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise ValueError(f"{root / CANDIDATES} cannot be read: {error}; {again}") from None
        return replace(known, former=tuple(header.get("former", ())), kept=header)
