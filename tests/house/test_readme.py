"""What the README shows is what the tool does."""

import doctest
import re
import shlex
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest
from newcomer import answers, finish
from newcomer import clone as clone  # fixtures
from newcomer import newcomer as newcomer
from sizes import slow_but

from overspec import cli
from overspec.commands import COMMANDS
from overspec.verify.claims.registry import LABELS, claim
from overspec.verify.em import readers, sample
from overspec.verify.engines import moments, sobol

DERIVE = import_module("overspec.verbs.derive")
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)

HELP = [
    line.strip()
    for command in COMMANDS
    for line in (command.epilog or "").splitlines()
    if line.strip().startswith("overspec ")
]
SHOWN = [line for line in README.splitlines() if line.startswith("overspec ")]
# Long by design, or in need of files: tests/commands covers these.
SLOW = re.compile(r"^overspec (verify|report|coverage|check|probe)|--data|--out|--certificate")
EXAMPLES = {shlex.join(shlex.split(line, comments=True)) for line in (*HELP, *SHOWN)}
QUICK = sorted(line for line in EXAMPLES if not SLOW.search(line))


@pytest.mark.parametrize("page", ["README.md", "docs/library.md", "docs/data.md", "docs/models.md"])
def test_python_examples(page: str) -> None:
    result = doctest.testfile(str(ROOT / page), module_relative=False)
    assert result.attempted > 3
    assert result.failed == 0


# Seconds each; tests/verify/radius and tests/proofs compute the same.
LONG = re.compile(
    r"^overspec (radius --k [34]|derive .*--explain|gallery \S|samples .*--(n|kl|delta))"
)


@pytest.mark.parametrize("line", slow_but(QUICK, lambda line: not LONG.search(line)))
def test_command_examples(line: str) -> None:
    assert cli.main(shlex.split(line)[1:]) == 0


def test_there_are_examples() -> None:
    assert len(HELP) > 12
    assert len(SHOWN) > 5
    assert len(QUICK) > 12


def test_shown_output(capsys: pytest.CaptureFixture[str]) -> None:
    (command, output) = re.findall(r"```\n\$ (.+)\n((?:.|\n)*?)```", README)[0]
    assert cli.main(shlex.split(command)[1:]) == 0
    assert capsys.readouterr().out == output


def test_the_excerpt_of_the_ledger_is_of_this_version() -> None:
    excerpt = re.findall(r"```\n(claim(?:.|\n)*?)```", README)[0].splitlines()
    start, outcome = excerpt[0].index("what it says"), excerpt[0].index("outcome")
    rows = [line for line in excerpt[1:] if line.split()[:1] and line.split()[0] in LABELS]
    table = [row for row in rows if " amended: " not in row]
    assert len(table) > 4
    for row in table:
        shown = claim(row.split()[0])
        assert shown.title.startswith(row[start:outcome].strip())  # a long one goes on below
        assert row[outcome:].split()[0] == shown.expected.value


@pytest.mark.parametrize("code", range(5))
def test_exit_codes_are_documented(code: int) -> None:
    assert f"\n| {code} | " in README


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("every θ for k ≤ {}", moments.MAX_K),
        ("to k = {}, by\n  sampling", sobol.MAX_K),
        ("on data k ≤ {}", sample.MAX_COMPONENTS),
        ("k ≤ {}, or 2000", DERIVE.MAX_K),
        ("or {} where the weights come in", DERIVE.MAX_K_FEW),
    ],
)
def test_the_limits_are_those_of_the_code(words: str, number: int) -> None:
    assert words.format(number) in README


# --- everything as printed, in order


def steps() -> Iterator[tuple[str, str, str]]:
    """What the README has a reader do, top to bottom: (kind, what, output shown)."""
    for language, text in BLOCKS:
        first, _, rest = text.partition("\n")
        if language == "python":
            yield "python", text, ""
        elif first.startswith("$ "):
            yield "shell", first[2:], rest
        elif not first.startswith("claim "):  # the excerpt of the ledger
            for line in text.splitlines():
                yield line.split()[0], line, ""


def test_each_line_of_each_block_is_known() -> None:
    assert {kind for kind, _, _ in steps()} == {
        "make", "pip", "overspec", "pytest", "shell", "python",
    }  # fmt: skip


@pytest.mark.parametrize("line", [line for kind, line, _ in steps() if kind == "make"])
def test_ci_runs_what_make_is_asked_for(line: str) -> None:
    command = line.partition("#")[0].strip()
    assert re.search(rf"^stranger {command} *(#.*)?$", (ROOT / ".ci" / "run").read_text(), re.M)


def test_the_points_shipped_are_standard_normal() -> None:
    points = readers.load_data(ROOT / "examples" / "points.csv")
    assert points.shape == (1000, 2)
    assert abs(points.mean(axis=0)).max() < 4 / 1000**0.5
    assert abs(points.T @ points / 1000 - [[1, 0], [0, 1]]).max() < 4 * (2 / 1000) ** 0.5


@pytest.mark.slow
@pytest.mark.readme
def test_every_command_runs_as_printed_in_order(clone: Path, newcomer: Mapping[str, str]) -> None:
    """Bare first: what needs an extra comes after the line that installs it, or fails here."""
    assert not (clone / "out").exists()
    for kind, text, shown in steps():
        print(text, flush=True)
        if kind == "python":
            (clone / "shown.md").write_text(text, encoding="utf-8")
            finish("python -P -W error -m doctest shown.md", clone, newcomer)
        elif text.split()[:2] == ["overspec", "probe"] and "--export" not in text:
            answers(text, clone, newcomer)
        elif kind != "make":
            out = finish(text, clone, newcomer)
            assert not shown or out == shown
    for made in ("overspec-report.html", "overspec-report.pdf"):
        assert (clone / "out" / made).is_file()
    assert (clone / "paper" / "overspec.bib").is_file()
