"""Potentials whose numbers come from a file and are kept by the hash of its content."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

from pydantic import Field, model_validator

from workspace_schema.files import write_text
from workspace_schema.potentials.pair_potential import PairPotential


class Content(Protocol):
    """What a file holds: one way to write it, whose hash names it."""

    def text(self) -> str: ...
    @property
    def sha256(self) -> str: ...


class FromFile(PairPotential):
    """A potential that a campaign file names by its ``file`` (relative to itself).

    In a state point stands only the hash of the numbers, so that neither path nor layout of the
    file matters; the numbers themselves lie in ``tables/<sha256>.<suffix>`` below the campaign's
    root, where `keep` puts them.
    """

    tabulated: ClassVar[bool] = True
    suffix: ClassVar[str]
    #: Keys of state points only: they say what the file says.
    repeated: ClassVar[tuple[str, ...]] = ()

    file: str | None = Field(default=None, description="path, relative to the campaign file")
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if (self.file is None) == (self.sha256 is None):
            raise ValueError(
                f"a {self.form} names its file (in a campaign file) or its sha256, not both"
            )
        needed = dict.fromkeys(("r_cut", *self.repeated))
        missing = [key for key in needed if getattr(self, key) is None]
        if self.sha256 is not None and missing:
            raise ValueError(f"a {self.form} named by its sha256 needs {' and '.join(missing)}")
        return self

    def stored(self, directory: Path, root: Path | None) -> Self:
        """This potential by its hash, its numbers copied below `root`.

        Parameters
        ----------
        directory : Path
            Where the campaign file lies; `file` is relative to it.
        root : Path or None
            Root of the campaign; None writes nothing (dry run).

        Raises
        ------
        ValueError
            Where the file is none of these, or does not fit what is said beside it.
        """
        raise NotImplementedError

    def place(self, root: Path) -> Path:
        """Where the numbers lie below a root."""
        if self.sha256 is None:
            raise ValueError(
                f"{self.form} {self.file} has not been stored below a campaign root yet"
            )
        return _place(root, self.sha256, self.suffix)

    def keep(self, content: Content, root: Path | None) -> None:
        """Copy the numbers below a root."""
        if root is None:
            return
        path = _place(root, content.sha256, self.suffix)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, content.text())

    def held(self, content: Any, root: Path) -> Any:
        """What was read at its place, if it has the hash that it goes by."""
        if content.sha256 != self.sha256:
            raise ValueError(
                f"{self.form} {self.place(root)} was changed: its content has the hash"
                f" {content.sha256}"
            )
        return content


def _place(root: Path, sha256: str, suffix: str) -> Path:
    return root / "tables" / f"{sha256}.{suffix}"
