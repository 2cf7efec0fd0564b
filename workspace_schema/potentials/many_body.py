"""Potentials of all neighbours of a particle, fitted to forces: their files, and what is common."""

from __future__ import annotations

import hashlib
import json
import math
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from workspace_schema.base import Model
from workspace_schema.bounded import read_bounded
from workspace_schema.errors import dotted
from workspace_schema.potentials.from_file import FromFile
from workspace_schema.potentials.pair_potential import FiniteRangePotential
from workspace_schema.system import MAX_TYPES, TypeName

MAX_BYTES = 10_000_000
MAX_COEFFICIENTS = 20_000
#: Of a particle within `r_cut`, on the average.
MAX_NEIGHBOURS = 2000
#: Factor by which a number density may be outside of those of the fit.
NEAR = 1.01

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


def neighbours(r_cut: float, number_density: float) -> float:
    """Those of a particle within a distance, on the average."""
    return 4.0 / 3.0 * math.pi * r_cut**3 * number_density


class Basis(Model):
    """Functions of neighbourhoods, in which a potential has coefficients.

    Attributes
    ----------
    r_cut : float
    in_lammps : bool
        Whether LAMMPS has them; else forces come from `operations.interactions.network`.
    """

    in_lammps: ClassVar[bool] = True

    r_cut: Positive = Field(description="they are zero from here on")

    @abstractmethod
    def size(self, types: int) -> int:
        """Number of coefficients."""

    @abstractmethod
    def text(self, types: int) -> str:
        """What they are, as LAMMPS reads it; types go by their numbers."""

    @abstractmethod
    def coefficients_text(self, coefficients: Sequence[float], types: int) -> str:
        """The coefficients as LAMMPS reads them."""

    def in_command(self, basis: Path, coefficients: Path, types: int) -> tuple[str, str]:
        """Pair style and pair coefficients of LAMMPS, with the files of the two texts."""
        raise NotImplementedError


class InnerBasis(Basis):
    """A basis that begins at a distance of its own.

    Attributes
    ----------
    inner : float
        That distance where none is given, in units of the smallest of the fit.
    """

    inner: ClassVar[float]

    r_in: Positive = Field(description="where the functions of the distance begin")

    @model_validator(mode="after")
    def _begins_inside(self) -> Self:
        if self.r_in >= self.r_cut:
            raise ValueError(f"r_in is {self.r_in:g}; expected less than r_cut = {self.r_cut:g}")
        return self


class Fit(Model):
    """What is known of the fit.

    The errors are root mean squares of the components of forces, beside that of the forces; that of
    frames left out is of fits to the others, one of so many blocks of frames left out in turn.
    """

    frames: Count
    blocks: Count
    particles: Count
    rms_force: float = Field(ge=0)
    rms_error: float = Field(ge=0)
    rms_error_left_out: float | None = Field(default=None, ge=0)
    number_densities: tuple[Positive, Positive]

    @property
    def densities(self) -> str:
        """Those of the frames, in words."""
        return " to ".join(dict.fromkeys(f"{density:.4g}" for density in self.number_densities))

    def has_density(self, number_density: float) -> bool:
        """Whether a number density is among those of the frames, or `NEAR` them."""
        low, high = self.number_densities
        return low / NEAR <= number_density <= high * NEAR


class FittedData(Model):
    """Content of a file.

    Attributes
    ----------
    form : str
        Of the potential.
    species : tuple of str
        Types of particles, in alphabetical order.
    basis : Basis
    coefficients : tuple of float
    smallest_distances : dict of str to float
        Of the frames it was fitted to, by pair of types as A-B: what is closer is extrapolation.
    fit : Fit
    """

    form: ClassVar[str]

    species: tuple[TypeName, ...] = Field(min_length=1, max_length=MAX_TYPES)
    basis: Basis
    coefficients: tuple[float, ...] = Field(min_length=1, max_length=MAX_COEFFICIENTS)
    smallest_distances: dict[str, Positive]
    fit: Fit

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if list(self.species) != sorted(set(self.species)):
            raise ValueError("species: expected different types in alphabetical order")
        wanted = self.basis.size(len(self.species))
        if len(self.coefficients) != wanted:
            raise ValueError(f"coefficients: {len(self.coefficients)}; expected {wanted}")
        if self.smallest_distances.keys() != set(self._pairs):
            raise ValueError(f"smallest_distances: expected of {', '.join(self._pairs)}")
        r_cut = self.basis.r_cut
        for pair, distance in self.smallest_distances.items():
            if distance >= r_cut:
                raise ValueError(
                    f"smallest_distances.{pair}: {distance:g}; expected less than r_cut = {r_cut:g}"
                )
        if neighbours(r_cut, self.fit.number_densities[1]) > MAX_NEIGHBOURS:
            raise ValueError(
                f"basis.r_cut: {r_cut:g} at the density {self.fit.number_densities[1]:g} of the"
                f" fit; expected at most {MAX_NEIGHBOURS} neighbours of a particle"
            )
        return self

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file of `operations.training.fit_potential`.

        Raises
        ------
        ValueError
            With file and key, where it is none.
        """
        try:
            content = json.loads(read_bounded(path, MAX_BYTES))
            return cls.model_validate(content)
        except OSError as error:
            raise ValueError(f"{cls.form} {path} cannot be read: {error.strerror}") from None
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = ": ".join(part for part in (str(path), dotted(first["loc"])) if part)
            raise ValueError(f"{cls.form} {where}: {first['msg']}") from None
        except (ValueError, RecursionError):
            raise ValueError(
                f"{cls.form} {path} is no JSON; python -m operations.training.fit_potential"
                f" {cls.form} writes such files"
            ) from None

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True) + "\n"

    @property
    def sha256(self) -> str:
        """Hash of what a run follows from: what LAMMPS reads, names of types, and the distances
        that random starts keep. What is known of the fit is not in it."""
        lines = [f"{self.form} 1", f"types {' '.join(self.species)}"]
        lines += [f"{pair} {self.smallest_distances[pair]!r}" for pair in self._pairs]
        lines += [self.basis_text(), self.coefficients_text()]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def _pairs(self) -> list[str]:
        """Pairs of types, in alphabetical order."""
        return sorted(f"{a}-{b}" for a in self.species for b in self.species if a <= b)

    def basis_text(self) -> str:
        """See `Basis.text`."""
        return self.basis.text(len(self.species))

    def coefficients_text(self) -> str:
        """See `Basis.coefficients_text`."""
        return self.basis.coefficients_text(self.coefficients, len(self.species))


def names_in_lammps(types: int) -> list[str]:
    """What the types are called there, whatever their names are."""
    return [f"T{number}" for number in range(1, types + 1)]


class ManyBodyPotential(FromFile, FiniteRangePotential):
    """A potential of many bodies, from a file of `fit_potential`.

    Attributes
    ----------
    content : type of FittedData
        What its files hold.
    engines : dict of str to str
        Names of the engines that run it, by their names in settings.
    """

    many_body: ClassVar[bool] = True
    repeated: ClassVar[tuple[str, ...]] = ("r_cut", "species")
    content: ClassVar[type[FittedData]]
    engines: ClassVar[dict[str, str]] = {"lammps": "LAMMPS"}

    r_cut: float | None = Field(  # type: ignore[assignment]
        default=None, gt=0, description="range of the descriptors"
    )
    species: tuple[TypeName, ...] | None = Field(default=None, description="types of particles")
    #: What is known of the fit, while a campaign file is read.
    _fit: Fit | None = PrivateAttr(default=None)

    @property
    def fit(self) -> Fit | None:
        """Known only where the file has just been read, as `init.py` does."""
        return self._fit

    def stored(self, directory: Path, root: Path | None) -> Self:
        """See `FromFile.stored`; nothing is said beside the file."""
        if self.file is None:
            return self
        for key in self.repeated:
            if getattr(self, key) is not None:
                raise ValueError(f"{key}: is that of the file; expected only the file")
        try:
            data = self.content.read(directory / self.file)
        except ValueError as error:
            raise ValueError(f"file: {error}") from None
        self.keep(data, root)
        told = {"sha256": data.sha256, "r_cut": data.basis.r_cut, "species": data.species}
        potential = type(self).model_validate(told)
        potential._fit = data.fit
        return potential

    def read(self, root: Path) -> FittedData:
        """Content of a stored file, held against its hash."""
        found: FittedData = self.held(self.content.read(self.place(root)), root)
        return found
