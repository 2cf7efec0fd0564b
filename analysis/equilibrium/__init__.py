"""What free energies say together: which phases coexist, and where."""
