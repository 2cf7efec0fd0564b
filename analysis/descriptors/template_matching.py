"""Polyhedral template matching, by OVITO (extra `ovito`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.descriptor import GEOMETRIC, Descriptor
from analysis.neighbourhoods import check_positions

if TYPE_CHECKING:
    import ovito.data

#: OVITO's names of the templates, by ours; "icosahedron" is a cluster of thirteen.
TEMPLATES = {
    "fcc": "FCC",
    "hcp": "HCP",
    "bcc": "BCC",
    "icosahedron": "ICO",
    "sc": "SC",
    "diamond": "CUBIC_DIAMOND",
    "lonsdaleite": "HEX_DIAMOND",
}


def ovito_data(configuration: Configuration) -> ovito.data.DataCollection:
    """The configuration as OVITO's data collection.

    Raises
    ------
    ImportError
        Without OVITO.
    """
    try:
        from ovito.data import DataCollection
    except ImportError:
        raise ImportError("template matching needs OVITO: pip install ovito") from None

    data = DataCollection()
    data.create_particles(count=configuration.n_particles).create_property(
        "Position", data=configuration.positions
    )
    cell = np.zeros((3, 4))
    cell[:, :3], cell[:, 3] = configuration.cell.T, -0.5 * configuration.cell.sum(axis=0)
    data.create_cell(cell, pbc=(configuration.periodic,) * 3)
    return data


class TemplateMatching(Descriptor):
    """Which template fits each particle, and how well.

    Parameters
    ----------
    templates : tuple of str
        Keys of `TEMPLATES`.
    rmsd_cutoff : float
        A worse fit is none of the templates; 0 takes any.

    Notes
    -----
    Larsen, Schmidt and Schiøtz, Modelling Simul. Mater. Sci. Eng. 24, 055007 (2016). The root mean
    square deviation is in units of the distance of the neighbours; it is 0 where nothing fits.
    """

    invariances = GEOMETRIC | {"scale"}

    def __init__(
        self, templates: tuple[str, ...] = tuple(TEMPLATES), rmsd_cutoff: float = 0.0
    ) -> None:
        super().__init__()
        for name in templates:
            if name not in TEMPLATES:
                raise ValueError(f"template is {name!r}, expected one of {', '.join(TEMPLATES)}")
        self.templates, self.rmsd_cutoff = templates, rmsd_cutoff

    @property
    def columns(self) -> tuple[str, ...]:
        """1 in the column of the template that fits, and the deviation."""
        return (*self.templates, "rmsd")

    def _compute(self, configuration: Configuration) -> np.ndarray:
        from ovito.modifiers import PolyhedralTemplateMatchingModifier as Modifier

        check_positions(configuration)
        if configuration.dimensions != 3:
            raise ValueError(f"dimensions is {configuration.dimensions}, templates are for 3")
        data = ovito_data(configuration)
        modifier = Modifier(rmsd_cutoff=self.rmsd_cutoff, output_rmsd=True)
        for name, theirs in TEMPLATES.items():
            kind = getattr(Modifier.Type, theirs)
            modifier.structures[kind].enabled = name in self.templates
        data.apply(modifier)
        kinds = np.asarray(data.particles["Structure Type"])
        known = [int(getattr(Modifier.Type, TEMPLATES[name])) for name in self.templates]
        fits = kinds[:, None] == np.array(known, dtype=int)
        rmsd = np.where(fits.any(axis=1), np.asarray(data.particles["RMSD"]), 0.0)
        return np.column_stack([fits.astype(float), rmsd])
