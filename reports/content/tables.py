"""Tables as files, with where they came from inside: CSV, and Parquet (extra ``tables``)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from overspec.errors import InputError

FORMATS = ("csv", "parquet")
LARGEST = 2**63 - 1  # an integer column of Parquet; larger ones become text


def check_formats(text: str) -> tuple[str, ...]:
    """The formats of a comma list, before any work is done for them.

    Raises:
        InputError: an unknown format, or Parquet without pyarrow.

    >>> check_formats("csv")
    ('csv',)
    """
    formats = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    for name in formats:
        if name not in FORMATS:
            raise InputError(f"format {name!r} is unknown; choose {', '.join(FORMATS)}")
    if "parquet" in formats and find_spec("pyarrow") is None:
        raise InputError("the format parquet needs pyarrow: pip install 'overspec[tables]'")
    return formats


def table_bytes(
    kind: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    provenance: Mapping[str, str],
) -> bytes:
    """The table as a file; the same rows give the same bytes.

    Args:
        kind: ``csv``: a first line ``# name=value …`` says the provenance; ``parquet``: the
            metadata of the schema do, under ``overspec.name``.
        rows: one mapping a row. Decimals are text: no digit is lost, and none is added.
        columns: which, and in which order.
        provenance: names and values without spaces.

    >>> table_bytes("csv", [{"k": 3, "lower": "0.5"}], ["k", "lower"], {"version": "1"}).decode()
    '# version=1\\nk,lower\\n3,0.5\\n'
    """
    return (_csv if kind == "csv" else _parquet)(rows, columns, provenance)


def _csv(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], provenance: Mapping[str, str]
) -> bytes:
    page = io.StringIO()
    page.write("# " + " ".join(f"{name}={value}" for name, value in provenance.items()) + "\n")
    writer = csv.DictWriter(page, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return page.getvalue().encode()


def _parquet(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], provenance: Mapping[str, str]
) -> bytes:
    pyarrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    table = pyarrow.table({name: _column([row[name] for row in rows]) for name in columns})
    metadata = {f"overspec.{name}": value for name, value in provenance.items()}
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(table.replace_schema_metadata(metadata), sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _column(values: list[Any]) -> list[Any]:
    """Integers and truth values as they are, where Parquet can hold them; else text."""
    kinds = {type(value) for value in values}
    if kinds == {bool} or (kinds == {int} and max(map(abs, values)) <= LARGEST):
        return values
    return [str(value) for value in values]
