"""SOAP: names of the columns, types, two dimensions."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.descriptors.soap import Soap
from analysis.prototypes import crystal, prototype

pytest.importorskip("dscribe")


def test_columns_are_where_dscribe_has_them():
    from dscribe.descriptors import SOAP

    descriptor = Soap(2.0, n_max=3, l_max=2, types=2)
    theirs = SOAP(species=["H", "He"], r_cut=5.0, n_max=3, l_max=2)
    assert len(descriptor.columns) == theirs.get_number_of_features()
    for pair, kinds in ((("H", "H"), "00"), (("H", "He"), "01"), (("He", "He"), "11")):
        named = [f"{name[1]}{name[4]}" for name in descriptor.columns[theirs.get_location(pair)]]
        assert set(named) == {kinds}
    # A lone particle has a density of degree 0 only.
    lone = replace(crystal("sc", 1, 1.0), periodic=False)
    features = Soap(2.0, n_max=3, l_max=2).compute(lone).features[0]
    names = Soap(2.0, n_max=3, l_max=2).columns
    assert {name[-1] for name, value in zip(names, features, strict=True) if abs(value) > 1e-9} == {
        "0"
    }


def test_types_tell_caesium_chloride_from_bcc():
    cell = prototype("CsCl").cell().replicate((3, 3, 3))
    blind = replace(cell, types=np.zeros(cell.n_particles))
    untyped, typed = Soap(1.7), Soap(1.7, types=2)
    np.testing.assert_allclose(
        untyped.compute(cell).features, untyped.compute(blind).features, atol=1e-9
    )
    assert np.abs(typed.compute(cell).features - typed.compute(blind).features).max() > 0.1


def test_two_dimensions_repeat_in_the_plane_only():
    hexagonal = crystal("hexagonal", (4, 3), 1.0)
    high = replace(hexagonal, box=hexagonal.box * [1, 1, 50, 1, 1, 1])
    np.testing.assert_allclose(
        Soap(1.5).compute(hexagonal).features, Soap(1.5).compute(high).features, atol=1e-9
    )


def test_a_type_too_many():
    with pytest.raises(ValueError, match="type 2 of a particle, expected less than"):
        Soap(1.7, types=2).compute(
            replace(prototype("CsCl").cell(), types=[0, 2], type_names=("A", "B", "C"))
        )
