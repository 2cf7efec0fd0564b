"""Structure search: compiled energies, moves and minimisers."""
