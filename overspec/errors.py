"""What is wrong with an input: everything else that is raised is a defect of ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial


class InputError(ValueError):
    """Bad input from a caller or a file.

    The message names the input, says what is wrong with it and what would be right;
    the command line prints it alone (no traceback) and exits with code 2.

    >>> raise InputError("k = 1: a mixture needs at least two components; use k >= 2")
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: k = 1: a mixture needs at least two components; use k >= 2

    Attributes:
        fits: arguments, by name, that would make it right; the command line shows them as options.
            True is a switch, None one that may be turned either way.

    >>> InputError("k = 9: the lattice reaches k = 6", engine="sampling").fits
    {'engine': 'sampling'}
    """

    fits: dict[str, object]

    def __init__(self, message: str = "", **fits: object) -> None:
        super().__init__(message)
        self.fits = fits

    def __reduce__(self) -> tuple[Callable[..., InputError], tuple[object, ...]]:
        make: Callable[..., InputError] = type(self)
        return partial(make, **self.fits), self.args


class InputTypeError(InputError, TypeError):
    """An input of the wrong type: a `TypeError` to those who expect one."""


class OutOfReach(InputError):
    """What was asked makes sense, but is beyond what can be computed."""
