"""Who labels the jobs of a campaign: a labeller by name, or a model of own classes."""

from __future__ import annotations

from pathlib import Path

import pytest
import signac

from tests.campaign_files import CAMPAIGN, run, write
from workspace_schema import labelling


def test_a_labeller_by_name(made: tuple[Path, Path]) -> None:
    file, root = made
    document = signac.get_project(str(root)).document
    assert "labeller" not in document["settings"]
    write(file, CAMPAIGN | {"settings": {"labeller": "umap_embedding"}})
    status, _, error = run(file, "--root", root)
    assert status == 1
    assert error.startswith("labeller 'umap_embedding' cannot label one job: it turns")
    write(file, CAMPAIGN | {"settings": {"labeller": "forest"}})
    assert run(file, "--root", root)[0] == 0
    assert signac.get_project(str(root)).document["settings"]["labeller"] == "forest"


OWN = {"square": "prototype", "hexagonal": "prototype"}


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"model": "oracle"}, "labeller is 'oracle', expected one of production, forest, learned"),
        (
            {"model": "learned", "head": "embed"},
            "labels.head 'embed' cannot label one job: it turns",
        ),
        ({"model": "learned", "head": "nose"}, "labels.head is 'nose', expected one of classify"),
        (
            {"model": "forest", "head": "denoise"},
            "labels.head: means nothing without model: learned",
        ),
        ({"model": "production", "train": OWN}, "labels.train: means nothing without model"),
        (
            {"model": "learned", "train": {"square": "prototype", "nice": "prototype"}},
            "labels.train.nice: there is no prototype of that name, expected files or one of fcc",
        ),
        (
            {"model": "learned", "train": {"square": "prototype", "fcc": "prototype"}},
            "labels.train: prototypes are of two and of three dimensions",
        ),
        ({"model": "learned", "train": {"square": "prototype"}}, "labels.train: "),
        (
            {"model": "learned", "train": {"a": ["there_is_none.gsd"], "b": ["none.gsd"]}},
            "labels.train.a[0]: got ",
        ),
        (
            {"model": "learned", "head": "disorder", "train": OWN},
            "labels.head disorder: expected files of the class fluid and a prototype",
        ),
    ],
)
def test_labels_that_cannot_be_are_refused(
    made: tuple[Path, Path], labels: dict, said: str
) -> None:
    file, root = made
    write(file, CAMPAIGN | {"labels": labels})
    status, _, error = run(file, "--root", root)
    assert status == 1
    assert said in error
    write(file, CAMPAIGN | {"labels": {"model": "learned"}, "settings": {"labeller": "forest"}})
    assert "labels: says what settings.labeller says" in run(file, "--root", root)[2]


def test_examples_of_own_classes_are_kept_by_their_content(made: tuple[Path, Path]) -> None:
    file, root = made
    places = "".join(f"A {k % 6} {k // 6} 0\n" for k in range(36))
    for name in ("ice.xyz", "colder.xyz"):
        (file.parent / name).write_text(f"36\n{name}\n{places}")
    (file.parent / "one.xyz").write_text("1\n\nA 0 0 0\n")
    for train, said in (
        ({"ice": ["one.xyz"], "square": "prototype"}, "labels.train.ice[0]: "),
        ({"ice": ["ice.xyz"], "square": "prototype"}, "ice: has 1 configurations"),
    ):
        write(file, CAMPAIGN | {"labels": {"model": "learned", "train": train}})
        for words in ([], ["--dry-run"]):
            status, _, error = run(file, "--root", root, *words)
            assert status == 1
            assert said in error
    train = {"ice": ["ice.xyz", "colder.xyz"], "square": "prototype"}
    # the first two by the model of the code
    for labels in ({}, {"head": "denoise"}, {"train": train}):
        write(file, CAMPAIGN | {"labels": {"model": "learned"} | labels})
        assert run(file, "--root", root)[0] == 0
    asked = signac.get_project(str(root)).document["settings"]["labels"]()
    digest = asked["train"]["ice"][0]
    assert len(asked["train"]["ice"]) == 2
    assert (root / "inputs" / f"{digest}.xyz").read_bytes() == (
        file.parent / "ice.xyz"
    ).read_bytes()


@pytest.mark.parametrize("model", ["pointnet", "forest", "learned"])
def test_classes_without_a_fluid_are_doubted_where_there_is_no_unknown(
    made: tuple[Path, Path], model: str
) -> None:
    file, root = made
    (file.parent / "melt.xyz").write_text("2\n\nA 0 0 0\nA 1 1 0\n" * 2)
    said = f"labels.train: {model} has no `unknown`, and no class is called fluid: melts, too, are"
    for train, doubted in ((OWN, model != "learned"), (OWN | {"fluid": ["melt.xyz"]}, False)):
        write(file, CAMPAIGN | {"labels": {"model": model, "train": train}})
        _, _, error = run(file, "--root", root, "--dry-run")
        assert (said in error) == doubted


@pytest.mark.parametrize("has_torch", [False, True])
@pytest.mark.parametrize("model", ["pointnet", "forest"])
def test_a_network_that_cannot_be_trained_here_is_a_warning(
    made: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, model: str, has_torch: bool
) -> None:
    monkeypatch.setattr(labelling, "find_spec", lambda name: has_torch or None)
    file, root = made
    write(file, CAMPAIGN | {"labels": {"model": model, "train": OWN}})
    _, _, error = run(file, "--root", root, "--dry-run")
    said = "labels.model: got pointnet: torch, which trains it, is not installed here"
    assert (said in error) == (model == "pointnet" and not has_torch)
