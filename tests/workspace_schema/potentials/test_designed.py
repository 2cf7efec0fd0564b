"""The form `designed`: what a design has found, by its id."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from workspace_schema.canonical import canonical
from workspace_schema.design_files import designs_of, hash_of, table_file
from workspace_schema.potentials import Designed, TableData
from workspace_schema.potentials.designed import read_tables, write_tables

ID = "0123456789abcdef" * 2
DATA = TableData((0.5, 1.0, 1.5, 2.0), (3.0, 1.0, 0.25, 0.0), (5.0, 3.0, 1.0, 0.0))
OTHER = TableData((0.5, 1.0, 1.5, 2.0), (4.0, 2.0, 0.5, 0.0), (5.0, 3.0, 1.0, 0.0))


def test_tables_of_pairs_come_back(tmp_path):
    write_tables(tmp_path, ID, {"A-B": OTHER, "A-A": DATA})
    assert read_tables(table_file(tmp_path, ID)) == {"A-A": DATA, "A-B": OTHER}
    assert Designed(r_cut=2.0, design=ID).read(tmp_path, "A-B") == OTHER
    before = hash_of(table_file(tmp_path, ID))
    write_tables(tmp_path, ID, {"A-A": DATA})
    assert hash_of(table_file(tmp_path, ID)) != before


def test_a_table_of_one_pair_is_a_table_like_any_other(tmp_path):
    write_tables(tmp_path, ID, {"A-A": DATA})
    assert TableData.read(table_file(tmp_path, ID)) == DATA


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(ValueError, match="has found nothing"):
        Designed(r_cut=2.0, design=ID).read(tmp_path, "A-A")
    with pytest.raises(ValueError, match="needs the id"):
        Designed(r_cut=2.0).read(tmp_path, "A-A")
    write_tables(tmp_path, ID, {"A-A": DATA})
    with pytest.raises(ValueError, match="no pair A-B; expected one of A-A"):
        Designed(r_cut=2.0, design=ID).read(tmp_path, "A-B")
    table_file(tmp_path, ID).write_text("1 2 3\n")
    with pytest.raises(ValueError, match=r"table:1: expected # pair A-B"):
        Designed(r_cut=2.0, design=ID).read(tmp_path, "A-A")


def test_lines_of_a_damaged_table_are_named(tmp_path):
    write_tables(tmp_path, ID, {"A-A": DATA, "A-B": DATA})
    file = table_file(tmp_path, ID)
    file.write_text(file.read_text().replace("# pair A-B\n0.5", "# pair A-B\nx"))
    with pytest.raises(ValueError, match=r"table:7: 'x 3.0 5.0' is not a row"):
        read_tables(file)


def test_bounds():
    for wrong in ({"shape": "round"}, {"coefficients": 3}, {"r_cut": 0.0}, {"design": "abc"}):
        with pytest.raises(ValidationError):
            Designed.model_validate({"r_cut": 2.0} | wrong)
    with pytest.raises(ValidationError, match="r_cut"):
        Designed.model_validate({})


def test_canonical_form_has_no_id_before_there_is_one():
    assert canonical(Designed(r_cut=2)) == {
        "form": "designed",
        "shape": "free",
        "coefficients": 40,
        "r_cut": 2.0,
    }


def test_the_design_of_a_state_point():
    assert designs_of({"potential": {"form": "designed", "design": ID}}) == (ID,)
    assert designs_of({"potential": {"form": "wca", "pairs": {"A-B": {"design": ID}}}}) == (ID,)
    assert designs_of({"potential": {"form": "wca"}}) == ()
    assert designs_of({"potential": None}) == ()
    assert designs_of({"potential": {"form": "designed", "design": "../../" + ID}}) == ()
