"""Tables from files, read without trust and in bounded memory, and how each was taken.

A text file says too little: its first line may be names or numbers, its first column may count the
rows. What can only be one thing is taken for it and said (`DataFile.describe`); what may be two is
refused, with the option that settles it.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import sys
import tempfile
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec import files
from overspec.errors import InputError, OutOfReach
from overspec.exact import flag
from overspec.files import bounded_lines, check_unpacked, opened_without_waiting
from overspec.verify.em.cells import (
    counts,
    is_missing,
    is_number,
    may_be_data,
    may_be_names,
    rounded,
    trouble,
    value,
)
from overspec.verify.em.data import SEPARATORS, DataFile

Array = NDArray[Any]

LINES = 2**14  # lines of a text file parsed at a time
CELLS = 2**19  # about as many at a time, where lines are long
WIDE = 15  # characters of a whole number that a double may not hold
MOST_BLANK = 10_000  # lines before the first that is not blank
TEXT = (".csv", ".tsv", ".txt")
KINDS = "a .csv, .tsv, .txt (or .gz of these), .npy, .npz or .parquet file, or - for text on stdin"


def load_data(path: str | Path, header: bool | None = None, index: bool | None = None) -> Array:
    """The numbers of a file, shape (n, d); see `read_data`, which says how they were taken."""
    return read_data(path, header, index).rows


def read_data(path: str | Path, header: bool | None = None, index: bool | None = None) -> DataFile:
    """A table of numbers from a .csv, .tsv, .txt (or .gz of these), .npy, .npz or .parquet file.

    A .npy file is mapped into memory and never unpickled; text is parsed a few lines at a time
    into a nameless temporary file that is then mapped.

    Args:
        path: the file; ``"-"`` for text on standard input.
        header: whether the first line of a text file has the names of the columns; None to tell
            from its cells where they can only be one of the two.
        index: whether the first column is an index, to be left out; None likewise.

    Raises:
        InputError: a file that is missing, of another kind, damaged, ragged, not numeric, or that
            may be taken in two ways.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise InputError(f"a data file is named by text or a path, not {path!r}")
    header = None if header is None else flag(header, "header")
    index = None if index is None else flag(index, "index")
    if str(path) == "-":
        stream = sys.stdin.buffer
        return _from_text("standard input", stream, header, index, files.MOST_UNPACKED)
    path = Path(path)
    if path.is_dir() or path.is_char_device() or path.is_block_device():
        kind = "directory" if path.is_dir() else "device"
        raise InputError(f"data file {path} is a {kind}; give {KINDS}")
    if not path.exists():
        raise InputError(f"data file {path} does not exist")
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    kind = suffixes[-1] if suffixes else ""
    try:
        if kind == ".gz" and suffixes[0] in TEXT:
            with gzip.open(path) as file:
                return _from_text(str(path), file, header, index, files.MOST_UNPACKED)
        if kind in TEXT or path.is_fifo():
            most = files.MOST_UNPACKED if path.is_fifo() else None
            with open(path, "rb", opener=opened_without_waiting) as file:
                return _from_text(str(path), file, header, index, most)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"data file {path} is not readable text: {error}") from None
    readers = {".npy": _from_npy, ".npz": _from_npz, ".parquet": _from_parquet}
    if kind not in readers:
        raise InputError(f"data file {path}: give {KINDS}")
    if header or (index and kind != ".parquet"):
        raise InputError(f"data file {path}: a header and an index are told of text only")
    return readers[kind](path, index)


# --- arrays


def _from_npy(path: Path, _: bool | None) -> DataFile:
    try:
        loaded: Array = np.load(path, allow_pickle=False, mmap_mode="r")
    except Exception as error:  # NumPy parses a header as Python: SyntaxError, TokenError, …
        raise InputError(f"data file {path} is not a plain .npy table: {error}") from None
    return _of_array(loaded, path, "npy")


def _from_npz(path: Path, _: bool | None) -> DataFile:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            names = archive.files
            if len(names) != 1:
                listed = ", ".join(names[:6]) or "nothing"
                raise InputError(f"data file {path} holds {listed}; save one table alone")
            check_unpacked(path, sum(item.file_size for item in archive.zip.infolist()))
            loaded = archive[names[0]]
    except InputError:
        raise
    except Exception as error:  # zip, zlib and NumPy each have their own
        raise InputError(f"data file {path} is not a plain .npz table: {error}") from None
    return _of_array(loaded, path, "npz")


def _of_array(loaded: Array, path: Path, kind: str) -> DataFile:
    if not isinstance(loaded, np.ndarray) or loaded.dtype.kind not in "fiu":
        held = getattr(loaded, "dtype", "no array")
        raise InputError(f"data file {path} holds {held}, not real numbers")
    if loaded.ndim != 2:
        raise InputError(f"data file {path}: data of shape {loaded.shape}; give an (n, d) table")
    return DataFile(loaded, str(path), kind)


def _from_parquet(path: Path, index: bool | None) -> DataFile:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise InputError(f"data file {path}: .parquet files need pyarrow; install it") from None
    try:
        head = parquet.read_metadata(path)
        groups = range(head.num_row_groups)
        held = sum(head.row_group(n).total_byte_size for n in groups)
        check_unpacked(path, max(8 * head.num_rows * head.num_columns, held))
        table = parquet.read_table(path)
    except InputError:
        raise
    except (pyarrow.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"data file {path} is not a .parquet table: {error}") from None
    names, left = list(table.column_names), None
    stored = "__index_level_0__"  # as pandas names an index without a name
    if stored in names and index is not False:
        names.remove(stored)
        left = stored
    for name in names:
        kind = table.schema.field(name).type
        if not (pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind)):
            raise InputError(f"data file {path}: column {name[:40]!r} holds {kind}, not numbers")
    if not names or not table.num_rows:
        raise InputError(f"data file {path} has no rows of numbers")
    rows = np.column_stack(
        [np.asarray(table.column(name).to_numpy(), dtype=np.float64) for name in names]
    )
    return DataFile(rows, str(path), "parquet", tuple(names), None, left)


# --- text


def _from_text(
    name: str, binary: Any, header: bool | None, index: bool | None, most: int | None
) -> DataFile:
    file = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
    where = f"data file {name}"
    try:
        lines = _lines(where, file, most)
        start, separator = next(lines)  # the first lines, to look at
        names, index = _taken(where, start, header, index)
        body = chain(start[1:] if names is not None else start, (line for line, _ in _flat(lines)))
        return _spilled(where, name, body, names, bool(index), separator)
    except UnicodeDecodeError as error:
        raise InputError(f"{where} is not readable text: {error}; save it as UTF-8") from None
    except csv.Error as error:
        raise InputError(f"{where} is not readable text: {error}") from None
    finally:
        file.detach()


Line = tuple[int, list[str]]  # its number and cells


def _lines(where: str, file: Any, most: int | None) -> Iterator[tuple[list[Line], str]]:
    """The lines that are not blank, some at a time, with the separator."""
    before, first = 0, ""
    bounded = bounded_lines(where, file, most)
    for first in bounded:
        if first.strip():
            break
        before += 1
        if before > MOST_BLANK:
            raise OutOfReach(f"{where} begins with more than {MOST_BLANK} blank lines")
    separator = _separator(where, first)
    reader = csv.reader(
        chain([first], bounded), delimiter=separator, skipinitialspace=separator == " "
    )
    rows: list[Line] = []
    size = 0
    for line in reader:
        cells = [cell.strip() for cell in line]
        if separator == " ":
            cells = [cell for cell in cells if cell]
        if len(cells) > 1 or any(cells):  # a line of separators is a row of empty cells
            rows.append((before + reader.line_num, cells))
            size += len(cells)
        if len(rows) == LINES or size > CELLS:
            yield rows, separator
            rows, size = [], 0
    yield rows, separator


def _flat(groups: Iterator[tuple[list[Line], str]]) -> Iterator[tuple[Line, str]]:
    for rows, separator in groups:
        for row in rows:
            yield row, separator


def _separator(where: str, line: str) -> str:
    """What separates the cells of the first line: commas, or else semicolons, tabs or spaces."""
    found = [mark for mark in (",", ";", "\t") if mark in line]
    if len(found) > 1:
        listed = " and ".join(f"{SEPARATORS[mark]}s" for mark in found)
        raise InputError(
            f"{where}, line 1 has {listed}: separate the cells by one of them, and write decimals "
            "with a point"
        )
    return found[0] if found else (" " if " " in line.strip() else ",")


def _taken(
    where: str, lines: list[Line], header: bool | None, index: bool | None
) -> tuple[tuple[str, ...] | None, bool]:
    """The names of the columns, None without a header, and whether the first is an index."""
    if not lines:
        raise InputError(f"{where} has no rows of numbers")
    (_, first), rest = lines[0], [cells for _, cells in lines[1:]]
    numbers = [is_number(cell) for cell in first]
    if first[0].startswith("#") and len(first) != len(rest[0] if rest else first):
        raise InputError(f"{where}, line 1 begins with #: comments are not read; remove the line")
    if "".join(first).lower().startswith("sep="):
        raise InputError(f"{where}, line 1 is for a spreadsheet alone; remove the line")
    if header is None and len(first) > 1 and first[-1] == "" and all(numbers[:-1]):
        raise InputError(
            f"{where}, line 1 ends in an empty cell: if a separator ends the lines, remove it; if "
            "a value is missing there, pass header=False",
            header=False,
        )
    if header is None:
        header = not all(numbers)
        if header and any(numbers) and not (first[0] == "" and all(numbers[1:])):
            wrong = first[numbers.index(False)]
            raise InputError(
                f"{where}, line 1: {wrong[:40]!r} is not a number, but other cells are; if the "
                "line has the names of the columns, pass header=True",
                header=True,
            )
        odd = next((cell for cell in first if not is_number(cell) and may_be_data(cell)), None)
        if header and odd is not None:
            raise InputError(
                f"{where}, line 1: {odd[:40]!r} may be the name of a column, or data that are not "
                f"read{trouble(odd)}; if the line has names, pass header=True",
                header=True,
            )
        if not header and may_be_names(first, rest):
            raise InputError(
                f"{where}, line 1 reads {','.join(first)[:40]}: names of columns, as pandas writes "
                "them, or numbers? Pass header=True or header=False",
                header=None,
            )
    names = tuple(first) if header else None
    body = rest if header else [first, *rest]
    counted = counts(body)
    if index is None:
        unnamed = names is not None and names[0] in ("", "Unnamed: 0", "index")
        if (unnamed and not counted) or (counted and not unnamed):
            label = "it counts the rows" if counted else f"its name is {names[0]!r}"  # type: ignore[index]
            raise InputError(
                f"{where}: is column 1 an index or data ({label})? Pass index=True to leave it "
                "out, or index=False",
                index=None,
            )
        index = unnamed
    if index and len(first) < 2:
        raise InputError(f"{where} has no column beside the index")
    return names, index


def _spilled(
    where: str,
    name: str,
    lines: Iterator[Line],
    names: tuple[str, ...] | None,
    index: bool,
    separator: str,
) -> DataFile:
    """The numbers by way of a nameless temporary file, which is then mapped."""
    width, count = 0 if names is None else len(names), 0
    with tempfile.TemporaryFile() as spill:
        block: list[list[float]] = []
        for number, cells in lines:
            width = width or len(cells)
            if len(cells) != width:
                hint = _of_width(len(cells), width, count, names is not None, separator)
                raise InputError(f"{where}, line {number}: {len(cells)} values, not {width}{hint}")
            block.append(_numbers(where, number, cells[1:] if index else cells))
            count += 1
            if len(block) == LINES or len(block) * width > CELLS:
                spill.write(np.array(block).tobytes())
                block = []
        if not count:
            raise InputError(f"{where} has no rows of numbers")
        if block:
            spill.write(np.array(block).tobytes())
        spill.flush()
        shape = (count, width - index)
        rows = np.memmap(spill, dtype=np.float64, mode="r", shape=shape)
    kept = None if names is None else names[1:] if index else names
    left = (names[0] if names is not None else "") if index else None
    return DataFile(rows, name, "csv", kept, names is not None, left, separator)


def _of_width(found: int, width: int, before: int, named: bool, separator: str) -> str:
    """What a line of another width may mean."""
    if found == 2 * width and separator == ",":
        return "; write decimals with a point"
    if found == width + 1 and named and not before:
        return (
            "; the names are one fewer, as R writes a table with row names: write a name for the "
            "first column too, and pass --index"
        )
    return ""


def _numbers(where: str, number: int, cells: list[str]) -> list[float]:
    try:
        found = list(map(float, cells))
        plain = "_" not in "".join(cells)
    except ValueError:
        plain = False
    if not plain:
        wrong = next((cell for cell in cells if not is_missing(cell) and not is_number(cell)), None)
        if wrong is not None:
            raise InputError(
                f"{where}, line {number}: {wrong[:40]!r} is not a number{trouble(wrong)}"
            )
        found = [value(cell) for cell in cells]
    lost = next((cell for cell in cells if len(cell) > WIDE and rounded(cell)), None)
    if lost is not None:
        raise InputError(
            f"{where}, line {number}: {lost[:40]} loses digits as a double; leave the column out, "
            "or subtract a constant from it"
        )
    return found
