"""A small campaign file, init.py as a function, and all that is in a folder."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import yaml

import init

FORWARD = {"name": "forward", "kT": 0.5, "number_density": 0.8, "steps": 1000}
CAMPAIGN: dict[str, Any] = {
    "name": "small",
    "system": {"dimensions": 2, "particles": {"A": 16}},
    "potential": {"form": "lennard_jones", "epsilon": [1.0, 2.0], "sigma": [0.9, 1.0, 1.1]},
    "method": FORWARD,
    "replicas": 2,
}


def grid(epsilon: int, sigma: int) -> dict[str, Any]:
    """A campaign of one replica of so many values of each."""
    potential = {
        "form": "lennard_jones",
        "epsilon": {"linspace": [0.1, 2, epsilon]},
        "sigma": {"linspace": [0.5, 1.5, sigma]},
    }
    return CAMPAIGN | {"potential": potential, "replicas": 1}


def write(file: Path, data: Any) -> Path:
    file.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return file


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of init.main."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = init.main([str(argument) for argument in arguments])
    return status, out.getvalue(), err.getvalue()


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every path below a folder, with the content of files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
