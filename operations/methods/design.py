"""Method `design`: the class of each way is in `operations.design`."""

from __future__ import annotations

import importlib
from typing import Any

from operations.jobs.driver import Method, Task
from workspace_schema.methods.facts import class_name


def Design(task: Task) -> Method:
    """The way that the state point names."""
    by = task.statepoint["method"]["by"]
    way: Any = getattr(importlib.import_module(f"operations.design.{by}"), class_name(by))
    method: Method = way(task)
    return method
