"""How the functions of a search are compiled, and all that is relied upon in numba beyond its API.

`numba.njit` lets a function that says nothing about ``fastmath`` inherit it from whatever function
first needs it compiled, and keeps the outcome on disk: its results would depend, in the last
digit, on what ran before it on this machine. Every function here says it, most by `compiled`.

Loops that write several arrays vectorise only where the compiler knows that these do not overlap
what is read. LLVM has the argument attribute ``noalias`` for that and numba a flag that sets it on
all arguments, but no option of `numba.njit`. `NoAlias` relies on

- ``njit(pipeline_class=...)`` and `numba.core.compiler.Compiler`, from numba's documentation of
  customised compilers;
- ``Compiler.state.flags.noalias``, which is not documented.

Checked with numba 0.68. Without the flag results are the same, later; a test looks for the
attribute.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from numba import njit
from numba.core.compiler import Compiler

# Reassociation lets sums vectorise; infinities and nan keep their meaning, because branches
# that do not apply and masked pairs may produce them.
FASTMATH = {"reassoc", "contract", "arcp", "nsz"}

#: `numba.njit` for functions that are kept on disk and take floating-point numbers as they are.
compiled: Any = partial(njit, cache=True, error_model="numpy", fastmath=False)


class NoAlias(Compiler):
    """For ``njit(pipeline_class=NoAlias)``: arrays given to the function do not overlap."""

    def define_pipelines(self) -> Any:
        """The ordinary steps."""
        self.state.flags.noalias = True
        return super().define_pipelines()
