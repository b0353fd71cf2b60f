"""Cells of a table, of text or of Python's objects: numbers, missing values, names, counts."""

from __future__ import annotations

import re
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError

Array = NDArray[Any]

#: What programs write where a value is missing; compared in upper case.
MISSING = frozenset({"", "NA", "N/A", "#N/A", "<NA>", "NULL"})
#: Other marks of missing values, too short to be taken for one without a word.
MARKS = frozenset({"-", "--", ".", "?", "*", "NONE", "MISSING", "NAN(IND)"})
EXACT = 2**53  # whole numbers beyond it are not all doubles
ROWS = 3  # lines of decimals that make whole numbers above them doubtful


def is_whole(text: str) -> bool:
    """Whether this is a count, 0, 1, 2, …, as a row's or a column's would be written."""
    return text.isascii() and text.isdigit() and len(text) < 16


def is_number(text: str) -> bool:
    """Whether this is a number as Python reads one, nan and inf included.

    >>> [is_number(text) for text in ("1e3", "1_000", "1,5", "nan")]
    [True, False, False, True]
    """
    if "_" in text:  # Python reads 1_000; nothing that writes tables does
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_missing(text: str) -> bool:
    """Whether a program that writes tables means a value that is missing."""
    return text.upper() in MISSING


def value(text: str) -> float:
    """The number of a cell; nan where it is missing.

    >>> value("2.5"), value("NA")
    (2.5, nan)
    """
    return np.nan if is_missing(text) else float(text)


def rounded(text: str) -> bool:
    """Whether a whole number loses digits as a double: an identifier, or a time in nanoseconds.

    >>> rounded("1600000000123456789"), rounded("9007199254740992"), rounded("0.1")
    (True, False, False)
    """
    if not 16 <= len(text) < 400 or not re.fullmatch(r"[+-]?\d+", text):
        return False
    return abs(int(text)) > EXACT and float(text) < np.inf and int(float(text)) != int(text)


def trouble(text: str) -> str:
    """What a cell that is no number may be, as the end of a sentence; or nothing.

    >>> trouble("1,5")
    '; separate the cells by one kind of mark, and write decimals with a point'
    """
    if text.upper() in MARKS:
        return "; leave the cell of a missing value empty, or write NA, and pass --missing"
    if any(mark in text for mark in ";\t,"):
        return "; separate the cells by one kind of mark, and write decimals with a point"
    if re.fullmatch(r"[+-]?\d{1,3}(['\s’]\d{3})+([.,]\d*)?", text):
        return "; write thousands without a mark between them"
    if "\u2212" in text:
        return "; write a negative number with a hyphen"
    if re.match(r"['\"‘“(\[{]", text):
        return "; write numbers without quotation marks of their own, and without brackets"
    return ""


def may_be_data(text: str) -> bool:
    """Whether a cell without a number may be data in a foreign form, and no name.

    >>> [may_be_data(text) for text in ("1,5", "$3", "NA", "x1", "2019-Q1", "weight (kg)", "")]
    [True, True, True, False, True, False, False]
    """
    if text and (is_missing(text) or text.upper() in MARKS):
        return True
    return bool(re.match(r"[^\w\s]*\s*\d", text))


def may_be_names(first: list[str], rest: list[list[str]]) -> bool:
    """Whether a line of numbers may be names: 0, 1, 2, …, or whole numbers above decimals.

    Numbers in a row are doubtful above one line of decimals, others that rise above `ROWS` of them.
    """
    if not all(map(is_whole, first)):
        return False
    values = [int(cell) for cell in first]
    below = [line for line in rest if len(line) == len(first) and all(map(is_number, line))]
    if not below or below[0] is not rest[0] or sorted(set(values)) != values:
        return False
    decimals = [not all(is_whole(cell.lstrip("-")) for cell in line) for line in below]
    if len(values) == 1:
        return values[0] == 0 and decimals[0]
    if values == list(range(values[0], values[0] + len(values))):
        return values[0] == 0 or decimals[0]
    return len(decimals) >= ROWS and all(decimals)


def counts(rows: list[list[str]]) -> bool:
    """Whether the first column counts the rows, from 0 or 1, over three rows at least."""
    column = [cells[0] for cells in rows]
    if len(column) < 3 or max(map(len, rows)) < 2 or not all(map(is_whole, column)):
        return False
    start = int(column[0])
    return start in (0, 1) and [int(cell) for cell in column] == list(
        range(start, start + len(column))
    )


# --- objects


def numbers_of(source: Any) -> Array:
    """Python's numbers, and those of pandas' own types, as doubles; None and NA as nan.

    >>> from fractions import Fraction
    >>> numbers_of(np.array([[Fraction(1, 2), None]], dtype=object)).tolist()
    [[0.5, nan]]
    """
    found = np.full(source.shape, np.nan)
    hidden = np.ma.getmaskarray(source)
    for place, value in np.ndenumerate(np.ma.getdata(source)):
        if hidden[place] or value is None or type(value).__name__ in ("NAType", "NaTType"):
            continue
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (Real, Decimal)):
            row, column = place
            raise InputError(
                f"data: row {row + 1}, column {column + 1} is {str(value)[:40]!r}, not a number"
            )
        if isinstance(value, int) and abs(value) > EXACT:
            raise _too_whole()
        found[place] = float(value)
    return found if not hidden.any() else np.ma.masked_array(found, hidden)


def check_whole(raw: Array) -> None:
    """Raise `InputError` for whole numbers that doubles do not tell apart."""
    if raw.dtype.kind in "iu" and raw.dtype.itemsize == 8 and raw.size:
        known = raw.compressed() if isinstance(raw, np.ma.MaskedArray) else raw
        if known.size and (known.max() > EXACT or known.min() < -EXACT):
            raise _too_whole()


def _too_whole() -> InputError:
    return InputError(
        "data: whole numbers beyond 2^53 lose digits as doubles; subtract a constant from the "
        "column first"
    )
