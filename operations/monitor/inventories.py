"""What is in a root, or in each of several, and what a campaign changes there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workspace_schema.campaign import Campaign
    from workspace_schema.plan import Plan
    from workspace_schema.points import Point


class Inventories:
    """An inventory of a root, or of each of the roots in it that has jobs of the campaign.

    Parameters
    ----------
    root : Path
    n_shards : int, optional
        As asked for.
    keep : int, optional
        For a dry run: how many points to keep of each, to be shown.
    """

    def __init__(self, root: Path, n_shards: int | None, keep: int | None = None) -> None:
        from operations.monitor.outlook import Outlook
        from workspace_schema.plan import Inventory
        from workspace_schema.root import check_links
        from workspace_schema.shards import shard_names

        self.n_shards = _number_of_shards(root, n_shards)
        names = shard_names(self.n_shards) if self.n_shards else [""]
        if self.n_shards:
            check_links(root, names)
        for name in names:
            check_links(root / name)
        self.roots = [root / name for name in names]
        self.dimensions: set[int] = set()
        self.judged: set[str] = set()  # targets that the labels of the jobs decide about
        # state points of crystals by label or job, by what there is to check of them
        self.crystals: dict[str, Mapping[str, Any]] = {}
        # building blocks of new jobs that designs find, by type and text
        self.designed: dict[tuple[str, str], dict[str, Any]] = {}
        self._inventories = [Inventory(root / name, keep) for name in names]
        self.outlook = Outlook(root / names[0])

    def add(self, point: Point) -> None:
        """Look at a point in the root that it belongs to."""
        from workspace_schema.design_files import crystal_of, designs_of
        from workspace_schema.errors import RootError
        from workspace_schema.job_ids import block_text
        from workspace_schema.shards import shard_of

        number = shard_of(point.job_id, self.n_shards) if self.n_shards else 0
        if self.n_shards and (designs_of(point.statepoint) or crystal_of(point.statepoint)):
            raise RootError(
                "--shards: jobs that use what another has found stay in its root; use one root"
            )
        self.dimensions.add(point.statepoint["system"]["dimensions"])
        method = point.statepoint["method"]
        by_label = method.get("by") in ("alchemy", "gradient", "label")
        if by_label and method["target"] != "fluid":
            self.judged.add(method["target"])
        phase = method.get("phase")
        if isinstance(phase, Mapping) and "lattice" not in phase:
            about = phase, point.statepoint["system"], method.get("number_density")
            self.crystals.setdefault(json.dumps(about), point.statepoint)
        inventory = self._inventories[number]
        known = inventory.n_new
        inventory.add(point)
        is_new = inventory.n_new > known
        for name, block in point.statepoint["system"].get("building_blocks", {}).items():
            if is_new and "design" in block:
                self.designed[name, block_text(block)] = block
        self.outlook.add(point, is_new)

    def plans(self, campaign: Campaign) -> list[tuple[Path, Plan]]:
        """What the campaign changes in each root that has jobs of it.

        Raises
        ------
        RootError, MigrationError
            Where a root holds something else.
        """
        from workspace_schema.errors import RootError
        from workspace_schema.root import read_document

        for point in campaign.points:
            self.add(point)
        plans = []
        for inventory in self._inventories:
            if inventory.is_empty:
                continue
            document = read_document(inventory.root)
            # a document that was lost is made again for jobs that are this campaign's
            if not document and inventory.is_foreign:
                raise RootError(
                    f"{inventory.root} holds signac jobs that are no campaign; use another --root"
                )
            name = document.get("name", campaign.name)
            if name != campaign.name:
                raise RootError(
                    f"{inventory.root} holds the campaign {name}, not {campaign.name}; use another"
                    " --root"
                )
            plans.append((inventory.root, inventory.plan(campaign, document)))
        return plans


def _number_of_shards(root: Path, asked: int | None) -> int | None:
    """Over how many roots in `root` the jobs are spread; None where they are in `root` itself."""
    from workspace_schema.errors import RootError
    from workspace_schema.root import read_document
    from workspace_schema.shards import MOST, read_number

    there = read_number(root)
    if asked is None or asked == there:
        return there
    if not 1 <= asked <= MOST:
        raise RootError(f"--shards: got {asked}, expected 1 to {MOST}")
    if there is not None:
        raise RootError(f"--shards: {root} is spread over {there} roots and stays so, got {asked}")
    if read_document(root):
        raise RootError(f"--shards: {root} holds a campaign itself; use another --root")
    return asked
