"""Ranges of integers as options give them."""

from __future__ import annotations

from overspec.errors import InputError

MAX_LENGTH = 1000


def integer_range(text: str, name: str) -> tuple[int, ...]:
    """The integers in ``2:5`` (both ends included), ``2,4`` or ``3``, ascending and once each.

    Args:
        text: what the user gave.
        name: the option, for the error message.

    Raises:
        InputError: anything else, or a range that is empty or longer than 1000.

    >>> integer_range("2:4", "--k"), integer_range("5,2", "--k")
    ((2, 3, 4), (2, 5))
    """
    found: set[int] = set()
    for part in text.split(","):
        first, colon, last = part.partition(":")
        try:
            low = int(first)
            high = int(last) if colon else low
        except ValueError:
            raise InputError(f"{name} {text!r}: write 3, 2,4 or 2:5") from None
        if low > high or high - low > MAX_LENGTH:
            raise InputError(f"{name} {text!r}: the range {part} is empty or too long; write 2:5")
        found.update(range(low, high + 1))
    return tuple(sorted(found))
