"""Trajectories that JAX differentiates, and the loss of what they end in (extra `jax`).

The force is the formula of the form, from the declaration that the engines have, or what follows
from the coefficients of a basis.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.design.bases import WALL, Basis
from operations.design.unknowns import Coefficients, Parameters, Unknowns
from operations.interactions.pair_functions import symbolic, xplor
from workspace_schema.methods.design_crystals import NEIGHBOURS

FloatArray = NDArray[np.float64]
#: (x, starts, velocities, seeds) → losses (systems,) and gradients (systems, n).
Losses = Callable[..., tuple[FloatArray, FloatArray]]
#: (x, r, r_cut) → -du/dr of arrays of JAX.
Force = Callable[[Any, Any, float], Any]

#: Friction, in units of a mass over a time.
FRICTION = 1.0
#: Looks at the neighbours, equally spaced over a trajectory.
LOOKS = 5
#: Largest force of a pair: what begins deep in a core must not fly off.
MOST = 1000.0


def differentiable(
    unknowns: Unknowns, target: Configuration, kT: float, dt: float, window: int
) -> Losses:
    """Losses of trajectories and their gradients by the unknowns, compiled.

    Parameters
    ----------
    unknowns : Unknowns
    target : Configuration
        The crystal, in a box at right angles.
    kT, dt : float
    window : int
        Steps of a trajectory, a multiple of `LOOKS`.

    Raises
    ------
    ImportError
        Where JAX is not installed.
    """
    os.environ.setdefault("NPROC", "1")  # a lane has one core; by what XLA counts its threads
    try:
        import jax
    except ImportError:
        raise ImportError("by: gradient needs JAX: pip install jax (extra jax)") from None
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")  # else it would take a GPU that nobody gave the job
    jnp = jax.numpy
    d, n = target.dimensions, target.n_particles
    box, force = jnp.asarray(target.box[:d]), force_of(unknowns)
    shells = jnp.asarray(stencil(target))
    spacing = target.number_density ** (-1.0 / d)
    itself = jnp.eye(n)
    decay = float(np.exp(-FRICTION * dt))
    kick = float(np.sqrt((1.0 - decay**2) * kT))

    def apart(positions: Any) -> tuple[Any, Any]:
        vectors = positions[:, None] - positions[None]
        vectors = vectors - box * jnp.round(vectors / box)
        return vectors, jnp.sqrt((vectors**2).sum(axis=-1) + itself)

    def pushed(x: Any, positions: Any, r_cut: Any) -> Any:
        vectors, r = apart(positions)
        push = jnp.clip(force(x, r, r_cut), -MOST, MOST)  # of a particle on itself: along no vector
        return ((push / r)[..., None] * vectors).sum(axis=1)

    def loss(positions: Any) -> Any:
        _, r = apart(positions)
        near = jnp.sort(r + itself * 1e6, axis=1)[:, : shells.shape[1]]
        squares = ((near[:, None] - shells[None]) ** 2).mean(axis=-1)
        return squares.min(axis=1).mean() / spacing**2

    def whole(x: Any, r_cut: Any, start: Any, velocities: Any, seed: Any) -> Any:
        @jax.checkpoint
        def step(carry: Any, key: Any) -> tuple[Any, None]:
            # BAOAB, B. Leimkuhler and C. Matthews, Appl. Math. Res. Express 2013, 34 (2013)
            at, v, f = carry
            v = v + 0.5 * dt * f
            at = at + 0.5 * dt * v
            v = decay * v + kick * jax.random.normal(key, v.shape)
            at = at + 0.5 * dt * v
            f = pushed(x, at, r_cut)
            return (at, v + 0.5 * dt * f, f), None

        def look(carry: Any, keys: Any) -> tuple[Any, Any]:
            carry, _ = jax.lax.scan(step, carry, keys)
            return carry, loss(carry[0])

        keys = jax.random.split(jax.random.key(seed), (LOOKS, window // LOOKS))
        first = start, velocities, pushed(x, start, r_cut)
        return jax.lax.scan(look, first, keys)[1].mean()

    each = jax.jit(jax.vmap(jax.value_and_grad(whole), in_axes=(None, None, 0, 0, 0)))

    def losses(x: FloatArray, *arguments: Any) -> tuple[FloatArray, FloatArray]:
        values, gradients = each(x, cut_off(unknowns, x), *arguments)
        return np.asarray(values), np.asarray(gradients)

    return losses


def stencil(target: Configuration) -> FloatArray:
    """Sorted distances to the neighbours of particles of a crystal, one row for each kind of site.
    The box is so wide that images of one particle are no neighbours (`Gradient.check_system`)."""
    d = target.dimensions
    reach = NEIGHBOURS * target.number_density ** (-1.0 / d)
    vectors = target.positions[:, None, :d] - target.positions[None, :, :d]
    vectors -= target.box[:d] * np.round(vectors / target.box[:d])
    distances = np.sort(np.linalg.norm(vectors, axis=-1), axis=1)[:, 1:]
    n = int((distances < reach).sum(axis=1).min())
    _, first = np.unique(distances[:, :n].round(6), axis=0, return_index=True)
    return np.asarray(distances[np.sort(first), :n])


def cut_off(unknowns: Unknowns, x: FloatArray) -> float:
    """Where the force at a point ends: of forms whose range follows from parameters, with them."""
    if isinstance(unknowns, Parameters):
        return unknowns.form.at(unknowns.values(x)).r_cut
    return unknowns.potential.r_cut


def force_of(unknowns: Unknowns) -> Force:
    """-du/dr as a function of the point, of distances and of its `cut_off`, for JAX."""
    import jax.numpy as jnp

    if isinstance(unknowns, Parameters):
        return _of_form(unknowns)
    assert isinstance(unknowns, Coefficients)
    bare = _of_basis(unknowns.basis, unknowns.coefficients)

    def force(x: Any, r: Any, r_cut: Any) -> Any:
        inside = r < r_cut
        return jnp.where(inside, bare(x, jnp.where(inside, r, r_cut)), 0.0)

    return force


def _of_form(unknowns: Parameters) -> Force:
    """The derivative of the formula, truncated as the form says.

    Its own derivatives are formulas, too: JAX would multiply the pieces of a formula that do not
    hold at a distance by 0, and they may be infinite there.
    """
    import jax
    import jax.numpy as jnp
    import sympy

    form = unknowns.form
    middle = form.at(unknowns.values(unknowns.start))
    fixed = middle.formula_parameters()
    r, own = sympy.Symbol("r", positive=True), [sympy.Symbol(name, real=True) for name in form.free]
    u, slope = (
        one.subs({sympy.Symbol(k, real=True): v for k, v in fixed.items() if k not in form.free})
        for one in symbolic(middle.formula, tuple(fixed))
    )
    r_cut, truncation = unknowns.potential.r_cut, middle.truncation
    if truncation == "force_shift":
        slope -= slope.subs(r, r_cut)
    elif truncation == "xplor":
        smooth, change = xplor(r, middle.r_on, r_cut)
        slope = sympy.Piecewise((slope, r < middle.r_on), (slope * smooth + u * change, True))
    formulas = [slope, *(sympy.diff(slope, one) for one in (r, *own))]
    function = sympy.lambdify(
        [r, *own],
        [one.replace(sympy.DiracDelta, lambda *_: sympy.S.Zero) for one in formulas],
        modules=[{"erf": jax.scipy.special.erf}, "jax"],
        cse=True,
        dummify=True,
    )
    bounds = np.array(list(form.free.values()))

    @jax.custom_jvp
    def of_values(values: Any, r: Any, inside: Any) -> Any:
        return jnp.where(inside, -function(r, *values)[0], 0.0)

    @of_values.defjvp
    def _(at: Any, changes: Any) -> tuple[Any, Any]:
        values, r, inside = at
        slopes = function(r, *values)[1:]
        parts = zip(slopes, (changes[1], *changes[0]), strict=True)
        change = sum(jnp.where(inside, -slope, 0.0) * by for slope, by in parts)
        return of_values(*at), change

    def force(x: Any, r: Any, r_cut: Any) -> Any:
        return of_values(bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) * x, r, r < r_cut)

    return force


def _of_basis(basis: Basis, coefficients: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """Between knots the derivative of cubic Hermite interpolation, which is exact; below the first
    one of B-splines the wall."""
    import jax.numpy as jnp

    t = basis.knots
    values, slopes = basis.values(t), basis.values(t, 1)
    values[-1] = slopes[-1] = 0.0
    widths = np.diff(t)

    def force(x: Any, r: Any) -> Any:
        c = coefficients(x)
        u, s = values @ c, slopes @ c
        i = jnp.clip(jnp.searchsorted(t, r, side="right") - 1, 0, len(t) - 2)
        h = jnp.asarray(widths)[i]
        z = (r - jnp.asarray(t)[i]) / h
        slope = 6.0 * z * (1.0 - z) * (u[i + 1] - u[i]) / h
        slope += (1.0 - z) * (1.0 - 3.0 * z) * s[i] + z * (3.0 * z - 2.0) * s[i + 1]
        if not basis.signed:
            return -slope
        strength = jnp.maximum(-s[0] * t[0] / WALL, 1.0 / WALL)
        below = WALL * strength * (t[0] / r) ** WALL / r
        return jnp.where(r < t[0], below, -slope)

    return force
