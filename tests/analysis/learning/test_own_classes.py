"""Models of classes of one's own."""

import gsd.hoomd
import numpy as np
import pytest

from analysis.learning import own_classes
from analysis.learning.own_classes import check_classes, check_examples, trained
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def test_the_order_of_classes_does_not_matter_but_the_version_does(tmp_path, monkeypatch):
    monkeypatch.setattr(own_classes, "_DRAWN", 2)
    one = {"square": "prototype", "hexagonal": "prototype"}
    two = dict(reversed(one.items()))
    first = trained("forest", one, tmp_path / "one", 2)
    second = trained("forest", two, tmp_path / "two", 2)
    assert (first.name, first.read_bytes()) == (second.name, second.read_bytes())
    monkeypatch.setattr(own_classes, "VERSION", -1)
    assert trained("forest", two, tmp_path / "two", 2) != second


def test_a_prototype_whose_types_are_not_looked_at():
    with pytest.raises(ValueError, match=r"labels.train.NaCl: the prototype has 2 types"):
        check_classes({"NaCl": "prototype", "sc": "prototype"}, "classify")


def test_examples_are_read(tmp_path):
    def movie(name, n, dims="square"):
        with gsd.hoomd.open(str(tmp_path / name), "w") as file:
            for k in range(n):
                still = crystal(dims, 6, 1.0)
                file.append(with_noise(still, 0.05, np.random.default_rng(k)).to_frame(k))
        return tmp_path / name

    (tmp_path / "few.xyz").write_text("1\n\nA 0 0 0\n")
    (tmp_path / "no.gsd").write_text("no")
    inputs = {
        "good": movie("good.gsd", 2),
        "one": movie("one.gsd", 1),
        "space": movie("space.gsd", 2, "sc"),
        "few": tmp_path / "few.xyz",
        "no": tmp_path / "no.gsd",
    }
    assert check_examples({"a": ["good"], "square": "prototype"}, inputs, {2}) == []
    for name, said in {
        "one": "labels.train.a: has 1 configurations, expected at least two",
        "space": "labels.train.a[0]: space.gsd: has 3 dimensions, the jobs have 2",
        "few": "labels.train.a[0]: few.xyz: has 1 particles without a periodic box",
        "no": "labels.train.a[0]: no.gsd: ",
    }.items():
        (problem,) = check_examples({"a": [name], "square": "prototype"}, inputs, {2})
        assert problem.startswith(said)
    (problem,) = check_examples({"a": ["good"], "fcc": "prototype"}, inputs, {2})
    assert problem == "labels.train.fcc: the prototype has 3 dimensions, the jobs have 2"
    assert "two and of three" in check_examples({"a": ["good"]}, inputs, {2, 3})[0]
