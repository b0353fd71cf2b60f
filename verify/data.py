"""Tables of numbers from files and callers, read without trust."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

Array = NDArray[np.float64]


def checked_data(data: object, d: int) -> Array:
    """The data as doubles of shape (n, d).

    Raises:
        InputError: not numeric, wrong shape, no rows, not finite, or a constant column.
    """
    try:
        x = np.asarray(data)
    except ValueError:
        raise InputError("data: the rows differ in length; give an (n, d) table") from None
    if x.dtype.kind not in "fiu":
        raise InputError(f"data of type {x.dtype} are not real numbers; give an (n, d) table")
    if x.ndim != 2 or x.shape[1] != d:
        raise InputError(f"data of shape {x.shape}; the mixture needs (n, {d})")
    if len(x) < 2:
        raise InputError(f"data with {len(x)} row(s); give at least 2")
    x = np.ascontiguousarray(x, dtype=np.float64)
    if not np.isfinite(x).all():
        row, column = np.argwhere(~np.isfinite(x))[0]
        raise InputError(
            f"data: row {row + 1}, column {column + 1} is {x[row, column]}, not finite"
        )
    if np.abs(x).max() > 1e100:
        raise InputError("data: values beyond 1e100 overflow when squared; rescale them")
    constant = np.flatnonzero(np.ptp(x, axis=0) == 0)
    if len(constant):
        raise InputError(f"data: column {constant[0] + 1} is constant; remove it and lower d")
    return x


def load_data(path: str | Path) -> Array:
    """A table of numbers from a .npy file (never unpickled) or a .csv file, with a header or not.

    Raises:
        InputError: a file that is missing, of another kind, damaged, ragged or not numeric.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"data file {path} does not exist")
    if path.suffix == ".npy":
        try:
            loaded = np.load(path, allow_pickle=False)
        except (ValueError, OSError, EOFError) as error:
            raise InputError(f"data file {path} is not a plain .npy table: {error}") from None
        if loaded.dtype.kind not in "fiu":
            raise InputError(f"data file {path} holds {loaded.dtype}, not real numbers")
        return np.asarray(loaded, dtype=np.float64)
    if path.suffix == ".csv":
        return _load_csv(path)
    raise InputError(f"data file {path}: give a .npy or .csv file")


def _load_csv(path: Path) -> Array:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = enumerate(csv.reader(file), start=1)
            lines = [(n, row) for n, row in table if any(map(str.strip, row))]
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise InputError(f"data file {path} is not readable text: {error}") from None
    if lines and not any(map(_is_number, lines[0][1])):
        lines = lines[1:]
    if not lines:
        raise InputError(f"data file {path} has no rows of numbers")
    width = len(lines[0][1])
    for n, row in lines:
        if len(row) != width:
            raise InputError(f"data file {path}, line {n}: {len(row)} values, not {width}")
        for value in row:
            if not _is_number(value):
                raise InputError(f"data file {path}, line {n}: {value[:40]!r} is not a number")
    return np.array([[float(value) for value in row] for _, row in lines])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
