"""Every command of the pages runs as printed, in order, after the installation that its page names.

Each page has a folder of its own, with the files that its reader is said to have. What is not run
here is listed with the reason, and no line may be missing from both.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from newcomer import answers, finish
from newcomer import clone as clone  # fixtures
from newcomer import newcomer as newcomer

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^ *```(\S*)\n(.*?)^ *```$|((?:^    .*\n)+)", re.M | re.S)
SHELL = ("", "sh", "text", None)  # of a block; None where it is indented
LINE = re.compile(r"^ *(?:\$ )?((?:overspec|pytest|pip|python|dask) .*)$")
EXTRA = re.compile(r'`(pip install "overspec\[\w+\]")`')
#: Lines that are not run, and why.
ELSEWHERE = {
    "dask scheduler": "a server for other machines; tests/verify/sweep runs a local one",
    "dask worker ADDRESS --nthreads 1": "the same",
    "overspec sweep examples/sweep.toml --out radii --scheduler ADDRESS": "the same",
    "overspec verify --out out": "by the README's test",
    "overspec report --ledger out/ledger.json --out out": "by the README's test",
    "overspec experiment --all --quick --out exp": "by the README's test",
    "overspec experiment convergence --out exp": "minutes; the quick form is the README's",
    "overspec report --ledger exp/ledger.json --out exp": "needs the experiments before it",
    "overspec gallery --all --out docs/data/gallery.json": "the same as to gallery.json",
    "overspec sweep examples/gamma.toml --out DIR --plot gamma.png": "ten minutes",
    "overspec sweep examples/scaling/k.toml --out DIR --format csv,parquet --plot scaling-k.png":
        "hours",
    "python -m overspec.verify.studies.laws DIR/table.csv": "needs that sweep",
}  # fmt: skip


def lines(page: Path) -> list[str]:
    """What a reader of a page types, in order: blocks, and installations named in the text."""
    text = page.read_text(encoding="utf-8")
    found: list[tuple[int, str]] = [(m.start(), m[1]) for m in EXTRA.finditer(text)]
    for block in BLOCK.finditer(text):
        if block[1] not in SHELL:
            continue
        for n, line in enumerate((block[2] or block[3]).splitlines()):
            if (typed := LINE.match(line)) and not re.search(r" \[|…", typed[1]):
                found.append((block.start() + n, re.split(r"  +#", typed[1])[0].strip()))
    return [line for _, line in sorted(found, key=lambda pair: pair[0])]


def extras(page: str) -> int:
    """How much a page installs: those with less come first, and find nothing that they need not."""
    return sum(line.startswith("pip ") for line in FOUND[page])


FOUND = {page.stem: found for page in sorted(DOCS.glob("*.md")) if (found := lines(page))}
PAGES = sorted(FOUND, key=extras)


def test_the_lines_are_found_and_those_left_out_are_there() -> None:
    assert {"certificates", "cluster", "data", "gallery", "paper", "probe", "pytest"} <= set(PAGES)
    every = [line for found in FOUND.values() for line in found]
    assert [line for line in ELSEWHERE if line not in every] == []
    assert len([line for line in every if line not in ELSEWHERE]) > 30


def files_of(page: str, folder: Path, environment: Mapping[str, str]) -> None:
    """What the reader of a page has before its first command."""
    if page == "data":
        shutil.copy(ROOT / "examples" / "points.csv", folder)
    elif page == "certificates":
        shutil.copy(ROOT / "verify" / "alone" / "check_radius.py", folder)
    elif page == "report":
        for name, claims in (("old", "S3"), ("new", "S3,P1"), ("experiments", "S3")):
            finish(f"overspec verify --claims {claims} --out {name}", folder, environment)


@pytest.fixture(scope="module")
def bare(clone: Path, newcomer: Mapping[str, str]) -> Mapping[str, str]:
    """With the package and no extra."""
    finish("pip install --quiet .", clone, newcomer)
    return newcomer


@pytest.mark.slow
@pytest.mark.readme
@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_runs(page: str, bare: Mapping[str, str], tmp_path: Path) -> None:
    files_of(page, tmp_path, bare)
    for line in FOUND[page]:
        print(line, flush=True)
        if line in ELSEWHERE:
            continue
        if line.startswith("overspec probe") and "--export" not in line:
            answers(line, tmp_path, bare)
        else:
            finish(line, tmp_path, bare)
