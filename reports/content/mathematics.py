"""Formulas: which TeX is mathematics and nothing else, as TeX that breaks, and as MathML.

A ledger is a file, and whoever wrote it could put any TeX into it. Only formulas made of the
commands below reach TeX as they are; everything else is printed as text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from latex2mathml.converter import convert
from markupsafe import Markup, escape

_WORDS = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau
upsilon phi chi psi omega varepsilon vartheta varphi varsigma varrho Gamma Delta Theta Lambda Xi
Pi Sigma Upsilon Phi Psi Omega ell partial nabla infty hbar emptyset
sum prod int oint lim inf sup min max arg log ln exp sin cos tan sec csc cot sinh cosh tanh
coth sech det dim ker deg gcd Pr arcsin arccos arctan liminf limsup
frac tfrac dfrac sqrt binom tbinom hat bar tilde widehat widetilde overline underline vec dot
left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr middle
langle rangle lfloor rfloor lceil rceil lvert rvert lVert rVert
le leq ge geq ne neq sim simeq approx equiv cong propto prec succ preceq succeq ll gg mid
parallel perp subset subseteq supset in notin ni to mapsto Rightarrow Leftrightarrow iff
implies longrightarrow rightarrow leftarrow forall exists cdot cdots ldots dots times pm mp
circ ast oplus otimes cup cap setminus wedge vee land lor neg
mathrm mathbf mathsf mathit mathcal mathbb text operatorname textstyle displaystyle
quad qquad prime top pmod bmod limits nolimits colon
"""
COMMANDS = frozenset(_WORDS.split())
SIGNS = frozenset("\\" + sign for sign in ",;:! {}|")
LONGEST = 3000  # characters of TeX in a formula; ours are shorter
WIDE = 62  # characters of a formula (roughly) that a line of the page holds


@dataclass(frozen=True)
class Formula:
    """TeX of a formula, without dollars; made by `document.formula`, which checks it."""

    tex: str


def is_safe(tex: str) -> bool:
    r"""Whether TeX is a formula and cannot do anything else.

    >>> is_safe(r"\hat\pi_m \ne 0"), is_safe(r"\input{x}"), is_safe(r"{"), is_safe("a % b")
    (True, False, False, False)
    >>> is_safe(r"x \left( y")
    False
    """
    if not 0 < len(tex.strip()) <= LONGEST or not tex.isascii() or not tex.isprintable():
        return False
    tokens = re.findall(r"\\(?:[A-Za-z]+|.)|\\$|.", tex)
    depth = 0
    for token in tokens:
        if token[0] == "\\" and token[1:] not in COMMANDS and token not in SIGNS:
            return False
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth < 0 or token in '$%#&~"`':
            return False
    if depth or "^^" in tex or tokens.count(r"\left") != tokens.count(r"\right"):
        return False
    return tokens[-1] not in ("^", "_", "\\")


def breakable(tex: str) -> str:
    r"""The formula with brackets that TeX may break a line between.

    >>> print(breakable(r"\left(a + b\right)^{2}"))
    \bigl(a + b\bigr)^{2}
    """
    tex = re.sub(r"\\left(?![A-Za-z])", r"\\bigl", tex)
    return re.sub(r"\\right(?![A-Za-z])", r"\\bigr", tex)


def loosened(tex: str) -> str:
    r"""`breakable`, also after the commas of a tuple: for a formula that no other place breaks.

    >>> print(loosened(r"\left(a, b\right)_{m,n}"))
    \bigl(a,\allowbreak b\bigr)_{m,n}
    """
    return r"\allowbreak ".join(_cut(breakable(tex), (",",), within=True))


def is_wide(tex: str, width: int = WIDE) -> bool:
    r"""Whether a formula is likely not to fit on a line of the page.

    >>> is_wide(r"\hat\pi_m \ne 0"), is_wide("+".join(["a"] * 40))
    (False, True)
    """
    return visible(tex) > width


def pieces(tex: str, width: int) -> list[str]:
    r"""A formula cut at its relations and commas, or else at + and −, for a line of that width.

    Brackets stay whole where what they hold fits on a line; groups always do, so a piece may still
    be wider.

    >>> pieces("a = b", 20), pieces("a = (b = c), d", 2)
    (['a = b'], ['a', '= (b = c),', 'd'])
    >>> pieces(r"c\big(a+b\big)", 3)
    ['c\\big(a', '+b\\big)']
    """
    found = _packed(_cut(tex, RELATIONS), width)
    for within in (False, True):
        found = [
            part
            for piece in found
            for part in (
                _packed(_cut(piece, ("+", "-"), within), width)
                if is_wide(piece, width) and (r"\left" not in piece or not within)
                else [piece]
            )
        ]
    return found


RELATIONS = (
    "=", "<", ">", ",", ";",
    *(rf"\{name}" for name in ("le", "leq", "ge", "geq", "ne", "neq", "sim", "approx", "equiv",
      "to", "iff", "implies", "Rightarrow", "Leftrightarrow", "preceq", "succeq", "prec", "succ",
      "in", "quad", "qquad")),
)  # fmt: skip
_OPEN, _CLOSE = ("{", "(", "[", r"\{", r"\langle"), ("}", ")", "]", r"\}", r"\rangle")


def _cut(tex: str, places: tuple[str, ...], within: bool = False) -> list[str]:
    """Cut before the given tokens, after those that end a clause, outside of all groups.

    Outside of all brackets too, unless `within`.
    """
    opened, closed = (("{",), ("}",)) if within else (_OPEN, _CLOSE)
    tokens = re.findall(r"\\(?:[A-Za-z]+|.)|.", tex)
    parts, depth, bars, start = [""], 0, 0, True
    for token in tokens:
        depth += (token in opened) - (token in closed)
        bars += token == "|"
        free = depth == 0 and bars % 2 == 0 and token in places
        if free and token not in (",", ";") and not start:
            parts.append("")
        parts[-1] += token
        start = start and token.isspace()
        if free and token in (",", ";"):
            parts.append("")
    if depth or bars % 2:
        return [tex]
    return [part.strip() for part in parts if part.strip()]


def _packed(parts: list[str], width: int) -> list[str]:
    """Neighbours put together while they fit."""
    packed = parts[:1]
    for part in parts[1:]:
        joined = f"{packed[-1]} {part}"
        if is_wide(joined, width):
            packed.append(part)
        else:
            packed[-1] = joined
    return packed


def visible(tex: str) -> int:
    """About how many characters of a formula stand in a row."""
    return len(re.sub(r"[{}^_\\ ]", "", re.sub(r"\\(?:[A-Za-z]+|.)", "x", tex)))


FONTS = """"STIX Two Math", "Cambria Math", "Latin Modern Math", "TeX Gyre Termes Math",
  "DejaVu Math TeX Gyre\""""
#: How formulas look on a page; each list of fonts ends in a family that every system has. Letters
#: are a text font's, slanted: browsers put U+1D434 and what follows in their place, which are empty
#: boxes where no mathematical font is installed. Scripts are placed by the font of the element
#: around them; the MATH table of DejaVu Sans and Serif puts them on the line, and DejaVu Sans Mono
#: has none. A formula wider than the page scrolls by itself; slanted letters lean into its padding.
STYLE = f"""
math * {{ font-family: {FONTS}, "DejaVu Sans Mono", serif; }}
mo, msqrt, mroot {{ font-family: {FONTS}, "Noto Sans Math", "DejaVu Serif", math, serif; }}
mi, mn, mtext {{ font-family: "STIX Two Text", "Cambria", "Latin Modern Roman", "TeX Gyre Termes",
  "DejaVu Serif", "Noto Serif", "Times New Roman", serif; }}
mi {{ text-transform: none; font-style: italic; }}
mi[mathvariant=normal] {{ font-style: normal; }}
.formula {{ display: inline-flex; align-items: baseline; overflow-x: auto; overflow-y: hidden;
  box-sizing: border-box; max-width: calc(100% + .6em); padding: .3em; margin: -.3em; }}
"""

#: Sizes of brackets, which MathML finds by itself and the converter does not know before \\langle.
SIZES = re.compile(r"\\[bB]igg?[lr]?(?=\\)")
#: Brackets around what stands on one line: some fonts would stretch them over its subscripts.
FLAT = re.compile(
    r"\\left([(\[|])((?:(?!\\(?:left|right|[dt]?frac|t?binom|sum|prod|int|sqrt)).)*)\\right([)\]|])"
)
BAR = '<mo lspace="0" rspace="0" stretchy="false">|</mo>'


@lru_cache(maxsize=4096)  # a report repeats most of its formulas
def mathml(formula: Formula, display: bool = False) -> Markup:
    r"""The formula as MathML; as its source where the converter cannot read it.

    >>> print(mathml(Formula("x")))
    <math><mrow><mi>x</mi></mrow></math>
    """
    tex, changed = SIZES.sub("", formula.tex), 1
    while changed:
        tex, changed = FLAT.subn(r"\1\2\3", tex)
    try:
        text = convert(tex, display="block" if display else "inline")
    except Exception:  # the converter raises a dozen kinds, bare ones among them
        return Markup("<code>") + escape(formula.tex) + Markup("</code>")
    text = re.sub(r' xmlns="[^"]*"', "", text)
    text = text.replace(' display="inline"', "").replace("&#x029F5;", "&#x02216;")  # \\setminus
    text = re.sub(r"<mo[^>]*>(\||&#x0007C;)</mo>", BAR, text)
    text = re.sub(r"<msup>(<mi>[^<]*</mi>)<mi>&#x0203([23]);</mi></msup>", PRIMED, text)
    return Markup(re.sub(r'<(m[in])( mathvariant="[a-z-]+")?>([^<]+)</\1>', _identifier, text))


#: A prime of a text font is raised already, so it is no superscript.
PRIMED = r"<mrow>\1<mi>&#x0203\2;</mi></mrow>"


def _identifier(match: re.Match[str]) -> str:
    """A name, a letter or a number, from letters that every text font has.

    Relations, brackets and stops are operators, not identifiers: they get the space of one.
    """
    tag, variant, source = match.groups()
    text = unescape(source)
    kind = unicodedata.category(text[0])
    if tag == "mi" and (kind == "Sm" or text in ";:"):
        return f"<mo>{source}</mo>"
    if tag == "mi" and kind in ("Ps", "Pe"):
        return f'<mo stretchy="false">{source}</mo>'
    alphabet = (variant or "").upper() or unicodedata.name(text[0], "")
    for word, style in ALPHABETS.items():
        if word in alphabet and (variant or text[0] > "\uffff"):
            upright = "" if "SCRIPT" in alphabet else ' mathvariant="normal"'
            plain = unicodedata.normalize("NFKC", text)
            return f'<{tag}{upright} style="{style}">{plain}</{tag}>'
    if tag == "mi" and len(text) > 1:
        return f'<mi mathvariant="normal">{source}</mi>'
    return match[0]


#: Alphabets that only mathematical fonts have, and what stands for them.
ALPHABETS = {"SANS-SERIF": "font-family:sans-serif"} | dict.fromkeys(
    ("BOLD", "DOUBLE-STRUCK", "FRAKTUR", "SCRIPT"), "font-weight:bold"
)


def rows(tex: str, width: int = WIDE) -> list[str]:
    r"""A wide formula cut into lines between terms, where its groups and brackets allow.

    >>> rows("a + b")
    ['a + b']
    >>> len(rows(r"\left(" + " + ".join(["abc"] * 60) + r"\right)^{2}")) > 2
    True
    """
    if not is_wide(tex, width):
        return [tex]
    lines, group, bracket = [""], 0, 0
    pieces = re.split(r"( [+-] |[{}]|\\bigl|\\bigr)", breakable(tex))
    for number, piece in enumerate(pieces):
        group += {"{": 1, "}": -1}.get(piece, 0)
        bracket += {r"\bigl": 1, r"\bigr": -1}.get(piece, 0)
        if piece in (" + ", " - ") and group == 0 and bracket <= 1:
            following = "".join(pieces[number + 1 : number + 2])
            if is_wide(lines[-1] + following, width) or (
                bracket == 0 and visible(lines[-1]) > width / 2
            ):
                lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines]
