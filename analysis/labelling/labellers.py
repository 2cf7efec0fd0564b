"""Labellers by name: what a campaign may ask for.

To add one, add its name and what opens it to `LABELLERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analysis.configuration import Configuration
from analysis.labelling.labels import Labels

#: One configuration in, its labels out.
Labeller = Callable[[Configuration], Labels]

#: What labels unless a campaign says otherwise: rules in the plane, a network in space.
PRODUCTION = "production"

#: Models that were trained on configurations of one's own, below the root of a campaign.
MODELS = Path("labellers")


def _production(models: Path) -> Labeller:
    from analysis.labelling.three_dimensional import label_three_dimensional
    from analysis.labelling.two_dimensional import label_two_dimensional

    by_dimensions = {2: label_two_dimensional, 3: label_three_dimensional}
    return lambda configuration: by_dimensions[configuration.dimensions](configuration)


def _forest(models: Path) -> Labeller:
    from analysis.learning.forest import Forest

    file = models / "forest.npz"
    if not file.is_file():
        raise ValueError(
            f"labeller 'forest' has no model {file}: train it with"
            f" python -m analysis.learning.train_forest {file}"
        )
    return Forest.load(file).label


#: What opens each labeller, from the folder of trained models.
LABELLERS: dict[str, Callable[[Path], Labeller]] = {
    PRODUCTION: _production,
    "forest": _forest,
}

_MANY = "finds its classes in the configurations of many jobs at once"
_COORDINATES = "turns the features of many jobs into coordinates, not into phases"
#: Families of `analysis.learning` that cannot label one configuration, and why.
NOT_ALONE = {
    "clusters": _MANY,
    "density_peaks": _MANY,
    "diffusion_map": _COORDINATES,
    "embedding": _COORDINATES,
    "umap_embedding": _COORDINATES,
    "softness": "says which particles will move, not which phase they are of",
}


def check_labeller(name: str) -> None:
    """Refuse a name that labels no single configuration.

    Raises
    ------
    ValueError
        Says why, or which names there are.
    """
    if name in NOT_ALONE:
        raise ValueError(f"labeller {name!r} cannot label one job: it {NOT_ALONE[name]}")
    if name not in LABELLERS:
        raise ValueError(f"labeller is {name!r}, expected one of {', '.join(LABELLERS)}")


def labeller(name: str, models: Path = MODELS) -> Labeller:
    """The labeller of that name.

    Parameters
    ----------
    name : str
        One of `LABELLERS`.
    models : Path
        Folder of trained models.

    Raises
    ------
    ValueError
        If it cannot label one configuration, or its model is missing or no such model.
    """
    check_labeller(name)
    return LABELLERS[name](models)
