"""Every reader, attacked as a stranger would: one sentence, exit 2, nothing that hangs.

Nothing is timed: what would hang or fill the memory makes the test hang, and is refused before.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overspec import Energies, InputError, Weights, cli, files
from overspec.errors import OutOfReach
from overspec.exact import exact, sign
from overspec.files import (
    MOST_DEPTH,
    MOST_DIGITS,
    MOST_ITEMS,
    MOST_JSON,
    MOST_TOML,
    parse_json,
    visible,
)
from overspec.reports.probe.choice import FIELDS, Choice
from overspec.verbs.verify import load_ledger
from overspec.verify.check.verdict import confirm_file
from overspec.verify.claims.stated import parse
from overspec.verify.em import readers
from overspec.verify.em.readers import read_data
from overspec.verify.sweep.spec import MOST_TASKS, read_spec
from overspec.verify.sweep.store import Damaged, Store

MIXTURE = '[mixture]\nk = 3\nweights = "1/2,3/10,1/5"\n'
GRID = '[[grid]]\nk = [3]\nweights = ["linear"]\n'
ROOTS = "sqrt(2)+sqrt(3)+sqrt(5)+sqrt(7)"

# --- text formats

JSON = {
    "nested": (b"[" * 10**6, "nests"),
    "nested objects": (b'{"a":' * 10**5, "nests"),
    "just too deep": (b"[" * (MOST_DEPTH + 1) + b"]" * (MOST_DEPTH + 1), "nests"),
    "a million digits": (b"[1" + b"0" * 10**6 + b"]", "digits"),
    "1e400": (b"[1e400]", "no double holds"),
    "1e-5000": (b"[-1e-5000]", "no double holds"),
    "NaN": (b"[NaN]", "no double holds"),
    "-Infinity": (b"[-Infinity]", "no double holds"),
    "a key twice": (b'{"a": 1, "b": {"c": 1, "c": 2}}', "'c' twice"),
    "too many items": (b"[" + b"1," * MOST_ITEMS + b"1]", "items"),
    "not UTF-8": (b"\xff\xfe\xfa", "not JSON"),
}


@pytest.mark.parametrize("name", JSON)
def test_json_beyond_the_budget_is_refused(name: str) -> None:
    data, words = JSON[name]
    with pytest.raises(InputError, match=words):
        parse_json(data, "it")


def test_json_at_the_limits_is_read() -> None:
    deep = parse_json(b"[" * MOST_DEPTH + b"]" * MOST_DEPTH, "it")
    assert isinstance(deep, list)
    assert parse_json(b"[1" + b"0" * (MOST_DIGITS - 1) + b"]", "it") == [10 ** (MOST_DIGITS - 1)]
    assert parse_json(b"[-0.0, 0e5, 5e-324]", "it") == [0.0, 0.0, 5e-324]


TOML = {
    "nested": ("a = " + "[" * 10**5, "nests"),
    "a key of many parts": ("a" + ".a" * 10**5 + " = 1", "twenty parts"),
    "a key of many long parts": ("a" + f".{'b' * 60}" * 5000 + " = 1", "twenty parts"),
    "a table of many parts": ("[a" + ' . "a"' * 5000 + "]", "twenty parts"),
    "a million digits": ("a = " + "9" * (MOST_TOML - 10), "digits"),
    "as many in hexadecimal": ("a = 0x" + "f" * (MOST_TOML - 10), "bits"),
    "1e400": ("a = 1e400", "not a finite number"),
    "nan": ("a = [1, {b = nan}]", "not a finite number"),
    "a key twice": ("a = 1\na = 2", "not TOML"),
    "too long": ("#" * (MOST_TOML + 1), "characters"),
}


@pytest.mark.parametrize("name", TOML)
@pytest.mark.parametrize("reader", [parse, read_spec])
def test_toml_beyond_the_budget_is_refused(name: str, reader: object) -> None:
    text, words = TOML[name]
    with pytest.raises(InputError, match=words):
        reader(text)  # type: ignore[operator]


# --- numbers in lists

LISTS = {
    "roots": ([f"({ROOTS})/{n}" for n in range(9, 200)], "2 s"),
    "nested roots": ([f"sqrt(sqrt(sqrt(2)+{n})+1)" for n in range(200)], "2 s"),
    "expressions": (["1/2+1/3"] * 20_000, "2 s"),
    "a power tower": (["((((2**64)**64)**64)**64)**64"], "bits"),
    "1e400000": (["1e400000"], "exponents"),
    "1e-5000": (["1e-5000"], "exponents"),
    "a long decimal with an exponent": (["9" * 1900 + "e900"], "bits"),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_numbers_beyond_the_budget_are_refused(name: str) -> None:
    items, words = LISTS[name]
    with pytest.raises(InputError, match=words):
        Weights.of(items)
    with pytest.raises(InputError, match=words):
        Energies.of_amplitudes(2 * len(items), items)


def test_ten_million_entries_are_counted_before_they_are_split() -> None:
    text = "1," * 10**7
    for read in (Weights.of, lambda t: Energies.of_amplitudes(3, t)):
        with pytest.raises(InputError, match="10000001 "):
            read(text)
    with pytest.raises(InputError, match="2 amplitudes for k = 3"):
        Energies.of_amplitudes(3, iter(int, 1))  # never ends


def test_long_lists_of_plain_numbers_are_read() -> None:
    assert Weights.of("1/10000," * 9_999 + "1/10000").k == 10_000
    assert exact("2/4") == Fraction(1, 2)
    with pytest.raises(InputError, match="division by zero"):
        exact("1/00")


def test_a_nested_root_beside_a_huge_number_has_a_sign() -> None:
    """SymPy finds no minimal polynomial of their difference, and gave up with an exception."""
    root = exact("1/sqrt(sqrt(2)+1)")
    assert sign(root - 10**300) == -1
    assert sign(10**300 - root) == 1
    assert sign(root * 10**300 - root * 10**300) == 0
    assert sign(exact("sqrt(2)*sqrt(3)-sqrt(6)") + 0 * root) == 0
    text = (
        '[[claim]]\nkind = "bound"\nquantity = "kl"\nradius = "1"\nat_least = "1/sqrt(sqrt(2)+1)"'
    )
    assert len(parse(MIXTURE + text)) == 1


# --- claims


def claims(*rows: str) -> str:
    return MIXTURE + "".join(f"[[claim]]\n{row}\n" for row in rows)


CLAIMS = {
    "numbers that take long": [
        f'name = "c{n}"\nkind = "rate"\nequals = "{ROOTS}+{n}"' for n in range(60)
    ],
    "amplitudes that take long": [
        f'kind = "bound"\nquantity = "kl"\namplitudes = [{f"{ROOTS!r}," * 60}]\nat_least = "1"'
    ],
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_beyond_the_budget_are_refused(name: str) -> None:
    with pytest.raises(OutOfReach, match="the claims: these numbers"):
        parse(claims(*CLAIMS[name]))


def test_a_frequency_of_many_digits_is_refused() -> None:
    text = f'[mixture]\nk = 3\nweights = "linear"\nfrequencies = {{ {"9" * 5000} = 1 }}\n'
    with pytest.raises(InputError, match="frequencies"):
        parse(text + '[[claim]]\nkind = "rate"\nequals = "1"')


def test_many_claims_are_compared_once() -> None:
    rows = [f'name = "c{n}"\nkind = "invertible"\nequals = true' for n in range(500)]
    assert len(parse(claims(*rows))) == 500
    with pytest.raises(InputError, match="two claims are named 'c7'"):
        parse(claims(*rows, rows[7]))


# --- sweeps

HUGE = ", ".join(map(str, range(2, 2000)))
SPECS = {
    "a huge product": f'[[grid]]\nk = [{HUGE}]\nd = [{HUGE}]\nweights = ["uniform"]\n',
    "many grids": GRID.replace("[3]", f"[{HUGE}]").replace('"linear"', '"uniform"') * 40,
    "long families": '[[grid]]\nk = [100000, 99999, 99998]\nweights = ["linear", "random:1"]\n',
    "gaps that take long": GRID + f"gap = [{', '.join(f'{ROOTS!r}' for _ in range(60))}]\n",
}


@pytest.mark.parametrize("name", SPECS)
def test_a_specification_beyond_the_budget_is_refused(name: str) -> None:
    with pytest.raises(OutOfReach, match="2 s"):
        read_spec(SPECS[name])


@pytest.mark.slow
def test_as_many_tasks_as_are_read() -> None:
    gaps = ", ".join(f'"{n}/2000"' for n in range(1, MOST_TASKS // 150))
    sizes = ", ".join(map(str, range(2, 122)))
    text = f'[[grid]]\nk = [{sizes}]\nweights = ["uniform"]\ngap = [{gaps}]\n'
    assert len(read_spec(text)) == 120 * (MOST_TASKS // 150 - 1)


# --- files

READERS = {
    "ledger": load_ledger,
    "specification": lambda path: __import__("overspec").sweep(path),
    "data": read_data,
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", ["fifo", "directory", "device", "sparse", "absent"])
def test_what_is_no_small_file_is_refused(reader: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "input.csv"
    if kind == "fifo":
        os.mkfifo(path)  # and nobody writes
    elif kind == "directory":
        path.mkdir()
    elif kind == "device":
        path = Path("/dev/zero")
    elif kind == "sparse":
        with path.open("wb") as file:
            file.truncate(2**30)
    with pytest.raises(InputError):
        READERS[reader](path)
    verdict = confirm_file(path)
    assert verdict.status == "unreadable"


def test_a_pipe_with_a_writer_is_read(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    os.mkfifo(path)
    holder = os.open(path, os.O_RDWR)  # so that the writer need not wait
    os.write(holder, b"x,y\n1,2\n3,5\n")
    reader = os.open(path, os.O_RDONLY)
    os.close(holder)
    found = read_data(f"/dev/fd/{reader}")
    os.close(reader)
    assert found.rows.tolist() == [[1, 2], [3, 5]]


def test_a_ledger_larger_than_read_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    with path.open("wb") as file:
        file.truncate(MOST_JSON + 1)
    with pytest.raises(OutOfReach, match=f"more than {MOST_JSON} bytes"):
        load_ledger(path)


@pytest.mark.parametrize("harm", [b"[" * 10**5, b'{"a": 1, "a": 1}', b"[NaN]", b"x" * 200_000])
def test_a_result_of_a_sweep_beyond_the_budget_is_damaged(harm: bytes, tmp_path: Path) -> None:
    store = Store(tmp_path, "sources")
    store.put({"k": 3}, {"lower": "1"}).write_bytes(harm)
    assert isinstance(store.get({"k": 3}), Damaged)


# --- data

DATA = {
    "one long line": (b"1," * 1_500_000, "characters"),
    "blank lines": (b"\n" * 20_000 + b"1,2\n", "blank lines"),
    "a long name": (b'"' + b"x" * 200_000 + b'",y\n1,2\n', "readable text"),
    "a million digits": (b"9" * 10**6 + b",1\n1,2\n", "readable text"),
}


@pytest.mark.parametrize("name", DATA)
def test_a_header_beyond_the_budget_is_refused(name: str, tmp_path: Path) -> None:
    content, words = DATA[name]
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_data(tmp_path / "a.csv")


def test_wide_tables_are_read_some_lines_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "CELLS", 100)
    rows = np.arange(60.0 * 30).reshape(60, 30) / 4
    (tmp_path / "a.csv").write_text("\n".join(",".join(map(repr, row.tolist())) for row in rows))
    assert (read_data(tmp_path / "a.csv", header=False).rows == rows).all()


@pytest.mark.parametrize("kind", ["npz", "parquet"])
def test_a_packed_table_beyond_the_budget_is_refused(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "npz":
        np.savez_compressed(path, np.zeros((2**10, 2)))
    else:
        pyarrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.table({"x": np.zeros(2**10), "y": np.zeros(2**10)}), path)
    assert read_data(path).rows.shape == (2**10, 2)
    monkeypatch.setattr(files, "MOST_UNPACKED", 2**14 - 1)
    with pytest.raises(OutOfReach, match=r"16[0-9]{3} bytes when unpacked"):
        read_data(path)


@pytest.mark.parametrize("tail", [b"1,2\n" * 400, b"\n" * 2000])
def test_packed_text_and_pipes_are_read_so_far(
    tail: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bomb is refused while it unpacks: rows go to the disk, and blank lines take time."""
    content = b"0.5,2\n1,3\n" + tail
    packed, plain = tmp_path / "a.csv.gz", tmp_path / "a.csv"
    packed.write_bytes(gzip.compress(content))
    plain.write_bytes(content)
    assert len(read_data(packed).rows) == len(read_data(plain).rows)
    monkeypatch.setattr(files, "MOST_UNPACKED", 1000)
    assert len(read_data(plain).rows) >= 2  # a file that is there may be of any size
    with pytest.raises(OutOfReach, match="more than 1000 characters when unpacked; unpack it"):
        read_data(packed)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    with pytest.raises(OutOfReach, match="more than 1000 characters"):
        read_data("-")


PEAK = """
import resource, sys
import numpy, sympy, tomllib
from overspec import files
from overspec.verify.claims.stated import parse
from overspec.verify.sweep.spec import read_spec
from overspec.weights import Weights
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
n = files.MOST_ITEMS
JOBS = {
    "items": (files.parse_json, b"[" + b"1," * (n - 2) + b"1]", "it"),
    "objects": (files.parse_json, b"[" + b",".join([b'{"a":{}}'] * (n // 3)) + b"]", "it"),
    "lists": (files.parse_json, b"[" + b",".join([b"[" * 40 + b"]" * 40] * (n // 41)) + b"]", "it"),
    "tables": (parse, "[[a]]\\n" * 80_000),
    "keys": (parse, "".join(f"a{i}=1\\n" for i in range(50_000))),
    "weights": (Weights.of, "1/100000," * 99_999 + "1/100000"),
}
read, *given = JOBS[sys.argv[1]]
before = peak()
try:
    read(*given)
except files.InputError:
    pass
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize("job", ["items", "objects", "lists", "tables", "keys", "weights"])
def test_the_memory_of_a_reader_at_its_limit(job: str) -> None:
    """Issue 23: 256 MB at most. Measured: 89 MB at worst, for lists in lists."""
    run = subprocess.run(
        [sys.executable, "-c", PEAK, job], capture_output=True, text=True, check=True
    )
    assert int(run.stdout) < 256


# --- the probe

FIELD_ATTACKS = {
    "k": "9" * 3000,
    "d": "1e400",
    "weights": ",".join(f"({ROOTS})/{n}" for n in range(9, 17)),
    "gap": "((((2**64)**64)**64)**64)**64",
    "radius": "1e-5000",
    "amplitudes": "1," * 1900,
    "steps": "1_000_000_000_000",
    "digits": "\x1b[2J",
    "kind": "\u202e",
    "orbit": "a" * 5000,
}


@pytest.mark.parametrize("field", FIELD_ATTACKS)
def test_a_query_beyond_the_budget_is_refused(field: str) -> None:
    with pytest.raises(InputError):
        Choice.read({"k": "8", field: FIELD_ATTACKS[field]})


# --- what is printed

ESCAPES = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e"


def test_escape_codes_are_shown_not_sent() -> None:
    shown = visible(f"a\tb\nθ ≤ 1 {ESCAPES}")
    assert shown.startswith("a\tb\nθ ≤ 1 \\x1b]0;title\\x07")
    assert all(c.isprintable() or c in "\t\n" for c in shown)


def test_escape_codes_of_a_file_are_not_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "a.csv"
    data.write_text(f"x{ESCAPES.replace(';', '')},y\n1,2\n3,4\n5,7\n7,1\n9,3\n")
    spec = tmp_path / "s.toml"
    spec.write_text('[[grid]]\nk = [3]\n"\\u001b[2J" = 1\nweights = ["\\u001b[2J"]\n')
    run = ["run", "--weights", "1/2,3/10,1/5", "--amplitudes", "1", "--steps", "1"]
    codes = [
        cli.main([*run, "--data", str(data)]),
        cli.main(["sweep", str(spec), "--out", str(tmp_path / "out")]),
        cli.main(["check", str(tmp_path / f"{ESCAPES.replace('/', '')}.json")]),
    ]
    assert codes == [0, 2, 2]
    out, err = capsys.readouterr()
    assert not set(ESCAPES) & {c for c in out + err if not c.isprintable()}


# --- at random

TEXT = st.text(max_size=60) | st.from_regex(r"[-+*/().e0-9sqrtx,:]{0,40}", fullmatch=True)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
WORDS = [
    "k = 3\n", 'weights = "1/2,3/10,1/5"\n', "[mixture]\n", "[[claim]]\n", "[[grid]]\n", "k = [3]",
    'weights = ["linear"]\n', 'kind = "rate"\n', 'equals = "1"\n', 'gap = ["1/2"]\n', "d = [2]\n",
    'kind = "bound"\n', 'radius = "1"\n', 'at_least = "1"\n', "frequencies = {1 = 1}\n", "[", "=",
    'weights = "random:1"\n', "certify = true\n", "k = 0xffffffffffffffffffffffff\n", '"', "\x1b",
]  # fmt: skip
FILES = st.lists(st.sampled_from(WORDS) | TEXT, max_size=12).map("".join)


def refused_or_read(read: object, *arguments: object) -> None:
    """Nothing else: any other exception is a defect."""
    with contextlib.suppress(InputError):
        read(*arguments)  # type: ignore[operator]


FUZZED = {
    "number": (lambda text: exact(text), TEXT),
    "weights": (lambda text: Weights.of(text), TEXT),
    "family": (lambda text: Weights.of(f"geometric:{text}", 4), TEXT),
    "amplitudes": (lambda text: Energies.of_amplitudes(4, text), TEXT),
    "claims": (parse, FILES),
    "specification": (read_spec, FILES),
    "json": (lambda data: parse_json(data, "it"), st.binary(max_size=80)),
    "probe": (Choice.read, st.dictionaries(st.sampled_from([*FIELDS, "x"]), TEXT, max_size=4)),
}


@pytest.mark.parametrize("reader", FUZZED)
def test_a_reader_reads_or_refuses(reader: str) -> None:
    read, inputs = FUZZED[reader]

    @settings(max_examples=20, deadline=None)
    @given(inputs)
    def fuzz(text: object) -> None:
        refused_or_read(read, text)

    fuzz()


@pytest.mark.slow
@pytest.mark.parametrize("reader", FUZZED)
def test_a_reader_reads_or_refuses_much(reader: str) -> None:
    read, inputs = FUZZED[reader]

    @settings(max_examples=3000, deadline=None)
    @given(inputs)
    def fuzz(text: object) -> None:
        refused_or_read(read, text)

    fuzz()


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([".csv", ".tsv", ".npy", ".npz", ".parquet", ".csv.gz"]), st.binary())
def test_data_is_read_or_refused(suffix: str, content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        path.write_bytes(content)
        refused_or_read(read_data, path)
