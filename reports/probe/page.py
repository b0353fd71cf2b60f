"""The page of the probe as one HTML file: style, modules and what the library knows, all inside.

The browser computes what it shows; nothing here computes. The same text is the exported file, what
the server answers with, and (as script and style) the widget.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from overspec import __version__
from overspec.evidence import Evidence, worth_of_number
from overspec.reports.content.mathematics import STYLE as FORMULAS
from overspec.reports.figures import looks
from overspec.reports.probe import choice
from overspec.reports.probe.bundle import HERE, bundle
from overspec.verify.engines.moments import MAX_K
from overspec.verify.radius.options import KINDS, ORBITS
from overspec.weights import FAMILIES

FARTHEST_DRAGGED = 4.0  # of an amplitude


def config() -> dict[str, Any]:
    """What the page must not know by itself: fields and their defaults, limits, words.

    >>> config()["fields"]["k"], config()["evidence"]["proved"]
    ('4', 'by theorem')
    """
    return {
        "version": __version__,
        "fields": choice.FIELDS,
        "kinds": KINDS,
        "orbits": ORBITS,
        "evidence": {evidence.value: worth_of_number(evidence) for evidence in Evidence},
        "limits": {
            "components": choice.MOST_COMPONENTS,
            "runs": choice.MOST_RUNS,
            "few": choice.FEW_RUNS,
            "irrational": choice.MOST_IRRATIONAL,
            "families": list(FAMILIES),
            "digits": choice.MOST_DIGITS,
            "steps": choice.MOST_STEPS,
            "farthest": float(choice.FARTHEST),
            "farthestWide": float(choice.FARTHEST_WIDE),
            "lattice": MAX_K,
            "dragged": FARTHEST_DRAGGED,
        },
    }


def style() -> str:
    """All of the page's style, below ``.probe``."""
    formulas = "\n".join(f".probe {line}" if line[:1] not in ("", " ") else line
                         for line in FORMULAS.splitlines())  # fmt: skip
    own = (HERE / "ui/page.css").read_text(encoding="utf-8")
    return f"{own}\n{formulas}\n{looks.style('.probe')}\n"


def script(start: str) -> str:
    """All modules, and a statement that starts them; CONFIG in it is `config`."""
    given = json.dumps(config(), ensure_ascii=True).replace("</", "<\\/")
    return f"{bundle()}\nconst CONFIG = {given};\n{start}"


START = """const root = document.querySelector("main");
const {mount} = modules["ui/main.js"], {fromAddress} = modules["ui/view.js"];
const given = JSON.parse(root.dataset.fields), hash = fromAddress(location.hash, CONFIG);
mount(root, {config: CONFIG, address: true, fields: Object.keys(hash).length ? hash : given,
  ask: modules["ui/line.js"].line(root.dataset.line)});
"""

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="How fast EM forgets that there is one Gaussian and not many.">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>See γ move</title><link rel="icon" href="data:,">
<style>:root{{color-scheme:light dark}}body{{margin:0;background:Canvas}}
@media(prefers-color-scheme:dark){{body{{background:#15171a}}}}
{style}</style></head>
<body><main data-fields="{fields}" data-line="{line}"></main>
<noscript><p>This page computes what it shows, in the browser: it needs JavaScript.</p></noscript>
<script type="module">{script}</script></body></html>
"""


def policy(code: str, line: str = "") -> str:
    """The content security policy: this script, this style, no request but to the own server."""
    digest = b64encode(hashlib.sha256(code.encode()).digest()).decode()
    asks = "'self'" if line else "'none'"
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        f"img-src data:; connect-src {asks}; base-uri 'none'; form-action 'none'"
    )


def page(fields: Mapping[str, str], line: str = "") -> str:
    """The whole page.

    Args:
        fields: of the view that it opens with, where its address says none; none for the story.
        line: where the page asks the library, on its own server; empty for a file.
    """
    from markupsafe import escape

    code = script(START)
    return PAGE.format(
        policy=policy(code, line), style=style(), fields=escape(json.dumps(dict(fields))),
        line=line, script=code,
    )  # fmt: skip
