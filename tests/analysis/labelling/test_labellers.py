"""Labellers by name."""

from pathlib import Path

import numpy as np
import pytest

import analysis.learning
from analysis.labelling import label_configuration
from analysis.labelling.labellers import LABELLERS, NOT_ALONE, check_labeller
from analysis.learning.forest import random_forest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def noisy(name, seed):
    return with_noise(crystal(name, 10, 1.0), 0.05, np.random.default_rng(seed))


def test_every_learned_family_is_a_labeller_or_says_why_not():
    families = {file.stem for file in Path(analysis.learning.__path__[0]).glob("*.py")}
    families -= {"__init__", "class_labels", "own_classes", "train_forest", "train_learned"}
    assert families <= {*LABELLERS, *NOT_ALONE}
    assert not LABELLERS.keys() & NOT_ALONE.keys()


@pytest.mark.parametrize("name", NOT_ALONE)
def test_what_needs_many_jobs_refuses_one(name):
    with pytest.raises(ValueError, match=f"labeller '{name}' cannot label one job: it "):
        label_configuration(noisy("square", 0), name)


def test_names_that_are_not_known():
    with pytest.raises(ValueError, match="labeller is 'oracle', expected one of production, for"):
        check_labeller("oracle")


def test_a_forest_by_its_name(tmp_path):
    configuration = noisy("square", 1)
    with pytest.raises(ValueError, match=r"labeller 'forest' has no model .*forest\.npz: train"):
        label_configuration(configuration, "forest", tmp_path)
    examples = {f"my {name}": [noisy(name, 0)] for name in ("square", "hexagonal")}
    random_forest(examples, trees=30).save(tmp_path / "forest.npz")
    labels = label_configuration(configuration, "forest", tmp_path)
    assert labels.label == "my square"
    assert labels.model == "forest-1"
    assert label_configuration(configuration).label == "square"


def test_a_network_without_a_file_says_how_to_train_it(tmp_path):
    with pytest.raises(ValueError, match=r"labeller 'schnet' has no model .*schnet\.npz: train it"):
        label_configuration(noisy("square", 0), "schnet", tmp_path)
