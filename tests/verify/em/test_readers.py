"""Tables from files: what each is taken for, what is refused, and that no input is a crash."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from overspec import InputError, Mixture
from overspec.cli import main
from overspec.verify.em.readers import load_data, read_data
from overspec.verify.em.sample import sample_em

pytestmark = pytest.mark.quick

ROWS = np.random.default_rng(5).standard_normal((7, 2))


def text(rows: Any, separator: str = ",") -> str:
    return "".join(separator.join(map(repr, row)) + "\n" for row in np.asarray(rows).tolist())


def read(tmp_path: Path, content: str | bytes, name: str = "x.csv", **options: Any) -> Any:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_data(path, **options)


@pytest.mark.parametrize("name", ["x.csv", "x.CSV", "x.tsv", "x.txt", "x.Csv"])
@pytest.mark.parametrize("separator", [",", ";", "\t", " ", "  "])
def test_cells_are_separated_as_the_first_line_does(
    tmp_path: Path, name: str, separator: str
) -> None:
    found = read(tmp_path, text(ROWS, separator), name)
    assert (found.rows == ROWS).all()
    assert (found.header, found.columns, found.separator) == (False, None, separator[0])
    assert "no header" in found.describe()


def test_compressed_text_arrays_and_tables(tmp_path: Path) -> None:
    assert (read(tmp_path, gzip.compress(text(ROWS).encode()), "x.csv.gz").rows == ROWS).all()
    np.savez(tmp_path / "x.npz", rows=ROWS)
    np.savez(tmp_path / "two.npz", a=ROWS, b=ROWS)
    np.save(tmp_path / "x.NPY.npy", ROWS)
    assert (load_data(tmp_path / "x.npz") == ROWS).all()
    assert (load_data(tmp_path / "x.NPY.npy") == ROWS).all()
    with pytest.raises(InputError, match=r"two.npz holds a, b; save one"):
        load_data(tmp_path / "two.npz")


def test_parquet(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame(ROWS, columns=["u", "v"])
    frame.to_parquet(tmp_path / "x.parquet")
    found = read_data(tmp_path / "x.parquet")
    assert (found.rows == ROWS).all()
    assert (found.columns, found.index) == (("u", "v"), None)
    frame.index = [3, 1, 4, 15, 9, 2, 6]
    frame.to_parquet(tmp_path / "y.parquet")
    found = read_data(tmp_path / "y.parquet")
    assert (found.columns, found.index) == (("u", "v"), "__index_level_0__")
    frame.assign(w="text").to_parquet(tmp_path / "z.parquet")
    with pytest.raises(InputError, match=r"'w' holds .*string, not numbers"):
        read_data(tmp_path / "z.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InputError, match=r"not a .parquet table"):
        read_data(tmp_path / "bad.parquet")


@pytest.mark.parametrize(
    "options", [{}, {"index": False}, {"header": False}, {"columns": ["u", "v"]}]
)
def test_what_pandas_writes_is_read_or_refused(tmp_path: Path, options: Any) -> None:
    """Never a header or an index among the rows without a word."""
    pandas = pytest.importorskip("pandas")
    names = options.pop("columns", None)
    content = pandas.DataFrame(ROWS, columns=names).to_csv(**options)
    if options == {"index": False}:  # 0,1 above numbers
        with pytest.raises(InputError, match="header=True or header=False"):
            read(tmp_path, content)
        found = read(tmp_path, content, header=True)
        assert found.columns == ("0", "1")
        assert len(read(tmp_path, content, header=False).rows) == 8
    elif options == {"header": False}:  # the first column counts
        with pytest.raises(InputError, match="index=True"):
            read(tmp_path, content)
        found = read(tmp_path, content, index=True)
        assert read(tmp_path, content, index=False).rows.shape == (7, 3)
    else:
        found = read(tmp_path, content)
        assert (found.header, found.index) == (True, "")
        assert "first column (no name) taken for an index, left out" in found.describe()
    assert (found.rows == ROWS).all()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("0,1\n0.5,0.25\n", "names of columns"),
        ("1,2\n0.5,0.25\n", "names of columns"),
        ("2019,2020\n0.5,0.25\n", "names of columns"),
        ("0\n0.5\n0.25\n", "names of columns"),
        ("a,1\n0.5,0.25\n", "'a' is not a number, but other cells are"),
        (",x,y\n5,1,2\n3,4,5\n", "is column 1 an index"),
        ("id,x\n0,1.5\n1,2.5\n2,0.5\n", "is column 1 an index"),
        ("1,2.5\n2,3.5\n3,0.5\n", "is column 1 an index"),
        ("1,5;2,5\n3,5;4,5\n", "commas and semicolons"),
        ("1;2\n3,5;4\n", "'3,5' is not a number; separate"),
        ("1 2\n3;4\n", "line 2: 1 values, not 2"),
        ("1,2\n3\n", "line 2: 1 values, not 2"),
        ("\n\n1,2\n\n3,x\n", "line 5: 'x' is not a number"),
        ("1_000,2\n3,4\n", "'1_000' is not a number"),
        ("", "no rows"),
        ("\n \n", "no rows"),
        ("a,b\n", "no rows"),
        ("1,2\x00\n", "not a number|not readable"),
        (b"\xff\xfe1\x00,\x002\x00", "not readable text"),
        ("1,2,\n3,4,\n", "line 1 ends in an empty cell"),
        ("# made by hand\n1,2\n", "line 1 begins with #: comments are not read"),
        ("# 0 1\n1 2\n", "line 1 begins with #"),
        ('"1,5","2,5"\n3,4\n', "'1,5' may be the name of a column, or data that are not read; sep"),
        ("NA,NA\n1,2\n3,4\n", "'NA' may be the name of a column, or data"),
        ("?,?\n1,2\n3,4\n", "'[?]' may be the name"),
        ("$1.50,$2\n3,4\n", "may be the name"),
        ("(1,2)\n(3,4)\n", "may be the name of a column.*without brackets"),
        ("\u22121,\u22122\n3,4\n", "may be the name of a column.*hyphen"),
        ("1_000,2_000\n3,4\n", "'1_000' may be the name"),
        ("2020-01-01,2020-01-02\n3,4\n", "may be the name"),
        ("0,2,5\n0.5,1.5,2.5\n1.5,2,3\n0.1,0.2,0.3\n", "names of columns"),
        ("10,20\n0.5,1.5\n1.5,2\n0.1,0.2\n", "names of columns"),
        ("a,b\n1,-\n3,4\n", "'-' is not a number; leave the cell of a missing value empty"),
        ("a,b\n1,?\n3,4\n", "pass --missing"),
        ("a;b\n1 234;2\n3;4\n", "write thousands without a mark"),
        ("a;b\n1'234;2\n3;4\n", "write thousands without a mark"),
        ("a,b\n'1','2'\n", "quotation marks of their own"),
        ("a,b\n\u22121.5,2\n", "with a hyphen"),
        ("x\n1,5\n2,5\n", "line 2: 2 values, not 1; write decimals with a point"),
        ('"a","b"\n"1",1.5,2\n"2",3,4\n', "3 values, not 2; the names are one fewer, as R writes"),
        ("sep=;\na;b\n1;2\n", "line 1 is for a spreadsheet"),
        ("a,t\n1.5,1600000000123456789\n", "1600000000123456789 loses digits"),
        ("größe,b\n1,2\n".encode("latin1"), "save it as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "save it as UTF-8"),
    ],
)
def test_what_is_not_plain_is_refused(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, content)


def test_what_is_plain_is_not_asked_about(tmp_path: Path) -> None:
    assert read(tmp_path, "1,2\n3,4\n").rows.tolist() == [[1, 2], [3, 4]]
    assert read(tmp_path, "3,7\n0.5,1.5\n").rows.tolist() == [[3, 7], [0.5, 1.5]]
    assert read(tmp_path, "\ufeffa,b\n1,2\n\n3,4\n").columns == ("a", "b")
    assert read(tmp_path, '"a","b"\n"1","2"\n').rows.tolist() == [[1, 2]]
    assert read(tmp_path, "0\n1\n2\n3\n").rows.shape == (4, 1)


@pytest.mark.parametrize("mark", ["NA", "N/A", "#N/A", "<NA>", "null", "NULL", "na", "nan", ""])
def test_marks_of_missing_values(tmp_path: Path, mark: str) -> None:
    rows = read(tmp_path, f"a,b\n1,{mark}\n3,4\n").rows
    assert np.isnan(rows).tolist() == [[False, True], [False, False]]
    assert rows[1].tolist() == [3, 4]


def test_names_that_are_only_odd_are_names(tmp_path: Path) -> None:
    """A name may have digits, signs and blanks; numbers below whole numbers may be whole, too."""
    for names in ("x1,PC 2", "weight (kg),height", "a-1,b_2", "petal length,Ångström"):
        assert read(tmp_path, f"{names}\n1,2\n3,4\n").columns == tuple(names.split(","))
    assert read(tmp_path, "10,20\n0.5,1.5\n3,4\n0.1,0.2\n").rows.shape == (4, 2)
    assert read(tmp_path, ",0,1\n0,1.5,2\n1,3,4\n2,5,6\n").columns == ("0", "1")  # pandas' own
    assert read(tmp_path, "9007199254740992,1\n0.5,2\n").rows[0, 0] == 2.0**53
    assert read(tmp_path, "1" * 400 + ",2\n3,4\n").rows[0, 0] == np.inf  # refused as data


def test_an_empty_cell_is_a_missing_value(tmp_path: Path) -> None:
    content = "a,b\n1,2\n,3\n0.5,nan\n1.5,0.25\n"
    rows = read(tmp_path, content).rows
    assert np.isnan(rows).tolist() == [[False, False], [True, False], [False, True], [False, False]]
    mixture = Mixture.simplex(3, "1/2,3/10,1/5")
    with pytest.raises(InputError, match=r"row 2, column 1 is nan.*missing=True"):
        sample_em(rows, mixture, (1.0, 0.0), 1)
    assert sample_em(rows, mixture, (1.0, 0.0), 1, missing=True).n == 4


def test_an_infinite_value_is_none_that_is_missing(tmp_path: Path) -> None:
    """1e400 is read as inf; --missing would not help, so that it is not named."""
    rows = read(tmp_path, "1.5,2\n1e400,3\n0.5,1\n").rows
    for missing in (False, True):
        with pytest.raises(InputError, match=r"row 2, column 1 is inf, not finite; drop the row$"):
            sample_em(rows, Mixture.simplex(3), (1.0, 0.0), 1, missing=missing)


def test_an_empty_last_cell_is_a_value_where_that_is_said(tmp_path: Path) -> None:
    rows = read(tmp_path, "1,2,\n3,4,5\n", header=False).rows
    assert np.isnan(rows).tolist() == [[False, False, True], [False, False, False]]


@pytest.mark.parametrize(
    ("options", "words"),
    [({"header": "yes"}, "header = 'yes'"), ({"index": 1}, "index = 1"), ({"path": None}, "None")],
)
def test_arguments_of_a_wrong_type_are_named(options: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        load_data(**({"path": "x.csv"} | options))


def test_a_directory_a_wrong_kind_and_nothing(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path, "is a directory"),
        (tmp_path / "no.csv", "does not exist"),
        (tmp_path / "x.xlsx", "give a .csv"),
    ):
        if path.name == "x.xlsx":
            path.write_text("1,2")
        with pytest.raises(InputError, match=words):
            load_data(path)


def test_the_command_says_what_it_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.csv").write_text("u,v\n" + text(ROWS))
    command = ["run", "--weights", "1/2,3/10,1/5", "--radius", "1", "--steps", "1", "--data"]
    assert main([*command, str(tmp_path / "x.csv"), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["n"], data["data"]["rows"], data["data"]["names"]) == (7, 7, ["u", "v"])
    assert (data["data"]["header"], data["data"]["index"]) == (True, None)
    assert main([*command, str(tmp_path / "x.csv")]) == 0
    out = capsys.readouterr().out
    assert "7 rows of 2 column(s) (u, v); first line taken for names" in out
    (tmp_path / "wide.csv").write_text(text(np.column_stack([ROWS, ROWS[:, 0]])))
    assert main([*command, str(tmp_path / "wide.csv")]) == 2
    assert "takes all 3 columns, of which the rotation turns the first k - 1; try --d 3" in (
        capsys.readouterr().err
    )
    assert main([*command, str(tmp_path / "x.csv"), "--no-header"]) == 2
    assert "'u' is not a number" in capsys.readouterr().err


def test_standard_input() -> None:
    command = [sys.executable, "-m", "overspec", "run", "--weights", "1/2,3/10,1/5"]
    command += ["--radius", "1", "--steps", "1", "--json", "--data", "-"]
    found = subprocess.run(command, input=text(ROWS), capture_output=True, text=True, check=True)
    assert json.loads(found.stdout)["data"]["file"] == "standard input"
    assert json.loads(found.stdout)["n"] == 7


CELLS = st.one_of(
    st.sampled_from(["", "0", "1", "2", "1.5", "-3", "nan", "inf", "1e400", "a", "Unnamed: 0", '"',
                     "1,5", "index", "\x00", "1_0", "9" * 5000, "\ufeff", "'", "#", "é", "１"]),
    st.floats().map(repr), st.text(max_size=4),
)  # fmt: skip
TABLES = st.lists(st.lists(CELLS, max_size=4), max_size=5)


@settings(max_examples=300, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(TABLES, st.sampled_from([",", ";", "\t", " "]), st.sampled_from(["\n", "\r\n", "\r"]),
       st.sampled_from([None, True, False]), st.sampled_from([None, True, False]))  # fmt: skip
@example([["0", "1"], ["9" * 5000, "1"]], ",", "\n", None, None)
@example([['"']], ",", "\n", None, None)
@example([["0"]], ",", "\n", True, True)
def test_no_text_is_a_crash(
    tmp_path: Path, table: Any, separator: str, end: str, header: Any, index: Any
) -> None:
    content = end.join(separator.join(row) for row in table).encode("utf-8", "surrogatepass")
    try:
        found = read(tmp_path, content, header=header, index=index)
    except InputError:
        return
    assert found.rows.ndim == 2
    assert found.describe()
    json.dumps(found.to_dict())
    d = found.rows.shape[1]
    with contextlib.suppress(InputError):
        sample_em(found.rows, Mixture.simplex(d + 1), np.ones(d), 1, missing=True)


@settings(max_examples=200, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.sampled_from(["csv", "npy", "npz", "gz", "parquet"]), st.binary(max_size=12),
       st.integers(0, 400), st.integers(0, 400))  # fmt: skip
def test_no_damaged_file_is_a_crash(
    tmp_path: Path, kind: str, junk: bytes, at: int, cut: int
) -> None:
    """Bytes put into a good file, and its end cut off."""
    name = "x.csv.gz" if kind == "gz" else f"x.{kind}"
    good = GOOD[kind]
    at = min(at, len(good))
    content = good[:at] + junk + good[at + len(junk) :]
    if cut % 3 == 0:
        content = content[: max(0, len(content) - cut)]
    with contextlib.suppress(InputError):
        found = read(tmp_path, content, name)
        sample_em(found.rows, Mixture.simplex(3), (1.0, 0.0), 1)


def _good() -> dict[str, bytes]:
    files = {"csv": text(ROWS).encode(), "gz": gzip.compress(text(ROWS).encode())}
    for kind, save in (("npy", np.save), ("npz", np.savez)):
        buffer = io.BytesIO()
        save(buffer, ROWS)  # type: ignore[operator]
        files[kind] = buffer.getvalue()
    try:
        import pyarrow
        from pyarrow import parquet

        buffer = io.BytesIO()
        parquet.write_table(pyarrow.table({"a": ROWS[:, 0], "b": ROWS[:, 1]}), buffer)
        files["parquet"] = buffer.getvalue()
    except ImportError:
        files["parquet"] = b"PAR1"
    return files


GOOD = _good()
