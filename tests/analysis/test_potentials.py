"""The page of the potentials is that of their declarations."""

import numpy as np
import pytest
from PIL import Image

from analysis.potentials import DOCS, PAGE, PICTURES, curve, draw, example, fingerprint, page
from workspace_schema.potentials import FORMS

DRAWN = [name for name, form in FORMS.items() if example(form) is not None]


def test_the_page_is_current() -> None:
    assert (DOCS / PAGE).read_text() == page(), "python -m analysis.potentials"


@pytest.mark.parametrize("name", DRAWN)
def test_the_pictures_are_current(name: str) -> None:
    potential = example(FORMS[name])
    assert potential is not None
    with Image.open(DOCS / PICTURES / f"{name}.png") as picture:
        assert picture.info["Description"] == fingerprint(potential), (
            "python -m analysis.potentials"
        )


def test_there_are_no_other_pictures() -> None:
    assert (
        {file.stem for file in (DOCS / PICTURES).iterdir()}
        == set(DRAWN)
        == {name for name, form in FORMS.items() if not form.tabulated}
    )


def test_every_number_has_a_meaning_bounds_and_a_default() -> None:
    assert "| None |" not in page()
    assert "| `eta1` | exponent of the repulsion | 15 | > 0, ≤ 200 | other |" in page()
    assert "| `formula` | u(r), of r, pi and the parameters | must be given | any |  |" in page()


def test_a_picture_shows_the_energy(tmp_path) -> None:
    potential = example(FORMS["lennard_jones"])
    assert potential is not None
    r, u = curve(potential)
    assert u.min() == pytest.approx(-1.0, abs=1e-3)
    assert r[np.argmin(u)] == pytest.approx(2 ** (1 / 6), abs=0.01)
    draw(potential, tmp_path / "u.png")
    assert (tmp_path / "u.png").stat().st_size > 5000
    assert fingerprint(FORMS["lennard_jones"](epsilon=1.001)) != fingerprint(potential)
