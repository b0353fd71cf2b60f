"""Tables as files: provenance inside, types that lose nothing, clear refusals."""

import csv
from typing import Any

import pytest

from overspec import InputError
from overspec.reports.content import tables

pytestmark = pytest.mark.quick

ROWS: list[dict[str, Any]] = [
    {"k": 3, "weights": "1/2,0.3,0.2", "certify": True, "lower": "0.10"},
    {"k": 10**6, "weights": "linear", "certify": False, "lower": ""},
]
COLUMNS = ("k", "weights", "certify", "lower")
ORIGIN = {"overspec": "9.9.9", "sources": "abc"}


def test_csv_says_where_it_is_from_and_reads_back() -> None:
    text = tables.table_bytes("csv", ROWS, COLUMNS, ORIGIN).decode()
    first, *rest = text.splitlines()
    assert first == "# overspec=9.9.9 sources=abc"
    read = list(csv.DictReader(rest))
    assert [row["weights"] for row in read] == ["1/2,0.3,0.2", "linear"]
    assert read[0]["lower"] == "0.10"


def test_parquet_has_the_same_with_types_and_metadata() -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra tables)")
    from pyarrow import parquet

    content = tables.table_bytes("parquet", ROWS, COLUMNS, ORIGIN)
    assert content == tables.table_bytes("parquet", ROWS, COLUMNS, ORIGIN)
    table = parquet.read_table(pyarrow.BufferReader(content))
    assert table.schema.metadata == {b"overspec.overspec": b"9.9.9", b"overspec.sources": b"abc"}
    assert [str(kind) for kind in table.schema.types] == ["int64", "string", "bool", "string"]
    assert table.to_pylist() == ROWS
    huge = [row | {"k": 10**30} for row in ROWS]
    table = parquet.read_table(
        pyarrow.BufferReader(tables.table_bytes("parquet", huge, COLUMNS, ORIGIN))
    )
    assert table["k"].to_pylist() == [str(10**30)] * 2


def test_formats_are_checked() -> None:
    assert tables.check_formats("parquet, csv,csv") == ("parquet", "csv")
    with pytest.raises(InputError, match="choose csv, parquet"):
        tables.check_formats("csv,xls")


def test_parquet_without_pyarrow_is_refused_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "find_spec", lambda name: None)
    assert tables.check_formats("csv") == ("csv",)
    with pytest.raises(InputError, match=r"overspec\[tables\]"):
        tables.check_formats("csv,parquet")
