"""Free energies: of crystals against an Einstein crystal, of fluids against the ideal gas.

Energies in units of the potential's, lengths in its unit too; the thermal wavelength is 1, so that
βF/N of an ideal gas is ln ρ - 1. A method here is a list of runs (`runs.py`), or of
replicas that exchange (`walkers.py`), and what their samples add up to.
"""
