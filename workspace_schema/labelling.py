"""Who labels the jobs of a campaign, and what it learns from: the block `labels`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from workspace_schema.base import Model

#: Classes whose examples are drawn: the crystal of that name with noise, strain and vacancies.
PROTOTYPE = "prototype"
#: Networks on the neighbours themselves (`analysis.learning.networks`), and all that is trained.
NETWORKS = ("pointnet", "algebra_attention", "schnet", "line_graph")
TRAINED = ("learned", "forest", *NETWORKS)
#: What a class of melts is to be called.
FLUID = "fluid"
ClassName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_. -]{0,99}$")]
Files = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1, max_length=1000)]


class Labelling(Model):
    """Who labels.

    Attributes
    ----------
    model : str
        A name of `analysis.labelling.labellers`.
    head : str, optional
        What is read from a learned descriptor: classify, disorder or denoise.
    train : dict, optional
        Classes of one's own: `prototype`, or the files of their examples, by their hashes once they
        were read. Left out, the model that stands in ROOT/labellers, else that of this code.
    """

    model: str
    head: str | None = None
    train: (
        Annotated[
            dict[ClassName, Literal["prototype"] | Files], Field(min_length=2, max_length=100)
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _trained(self) -> Labelling:
        if self.head is not None and self.model != "learned":
            raise ValueError("head: means nothing without model: learned")
        if self.train is not None and self.model not in TRAINED:
            raise ValueError(f"train: means nothing without model: {' or '.join(TRAINED)}")
        return self

    @property
    def lacking(self) -> str | None:
        """What to say where this machine cannot train the model."""
        if self.train is None or self.model not in NETWORKS or find_spec("torch"):
            return None
        return (
            f"got {self.model}: torch, which trains it, is not installed here; nothing is labelled"
            " before it is: pip install 'assembly-campaigns[networks]'"
        )

    @property
    def doubt(self) -> str | None:
        """What to say of classes that are all crystals, to a model that does not know `unknown`."""
        if self.train is None or self.model == "learned" or FLUID in self.train:
            return None
        return (
            f"{self.model} has no `unknown`, and no class is called {FLUID}: melts, too, are"
            f" labelled as {' or '.join(self.train)}"
        )

    def with_hashes(self, read: Callable[[str, tuple[str | int, ...]], str]) -> Labelling:
        """The same with files by their hashes; `read` gives it, of a path and where it stands."""
        train = {
            name: files
            if files == PROTOTYPE
            else [read(file, ("labels", "train", name, k)) for k, file in enumerate(files)]
            for name, files in (self.train or {}).items()
        }
        return self.model_copy(update={"train": train}) if train else self
