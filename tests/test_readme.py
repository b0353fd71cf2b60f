"""What the README shows is what the tool does."""

import doctest
import re
import shlex
from pathlib import Path

import pytest

from overspec import cli
from overspec.commands import COMMANDS
from overspec.verify.claims import DEPENDS, claim

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

HELP = [
    line.strip()
    for command in COMMANDS
    for line in (command.epilog or "").splitlines()
    if line.strip().startswith("overspec ")
]
SHOWN = [line for line in README.splitlines() if line.startswith("overspec ")]
# Long by design, or in need of files; tests/test_cli.py and test_check.py cover these commands.
SLOW = re.compile(r"^overspec (verify|report|check|probe)|--data|--out")
QUICK = [line for line in (*HELP, *SHOWN) if not SLOW.search(line)]


def test_python_examples() -> None:
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert result.attempted > 3
    assert result.failed == 0


@pytest.mark.parametrize("line", QUICK)
def test_command_examples(line: str) -> None:
    words = shlex.split(line, comments=True)
    assert cli.main(words[1:]) == 0


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
    rows = [line for line in excerpt[1:] if line.split()[:1] and line.split()[0] in DEPENDS]
    table = [row for row in rows if " amended: " not in row]
    assert len(table) > 4
    for row in table:
        shown = claim(row.split()[0])
        assert row[start:outcome].strip() == shown.title
        assert row[outcome:].split()[0] == shown.expected.value


@pytest.mark.parametrize("code", range(5))
def test_exit_codes_are_documented(code: int) -> None:
    assert f"\n| {code} | " in README
