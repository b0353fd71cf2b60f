"""Someone's EM code called with its own arrays, and what it returns as NumPy arrays of known shape.

A code that writes into its arguments is given copies, but by the check that looks at this.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from overspec.errors import InputError
from overspec.verify.testing.adapters import EmCode
from overspec.verify.testing.posterior import Array


class WrongOutput(InputError):
    """A code that returns something else than real numbers of the right shape."""


def numbers(value: Any, shape: tuple[int, ...], what: str) -> Array:
    """Someone's array as a NumPy array of this shape; single precision stays single.

    Raises:
        WrongOutput: another shape, complex numbers, or no numbers.

    >>> numbers([1, 2], (2,), "theta").tolist()
    [1.0, 2.0]
    """
    value = on_host(value)
    wanted = f"it must return {what} as real, finite numbers of shape {shape}"
    try:
        found = np.asarray(value)
        if found.dtype.kind == "O" and all(isinstance(part, Real) for part in found.flat):
            found = found.astype(float)  # fractions, say
    except (TypeError, ValueError) as error:
        raise WrongOutput(f"the EM code returned {_named(value)}: {error}; {wanted}") from None
    if np.ma.is_masked(value):
        raise WrongOutput(f"the EM code returned a masked array for {what}; {wanted}")
    if found.dtype.kind == "c":
        raise WrongOutput(f"the EM code returned complex numbers for {what}; {wanted}")
    if found.dtype.kind not in "biuf":
        raise WrongOutput(f"the EM code returned {_named(value)}; {wanted}")
    if found.shape != shape:
        raise WrongOutput(
            f"the EM code returned shape {found.shape} for {what}; {wanted}"
            + _guess(found, shape, what)
        )
    return found if found.dtype.kind == "f" else found.astype(float)


def on_host(value: Any) -> Any:
    """An array off PyTorch's graph and off the graphics card; anything else as it is."""
    for name in ("detach", "cpu"):
        value = getattr(value, name)() if hasattr(value, name) else value
    return value


def _named(value: Any) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:60] + '…'}"


def _guess(found: Array, shape: tuple[int, ...], what: str) -> str:
    if found.ndim == 2 and found.shape == shape[::-1]:
        return "; is it transposed? One row for each component is wanted"
    if found.size == np.prod(shape, dtype=int):
        return "; the numbers are as many: reshape them"
    if what == "θ" and found.ndim == 2 and found.shape[1] == shape[0]:
        return "; are these the means R^j θ? θ is the first of them"
    if what == "masses" and found.ndim == 2 and shape[0] in found.shape:
        return "; is it the posterior of each row? Masses are its mean over the rows"
    return ""


@dataclass(frozen=True)
class Called:
    """A code as `identities` calls it: NumPy arrays in and out, warnings aside.

    Attributes:
        code: its step, or its log-likelihood, is called.
        likelihood: which of the two.
        xp: its array library, or None for NumPy.
        copying: it is given copies, since it writes into its arguments.
        variance: its estimate of v, or of Σ, is called.
    """

    code: EmCode
    likelihood: bool = False
    xp: Any = None
    copying: bool = False
    variance: bool = False

    @property
    def name(self) -> str:
        """What printed programs call."""
        if self.variance:
            return "variance_of" if self.code.kind == "variance" else "covariance_of"
        return "log_likelihood" if self.likelihood else "fn" if self.code.tied else "update"

    def noting(self, precisions: list[float]) -> Callable[..., Any]:
        """The function to call; it appends the unit roundoff of each array that it returns."""

        def call(*arguments: Array) -> Any:
            if self.copying:
                arguments = tuple(part.copy() for part in arguments)
            how = _variance if self.variance else _likelihood if self.likelihood else _step
            found = how(self.code, self.xp, *arguments)
            parts = found if isinstance(found, tuple) else (found,)
            precisions.extend(float(np.finfo(part.dtype).eps) for part in parts)
            return found

        return call


def _step(code: EmCode, xp: Any, start: Array, weights: Array, data: Array, *extra: Array) -> Any:
    """θ, or masses, means and, where the code estimates them, covariances."""
    found = _quietly(code.step, xp, (start, weights, data, *extra))
    if code.tied:
        two = isinstance(found, tuple | list) and len(found) == 2
        if two and any(_shape(part) == start.shape for part in found):
            raise WrongOutput(
                "the EM code returned two things; it must return θ alone, or with "
                "of_tied_means(fn, variance='estimated') θ and v, with covariance= θ and Σ: "
                f"finite numbers of shape {start.shape} first"
            )
        return numbers(found, start.shape, "θ")
    k, d = start.shape
    names = ("masses", "means", "covariances")
    shapes: tuple[tuple[int, ...], ...] = ((k,), (k, d), *(c.shape for c in extra))
    parts = _parts(found, k, d)
    return tuple(map(numbers, parts, shapes, names))


def _variance(code: EmCode, xp: Any, *arguments: Array) -> Any:
    """The next v, or Σ."""
    assert code.variance is not None
    shape = arguments[3].shape
    name = "the covariance" if shape else "the variance"
    return numbers(_quietly(code.variance, xp, arguments), shape, name)


def _likelihood(code: EmCode, xp: Any, *arguments: Array) -> Any:
    """One number, or one for each row."""
    assert code.log_likelihood is not None
    found = _quietly(code.log_likelihood, xp, arguments)
    n = len(arguments[2])
    rows = np.shape(found) == (n,) and n > 1
    return numbers(found, (n,) if rows else (), "the log-likelihood")


def _quietly(fn: Callable[..., Any], xp: Any, arguments: tuple[Array, ...]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a warning is no breach
        given = arguments if xp is None else tuple(map(xp.asarray, arguments))
        try:
            return fn(*given)
        except SystemExit as end:
            raise RuntimeError(f"the code ends the program: sys.exit({end.code!r})") from end


def _parts(found: Any, k: int, d: int) -> tuple[Any, ...]:
    if not isinstance(found, tuple | list) or len(found) < 2:
        raise WrongOutput(
            f"the EM code returned {_named(found)}; an update of free means must return "
            "(masses, means), or (masses, means, covariances)"
        )
    first, second = _shape(found[0]), _shape(found[1])
    if first == (k, d) and second == (k,):
        raise WrongOutput(
            "the EM code returned (means, masses); it must return (masses, means): the masses, of "
            f"shape ({k},), first, and then the means, finite numbers of shape ({k}, {d})"
        )
    return tuple(found)


def _shape(part: Any) -> tuple[int, ...]:
    try:
        return tuple(np.shape(part))
    except ValueError:  # lists of several lengths: `numbers` says so
        return ()


def library_of(array: Any) -> Any:
    """The array library that an array is of: by the array API standard, or by its module.

    >>> library_of([[1.0]]) is np
    True
    """
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    module = sys.modules.get(type(array).__module__.partition(".")[0])
    return module if hasattr(module, "asarray") else np
