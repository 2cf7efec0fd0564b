"""Templates find the crystals that they are of."""

import numpy as np
import pytest

from analysis.descriptors.template_matching import TEMPLATES, TemplateMatching
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise

pytest.importorskip("ovito")


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name != "icosahedron"])
def test_crystals(name):
    perfect = crystal(name, 4, 1.0)
    features = TemplateMatching().compute(perfect).features
    columns = TemplateMatching().columns
    assert (features[:, columns.index(name)] == 1).all()
    assert features[:, -1].max() < 1e-3
    noisy = with_noise(perfect, 0.03, np.random.default_rng(0))
    features = TemplateMatching().compute(noisy).features
    assert features[:, columns.index(name)].mean() > 0.95
    assert 0.01 < features[:, -1].mean() < 0.15


def test_a_poor_fit_is_none():
    noisy = with_noise(crystal("fcc", 5, 1.0), 0.12, np.random.default_rng(0))
    assert TemplateMatching(rmsd_cutoff=0.05).compute(noisy).features[:, :-1].mean() < 0.01


def test_what_is_no_template():
    with pytest.raises(ValueError, match="template is 'A15'"):
        TemplateMatching(("A15",))
    with pytest.raises(ValueError, match="dimensions is 2"):
        TemplateMatching().compute(crystal("square", 4, 1.0))
