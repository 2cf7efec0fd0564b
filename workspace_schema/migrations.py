"""From one schema version to the next, without losing a job.

The version of a data space stands in its project document. A migration
(`workspace_schema.versions`) is a pure function from the state point of one version to that of the
next; changing a state point changes the id, so a plan is made and checked for collisions before any
job moves. While jobs move, a journal lies in the root: whatever stops the moves, the next
``init.py --migrate`` goes on where they stopped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workspace_schema.bounded import read_bounded
from workspace_schema.errors import MigrationError
from workspace_schema.files import check_folder, write_json
from workspace_schema.job_ids import is_job_id, job_id
from workspace_schema.versions import MIGRATIONS, SCHEMA_VERSION, Migration

MAX_BYTES = 100_000_000  # of a document
_DOCUMENT = "signac_project_document.json"
_JOURNAL = "migration.json"
_STATE_POINT = "signac_statepoint.json"
_JOB_DOCUMENT = "signac_job_document.json"
#: Prefix of the files that take the places of those two once the folder has its new name.
_NEXT = "migrated_"


@dataclass(frozen=True)
class Plan:
    """Moves that bring a data space to another version.

    Attributes
    ----------
    root : Path
    version, target : int
        Schema version now and then.
    moves : dict of str to str
        New job id by old one, of the jobs whose id changes.
    """

    root: Path
    version: int
    target: int
    moves: dict[str, str]


_AGAIN = "delete it, then init.py with the campaign file makes it again"


def read_project_document(root: Path) -> dict[str, Any]:
    """Return the project document of a root as a plain dict, {} where there is none.

    Raises
    ------
    MigrationError
        Where the file is no JSON object.
    """
    return read_object(root / _DOCUMENT)


def check_version(version: object, root: Path, target: int | None = None) -> None:
    """Raise MigrationError unless a data space has the schema version of this code.

    Parameters
    ----------
    version : object
        ``schema_version`` of the project document.
    root : Path
        Named in the message.
    target : int, optional
        Another version than that of this code.
    """
    target = SCHEMA_VERSION if target is None else target
    _check_known(version, root, target)
    if version != target:
        raise MigrationError(
            f"{root} has schema version {version}, this code {target}; "
            f"bring it up to date: init.py --migrate --root {root}"
        )
    if (root / _JOURNAL).exists():
        raise MigrationError(
            f"a migration of {root} was interrupted; finish it: init.py --migrate --root {root}"
        )


def plan(
    root: Path, migrations: Mapping[int, Migration] | None = None, target: int | None = None
) -> Plan:
    """Return the moves of a migration; an interrupted one is taken up again.

    Parameters
    ----------
    root : Path
    migrations : mapping, optional
        Instead of MIGRATIONS.
    target : int, optional
        Instead of SCHEMA_VERSION.

    Raises
    ------
    MigrationError
        Where a migration is missing, fails or makes two jobs one.
    """
    migrations = MIGRATIONS if migrations is None else migrations
    target = SCHEMA_VERSION if target is None else target
    document = read_project_document(root)
    if not document:
        raise MigrationError(f"{root} holds no campaign")
    version = document.get("schema_version")
    _check_known(version, root, target)
    assert isinstance(version, int)
    journal = root / _JOURNAL
    if journal.exists():
        begun = read_object(journal)
        if not _is_journal(begun):
            raise MigrationError(f"{journal} is damaged; expected a target, and moves of jobs")
        if begun["target"] != target:
            raise MigrationError(
                f"{root} is half way to schema version {begun['target']}, this code has {target}"
            )
        return Plan(root, version, target, begun["moves"])

    moves: dict[str, str] = {}
    owners: dict[str, str] = {}
    for old, statepoint in _state_points(root):
        migrated, extent = _migrated(statepoint, version, target, migrations)
        if extent:
            read_object(root / "workspace" / old / _JOB_DOCUMENT)  # it will be written to
        new = job_id(migrated)
        if new in owners:
            raise MigrationError(
                f"jobs {owners[new]} and {old} of {root} would both become {new}; "
                "nothing was changed"
            )
        owners[new] = old
        if new != old:
            moves[old] = new
    # also an id that becomes free is refused: an interrupted move must be told from a finished one
    taken = {old: owners[old] for old in moves if old in owners}
    for new, old in taken.items():
        raise MigrationError(f"job {old} of {root} would take the id of job {new}")
    return Plan(root, version, target, moves)


def apply(chosen: Plan, migrations: Mapping[int, Migration] | None = None) -> None:
    """Move the jobs of a plan and store the new version; can be repeated after a kill.

    The new state point is in the folder before the folder moves. signac's own way to change a
    state point removes the old one before the new one is written; a kill in between loses both.

    Parameters
    ----------
    chosen : Plan
    migrations : mapping, optional
        Those the plan was made with, instead of MIGRATIONS.

    Raises
    ------
    MigrationError
        Where a state point is not what the plan saw.
    """
    migrations = MIGRATIONS if migrations is None else migrations
    root, moves = chosen.root, chosen.moves
    write_json(root / _JOURNAL, {"target": chosen.target, "moves": moves})
    for old, new in moves.items():
        source, target = root / "workspace" / old, root / "workspace" / new
        check_folder(source)
        check_folder(target)
        if source.is_dir():
            statepoint = read_object(source / _STATE_POINT)
            migrated, extent = _migrated(statepoint, chosen.version, chosen.target, migrations)
            if job_id(migrated) != new:
                raise MigrationError(f"{source} changed after the migration was planned")
            notes = read_object(source / _JOB_DOCUMENT)
            # products know of which job they are: by the id of then
            notes["former"] = [*notes.get("former", []), old]
            if extent:
                notes["extent"] = extent | notes.get("extent", {})
            write_json(source / (_NEXT + _JOB_DOCUMENT), notes)
            write_json(source / (_NEXT + _STATE_POINT), migrated)
            source.rename(target)
        for name in (_JOB_DOCUMENT, _STATE_POINT):
            if (target / (_NEXT + name)).exists():
                (target / (_NEXT + name)).replace(target / name)
    document = read_project_document(root)
    anchor = document.get("anchor")
    document |= {"schema_version": chosen.target, "anchor": moves.get(str(anchor), anchor)}
    write_json(root / _DOCUMENT, document)
    (root / _JOURNAL).unlink()


def _is_journal(content: dict[str, Any]) -> bool:
    """Whether a file says which jobs were to move; their ids become paths."""
    moves = content.get("moves")
    return (
        isinstance(content.get("target"), int)
        and isinstance(moves, dict)
        and all(isinstance(new, str) for new in moves.values())
        and all(is_job_id(name) for move in moves.items() for name in move)
    )


def read_object(file: str | Path) -> dict[str, Any]:
    """Return what a JSON file holds, {} where there is none.

    Raises
    ------
    MigrationError
        Where it holds no JSON object.
    OSError
        Where it cannot be read, is no regular file, or is larger than `MAX_BYTES`.
    """
    try:
        document = json.loads(read_bounded(file, MAX_BYTES))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise MigrationError(f"{file} is not JSON: {error}; {_AGAIN}") from None
    if not isinstance(document, dict):
        raise MigrationError(f"{file} is not a JSON object; {_AGAIN}")
    return document


def _migrated(
    statepoint: dict[str, Any], version: int, target: int, migrations: Mapping[int, Migration]
) -> tuple[dict[str, Any], dict[str, Any]]:
    extent: dict[str, Any] = {}
    for step in range(version, target):
        if step not in migrations:
            raise MigrationError(f"no migration from schema version {step} to {step + 1}")
        try:
            statepoint, moved = migrations[step](deepcopy(statepoint))
        except Exception as error:  # whatever it is, no job has moved because of it
            raise MigrationError(
                f"the migration from schema version {step} fails on job {job_id(statepoint)}: "
                f"{type(error).__name__}: {error}"
            ) from error
        extent |= moved
    return statepoint, extent


def _check_known(version: object, root: Path, target: int) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise MigrationError(f"{root} has no schema version; it is not a campaign of this code")
    if version > target:
        raise MigrationError(
            f"{root} has schema version {version}, this code knows {target}; update the code"
        )


def _state_points(root: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield id and state point of every job; one that is damaged is an error."""
    for folder in sorted((root / "workspace").glob(32 * "[0-9a-f]")):
        check_folder(folder)
        try:
            statepoint = json.loads(read_bounded(folder / _STATE_POINT, MAX_BYTES))
        except (OSError, ValueError, RecursionError) as error:
            raise MigrationError(f"{folder} has no readable state point: {error}") from None
        if job_id(statepoint) != folder.name:
            raise MigrationError(f"the state point in {folder} is not that of its id")
        yield folder.name, statepoint
