"""What can be measured of a finished job (`settings.properties`), and the columns of the table that
it gives, with their names."""

from __future__ import annotations

PROPERTIES: dict[str, dict[str, str]] = {
    "elastic_constants": {"bulk_modulus": "bulk modulus", "shear_modulus": "shear modulus"},
    "fluctuations": {
        "heat_capacity": "heat capacity per particle",
        "compressibility": "compressibility",
    },
    "diffusion": {"diffusion": "diffusion coefficient"},
    "viscosity": {"viscosity": "shear viscosity"},
    "structure": {
        "structure_peak": "main peak of S(q)",
        "coordination": "neighbours",
        "pair_entropy": "entropy of pairs",
    },
}

#: All columns; each has one with its standard error beside it, `*_error`.
COLUMNS = {name: words for columns in PROPERTIES.values() for name, words in columns.items()}
