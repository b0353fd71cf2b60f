"""A Markdown document as its sentences: each in full, with the heading it stands under."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

#: Where a sentence ends within a line.
END = re.compile(r"(?<=[.?!])(?<!vs\.)\s+(?=[A-Z(])")
#: What begins a line and is no part of its sentence: bullets and numbers.
MARK = re.compile(r"\s*([-*] |\d+\. )?")
FIELD = re.compile(r"(?m)^(\w+):")
FOLDED = re.compile(r"\\\n\s*(\\(?= ))?")  # YAML: a quoted string that goes on in the next line


@dataclass(frozen=True)
class Said:
    """A sentence as it stands, and the heading above it (the field, before the first heading)."""

    text: str
    under: str


def sentences(document: str) -> tuple[Said, ...]:
    """Every sentence, in order: headings too, and the lines of the front matter; no bullets.

    A line of the document is at least one sentence; within it one ends at a full stop, question
    mark or exclamation mark before a capital letter or a parenthesis.

    >>> [one.text for one in sentences("# On EM\\n\\n- It is fast. How fast?")]
    ['# On EM', 'It is fast.', 'How fast?']
    >>> sentences("---\\ntitle: On EM\\n---\\n")
    (Said(text='On EM', under='title'),)
    """
    found, under = [], ""
    front, body = _front(document)
    for field, text in front:
        found += [Said(one, field) for one in END.split(text)]
    for line in body.splitlines():
        if not line.strip():
            continue
        if line.startswith("#"):
            under = line.lstrip("# ")
            found.append(Said(line, under))
            continue
        found += [Said(one, under) for one in END.split(line[MARK.match(line).end() :].rstrip())]  # type: ignore[union-attr]
    return tuple(found)


def _front(document: str) -> tuple[list[tuple[str, str]], str]:
    """The fields of the front matter, as text, and what follows it."""
    match = re.match(r"---\n(.*?)\n---\n", document, re.S)
    if match is None:
        return [], document
    _, *parts = FIELD.split(match[1])
    fields = list(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))
    return [(name, _plain(text)) for name, text in fields], document[match.end() :]


def _plain(text: str) -> str:
    """A value of YAML as text: strings in double quotes unfolded, all else as it stands."""
    if text.startswith('"'):
        return str(json.loads(FOLDED.sub("", text)))
    return " ".join(text.split())
