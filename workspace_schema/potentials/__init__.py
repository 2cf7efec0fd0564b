"""Pair potentials, one class a form; FORMS finds them by the name used in campaign files."""

from __future__ import annotations

from workspace_schema.potentials.adjustable import Adjustable
from workspace_schema.potentials.core_softened import FermiJagla, SquareShoulder
from workspace_schema.potentials.designed import Designed, Sought
from workspace_schema.potentials.expression import Expression
from workspace_schema.potentials.from_file import FromFile
from workspace_schema.potentials.learned import Learned
from workspace_schema.potentials.lennard_jones import LennardJones, Mie, WeeksChandlerAndersen
from workspace_schema.potentials.lennard_jones_gauss import LennardJonesGauss
from workspace_schema.potentials.many_body import ManyBodyPotential
from workspace_schema.potentials.morse import Morse
from workspace_schema.potentials.oscillating import (
    Dzugutov,
    MihalkovicHenley,
    OscillatingPairPotential,
)
from workspace_schema.potentials.pair_potential import PairPotential, Truncation
from workspace_schema.potentials.pod import Pod
from workspace_schema.potentials.repulsive import GaussianCore, Hertzian, InversePower
from workspace_schema.potentials.screened import ScreenedCharges, Yukawa
from workspace_schema.potentials.snap import Snap
from workspace_schema.potentials.table import Table, TableData
from workspace_schema.potentials.uf3 import Uf3

FORMS: dict[str, type[PairPotential]] = {
    form.model_fields["form"].default: form
    for form in (
        LennardJones,
        WeeksChandlerAndersen,
        Mie,
        LennardJonesGauss,
        OscillatingPairPotential,
        MihalkovicHenley,
        Dzugutov,
        Morse,
        Yukawa,
        ScreenedCharges,
        InversePower,
        GaussianCore,
        Hertzian,
        SquareShoulder,
        FermiJagla,
        Expression,
        Table,
        Designed,
        Pod,
        Snap,
        Uf3,
        Learned,
    )
}

__all__ = [
    "FORMS",
    "Adjustable",
    "Designed",
    "Expression",
    "FromFile",
    "ManyBodyPotential",
    "PairPotential",
    "Sought",
    "Table",
    "TableData",
    "Truncation",
]
