"""Inverse design: from what shall form, or what was measured, to the pair potential.

Each way of method `design` is one file, with the verbs of a method; a potential is the coefficients
of a basis (`bases`), and what is found goes to ``designs/ID.table`` (`workspace_schema.potentials.
designed`).
"""
