"""ES modules of this folder as one script: no build step, no loader, and it runs from a file.

Each module becomes a function's body that returns what it exports, so names never meet. Only the
forms of import and export that the modules use are known; anything else is an error.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

HERE = Path(__file__).parent
ENTRIES = ("ui/main.js", "ui/line.js")
IMPORT = re.compile(r'^import \{([^}]*)\}\s+from "(\.[^"]+)";[ \t]*$', re.M)
AGAIN = re.compile(r'^export \{([^}]*)\} from "(\.[^"]+)";[ \t]*$', re.M)
DECLARED = re.compile(r"^export (?=(?:async )?(?:function\*? |class |const |let )(\w+))", re.M)
LATER = re.compile(r"^export \{([^}]*)\};[ \t]*$", re.M)
LEFT = re.compile(r"^\s*(?:import|export)\b.*", re.M)


def bundle(entries: tuple[str, ...] = ENTRIES, folder: Path = HERE) -> str:
    """The modules and all that they import, as statements that define ``modules``.

    Raises:
        ValueError: a module imports or exports in a way that is not known here, or in a circle.

    >>> "modules['ui/main.js'] = (() => {" in bundle()
    True
    """
    done: dict[str, str] = {}
    for entry in entries:
        _add(entry, folder, done, ())
    return "const modules = {};\n" + "\n".join(done.values())


def _add(name: str, folder: Path, done: dict[str, str], above: tuple[str, ...]) -> None:
    if name in above:
        raise ValueError(f"{' imports '.join((*above, name))}: a circle")
    if name in done:
        return
    source = (folder / name).read_text(encoding="utf-8")
    for _, path in (*IMPORT.findall(source), *AGAIN.findall(source)):
        _add(_resolved(name, path), folder, done, (*above, name))
    exported: list[str] = DECLARED.findall(source)
    shared: list[str] = []

    def imported(found: re.Match[str]) -> str:
        return f"const {{{_pairs(found[1], ': ')}}} = modules['{_resolved(name, found[2])}'];"

    def again(found: re.Match[str]) -> str:
        place = f"modules['{_resolved(name, found[2])}']"
        for old, new in _names(found[1]):
            shared.append(f"{new}: {place}.{old}")
        return ""

    def later(found: re.Match[str]) -> str:
        shared.extend(f"{new}: {old}" for old, new in _names(found[1]))
        return ""

    body = IMPORT.sub(imported, AGAIN.sub(again, source))
    body = LATER.sub(later, DECLARED.sub("", body))
    if (left := LEFT.search(body)) is not None:
        raise ValueError(f"{name}: {left[0].strip()!r} is no import or export that is known here")
    returned = ", ".join([*exported, *shared])
    done[name] = f"modules['{name}'] = (() => {{\n{body}\nreturn {{{returned}}};\n}})();"


def _names(text: str) -> list[tuple[str, str]]:
    """``a, b as c`` as [("a", "a"), ("b", "c")]."""
    parts = [part.split() for part in text.split(",") if part.strip()]
    return [(part[0], part[-1]) for part in parts]


def _pairs(text: str, between: str) -> str:
    return ", ".join(o if o == n else f"{o}{between}{n}" for o, n in _names(text))


def _resolved(name: str, path: str) -> str:
    parts: list[str] = []
    for part in (*PurePosixPath(name).parent.parts, *PurePosixPath(path).parts):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
