"""What is wrong with an input: everything else that is raised is a defect of ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def one_of(name: str, names: Sequence[str], kind: str, where: str = "") -> str:
    """A name as it is known, asked for in any case.

    Args:
        name: what was asked for.
        names: those that there are.
        kind: what they are names of, in the singular.
        where: in which place, after the kind.

    Raises:
        InputError: there is none; the message has the nearest, and all.

    >>> one_of("s6", ("S6", "T1"), "claim")
    'S6'
    >>> one_of("lloydd", ("lloyd", "map"), "test")
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: no test 'lloydd'; did you mean lloyd? The tests are lloyd, map
    """
    known = {each.casefold(): each for each in names}
    if name.casefold() in known:
        return known[name.casefold()]
    from difflib import get_close_matches  # only where a name is wrong

    near = get_close_matches(name.casefold(), known, 1)
    hint = f"did you mean {known[near[0]]}? The" if near else "the"
    raise InputError(f"no {kind} {name!r}{where}; {hint} {kind}s are {', '.join(names)}")
