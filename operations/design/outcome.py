"""What a design leaves: its verdict in the result, and the potential where it has found one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from operations.design.bases import Basis
from operations.jobs.driver import Task
from operations.jobs.result import Result
from workspace_schema.design_files import table_file, write_numbers
from workspace_schema.potentials import TableData
from workspace_schema.potentials.designed import write_tables

#: Pairs of types, as A-B, with basis and coefficients.
Pairs = Mapping[str, tuple[Basis, NDArray[Any]]]


#: Distances of a curve.
POINTS = 200


def curves(pairs: Pairs, omitted: Sequence[Mapping[str, NDArray[Any]]] = ()) -> dict[str, Any]:
    """u(r) of each pair of types, with its error.

    Parameters
    ----------
    pairs : mapping
    omitted : sequence of mapping
        Coefficients by pair with each of several blocks of the data left out (jackknife).

    Returns
    -------
    dict
        By pair ``r``, ``u`` and, where there are blocks, ``u_error``.
    """
    found: dict[str, Any] = {}
    for pair, (basis, coefficients) in pairs.items():
        r = np.linspace(basis.knots[0], basis.potential.r_cut, POINTS)
        values = basis.values(r)
        found[pair] = {"r": r.tolist(), "u": (values @ coefficients).tolist()}
        if omitted:
            others = np.array([values @ one[pair] for one in omitted])
            spread = np.sqrt((len(others) - 1) * others.var(axis=0))
            found[pair]["u_error"] = spread.tolist()
    return found


def tables(pairs: Pairs) -> dict[str, TableData]:
    """The table of each pair of types."""
    return {pair: basis.table(coefficients) for pair, (basis, coefficients) in pairs.items()}


def described(pairs: Pairs) -> dict[str, Any]:
    """What a result says of each pair of types."""
    return {pair: basis.described(coefficients) for pair, (basis, coefficients) in pairs.items()}


def conclude(
    task: Task,
    result: Result,
    tables: Mapping[str, TableData],
    verdict: str,
    reason: str,
    details: dict[str, Any],
) -> Result:
    """Write the tables of a design that has found a potential; return what the result says.

    Parameters
    ----------
    task : Task
    result : Result
        Without what is of the design.
    tables : mapping
        By pair of types, as A-B; empty where what is found are numbers of a building block.
    verdict : "found", "not found" or "undecided"
        Only where it is "found" other jobs can use the potential.
    reason : str
        Why it is not; empty where it is.
    details : dict
    """
    if verdict == "found" and tables:
        write_tables(task.root, task.id, tables)
    elif verdict == "found":
        write_numbers(task.root, task.id, details["parameters"])
    else:
        table_file(task.root, task.id).unlink(missing_ok=True)
    return result.more(design={"verdict": verdict, "reason": reason, **details})
