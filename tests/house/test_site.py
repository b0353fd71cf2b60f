"""The pages hold together, seen without Sphinx: `make docs` builds them, warnings as errors."""

import doctest
import re
import shlex
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

import overspec
from overspec import cli
from overspec.verify.claims.stated import parse as parse_statements

pytestmark = pytest.mark.quick

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
OUTSIDE = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.M | re.S)
CODE = re.compile(r"^ *```.*?^ *```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.M)
#: A line of a page that a reader would type; brackets say what may be left out.
TYPED = re.compile(r"^ *(?:\$ )?(overspec [a-z].*)$", re.M)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def listed() -> list[str]:
    """The entries of all toctrees."""
    lines = "\n".join(body for page in PAGES for body in TOCTREE.findall(read(page))).splitlines()
    return [line for line in lines if line and not line.startswith(":")]


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page, as GitHub and MyST make them."""
    plain = (
        re.sub(r"[^\w\- ]", "", title.lower())
        for title in HEADING.findall(CODE.sub("", read(page)))
    )
    return {title.replace(" ", "-") for title in plain}


def broken(page: Path, text: str) -> list[str]:
    """The links in the text of a page that lead nowhere in the tree."""
    wrong = []
    for link in LINK.findall(CODE.sub("", text)):
        file, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = page.parent / file if file else page
        out = page.parent == DOCS and not target.resolve().is_relative_to(DOCS)  # Sphinx: unknown
        if out or not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    return wrong


def commands(text: str) -> list[str]:
    """The commands in the blocks of a page, without those that show a syntax."""
    blocks = "\n".join([*CODE.findall(text), *re.findall(r"^    .+$", text, re.M)])
    return [line for line in TYPED.findall(blocks) if not re.search(r"[\[…]", line)]


def parse(line: str) -> None:
    """Let click read a command, and run nothing.

    Raises:
        click.ClickException: no such command or option, or a value that no option takes.
    """
    name, *rest = shlex.split(re.split(" [<>|] ", line)[0], comments=True)[1:]
    if name not in cli.app.commands:
        raise click.UsageError(f"no command {name}")
    cli.app.commands[name].make_context(name, rest)


def test_every_page_is_in_one_toctree() -> None:
    pages = {page.stem for page in PAGES} - {"index"}
    assert len(pages) > 20
    assert Counter(listed()) == Counter(pages), "list the page in a toctree of docs/index.md"


@pytest.mark.parametrize("page", [*PAGES, *OUTSIDE], ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page, read(page)) == []
    assert HEADING.match(read(page)), "a page begins with its title"


@pytest.mark.parametrize("link", ["none.md", "radius.md#none", "../none.py", "#none"])
def test_a_link_to_nothing_is_noticed(link: str) -> None:
    assert broken(DOCS / "index.md", f"[here]({link})") == [link]


@pytest.mark.parametrize(
    ("page", "part"),
    [
        ("command-line", "command-help"),
        ("schemas", "schemas"),
        ("api", "public-names"),
        ("tour", "percent-notebook"),
        ("gamma", "radii"),
    ],
)
def test_the_reference_is_made_from_the_program(page: str, part: str) -> None:
    """By `docs/site_parts.py`, of all there is; a list typed here would lag behind."""
    assert re.search(rf"^```\{{{part}\}}.*\n```$", read(DOCS / f"{page}.md"), re.M)
    assert f'"{part}": _' in read(DOCS / "site_parts.py")


@pytest.mark.parametrize("page", [*PAGES, *OUTSIDE], ids=lambda page: page.stem)
def test_commands_are_those_of_the_program(page: Path) -> None:
    for line in commands(read(page)):
        parse(line)


def test_commands_are_found_and_a_wrong_one_is_noticed() -> None:
    assert len(commands(read(DOCS / "probe.md"))) > 2
    assert len(commands(read(DOCS / "paper.md"))) > 3
    for line in ("overspec radius --none", "overspec none", "overspec verify --quick=3"):
        with pytest.raises(click.ClickException):
            parse(line)


@pytest.mark.numeric
def test_a_certificate_is_read_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = DOCS / "certificate-by-hand.md"
    (line,) = commands(read(page))
    assert cli.main(shlex.split(line)[1:]) == 0
    result = doctest.testfile(str(page), module_relative=False)
    assert result.attempted > 20
    assert result.failed == 0
    assert "overspec" not in "".join(re.findall(r"^(?:>>>|\.\.\.).*$", read(page), re.M))


def test_the_citation_is_of_this_version() -> None:
    text = read(ROOT / "CITATION.cff")
    assert re.search(r"^version: (.+)$", text, re.M)[1] == overspec.__version__  # type: ignore[index]
    assert "arXiv:2506.11850" in text


def test_what_gamma_means_has_the_numbers_of_the_radii() -> None:
    """Those of docs/radius.md, whose rows `test_docs_radius` proves again."""
    page, radii = read(DOCS / "gamma.md"), read(DOCS / "radius.md")
    rows = r"\| 4 \| one-heavy:9/10 \| {} \| 9/10 \| all \| (\S+) \| (\S+) \|"
    for kind, low, high in (("jacobian", "0.300", "0.304"), ("factor", "0.576", "0.581")):
        assert f"between {low}" in " ".join(page.split())
        found = re.search(rows.format(kind), radii)
        assert found
        assert Fraction(low) <= Fraction(found[1]) < Fraction(found[2]) <= Fraction(high)
    rate = re.search(r"\| 4 \| one-heavy:9/10 \| all \| (\S+) \|", radii)
    assert rate
    sigma = Fraction(13, 15) ** 2  # of 9/10 and three times 1/30
    shown = re.findall(r"^\|.*\| \$(?:.*= )?(0\.\d{3})\$ \|$", page, re.M)
    exact = (1 - sigma, 1 - Fraction(9, 10) * sigma, 1 - Fraction(rate[1]))
    for text, value in zip(shown, exact, strict=True):
        assert 0 <= Fraction(text) - value < Fraction(1, 1000)  # rounded up
    assert r"\le 0.576$" in page


@pytest.mark.slow
@pytest.mark.numeric
def test_the_statements_about_a_theorem_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    page = read(DOCS / "theorem.md")
    (toml,) = re.findall(r"^```toml\n(.*?)^```$", page, re.M | re.S)
    assert [s.check().outcome for s in parse_statements(toml)] == [overspec.Outcome.HOLDS]
    (code,) = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    namespace: dict[str, Callable[[], None]] = {}
    exec(code, namespace)
    namespace["test_a_step_never_leads_away"]()
    monkeypatch.setattr(overspec, "evaluate", lambda *_, **__: SimpleNamespace(g=[1, 2]))
    with pytest.raises(AssertionError):
        namespace["test_a_step_never_leads_away"]()
