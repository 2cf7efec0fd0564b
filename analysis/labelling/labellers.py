"""Labellers by name: what a campaign may ask for.

To add one, add its name and what opens it to `LABELLERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from analysis.configuration import Configuration
from analysis.labelling.labels import Labels
from workspace_schema.labelling import NETWORKS

if TYPE_CHECKING:
    from analysis.learning.forest import Forest
    from analysis.learning.learned import Learned
    from analysis.learning.networks.model import TrainedNetwork

    Model = TypeVar("Model", Forest, Learned, TrainedNetwork)

#: One configuration in, its labels out.
Labeller = Callable[[Configuration], Labels]
#: The block `labels` of a campaign: `model`, and, where they mean something, `head` and `train`.
Asked = Mapping[str, Any]

#: What labels unless a campaign says otherwise: rules in the plane, a network in space.
PRODUCTION = "production"

#: Models that were trained on configurations of one's own, below the root of a campaign.
MODELS = Path("labellers")


def _production(asked: Asked, models: Path) -> Labeller:
    from analysis.labelling.three_dimensional import label_three_dimensional
    from analysis.labelling.two_dimensional import label_two_dimensional

    by_dimensions = {2: label_two_dimensional, 3: label_three_dimensional}
    return lambda configuration: by_dimensions[configuration.dimensions](configuration)


def _forest(asked: Asked, models: Path) -> Labeller:
    from analysis.learning.forest import Forest
    from analysis.learning.own_classes import trained

    if asked.get("train"):
        return lambda configuration: _opened(
            Forest, trained("forest", asked["train"], models, configuration.dimensions)
        ).label(configuration)
    file = models / "forest.npz"
    if not file.is_file():
        raise ValueError(
            f"labeller 'forest' has no model {file}: train it with"
            f" python -m analysis.learning.train_forest {file}"
        )
    return _opened(Forest, file).label


def _network(asked: Asked, models: Path) -> Labeller:
    from analysis.learning.networks.model import TrainedNetwork
    from analysis.learning.own_classes import trained

    name = asked["model"]
    if asked.get("train"):
        return lambda configuration: _opened(
            TrainedNetwork, trained(name, asked["train"], models, configuration.dimensions)
        ).label(configuration)
    file = models / f"{name}.npz"
    if not file.is_file():
        raise ValueError(
            f"labeller {name!r} has no model {file}: train it by labels.train, or with"
            f" python -m operations.training.train_learned --network {name} --out {file}"
        )
    return _opened(TrainedNetwork, file).label


def _learned(asked: Asked, models: Path) -> Labeller:
    from analysis.learning.learned import MODEL_FILES, Learned
    from analysis.learning.own_classes import trained

    def label(configuration: Configuration) -> Labels:
        if asked.get("train"):
            file = trained("learned", asked["train"], models, configuration.dimensions)
        else:
            own = models / "learned.npz"
            file = own if own.is_file() else MODEL_FILES[configuration.dimensions]
        model = _opened(Learned, file)
        return model.label(configuration, asked.get("head") or HEADS[0])

    return label


def _opened(kind: type[Model], file: Path) -> Model:
    """A model, read once until its file changes."""
    return _read(kind, file, file.stat().st_mtime_ns)  # type: ignore[return-value, arg-type]


@lru_cache(4)
def _read(
    kind: type[Forest | Learned | TrainedNetwork], file: Path, changed: int
) -> Forest | Learned | TrainedNetwork:
    return kind.load(file)


#: What opens each labeller, from what is asked for and the folder of trained models.
LABELLERS: dict[str, Callable[[Asked, Path], Labeller]] = {
    PRODUCTION: _production,
    "forest": _forest,
    "learned": _learned,
    **dict.fromkeys(NETWORKS, _network),
}
#: What labels one configuration from a learned descriptor: by classes, by the place between crystal
#: and melt, or by the production labels of what is left without the noise.
HEADS = ("classify", "disorder", "denoise")

#: Beginnings of the names of the models of `production`.
_RULES = ("two_dimensional", "three_dimensional", "liquid_crystals")

_MANY = "finds its classes in the configurations of many jobs at once"
_COORDINATES = "turns the features of many jobs into coordinates, not into phases"
_NUMBER = "gives a number for every particle, not a phase"
#: Families of `analysis.learning` that cannot label one configuration, and why.
NOT_ALONE = {
    "clusters": _MANY,
    "density_peaks": _MANY,
    "diffusion_map": _COORDINATES,
    "embedding": _COORDINATES,
    "neighbourhood_map": _COORDINATES,
    "umap_embedding": _COORDINATES,
    "regression": _NUMBER,
    "softness": "says which particles will move, not which phase they are of",
}
#: The same of heads.
_HEADS_NOT_ALONE = {"embed": _COORDINATES, "property": _NUMBER}


def check_labeller(asked: str | Asked) -> None:
    """Refuse what labels no single configuration.

    Raises
    ------
    ValueError
        Says why, or which names there are.
    """
    asked = {"model": asked} if isinstance(asked, str) else asked
    name, head = asked["model"], asked.get("head")
    if name in NOT_ALONE:
        raise ValueError(f"labeller {name!r} cannot label one job: it {NOT_ALONE[name]}")
    if name not in LABELLERS:
        raise ValueError(f"labeller is {name!r}, expected one of {', '.join(LABELLERS)}")
    if head in _HEADS_NOT_ALONE:
        raise ValueError(f"labels.head {head!r} cannot label one job: it {_HEADS_NOT_ALONE[head]}")
    if head is not None and head not in HEADS:
        raise ValueError(f"labels.head is {head!r}, expected one of {', '.join(HEADS)}")
    if asked.get("train"):
        from analysis.learning.own_classes import check_classes

        check_classes(asked["train"], head or HEADS[0])


def family(model: str) -> str:
    """What made labels, from the model that they name: all rules and the network are one.

    Parameters
    ----------
    model : str
        Joined by `+` from what labelled and what had a say in it.
    """
    if model.startswith(_RULES):
        return PRODUCTION
    own, *parts = model.split("+")
    return "+".join([own, *(part for part in parts if part.startswith(_RULES))])


def labeller(asked: str | Asked, models: Path = MODELS) -> Labeller:
    """The labeller that is asked for.

    Parameters
    ----------
    asked : str or mapping
        One of `LABELLERS`, or the block `labels` of a campaign.
    models : Path
        Folder of trained models.

    Raises
    ------
    ValueError
        If it cannot label one configuration, or its model is missing or no such model.
    """
    asked = {"model": asked} if isinstance(asked, str) else asked
    check_labeller(asked)
    return LABELLERS[asked["model"]](asked, models)
