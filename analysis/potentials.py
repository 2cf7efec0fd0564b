"""The page of the pair potentials, from their declarations: `python -m analysis.potentials`.

Writes docs/potentials.md and a picture of each form in docs/potentials/. A picture carries the
numbers it was drawn of, as a hash, so that a test can tell whether it is current.
"""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from typing import Any

import numpy as np
from pydantic.fields import FieldInfo

from workspace_schema.plausibility import energies
from workspace_schema.potentials import FORMS, PairPotential

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE, PICTURES = "potentials.md", "potentials"

#: Parameters of an example of forms that have no default of everything.
EXAMPLES: dict[str, dict[str, Any]] = {
    "expression": {
        "formula": "a / r**12 - b * exp(-(r - 1.5)**2 / 0.1)",
        "parameters": {"a": 1.0, "b": 2.0},
        "r_cut": 2.5,
    }
}

#: Keys that every truncated form has, explained once.
COMMON = ("truncation", "r_on")

HEAD = """\
# Pair potentials

Written by `python -m analysis.potentials` from the classes in `workspace_schema/potentials/`.
Numbers are in reduced units. Pictures show the defaults, without truncation, up to the cut-off.

Every form but `wca`, `dzugutov` and `hertzian`, whose range follows from their parameters, takes
`r_cut`, `truncation` and, with `truncation: xplor`, `r_on`, where the smoothing begins:

| `truncation` | energy below `r_cut` |
|---|---|
| `cut` (default) | u(r) |
| `shift` | u(r) − u(r_cut) |
| `force_shift` | u(r) − u(r_cut) − (r − r_cut) u′(r_cut) |
| `xplor` | u(r) S(r), S from 1 at `r_on` to 0 at `r_cut`, as in HOOMD-blue and CHARMM |

A number of a formula may be `{free: [low, high]}`: a design finds it (design.md).

Mixtures (`types`, `pairs`, `mixing`): campaigns.md. The kind of a number says how it is mixed:
by default energies geometrically, lengths arithmetically.
"""


def page() -> str:
    """The text of the page."""
    return "\n".join([HEAD, *(_section(name, form) for name, form in FORMS.items())])


def _section(name: str, form: type[PairPotential]) -> str:
    lines = [f"## `{name}`", "", inspect.getdoc(form) or "", ""]
    if isinstance(formula := vars(form).get("formula"), str):
        lines += [f"As it is computed: `{formula}`", ""]
    lines += ["| key | meaning | default | allowed | kind |", "|---|---|---|---|---|"]
    fields = form.model_fields
    for key in sorted(fields, key="r_cut".__eq__):  # the cut-off last
        field = fields[key]
        if key not in ("form", "sha256", *COMMON, *getattr(form, "repeated", ())):
            kind = form.kinds().get(key, "")
            lines.append(
                f"| `{key}` | {field.description} | {_default(field)} | {_bounds(field)} | {kind} |"
            )
    if example(form) is not None:
        lines += ["", f"![u(r) of {name}]({PICTURES}/{name}.png)"]
    return "\n".join([*lines, ""])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, str):
        return value
    return "none" if value is None or value == {} else f"{value:g}"


def _bounds(field: FieldInfo) -> str:
    signs = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
    found = [
        f"{sign} {getattr(limit, name):g}"
        for limit in field.metadata
        for name, sign in signs.items()
        if getattr(limit, name, None) is not None
    ]
    return ", ".join(found) or "any"


def example(form: type[PairPotential]) -> PairPotential | None:
    """A potential of a form with its defaults; None of those that are tables."""
    if form.tabulated:
        return None
    name = str(form.model_fields["form"].default)
    return form.model_validate({"form": name, **EXAMPLES.get(name, {})})


def curve(potential: PairPotential) -> tuple[np.ndarray, np.ndarray]:
    """r and u(r) of a picture, from 0 to the cut-off."""
    r = np.linspace(0.0, potential.r_cut, 501)[1:-1]
    return r, energies(potential, r)


def fingerprint(potential: PairPotential) -> str:
    """What tells whether a picture shows these numbers."""
    numbers = [f"{value:.6g}" for value in np.concatenate(curve(potential))]
    return hashlib.sha256(" ".join(numbers).encode()).hexdigest()


def draw(potential: PairPotential, file: Path) -> None:
    """Write the picture of a potential."""
    from matplotlib.figure import Figure

    r, u = curve(potential)
    depth = -min(float(np.nanmin(u)), 0.0)
    summits = u[1:-1][(u[1:-1] > u[:-2]) & (u[1:-1] >= u[2:])]
    top = max(1.5 * depth, 1.2 * float(summits.max(initial=0.0)))
    if depth == 0.0:
        top = min(3.0, float(np.nanmax(u)))
    figure = Figure(figsize=(4.0, 2.6), layout="constrained")
    axes = figure.subplots()
    axes.axhline(0.0, color="0.7", linewidth=0.8)
    axes.plot(r, u, color="#0072b2")
    axes.set(xlabel="r", ylabel="u(r)", xlim=(0.0, r[-1]), ylim=(-1.15 * depth, top))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(file, dpi=110, metadata={"Description": fingerprint(potential)})


def main() -> None:
    """Write page and pictures."""
    (DOCS / PICTURES).mkdir(exist_ok=True)
    (DOCS / PAGE).write_text(page())
    for name, form in FORMS.items():
        potential = example(form)
        if potential is not None:
            draw(potential, DOCS / PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
