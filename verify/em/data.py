"""Tables of numbers in memory, in files and in Dask, checked in one pass and in bounded memory.

A `Table` is looked at one block of rows at a time: an array in memory, a file mapped into memory,
or a Dask array whose blocks exist only while they are used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.verify.em.cells import check_whole, numbers_of
from overspec.verify.engines.rounding import joined, pairwise

Array = NDArray[Any]
Vector = NDArray[np.float64]

BLOCK = 2**16  # rows looked at at a time
FEW = 2**8  # rows of which one product is taken
LARGEST = 1e100  # squares must not overflow; in single precision 1e15
SMALLEST = 1 / LARGEST  # nor underflow
LARGEST_SINGLE = 1e15
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", " ": "space"}
FAR = 4.0  # standard deviations of a column from 0 at which it is centred


@dataclass(frozen=True)
class DataFile:
    """A table read from a file, and how the file was taken.

    Attributes:
        rows: the numbers, shape (n, columns).
        file: its name.
        format: ``"csv"``, ``"npy"``, ``"npz"`` or ``"parquet"``.
        columns: names of the columns, None where it has none.
        header: whether the first line was taken for names; None where there are no lines.
        index: the name of a column that was taken for an index and left out; None without.
        separator: of a text file.
    """

    rows: Array
    file: str
    format: str
    columns: tuple[str, ...] | None = None
    header: bool | None = None
    index: str | None = None
    separator: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec run --json`` has under ``data``."""
        return {
            "file": self.file,
            "format": self.format,
            "rows": len(self.rows),
            "columns": self.rows.shape[1],
            "names": None if self.columns is None else list(self.columns),
            "header": self.header,
            "index": self.index,
            "separator": self.separator,
        }

    def describe(self) -> str:
        """One line: how many rows and columns, and what was taken for what."""
        width = self.rows.shape[1]
        names = "" if self.columns is None else f" ({_shown(self.columns)})"
        parts = [f"{self.file}: {len(self.rows)} rows of {width} column(s){names}"]
        if self.header is not None:
            parts.append("first line taken for names" if self.header else "no header")
        if self.index is not None:
            parts.append(f"first column ({self.index or 'no name'}) taken for an index, left out")
        if self.separator not in (None, ","):
            parts.append(f"separated by {SEPARATORS[str(self.separator)]}s")
        return "; ".join(parts)


def _shown(names: tuple[str, ...]) -> str:
    listed = [name[:20] for name in names[:6]]
    return ", ".join(listed) + (", ..." if len(names) > 6 else "")


@dataclass(frozen=True)
class Table:
    """n rows of d checked numbers, with what EM needs to know of all of them.

    Attributes:
        source: a NumPy array (possibly mapped from a file) or a Dask array.
        n, d: its shape.
        second: ``(1/W) Σ_i v_i (x_i − c)(x_i − c)ᵀ``, d×d, v the weights of the rows and W their
            sum; entries that are not observed count as c.
        centre: c, shape (d,): near the mean of each column that lies far from 0, else 0. All sums
            are taken about it, so that digits are not lost to the distance from 0.
        mean: of each column, over the weights of the rows in which it is observed.
        mass: v, shape (n,); None when all are 1.
        total: W.
        observed: the share of W in which each column is observed, shape (d,).
        parts: rows of each block of a Dask array.
    """

    source: Any
    n: int
    d: int
    second: Vector
    centre: Vector
    mean: Vector
    mass: Vector | None
    total: float
    observed: Vector
    parts: tuple[int, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every entry is observed."""
        return bool((self.observed == 1).all())

    def blocks(self) -> Iterator[tuple[Array, Vector | None]]:
        """The rows in order, each block an array of shape (rows, d), and their weights."""
        start = 0
        for block in blocks(self.source):
            stop = start + len(block)
            yield block, None if self.mass is None else self.mass[start:stop]
            start = stop


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
        yield from blocks(np.asanyarray(source.blocks[i].compute()))


def is_lazy(source: Any) -> bool:
    """Whether this is a Dask array or something that acts like one."""
    return hasattr(source, "numblocks") and hasattr(source, "blocks")


def plain(block: Any) -> Array:
    """A block without its mask: what is masked becomes nan, so that it is seen.

    >>> plain(np.ma.masked_array([1.0, 2.0], [True, False])).tolist()
    [nan, 2.0]
    """
    if isinstance(block, np.ma.MaskedArray):
        known: Array = np.ma.getdata(block)
        hidden = np.ma.getmaskarray(block)
        return np.where(hidden, np.nan, known) if hidden.any() else known
    return np.asarray(block)


def checked_data(
    data: object, d: int, sample_weight: object = None, missing: bool = False
) -> Table:
    """The data as a table of d columns: one pass over them, nothing copied.

    Args:
        data: shape (n, d).
        d: columns wanted.
        sample_weight: a weight for each row, shape (n,), ≥ 0: a row of weight 2 counts as two.
        missing: whether nan and masked entries are values that were not observed; else they are
            refused.

    Raises:
        InputError: not numeric, wrong shape, no rows, not finite, masked, or a constant column.

    >>> checked_data([[1.0, 2.0], [3.0, 5.0]], 2).second.tolist()
    [[5.0, 8.5], [8.5, 14.5]]
    """
    source = _source(data, d)
    mass = None if sample_weight is None else checked_weights(sample_weight)
    low, high = np.full(d, np.inf), np.full(d, -np.inf)
    second, n, centre = np.zeros((d, d)), 0, np.zeros(d)
    first, seen, total = np.zeros(d), np.zeros(d), 0.0
    for raw in blocks(source):
        check_whole(raw)
        part = np.asarray(plain(raw), dtype=np.float64)
        known = np.isfinite(part)
        _check_values(part, known, n, missing, raw)
        if n == 0:
            centre = _centre(part)
        v = np.ones(len(part)) if mass is None else mass[n : n + len(part)]
        n += len(part)
        if len(v) < len(part):
            continue  # too few weights, which is said below
        counted = known & (v > 0)[:, None]
        low = np.minimum(low, np.where(counted, part, np.inf).min(axis=0))
        high = np.maximum(high, np.where(counted, part, -np.inf).max(axis=0))
        rows = np.where(known, part - centre, 0.0)
        second += second_moments(rows if mass is None else rows * np.sqrt(v)[:, None])
        first += v @ rows
        seen += v @ known
        total += float(v.sum())
    if n < 2:
        raise InputError(f"data with {n} row(s); give at least 2")
    if mass is not None and len(mass) != n:
        raise InputError(f"{len(mass)} sample weights for {n} rows; give one for each row")
    unseen = np.flatnonzero(seen == 0)
    if len(unseen):
        raise InputError(f"data: column {unseen[0] + 1} has no observed value; remove it, lower d")
    constant = np.flatnonzero(low == high)
    if len(constant):
        raise InputError(f"data: column {constant[0] + 1} is constant; remove it and lower d")
    tiny = np.flatnonzero(high - low < SMALLEST)
    if len(tiny):
        raise InputError(
            f"data: column {tiny[0] + 1} varies by less than 1e-100, and squares underflow; "
            "rescale it"
        )
    parts = tuple(source.chunks[0]) if is_lazy(source) and mass is not None else ()
    if parts and not np.isfinite(parts).all():
        raise InputError("data: sample weights need a Dask array whose chunk sizes are known")
    mean = centre + first / seen
    return Table(source, n, d, second / total, centre, mean, mass, total, seen / total, parts)


def _source(data: Any, d: int) -> Any:
    source: Any = data
    if not is_lazy(data):
        try:
            kept = isinstance(data, (np.memmap, np.ma.MaskedArray))
            source = data if kept else np.asarray(data)
        except ValueError:
            raise InputError("data: the rows differ in length; give an (n, d) table") from None
        except (TypeError, RuntimeError) as error:  # what another library says of its own arrays
            words = str(error).splitlines()[0] if str(error) else "no array"
            raise InputError(f"data, a {type(data).__name__}: {words}") from None
    if source.dtype.kind == "O" and source.ndim == 2 and not is_lazy(source):
        source = numbers_of(source)
    if source.dtype.kind not in "fiu":
        way = "use its toarray()" if hasattr(data, "toarray") else "give an (n, d) table"
        kind = f"a {type(data).__name__}" if source.ndim == 0 else f"data of type {source.dtype}"
        raise InputError(f"{kind}: these are not real numbers; {way}")
    if source.ndim != 2 or source.shape[1] != d:
        raise wrong_width(f"data of shape {source.shape}", source.shape[1:], d)
    if is_lazy(source) and source.numblocks[1] > 1:
        source = source.rechunk({1: -1})
    return source


def width_hint(width: int, d: int) -> str:
    """What goes with a table of this many columns, where the mixture needs d.

    >>> width_hint(3, 2)
    ': d = 3 takes all 3 columns, of which the rotation turns the first k - 1'
    """
    if width > d:
        return (
            f": d = {width} takes all {width} columns, of which the rotation turns the first k - 1"
        )
    if width < 1:
        return ": there are no columns"
    return f": {width} column{'s go' if width > 1 else ' goes'} with k <= {width + 1}"


def wrong_width(what: str, shape: tuple[int, ...], d: int) -> InputError:
    """Data with another number of columns than d, and what would fit.

    >>> print(wrong_width("data of shape (9, 1)", (1,), 2))
    data of shape (9, 1); the mixture needs (n, 2): 1 column goes with k <= 2
    """
    hint = width_hint(shape[0], d) if len(shape) == 1 else ""
    fits = {"d": shape[0]} if len(shape) == 1 and shape[0] > d else {}
    return InputError(f"{what}; the mixture needs (n, {d}){hint}", **fits)


def checked_weights(given: object) -> Vector:
    """The weights of the rows, checked.

    Raises:
        InputError: not a vector of finite numbers ≥ 0 with at least two that are positive.
    """
    if np.ma.is_masked(given):
        raise InputError(
            "sample weights are masked; give weight 0 to the rows that should not count"
        )
    mass = real_numbers(given, "sample_weight", "one number >= 0 a row")
    if mass.ndim != 1:
        raise InputError(f"sample weights of shape {mass.shape}; give one number a row")
    wrong = np.flatnonzero(~(np.isfinite(mass) & (mass >= 0)))
    if len(wrong):
        raise InputError(
            f"sample weight of row {wrong[0] + 1} is {mass[wrong[0]]}; give finite numbers >= 0"
        )
    if np.count_nonzero(mass) < 2:
        raise InputError("sample weights: all are zero, or all but one; two rows must count")
    if mass.max() > LARGEST or mass.sum() < 1 / LARGEST:
        raise InputError("sample weights: too large or too small for doubles; rescale them")
    return mass


def real_numbers(given: object, what: str, form: str) -> Vector:
    """An argument beside the data as doubles; nothing that is hidden or imaginary is dropped.

    Raises:
        InputError: not numbers, complex, or masked; ``what`` it is, and of which ``form``.

    >>> real_numbers([1, 2], "theta0", "a vector of numbers").tolist()
    [1.0, 2.0]
    """
    if np.ma.is_masked(given):
        raise InputError(f"{what} has masked entries; give {form} without a mask")
    try:
        found = np.asarray(given)
        real = found.astype(np.float64) if found.dtype.kind in "biufO" else None
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{what} is not {form}: these are not numbers") from None
    if real is None:
        raise InputError(f"{what} of type {found.dtype}: not numbers, or not real; give {form}")
    return real


def _centre(part: Vector) -> Vector:
    """The mean of each column that is far from 0 by its own spread, else 0."""
    known = np.isfinite(part)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, part, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, part - mean, 0.0) ** 2).sum(axis=0) / count)
    far: Vector = np.where(np.abs(mean) > FAR * spread, mean, 0.0)
    return far


def second_moments(rows: Vector) -> Vector:
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


def _check_values(part: Vector, known: Array, before: int, missing: bool, raw: Any) -> None:
    """Raise `InputError` for what is not finite (nan where ``missing``), or overflows."""
    bad = ~known if not missing else ~known & ~np.isnan(part)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        where = f"data: row {before + row + 1}, column {column + 1} is"
        if np.ma.getmaskarray(raw)[row, column]:
            raise InputError(
                f"{where} masked: fill it, drop the row, or pass missing=True", missing=True
            )
        if missing or not np.isnan(part[row, column]):
            raise InputError(f"{where} {part[row, column]}, not finite; drop the row")
        raise InputError(
            f"{where} {part[row, column]}, not finite; drop the row, or pass missing=True",
            missing=True,
        )
    if missing and len(known) and not known.any(axis=1).all():
        row = int(np.flatnonzero(~known.any(axis=1))[0])
        raise InputError(f"data: row {before + row + 1} has no observed value; drop it")
    if np.abs(part, where=known, out=np.zeros_like(part)).max(initial=0.0) > LARGEST:
        raise InputError("data: values beyond 1e100 overflow when squared; rescale them")
