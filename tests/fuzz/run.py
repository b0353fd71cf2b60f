"""Coverage-guided fuzzing (atheris) of every reader of what a stranger may supply.

    python tests/fuzz/run.py                            # each reader for a minute
    python tests/fuzz/run.py claims data --seconds 3600
    python tests/fuzz/run.py certificate --replay FILE  # one input again

A reader reads, or refuses with InputError (a checker says so by its verdict). A finding is any
other exception, an input that takes more than 2 s of processor time, or 1 GiB of memory; the input
stays in out/fuzz/READER, with the inputs that reached new code, from where the next run goes on.
What is sealed by a hash (certificates, ledgers) is sealed again after each change, as an attacker
can, so that the change is read and not only refused.
"""

from __future__ import annotations

import argparse
import atexit
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl

ROOT = Path(__file__).parent.parent.parent
KEPT = ROOT / "out" / "fuzz"
MOST_SECONDS = 2.0  # of processor time, for one input
MOST_MEMORY = 1024  # MB
HANG = 120  # seconds of wall time: the machine may be busy
#: A checker works, too, as far as its budget allows; this is of a small one, in instrumented code.
CHECKERS = {"certificate": 10.0, "second-checker": 60.0}
BUDGET = 10_000_000  # operations; its default is some minutes

sys.path.insert(0, str(ROOT / "tests"))
#: Where inputs are read: to instrument all of the package takes minutes.
READING = [
    "overspec.action", "overspec.decimals", "overspec.exact", "overspec.files", "overspec.mixture",
    "overspec.models", "overspec.ranges", "overspec.weights", "overspec.reports.content.gallery",
    "overspec.reports.probe.choice", "overspec.verify.alone", "overspec.verify.check",
    "overspec.verify.claims.found.older", "overspec.verify.claims.ledger",
    "overspec.verify.claims.stated", "overspec.verify.em.readers", "overspec.verify.sweep.spec",
]  # fmt: skip

MIXTURE = '[mixture]\nk = 3\nweights = "1/2,3/10,1/5"\n'
CLAIMS = [
    MIXTURE + '[[claim]]\nkind = "rate"\nequals = "1"\n',
    MIXTURE + '[[claim]]\nkind = "bound"\nquantity = "kl"\nradius = "1"\nat_least = "1/9"\n',
    MIXTURE + '[[claim]]\nname = "c"\nkind = "invertible"\nequals = true\n',
]


def text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def readers() -> dict[str, Callable[[bytes], object]]:
    """Each reader, as a function of bytes."""
    from overspec import Energies, Mixture
    from overspec.errors import InputError
    from overspec.exact import exact
    from overspec.files import parse_json
    from overspec.models.model import Model
    from overspec.models.truth import Truth
    from overspec.reports.content.gallery import read_entries
    from overspec.reports.probe.choice import Choice
    from overspec.verify.alone import check_radius as alone
    from overspec.verify.check.verdict import UNREADABLE, confirm
    from overspec.verify.claims import ledger as ledgers
    from overspec.verify.claims.stated import parse
    from overspec.verify.em.readers import read_data
    from overspec.verify.sweep.spec import read_spec

    folder = Path(tempfile.mkdtemp(prefix="overspec-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)

    def numbered(data: bytes) -> tuple[int, str]:
        """The first byte chooses k; the rest is the text."""
        return (2, 3, 4, 5, 8, 40, 1000, 10**6)[data[0] % 8 if data else 0], text(data[1:])

    def mixture(data: bytes) -> object:
        k, words = numbered(data)
        weights, _, frequencies = words.partition(";")
        if frequencies:
            given = {n: 1 for n, byte in enumerate(frequencies.encode()) if byte & 1}
            return Mixture.of(k, weights, given)
        return Mixture.simplex(k, weights)

    def amplitudes(data: bytes) -> object:
        k, words = numbered(data)
        return Energies.of_amplitudes(k, words)

    def resealed(data: bytes) -> dict[str, object] | None:
        from made import resealed as seal

        try:
            content = json.loads(data)
            return seal(content) if isinstance(content, dict) else None
        except (ValueError, RecursionError):
            return None

    def certificate(data: bytes) -> object:
        content = resealed(data)
        return None if content is None else confirm(content, BUDGET)

    def second_checker(data: bytes) -> object:
        content = resealed(data)
        with suppress(alone.Bad):
            return alone.check(data if content is None else json.dumps(content).encode())
        return UNREADABLE

    def ledger(data: bytes) -> object:
        content = parse_json(data, "it")
        with suppress(Exception):  # what does not convert is refused below
            for row in content["claims"]:
                plain = ledgers._plain(row)
                row["sha256"] = ledgers.digest(ledgers.convert(plain, ledgers.Certificate))
        found = ledgers.Ledger.from_json(content)
        return str(found)

    def at(suffix: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
        path = folder / f"input{suffix}"

        def run(data: bytes) -> object:
            path.write_bytes(data)
            return read(path)

        return run

    def data(content: bytes) -> object:
        suffixes = (".csv", ".tsv", ".csv.gz", ".npy", ".npz", ".parquet", ".txt", ".CSV")
        kind = suffixes[content[0] % 8 if content else 0]
        return at(kind, read_data)(content[1:])

    def query(data: bytes) -> object:
        return Choice.read(dict(parse_qsl(text(data), keep_blank_values=True)))

    def model(data: bytes) -> object:
        maps, truth, weights = [*text(data).split("|"), "", ""][:3]
        family = Model(tuple(maps.split(";")), weights or "uniform")
        return family, Truth(tuple(truth.split(";")), weights or None)

    def refuses(read: Callable[[bytes], object]) -> Callable[[bytes], object]:
        def run(data: bytes) -> object:
            with suppress(InputError):
                return read(data)
            return None

        return run

    known: dict[str, Callable[[bytes], object]] = {
        "number": lambda d: exact(text(d)),
        "weights": mixture,
        "amplitudes": amplitudes,
        "claims": lambda d: parse(text(d)),
        "sweep": lambda d: read_spec(text(d)),
        "data": data,
        "query": query,
        "model": model,
        "json": lambda d: parse_json(d, "it"),
        "ledger": ledger,
        "gallery": at(".json", read_entries),
        "certificate": certificate,
        "second-checker": second_checker,
    }
    return {name: refuses(read) for name, read in known.items()}


#: Inputs to start from: what a user writes; see `files` for what the commands write.
SEEDS = {
    "number": [b"(1+sqrt(5))/4", b"3/10", b"-1.5e-3", b"2**10"],
    "weights": [
        b"\x02.4,.3,.2,.1", b"\x06one-heavy:9/10", b"\x04geometric:1/2", b"\x03random:1",
        b"\x05linear", b"\x021/6x3,1/2", b"\x03uniform;aba",
    ],
    "amplitudes": [b"\x021,1/2", b"\x01sqrt(2)", b"\x031/3,2/3"],
    "claims": [claims.encode() for claims in CLAIMS],
    "sweep": [path.read_bytes() for path in sorted((ROOT / "examples").rglob("*.toml"))],
    "data": [b"\x00x,y\n1,2\n3,4\n", b"\x01a\tb\n1\t2\n", b"\x070.5,1\n2,3\n"],
    "query": [b"k=4&weights=2/5,3/10,1/10,1/5&gap=9/10&amplitudes=1,1/2&steps=40"],
    "model": [b"1,0;0,1|1,0;0,1|1/2,1/2", b"1,1;1,-1|0|uniform"],
    "json": [b'{"a": [1, -0.5, "x", null, true]}'],
}  # fmt: skip


def files(name: str) -> list[bytes]:
    """Honest files to start from; some take seconds to make."""
    if name == "ledger":
        from overspec.verify.claims.run import run

        return [json.dumps(run((2,), ("P4", "S3"), quick=True).to_dict()).encode()]
    if name == "gallery":
        import overspec as ov

        return [json.dumps({"entries": [ov.gallery.dwivedi_2020().plain()]}).encode()]
    from made import CASES, MADE
    from made import certificate as of_values
    from made import radius_certificate as of_radius

    made = [of_values(case) for case in MADE] + [of_radius(case) for case in CASES]
    return [json.dumps(content).encode() for content in made]


def one(name: str, seconds: int) -> None:
    """Fuzz one reader, in this process, which ends with the fuzzing."""
    import atheris

    with atheris.instrument_imports(include=READING):
        read = readers()[name]
    corpus = KEPT / name / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    if not any(corpus.iterdir()):
        for n, seed in enumerate(SEEDS.get(name) or files(name)):
            (corpus / f"seed-{n}").write_bytes(seed)

    def target(data: bytes) -> None:
        start = time.process_time()
        read(data)
        spent = time.process_time() - start
        if spent > CHECKERS.get(name, MOST_SECONDS):
            raise TimeoutError(f"{name}: {spent:.1f} s of processor time for one input")

    longest = max(4096, *(2 * path.stat().st_size for path in corpus.iterdir()))
    atheris.Setup(
        [sys.argv[0], str(corpus), f"-max_total_time={seconds}", f"-timeout={HANG}",
         f"-rss_limit_mb={MOST_MEMORY}", f"-max_len={longest}", "-print_final_stats=1",
         f"-artifact_prefix={KEPT / name}/"],
        target,
    )  # fmt: skip
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    """A row for each reader; 1 if something was found."""
    parser = argparse.ArgumentParser(description="Fuzz the readers.")
    parser.add_argument("reader", nargs="*", help="all of them when left out")
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--replay", metavar="FILE", type=Path, help="one input again")
    asked = parser.parse_args(arguments)
    if asked.one:
        one(asked.reader[0], asked.seconds)
        return 0
    if asked.replay is not None:
        start = time.process_time()
        print(readers()[asked.reader[0]](asked.replay.read_bytes()))
        print(f"{time.process_time() - start:.2f} s of processor time")
        return 0
    names = asked.reader or list(readers())
    found = 0
    print("reader          seconds      inputs   slowest s   memory MB   found", flush=True)
    for name in names:
        log = KEPT / name / "log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as stream:
            code = subprocess.run(
                [sys.executable, __file__, name, "--one", "--seconds", str(asked.seconds)],
                cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT, check=False,
            ).returncode  # fmt: skip
        said = log.read_text(encoding="utf-8", errors="replace")
        stats = dict(re.findall(r"stat::(\w+):\s*(\d+)", said))
        row = [stats.get(key, "?") for key in
               ("number_of_executed_units", "slowest_unit_time_sec", "peak_rss_mb")]  # fmt: skip
        verdict = "nothing" if code == 0 else f"exit {code}: see {log}"
        print(f"{name:15} {asked.seconds:7} {row[0]:>11} {row[1]:>11} {row[2]:>11}   {verdict}",
              flush=True)  # fmt: skip
        found += code != 0
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
