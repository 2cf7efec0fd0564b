"""A many-body potential, linear in proper orthogonal descriptors, fitted to forces."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from workspace_schema.base import Model
from workspace_schema.bounded import read_bounded
from workspace_schema.errors import dotted
from workspace_schema.potentials.from_file import FromFile
from workspace_schema.potentials.pair_potential import FiniteRangePotential
from workspace_schema.system import MAX_TYPES, TypeName

MAX_BYTES = 10_000_000
MAX_COEFFICIENTS = 20_000
#: Angular functions of four bodies by their degree.
_FOUR_BODY = (1, 2, 4, 7, 11, 16, 23)
#: Factor by which a number density may be outside of those of the fit.
NEAR = 1.01
#: Bessel functions of so many widths are what the radial functions are made of.
_WIDTHS = 3

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Basis(Model):
    """The descriptors: how many radial functions, and of which degree, for two to four bodies."""

    r_in: Positive = Field(description="below it two-body functions are steep")
    r_cut: Positive = Field(description="they are zero from here on")
    bessel_degree: int = Field(default=4, ge=1, le=12)
    inverse_degree: int = Field(default=8, ge=1, le=16)
    two_body: int = Field(default=10, ge=1, le=40)
    three_body: int = Field(default=8, ge=0, le=40)
    three_body_degree: int = Field(default=6, ge=0, le=12)
    four_body: int = Field(default=0, ge=0, le=40)
    four_body_degree: int = Field(default=0, ge=0, le=6)

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.r_in >= self.r_cut:
            raise ValueError(f"r_in is {self.r_in:g}; expected less than r_cut = {self.r_cut:g}")
        most = _WIDTHS * self.bessel_degree + self.inverse_degree
        if max(self.two_body, self.three_body) > most:
            raise ValueError(f"expected at most {most} radial functions of these degrees")
        if self.four_body > self.three_body or self.four_body_degree > self.three_body_degree:
            raise ValueError("expected no more functions of four bodies than of three")
        return self

    def size(self, types: int) -> int:
        """Number of coefficients: of every type one of the lone particle, and the functions."""
        pairs, triples = types * (types + 1) // 2, types * (types + 1) * (types + 2) // 6
        functions = self.two_body * types
        functions += (self.three_body_degree + 1) * self.three_body * pairs
        functions += _FOUR_BODY[self.four_body_degree] * self.four_body * triples
        return types * (1 + functions)

    def text(self, types: int) -> str:
        """As LAMMPS reads it; types go by their numbers."""
        lines = [
            f"species {' '.join(names_in_lammps(types))}",
            f"rin {self.r_in!r}",
            f"rcut {self.r_cut!r}",
            f"bessel_polynomial_degree {self.bessel_degree}",
            f"inverse_polynomial_degree {self.inverse_degree}",
            "onebody 1",
            f"twobody_number_radial_basis_functions {self.two_body}",
            f"threebody_number_radial_basis_functions {self.three_body}",
            f"threebody_angular_degree {self.three_body_degree}",
            f"fourbody_number_radial_basis_functions {self.four_body}",
            f"fourbody_angular_degree {self.four_body_degree}",
        ]
        return "\n".join(lines) + "\n"


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


class PodData(Model):
    """Content of a file.

    Attributes
    ----------
    species : tuple of str
        Types of particles, in alphabetical order.
    basis : Basis
    coefficients : tuple of float
        By type: that of the lone particle, then those of the descriptors in LAMMPS' order.
    smallest_distances : dict of str to float
        Of the frames it was fitted to, by pair of types as A-B: what is closer is extrapolation.
    fit : Fit
    """

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
        return self

    @classmethod
    def read(cls, path: Path) -> PodData:
        """Read a file of `operations.training.fit_pod`.

        Raises
        ------
        ValueError
            With file and key, where it is none.
        """
        try:
            content = json.loads(read_bounded(path, MAX_BYTES))
            return cls.model_validate(content)
        except OSError as error:
            raise ValueError(f"pod {path} cannot be read: {error.strerror}") from None
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = ": ".join(part for part in (str(path), dotted(first["loc"])) if part)
            raise ValueError(f"pod {where}: {first['msg']}") from None
        except (ValueError, RecursionError):
            raise ValueError(
                f"pod {path} is no JSON; python -m operations.training.fit_pod writes such files"
            ) from None

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True) + "\n"

    @property
    def sha256(self) -> str:
        """Hash of what a run follows from: what LAMMPS reads, names of types, and the distances
        that random starts keep. What is known of the fit is not in it."""
        lines = ["pod 1", f"types {' '.join(self.species)}"]
        lines += [f"{pair} {self.smallest_distances[pair]!r}" for pair in self._pairs]
        lines += [self.basis.text(len(self.species)), self.coefficients_text()]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def _pairs(self) -> list[str]:
        """Pairs of types, in alphabetical order."""
        return sorted(f"{a}-{b}" for a in self.species for b in self.species if a <= b)

    def coefficients_text(self) -> str:
        """The coefficients as LAMMPS reads them."""
        lines = [f"model_coefficients: {len(self.coefficients)} 0 0", *map(repr, self.coefficients)]
        return "\n".join(lines) + "\n"


def names_in_lammps(types: int) -> list[str]:
    """What the types are called there, whatever their names are."""
    return [f"T{number}" for number in range(1, types + 1)]


class Pod(FromFile, FiniteRangePotential):
    """A many-body potential of proper orthogonal descriptors, from a file of `fit_pod`.

    Fitted to the forces of a trajectory by ``python -m operations.training.fit_pod TRAJECTORY
    --out FILE --r-cut R``; types, cut-off and domain stand in the file. LAMMPS runs it, with method
    `forward` and points in three dimensions, in 30 µs a particle and step (docs/validation.md).
    result.json has the errors of the forces (``fit``) and counts the frames with another number
    density, or two particles closer, than in all frames it was fitted to (``frames_outside_fit``).
    N. C. Nguyen and A. Rohskopf, J. Comput. Phys. 480, 112030 (2023).
    """

    many_body: ClassVar[bool] = True
    suffix: ClassVar[str] = "pod"
    repeated: ClassVar[tuple[str, ...]] = ("r_cut", "species")
    references: ClassVar[tuple[str, ...]] = ("nguyen2023",)

    form: Literal["pod"] = "pod"
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

    def stored(self, directory: Path, root: Path | None) -> Pod:
        """See `FromFile.stored`; nothing is said beside the file."""
        if self.file is None:
            return self
        for key in self.repeated:
            if getattr(self, key) is not None:
                raise ValueError(f"{key}: is that of the file; expected only the file")
        try:
            data = PodData.read(directory / self.file)
        except ValueError as error:
            raise ValueError(f"file: {error}") from None
        self.keep(data, root)
        pod = Pod(sha256=data.sha256, r_cut=data.basis.r_cut, species=data.species)
        pod._fit = data.fit
        return pod

    def read(self, root: Path) -> PodData:
        """Content of a stored file, held against its hash."""
        found: PodData = self.held(PodData.read(self.place(root)), root)
        return found
