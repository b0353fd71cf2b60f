"""What the pages need beside Sphinx: formulas, docstrings, a command's help, the tour run."""

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from overspec.cli import app as overspec
from overspec.reports.content.mathematics import STYLE, Formula, mathml


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    app.connect("autodoc-process-docstring", _plain_words, priority=100)  # napoleon comes after
    app.connect("build-finished", _write_style)
    app.add_css_file("formulas.css")
    app.add_directive("command-help", CommandHelp)
    app.connect("source-read", _with_notebooks)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


# --- formulas: MathML, as in the reports


def _write_style(app: Sphinx, failed: Exception | None) -> None:
    if not failed:
        (Path(app.outdir) / "_static" / "formulas.css").write_text(STYLE, encoding="utf-8")


def _inline(self: Any, node: nodes.Element) -> None:
    self.body.append(f'<span class="formula">{mathml(Formula(node.astext()))}</span>')
    raise nodes.SkipNode


def _display(self: Any, node: nodes.Element) -> None:
    self.body.append(f'<div class="math">{mathml(Formula(node.astext()), display=True)}</div>')
    raise nodes.SkipNode


# --- docstrings: plain words with `code`, in which reStructuredText would see markup

QUOTED = re.compile(r"(``.+?``|`[^`]+`)")
MARKUP = re.compile(r"[|*\\]|_(?!\w)")


def escaped(line: str) -> str:
    """A line of a docstring with its bars, stars and last underscores as what they are.

    >>> escaped("``|a|`` is |a|, from `b_` and b_")
    '``|a|`` is \\\\|a\\\\|, from `b_` and b\\\\_'
    """
    parts = QUOTED.split(line)
    return "".join(p if n % 2 else MARKUP.sub(r"\\\g<0>", p) for n, p in enumerate(parts))


def _plain_words(app: Sphinx, what: str, name: str, thing: Any, options: Any,
                 lines: list[str]) -> None:  # fmt: skip
    example = literal = False
    for n, line in enumerate(lines):
        example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
        literal = literal and (not line.strip() or line.startswith(" "))
        if not example and not literal:
            lines[n] = escaped(line)
        literal = literal or line.rstrip().endswith("::")


# --- the command line


class CommandHelp(SphinxDirective):
    """What ``overspec NAME --help`` prints; without a name, the help of ``overspec``."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The help as a literal block."""
        command: click.Command = overspec
        context = click.Context(overspec, info_name="overspec", terminal_width=88)
        if self.arguments:
            command = overspec.commands[self.arguments[0]]
            context = click.Context(command, context, self.arguments[0], terminal_width=88)
        text = command.get_help(context)
        return [nodes.literal_block(text, text, language="text")]


# --- a notebook in the percent format, executed

PLACE = re.compile(r"^```\{percent-notebook\} (\S+)\n```$", re.M)


def _with_notebooks(app: Sphinx, page: str, source: list[str]) -> None:
    """Put an executed notebook in the place of ``{percent-notebook} FILE`` in a page."""

    def put(match: re.Match[str]) -> str:
        path = (Path(app.srcdir) / match[1]).resolve()
        app.env.note_dependency(str(path), docname=page)
        return "\n\n".join(executed(path))

    source[0] = PLACE.sub(put, source[0])


def cells(source: str) -> Iterator[tuple[str, str]]:
    """The cells, (kind, text), of a notebook in jupytext's percent format, its header left out."""
    for cell in source.split("\n# %%")[1:]:
        first, _, body = cell.partition("\n")
        if first.strip() == "[markdown]":
            yield "markdown", re.sub(r"^# ?", "", body, flags=re.M).strip("\n")
        else:
            yield "code", body.strip("\n")


def executed(path: Path) -> Iterator[str]:
    """Words, code and what it printed, in turn; an exception in a cell ends the build."""
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
