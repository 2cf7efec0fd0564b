"""Which design of a campaign a job uses."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from workspace_schema.interactions import Interactions
from workspace_schema.job_ids import block_text
from workspace_schema.methods.design_base import Design
from workspace_schema.methods.method import Method
from workspace_schema.system import System

#: Canonical blocks of a point and their texts, by name.
Body = dict[str, tuple[dict[str, Any], str]]


class Designs:
    """The designs among the points that went by."""

    def __init__(self) -> None:
        self._known: dict[str, list[tuple[Mapping[str, Any], str]]] = {}

    def add(self, body: Body, system: System, method: Method, job_id: str) -> None:
        """Take note of a point, if it is a design."""
        if isinstance(method, Design):
            conditions = {name: body["method"][0].get(name) for name in method.conditions}
            self._known.setdefault(_key(body, system), []).append((conditions, job_id))

    def used(
        self, body: Body, system: System, potential: Interactions | None, method: Method
    ) -> list[Body]:
        """Return a point once for each design that it uses; itself where it uses none.

        Those with the same system, however many particles, the same potential, and the same
        conditions as far as both say them; none where there is no such design.
        """
        bodies = [name for name, block in system.adjustable.items() if block.design is None]
        sought = bodies or (potential is not None and potential.designed)
        if isinstance(method, Design) or not sought:
            return [body]
        found = []
        for conditions, job_id in self._known.get(_key(body, system), ()):
            own = body["method"][0]
            shared = [(own.get(name), value) for name, value in conditions.items() if value]
            # a ramp leads through many of them
            if all(mine in (None, value) or isinstance(mine, list) for mine, value in shared):
                if potential is not None:
                    form = potential.by_design(job_id).canonical(system.types)
                    found.append(body | {"potential": (form, block_text(form))})
                    continue
                form = dict(body["system"][0])
                blocks = form["building_blocks"]
                form["building_blocks"] = blocks | {
                    name: blocks[name] | {"design": job_id} for name in bodies
                }
                found.append(body | {"system": (form, block_text(form))})
        return found


def _key(body: Body, system: System) -> str:
    """What a design and what uses it have in common."""
    particles = system.particles or {}
    divisor = math.gcd(*particles.values()) or 1
    share = {name: count // divisor for name, count in particles.items()}
    others = body["system"][0] | {"particles": share}
    potential = body["potential"][1] if "potential" in body else None
    return json.dumps([others, potential], sort_keys=True)
