"""What the pages need beside Sphinx: formulas, docstrings, a command's help, the tour run."""

import contextlib
import csv
import io
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import click
from docutils import nodes
from sphinx.application import Sphinx

import overspec
from overspec.cli import app
from overspec.decimals import Number
from overspec.reports.content.gallery import HEADINGS, ORDER
from overspec.reports.content.mathematics import STYLE, Formula, mathml
from overspec.results import schema
from overspec.verify.gallery.verdict import shown


def setup(site: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    site.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    site.connect("autodoc-process-docstring", _plain_words, priority=100)  # napoleon comes after
    site.connect("build-finished", _write_style)
    site.add_css_file("formulas.css")
    site.connect("source-read", _made_parts)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


# --- formulas: MathML, as in the reports


def _write_style(site: Sphinx, failed: Exception | None) -> None:
    if not failed:
        (Path(site.outdir) / "_static" / "formulas.css").write_text(STYLE, encoding="utf-8")


def _inline(self: Any, node: nodes.Element) -> None:
    self.body.append(f'<span class="formula">{mathml(Formula(node.astext()))}</span>')
    raise nodes.SkipNode


def _display(self: Any, node: nodes.Element) -> None:
    self.body.append(f'<div class="math">{mathml(Formula(node.astext()), display=True)}</div>')
    raise nodes.SkipNode


# --- docstrings: plain words with `code`, in which reStructuredText would see markup

QUOTED = re.compile(r"(``.+?``|`[^`]+`)")
MARKUP = re.compile(r"[|*\\]|_(?!\w)")
NAMES = re.compile(r" *\w+(, \w+)*,")  # of arguments, which go on in the next line


def escaped(line: str) -> str:
    """A line of a docstring with its bars, stars and last underscores as what they are.

    >>> escaped("``|a|`` is |a|, from `b_` and b_")
    '``|a|`` is \\\\|a\\\\|, from `b_` and b\\\\_'
    """
    parts = QUOTED.split(line)
    return "".join(p if n % 2 else MARKUP.sub(r"\\\g<0>", p) for n, p in enumerate(parts))


def _plain_words(site: Sphinx, what: str, name: str, thing: Any, options: Any,
                 lines: list[str]) -> None:  # fmt: skip
    for n in reversed(range(len(lines) - 1)):
        if NAMES.fullmatch(lines[n]):
            lines[n : n + 2] = [f"{lines[n]} {lines[n + 1].strip()}"]
    example = literal = False
    for n, line in enumerate(lines):
        example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
        literal = literal and (not line.strip() or line.startswith(" "))
        if not example and not literal:
            lines[n] = escaped(line)
        literal = literal or line.rstrip().endswith("::")


# --- what a page says by ```{NAME} ARGUMENT``` and is made when the pages are built

PLACE = re.compile(r"^```\{([a-z-]+)\}(?: (\S+))?\n```$", re.M)


def _made_parts(site: Sphinx, page: str, source: list[str]) -> None:
    """Put what `PARTS` make in its places in a page."""

    def put(match: re.Match[str]) -> str:
        if match[1] not in PARTS:
            return match[0]
        path = (Path(site.srcdir) / (match[2] or "")).resolve()
        if path.is_file():
            site.env.note_dependency(str(path), docname=page)
        return "\n\n".join(PARTS[match[1]](path))

    source[0] = PLACE.sub(put, source[0])


def _commands(_: Path) -> Iterator[str]:
    """What ``overspec --help`` prints, and ``overspec NAME --help`` for each command."""
    top = click.Context(app, info_name="overspec", terminal_width=88)
    yield f"```text\n{app.get_help(top)}\n```"
    for name, command in app.commands.items():
        help_text = command.get_help(click.Context(command, top, name, terminal_width=88))
        yield f"## overspec {name}\n\n```text\n{help_text}\n```"


def _schemas(_: Path) -> Iterator[str]:
    """Every published JSON Schema."""
    for name in schema.NAMES:
        text = json.dumps(schema.schema(name), indent=2, ensure_ascii=False)
        yield f"## {name}\n\n```json\n{text}\n```"


def _public(_: Path) -> Iterator[str]:
    """Everything that ``import overspec`` offers, by autodoc: verbs, then classes."""
    named = {name: getattr(overspec, name) for name in overspec.__all__ if name[0] != "_"}
    spaces = [name for name, thing in named.items() if isinstance(thing, ModuleType)]
    # overspec.verify is a package that can be called
    spaces = [name for name in spaces if not callable(named[name])]
    kinds = {name: isinstance(thing, type) for name, thing in named.items() if name not in spaces}
    verbs = [name for name, is_class in kinds.items() if not is_class]
    for title, kind, names in (
        ("Verbs", "function", verbs),
        ("Classes", "class", [name for name, is_class in kinds.items() if is_class]),
    ):
        # overspec.verify is a package that can be called
        where = ["verbs.verify.verify" if name == "verify" else name for name in names]
        lines = "\n".join(f".. auto{kind}:: overspec.{name}" for name in where)
        yield f"## {title}\n\n```{{eval-rst}}\n{lines}\n```"
    lines = "\n".join(f".. automodule:: overspec.verbs.{name}" for name in spaces)
    yield f"## Namespaces\n\n```{{eval-rst}}\n{lines}\n```"


def cells(source: str) -> Iterator[tuple[str, str]]:
    """The cells, (kind, text), of a notebook in jupytext's percent format, its header left out."""
    for cell in source.split("\n# %%")[1:]:
        first, _, body = cell.partition("\n")
        if first.strip() == "[markdown]":
            yield "markdown", re.sub(r"^# ?", "", body, flags=re.M).strip("\n")
        else:
            yield "code", body.strip("\n")


def _notebook(path: Path) -> Iterator[str]:
    """A notebook as it runs: words, code and what it printed. An exception ends the build."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for kind, text in cells(path.read_text(encoding="utf-8")):
        if kind == "markdown":
            yield re.sub(r"\A# .*\n", "", text)  # the page has a title of its own
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(text, str(path), "exec"), namespace)
        yield "```python\n" + re.sub(r"  # noqa: \w+$", "", text, flags=re.M) + "\n```"
        if printed.getvalue():
            yield f"```text\n{printed.getvalue().rstrip()}\n```"


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a sweep's ``table.csv``, below the line with its provenance."""
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()[1:]))


PLACES = 9  # of a radius in a cell: the file has them all


def radius_cell(rows: list[dict[str, str]]) -> str:
    """γ and, in brackets, the share of it that the bound proves; *in italics* what is measured.

    Args:
        rows: of one question, asked for several numbers of digits or for a proof.

    >>> row = {"lower": "0.5", "upper": "0.50001", "ratio": "0.25", "evidence": "measured"}
    >>> radius_cell([row]), radius_cell([row | {"upper": "inf", "evidence": "certified"}])
    ('*0.500005000* (0.25)', '∞')
    """
    rows = [row for row in rows if row["lower"]]
    if not rows:
        return "–"
    proved = any(row["evidence"] == "certified" for row in rows)
    row = max(rows, key=lambda row: (row["upper"] != "inf", len(row["lower"])))
    if row["upper"] == "inf":
        return "∞" if proved else f"*none to {Fraction(row['lower'])}*"
    middle = (Fraction(row["lower"]) + Fraction(row["upper"])) / 2
    shown = f"{round(middle * 10**PLACES):0{PLACES + 1}d}"
    text = f"{shown[:-PLACES]}.{shown[-PLACES:]}"
    return f"{text if proved else f'*{text}*'} ({row['ratio'][:4]})"


def _radii(path: Path) -> Iterator[str]:
    """A sweep of radii as tables, one for each kind: θ and k down, the gap across."""
    rows = [row for row in read_table(path) if not row["frequencies"] or row["d"] == "2"]
    gaps = sorted({row["gap"] for row in rows}, key=Fraction)
    words = {"simplex": "regular simplices", "all": "every θ", "polygon": "polygons, d = 2"}
    for kind in ("factor", "jacobian"):
        lines = ["| θ | k |" + "".join(f" c = {gap} |" for gap in gaps)]
        lines.append("|" + "---|" * (2 + len(gaps)))
        for name, word in words.items():
            own = [
                row
                for row in rows
                if row["kind"] == kind
                and ("polygon" if row["frequencies"] else row["orbit"]) == name
            ]
            for k in sorted({int(row["k"]) for row in own}):
                cells = (
                    radius_cell([r for r in own if (r["k"], r["gap"]) == (str(k), gap)])
                    for gap in gaps
                )
                lines.append(f"| {word} | {_power(k)} | " + " | ".join(cells) + " |")
        yield f"### Kind `{kind}`\n\n" + "\n".join(lines)


def _power(k: int) -> str:
    """10⁶ for 1000000.

    >>> _power(12), _power(1000)
    ('12', '10³')
    """
    zeros = len(str(k)) - 1
    if zeros < 2 or k != 10**zeros:
        return str(k)
    return "10" + str(zeros).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


MARKED = re.compile(r"([\\|*_<>`$\[\]])")  # what Markdown would take for its own


def _cell(text: str) -> str:
    r"""Text as it stands, in a cell of a table.

    >>> _cell("|theta*|")
    '\\\\|theta\\\\*\\\\|'
    """
    return MARKED.sub(r"\\\1", text)


def _ends(ends: list[str] | None) -> str:
    """An enclosure as in the command's table."""
    return "" if ends is None else shown(Number.between(*map(Fraction, ends)))


def gallery_rows(path: Path) -> list[tuple[str, list[tuple[dict[str, Any], dict[str, Any]]]]]:
    """Headings and, under each, papers with a statement: of a file that --out wrote."""
    papers = json.loads(path.read_text(encoding="utf-8"))["entries"]
    pairs = [(paper, statement) for paper in papers for statement in paper["statements"]]
    return [
        (HEADINGS[kind], found)
        for kind in ORDER
        if (found := [pair for pair in pairs if pair[1]["finding"]["kind"] == kind.value])
    ]


def _link(paper: dict[str, Any]) -> str:
    first = paper["authors"].split(",")[0]
    more = " and others" if "," in paper["authors"] else ""
    return f"[{first}{more} {paper['year']}](https://arxiv.org/abs/{paper['arxiv']})"


def _gallery(path: Path) -> Iterator[str]:
    """The whole gallery as tables, by what was found, with wordings and how they are known."""
    for heading, pairs in gallery_rows(path):
        lines = [
            "| paper | what is claimed | published | true | verdict |",
            "|---|---|---|---|---|",
        ]
        for paper, statement in pairs:
            finding = statement["finding"]
            words = f"{statement['label']}: {statement['words']} ({statement['known']})"
            own = (words, _ends(finding["published"]), f"{finding['of']}: {_ends(finding['true'])}",
                   finding["verdict"])  # fmt: skip
            at = ", ".join(f"{name} = {value}" for name, value in paper["parameters"].items())
            cells = (f"{_link(paper)} {_cell(at)}", *map(_cell, own))
            lines.append("| " + " | ".join(cells) + " |")
        yield f"### {heading}\n\n" + "\n".join(lines)


def _gallery_short(path: Path) -> Iterator[str]:
    """The same in three columns, in one table."""
    lines = ["| paper | what is claimed | verdict |", "|---|---|---|"]
    for _, pairs in gallery_rows(path):
        for paper, statement in pairs:
            own = (statement["label"], statement["finding"]["verdict"])
            lines.append(f"| {_link(paper)} | " + " | ".join(map(_cell, own)) + " |")
    yield "\n".join(lines)


PARTS = {
    "gallery": _gallery,
    "gallery-short": _gallery_short,
    "radii": _radii,
    "command-help": _commands,
    "schemas": _schemas,
    "public-names": _public,
    "percent-notebook": _notebook,
}
