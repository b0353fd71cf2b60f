"""Tables of numbers from files, arrays and Dask, read without trust and in bounded memory.

A `Table` is looked at one block of rows at a time: an array in memory, a file mapped into memory,
or a Dask array whose blocks exist only while they are used.
"""

from __future__ import annotations

import csv
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.verify.engines.rounding import joined, pairwise

Array = NDArray[Any]

BLOCK = 2**16  # rows looked at at a time
FEW = 2**8  # rows of which one product is taken
LINES = 2**14  # lines of a text file parsed at a time
LARGEST = 1e100  # squares must not overflow; in single precision 1e15
LARGEST_SINGLE = 1e15


@dataclass(frozen=True)
class Table:
    """n rows of d checked numbers.

    Attributes:
        source: a NumPy array (possibly mapped from a file) or a Dask array.
        n, d: its shape.
        second: ``(1/n) Σ_i x_i x_iᵀ``, d×d.
    """

    source: Any
    n: int
    d: int
    second: NDArray[np.float64]

    def blocks(self) -> Iterator[Array]:
        """The rows in order, each block an array of shape (rows, d)."""
        return blocks(self.source)


def blocks(source: Any) -> Iterator[Array]:
    """The rows of an array or a Dask array, block by block.

    >>> [len(part) for part in blocks(np.zeros((3, 2)))]
    [3]
    """
    if not is_lazy(source):
        for start in range(0, len(source), BLOCK):
            yield source[start : start + BLOCK]
        return
    for i in range(source.numblocks[0]):
        yield from blocks(np.asarray(source.blocks[i].compute()))


def is_lazy(source: Any) -> bool:
    """Whether this is a Dask array or something that acts like one."""
    return hasattr(source, "numblocks") and hasattr(source, "blocks")


def checked_data(data: object, d: int) -> Table:
    """The data as a table of d columns: one pass over them, nothing copied.

    Raises:
        InputError: not numeric, wrong shape, no rows, not finite, or a constant column.

    >>> checked_data([[1.0, 2.0], [3.0, 5.0]], 2).second.tolist()
    [[5.0, 8.5], [8.5, 14.5]]
    """
    source: Any = data
    if not is_lazy(data):
        try:
            source = np.asarray(data) if not isinstance(data, np.memmap) else data
        except ValueError:
            raise InputError("data: the rows differ in length; give an (n, d) table") from None
    if source.dtype.kind not in "fiu":
        raise InputError(f"data of type {source.dtype} are not real numbers; give an (n, d) table")
    if source.ndim != 2 or source.shape[1] != d:
        raise InputError(f"data of shape {source.shape}; the mixture needs (n, {d})")
    low, high = np.full(d, np.inf), np.full(d, -np.inf)
    second, n = np.zeros((d, d)), 0
    for raw in blocks(source):
        part = np.asarray(raw, dtype=np.float64)
        _check_finite(part, n)
        low, high = np.minimum(low, part.min(axis=0)), np.maximum(high, part.max(axis=0))
        second += second_moments(part)
        n += len(part)
    if n < 2:
        raise InputError(f"data with {n} row(s); give at least 2")
    constant = np.flatnonzero(low == high)
    if len(constant):
        raise InputError(f"data: column {constant[0] + 1} is constant; remove it and lower d")
    return Table(source, n, d, second / n)


def second_moments(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """``Σ_i x_i x_iᵀ``, a few rows at a time and then by halvings: rounding does not grow with n.

    >>> second_moments(np.ones((1000, 1))).tolist()
    [[1000.0]]
    """
    whole = len(rows) - len(rows) % FEW
    parts = rows[:whole].reshape(-1, FEW, rows.shape[1])
    rest = rows[whole:].T @ rows[whole:]
    return pairwise(np.concatenate([parts.transpose(0, 2, 1) @ parts, rest[None]]))


def second_deviation(n: int) -> float:
    """Relative deviation of a diagonal entry of ``Table.second``; see `engines.rounding`.

    FEW terms one after the other, averaged over the pieces; their halvings; the blocks in order.
    """
    few = math.sqrt(min(n, FEW) / 3) / math.sqrt(max(1.0, n / FEW))
    return joined(few, math.sqrt(2), math.sqrt(n / BLOCK / 3), 1.0)


def _check_finite(part: NDArray[np.float64], before: int) -> None:
    finite = np.isfinite(part)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise InputError(
            f"data: row {before + row + 1}, column {column + 1} is {part[row, column]}, not finite"
        )
    if np.abs(part).max(initial=0.0) > LARGEST:
        raise InputError("data: values beyond 1e100 overflow when squared; rescale them")


def load_data(path: str | Path) -> Array:
    """A table of numbers from a .npy file (never unpickled) or a .csv file, with a header or not.

    Neither is held in memory: a .npy file is mapped, a .csv file is parsed a few lines at a time
    into a nameless temporary file that is then mapped.

    Raises:
        InputError: a file that is missing, of another kind, damaged, ragged or not numeric.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"data file {path} does not exist")
    if path.suffix == ".npy":
        try:
            loaded: Array = np.load(path, allow_pickle=False, mmap_mode="r")
        except (ValueError, OSError, EOFError) as error:
            raise InputError(f"data file {path} is not a plain .npy table: {error}") from None
        if loaded.dtype.kind not in "fiu":
            raise InputError(f"data file {path} holds {loaded.dtype}, not real numbers")
        return loaded
    if path.suffix == ".csv":
        return _load_csv(path)
    raise InputError(f"data file {path}: give a .npy or .csv file")


def _load_csv(path: Path) -> Array:
    width, count = 0, 0
    with tempfile.TemporaryFile() as spilled:
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                for rows in _parsed(path, file):
                    width, count = rows.shape[1], count + len(rows)
                    spilled.write(rows.tobytes())
        except (UnicodeDecodeError, csv.Error, OSError) as error:
            raise InputError(f"data file {path} is not readable text: {error}") from None
        if not count:
            raise InputError(f"data file {path} has no rows of numbers")
        spilled.flush()
        return np.memmap(spilled, dtype=np.float64, mode="r", shape=(count, width))


def _parsed(path: Path, file: Any) -> Iterator[NDArray[np.float64]]:
    """Blocks of rows; a first line without any number is a header."""
    rows: list[list[float]] = []
    width, first = 0, True
    for n, line in enumerate(csv.reader(file), start=1):
        if not any(map(str.strip, line)):
            continue
        if first and not any(map(_is_number, line)):
            first = False
            continue
        first = False
        width = width or len(line)
        if len(line) != width:
            raise InputError(f"data file {path}, line {n}: {len(line)} values, not {width}")
        try:
            rows.append([float(value) for value in line])
        except ValueError:
            wrong = next(value for value in line if not _is_number(value))
            raise InputError(
                f"data file {path}, line {n}: {wrong[:40]!r} is not a number"
            ) from None
        if len(rows) == LINES:
            yield np.array(rows)
            rows = []
    if rows:
        yield np.array(rows)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
