"""What can be measured of a finished job (`settings.properties`), and the columns of the table that
it gives, with their names."""

from __future__ import annotations

PROPERTIES: dict[str, dict[str, str]] = {
    "elastic_constants": {"bulk_modulus": "bulk modulus", "shear_modulus": "shear modulus"},
    "strain_fluctuations": {
        "isothermal_bulk_modulus": "bulk modulus at its temperature",
        "isothermal_shear_modulus": "shear modulus at its temperature",
        "c11": "elastic constant C11",
        "c12": "elastic constant C12",
        "c44": "elastic constant C44",
    },
    "fluctuations": {
        "heat_capacity": "heat capacity per particle",
        "compressibility": "compressibility",
        "thermal_expansion": "thermal expansion",
        "isobaric_heat_capacity": "heat capacity at constant pressure, per particle",
    },
    "diffusion": {"diffusion": "diffusion coefficient"},
    "velocities": {
        "einstein_frequency": "Einstein's frequency",
        "diffusion_by_velocities": "diffusion coefficient by velocities",
    },
    "normal_modes": {
        "lowest_frequency_squared": "lowest frequency squared, at rest",
        "highest_frequency": "highest frequency, at rest",
    },
    "viscosity": {"viscosity": "shear viscosity"},
    "structure": {
        "structure_peak": "main peak of S(q)",
        "coordination": "neighbours",
        "pair_entropy": "entropy of pairs",
    },
    "mixing": {"short_range_order": "short-range order of types"},
}

#: All columns; each has one with its standard error beside it, `*_error`.
COLUMNS = {name: words for columns in PROPERTIES.values() for name, words in columns.items()}
