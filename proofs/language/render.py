"""One layout of a formula, three alphabets: TeX, Unicode for a terminal, MathML for a page.

A node of an expression says how it is laid out, in the boxes of this module; it never says it in
TeX. So the three outputs cannot differ in what they state.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Glyph:
    """One sign: its TeX, its Unicode, and whether it is a letter, a number or an operator."""

    tex: str
    text: str
    kind: str = "mi"


@dataclass(frozen=True)
class Row:
    """Boxes beside each other."""

    parts: tuple[Box, ...]


@dataclass(frozen=True)
class Script:
    """A base with a subscript, a superscript or both."""

    base: Box
    sub: Box | None = None
    sup: Box | None = None


@dataclass(frozen=True)
class Quotient:
    """A fraction; small ones stand in a line of text."""

    top: Box
    bottom: Box
    small: bool = False


@dataclass(frozen=True)
class Root:
    """A square root."""

    body: Box


@dataclass(frozen=True)
class Accent:
    """A hat or a bar."""

    base: Box
    mark: str


@dataclass(frozen=True)
class Fence:
    """A pair of brackets around something."""

    left: Glyph
    body: Box
    right: Glyph


Box = Glyph | Row | Script | Quotient | Root | Accent | Fence

WIDEST = 48  # letters of a numerator that fits on a line

_MARKS = {"hat": ("\u0302", "^"), "bar": ("\u0304", "¯")}
_SUB = dict(
    zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True)
)
_SUP = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyzT",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ",
        strict=True,
    )
)
_HALVES = {("1", "2"): "½", ("1", "4"): "¼", ("3", "4"): "¾", ("1", "3"): "⅓", ("1", "8"): "⅛"}


def tex(box: Box) -> str:
    r"""The box as TeX, in the commands that `reports.mathematics` lets pass.

    >>> tex(Script(Accent(letter("pi"), "hat"), letter("m")))
    '\\hat{\\pi}_{m}'
    """
    match box:
        case Glyph():
            return box.tex
        case Row(parts):
            out = ""
            for part in map(tex, parts):
                # a command must not run into the letter that follows it
                out += " " if _ends_in_command(out) and part[:1].isalpha() else ""
                out += part
            return out
        case Script(base, sub, sup):
            inner = tex(base)
            inner = f"{{{inner}}}" if isinstance(base, (Script, Row)) else inner
            low = "" if sub is None else f"_{{{tex(sub)}}}"
            high = "" if sup is None else f"^{{{tex(sup)}}}"
            return inner + low + high
        case Quotient(top, bottom, small):
            if len(text(top)) > WIDEST:  # TeX breaks no line within a fraction
                return rf"\frac{{1}}{{{tex(bottom)}}}\big({tex(top)}\big)"
            return rf"\{'t' if small else ''}frac{{{tex(top)}}}{{{tex(bottom)}}}"
        case Root(body):
            return rf"\sqrt{{{tex(body)}}}"
        case Accent(base, mark):
            wide = isinstance(base, (Row, Script, Fence))
            name = {"hat": "widehat", "bar": "overline"}[mark] if wide else mark
            return rf"\{name}{{{tex(base)}}}"
        case Fence(left, body, right):
            size = r"\big" if _tall(body) else ""
            return f"{_sized(size, left.tex)}{_after(left.tex, tex(body))}{_sized(size, right.tex)}"


def text(box: Box) -> str:
    """The box in Unicode, on one line.

    >>> text(Script(Accent(letter("pi"), "hat"), letter("m"), number(2)))
    'π̂_m²'
    """
    match box:
        case Glyph():
            return box.text
        case Row(parts):
            return "".join(map(text, parts))
        case Script(base, sub, sup):
            inner = text(base)
            return inner + _lowered(sub) + _raised(sup)
        case Quotient(top, bottom):
            above, below = text(top), text(bottom)
            if (above, below) in _HALVES:
                return _HALVES[above, below]
            whole = f"{_held(top, above)}/{_held(bottom, below)}"
            return f"({whole})" if box.small else whole
        case Root(body):
            return f"√{_held(body, text(body))}"
        case Accent(base, mark):
            inner = text(base)
            one = len(inner) == 1
            return unicodedata.normalize("NFC", inner + _MARKS[mark][0]) if one else f"({inner})^"
        case Fence(left, body, right):
            return f"{left.text}{text(body)}{right.text}"


def mathml(box: Box) -> str:
    """The box as presentational MathML, without the `math` element around it.

    >>> mathml(Script(letter("pi"), letter("m")))
    '<msub><mi>π</mi><mi>m</mi></msub>'
    """
    match box:
        case Glyph():
            return f"<{box.kind}>{escape(box.text.strip() or ' ')}</{box.kind}>"
        case Row(parts):
            return f"<mrow>{''.join(map(mathml, parts))}</mrow>"
        case Script(base, sub, sup):
            made = [mathml(part) for part in (base, sub, sup) if part is not None]
            tag = "msubsup" if len(made) == 3 else "msub" if sub is not None else "msup"
            return f"<{tag}>{''.join(made)}</{tag}>" if len(made) > 1 else made[0]
        case Quotient(top, bottom):
            return f"<mfrac>{mathml(top)}{mathml(bottom)}</mfrac>"
        case Root(body):
            return f"<msqrt>{mathml(body)}</msqrt>"
        case Accent(base, mark):
            return f'<mover accent="true">{mathml(base)}<mo>{_MARKS[mark][1]}</mo></mover>'
        case Fence(left, body, right):
            return f"<mrow>{mathml(left)}{mathml(body)}{mathml(right)}</mrow>"


def number(value: int) -> Glyph:
    """A numeral."""
    return Glyph(str(value), str(value).replace("-", "−"), "mn")


def sign(tex_: str, text_: str = "") -> Glyph:
    """An operator or a relation."""
    return Glyph(tex_, text_ or tex_, "mo")


_GREEK = {
    name: chr(0x3B1 + i)
    for i, name in enumerate(
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "zeta",
            "eta",
            "theta",
            "iota",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "omicron",
            "pi",
            "rho",
            "final",
            "sigma",
            "tau",
            "upsilon",
            "phi",
            "chi",
            "psi",
            "omega",
        ]
    )
} | {
    "partial": "∂",
    "nabla": "∇",
    "varphi": "φ",
    "ell": "ℓ",
    "Sigma": "Σ",
    "Phi": "Φ",
    "Delta": "Δ",
    "Omega": "Ω",
}


def letter(name: str) -> Box:
    """A name: one letter, a Greek one, several upright ones; ``_`` begins a subscript, ' a prime.

    >>> text(letter("theta'")), text(letter("KL")), tex(letter("f_ab"))
    ('θ′', 'KL', 'f_{ab}')
    """
    if "^" in name:
        base, _, rest = name.partition("^")
        high, _, low = rest.partition("_")
        return Script(letter(base), letter(low) if low else None, letter(high))
    if "_" in name:
        base, _, index = name.partition("_")
        return Script(
            letter(base), Row(tuple(map(letter, index))) if len(index) > 1 else letter(index)
        )
    if name.endswith("*"):
        return Script(letter(name[:-1]), None, sign("*"))
    if name.endswith("'"):
        return Row((letter(name[:-1]), Glyph("'", "′", "mo")))
    if name in _GREEK:
        return Glyph(rf"\{name}", _GREEK[name])
    if name.lstrip("-").isdigit():
        return number(int(name))
    if len(name) > 1:
        return Glyph(rf"\mathrm{{{name}}}", name)
    return Glyph(name, name)


def joined(parts: Sequence[Box], between: Glyph) -> Box:
    """Boxes with a sign between them."""
    out: list[Box] = []
    for part in parts:
        out += [between, part] if out else [part]
    return Row(tuple(out))


def _ends_in_command(made: str) -> bool:
    stem = made.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return stem != made and stem.endswith("\\")


def _after(left: str, inner: str) -> str:
    return f" {inner}" if _ends_in_command(left) and inner[:1].isalpha() else inner


def _sized(size: str, bracket: str) -> str:
    return f"{size}{bracket}" if size and bracket else bracket


def _tall(box: Box) -> bool:
    match box:
        case Quotient(small=False):
            return True
        case Glyph(tex=r"\sum" | r"\int"):
            return True
        case Row(parts):
            return any(map(_tall, parts))
        case Script(base):
            return _tall(base)
    return False


def _held(box: Box, inner: str) -> str:
    """Brackets on one line where a fraction needs none on two."""
    simple = isinstance(box, (Glyph, Script, Accent, Fence)) or inner.isdigit()
    return inner if simple else f"({inner})"


def _lowered(box: Box | None) -> str:
    if box is None:
        return ""
    inner = text(box)
    return f"_{inner}" if len(inner) == 1 or len(_plain(inner)) == 1 else f"_{{{inner}}}"


def _raised(box: Box | None) -> str:
    if box is None:
        return ""
    inner = text(box).replace("−", "-")
    if inner and all(c in _SUP for c in inner):
        return "".join(_SUP[c] for c in inner)
    inner = inner.replace("-", "−")
    return f"^{inner}" if len(_plain(inner)) == 1 else f"^{{{inner}}}"


def _plain(inner: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", inner) if not unicodedata.combining(c))
