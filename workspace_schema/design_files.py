"""Files of designs, by plain file operations: `status` asks for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workspace_schema.bounded import read_bounded
from workspace_schema.files import write_text
from workspace_schema.job_ids import is_job_id

#: Folder of a root with what the designs have found.
FOLDER = "designs"
#: Name, followed by the id of a design, of the empty file by which `init.py` says that a job needs
#: it; the job writes there the hash of the table that it began with.
NEEDS = ".needs."
#: End of the name of the empty file by which `init.py` says that jobs need the crystal of a job.
CRYSTAL = ".crystal"
#: Bytes of a file with what a design has found, at most.
MOST = 1_000_000_000
#: Bytes of one with numbers of a building block, of which there are few; pages read it, too.
MOST_NUMBERS = 100_000


def designs_of(statepoint: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids of the designs that the potential and the building blocks of a state point use."""
    potential, system = _mapping(statepoint, "potential"), _mapping(statepoint, "system")
    blocks = _mapping(system, "building_blocks")
    both = (potential, *_mapping(potential, "pairs").values(), *blocks.values())
    named = (block.get("design") for block in both if isinstance(block, Mapping))
    # they become parts of paths
    return tuple(dict.fromkeys(d for d in named if isinstance(d, str) and is_job_id(d)))


def crystal_of(statepoint: Mapping[str, Any]) -> str | None:
    """Id of the job whose crystal a state point asks something of."""
    job = _mapping(_mapping(statepoint, "method"), "phase").get("job")
    return job if isinstance(job, str) and is_job_id(job) else None


def table_file(root: Path, design: str) -> Path:
    """The file with what a design has found."""
    return root / FOLDER / f"{design}.table"


def write_numbers(root: Path, design: str, numbers: Mapping[str, float]) -> None:
    """Write what a design has found of a building block: numbers by their dotted paths."""
    file = table_file(root, design)
    file.parent.mkdir(exist_ok=True)
    write_text(file, json.dumps(dict(numbers)) + "\n")


def read_numbers(root: Path, design: str) -> dict[str, float]:
    """The numbers that a design has found.

    Raises
    ------
    ValueError
        Where the file is not there, cannot be read, or holds something else.
    """
    file = table_file(root, design)
    try:
        found = json.loads(read_bounded(file, MOST_NUMBERS))
        return {str(name): float(value) for name, value in found.items()}
    except FileNotFoundError:
        raise ValueError(f"{file} is not there: the design {design} has found nothing") from None
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror}; expected numbers by name") from None
    except (ValueError, ArithmeticError, AttributeError, TypeError, RecursionError):
        raise ValueError(f"{file}: expected numbers by name") from None


def hash_of(file: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(read_bounded(file, MOST)).hexdigest()


def _mapping(block: Any, name: str) -> Mapping[str, Any]:
    """A block inside a block; empty where there is none."""
    found = block.get(name) if isinstance(block, Mapping) else None
    return found if isinstance(found, Mapping) else {}
