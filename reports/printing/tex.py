"""Plain text made safe for TeX: every special character escaped, every letter within ASCII.

The output compiles with any engine, pdfTeX without Unicode fonts included, and prints the same in
the encodings OT1 and T1; only ``"`` needs T1 or a definition of ``\\textquotedbl``.
"""

from __future__ import annotations

import re
import unicodedata


class Tex(str):
    """Text that is TeX already; `escape` leaves it alone. Only our own sources make it."""

    __slots__ = ()


def escape(value: object) -> Tex:
    r"""TeX that prints the text as it stands.

    >>> print(escape("50% of it_all, \\input{x}"))
    50\% of it\_all, \textbackslash{}input\{x\}
    >>> print(escape("|π̂_m|² ≤ 1"))
    \textbar{}\ensuremath{\hat{\pi}_{m}}\textbar{}\ensuremath{^{2}} \ensuremath{\leq} 1
    >>> escape(Tex("$x$"))
    '$x$'
    """
    if isinstance(value, Tex):
        return value
    if (text := str(value)).isascii() and text.isalnum():
        return Tex(text)
    text = decomposed(text)
    out: list[str] = []
    end = 0
    for match in SYMBOL.finditer(text):
        out += map(_one, text[end : match.start()])
        out.append(_symbol(*match.groups()))
        end = match.end()
    out += map(_one, text[end:])
    return Tex(re.sub(r"([-'`])(?=\1)", r"\1{}", "".join(out)))  # or TeX makes one sign of two


def decomposed(text: str) -> str:
    """Letters apart from their accents; signs stay whole, since ≠ decomposes to = and a stroke.

    >>> len(decomposed("ŵ")), len(decomposed("≠"))
    (2, 1)
    """
    whole = unicodedata.normalize("NFC", text)
    return "".join(unicodedata.normalize("NFD", c) if c.isalpha() else c for c in whole)


def _symbol(letter: str, accent: str | None, place: str | None, script: str | None) -> str:
    """A letter with an accent or a sub- or superscript, as mathematics."""
    formula = MATH.get(letter, letter)
    if accent:
        formula = rf"\{ACCENTS[accent]}{{{formula}}}"
    if place and script:
        inner = "".join(MATH.get(c, c) for c in script.strip("{}"))
        formula = f"{formula}{place}{{{inner}}}"
    return rf"\ensuremath{{{formula}}}"


def _one(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    if character in "\n\t":
        return " "
    if character.isascii():
        return character if character.isprintable() else ""
    if character in MATH:
        return rf"\ensuremath{{{MATH[character]}}}"
    if character in TEXT:
        return TEXT[character]
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    if plain:
        return "".join(SPECIAL.get(c, c) for c in plain)
    return "" if unicodedata.combining(character) else f"[U+{ord(character):04X}]"


SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
}

ACCENTS = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde"}

_ONE = r"(?:[0-9]\.[0-9]{1,3}|[A-Za-z0-9α-ω](?!_|[A-Za-z0-9](?!_)))"
_SEVERAL = r"\{(?:[-+− A-Za-z0-9α-ω|/(),⟨⟩]|²(?!²)){1,16}\}"  # TeX takes no two squares in a row

_FIRST = r"(?<![^\W⁰¹²³⁴⁵⁶⁷⁸⁹½¼])(?<!\\)"  # at the start of a name
_NEXT = r"(?<=[_^][A-Za-z0-9α-ω])"  # behind a script

#: π̂, a_m, R^k, R^{-j}, e^{c|x|} or π̂_m: a letter with an accent, a short script, or both; also in
#: a row, w_jf_j, but not within a name, rate_measured.
SYMBOL = re.compile(
    rf"((?:{_FIRST}|{_NEXT})[A-Za-z]|[α-ωΓΔΘΛΞΠΣΦΨΩ])(?=[\u0302-\u0304]|[_^](?:{_ONE}|{_SEVERAL}))"
    rf"([\u0302-\u0304])?(?:([_^])({_ONE}|{_SEVERAL}))?"
)

MINUS = re.compile(r"(?<![\w-])-(?=\d)")  # a hyphen before a number is a minus

TEXT = {
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "‘": "`",
    "’": "'",
    "…": r"\ldots{}",
    "Ł": r"\L{}",
    "ł": r"\l{}",
    "Ø": r"\O{}",
    "ø": r"\o{}",
    "ß": r"\ss{}",
    "Æ": r"\AE{}",
    "æ": r"\ae{}",
}

# fmt: off
_GREEK = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "omicron", "pi", "rho", "final", "sigma", "tau", "upsilon",
    "phi", "chi", "psi", "omega",
]
# fmt: on
_CAPITALS = {
    "Γ": "Gamma",
    "Δ": "Delta",
    "Θ": "Theta",
    "Λ": "Lambda",
    "Ξ": "Xi",
    "Π": "Pi",
    "Σ": "Sigma",
    "Φ": "Phi",
    "Ψ": "Psi",
    "Ω": "Omega",
}  # fmt: skip

MATH = {
    **{chr(0x3B1 + i): rf"\{name}" for i, name in enumerate(_GREEK) if name != "final"},
    **{letter: rf"\{name}" for letter, name in _CAPITALS.items()},
    **{digit: f"^{{{value}}}" for value, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{digit: f"_{{{value}}}" for value, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    "ο": "o",
    "ς": r"\varsigma",
    "ϑ": r"\vartheta",
    "ℓ": r"\ell",
    "ⁿ": "^{n}",
    "⁻": "^{-}",
    "ᵀ": r"^{\mathsf{T}}",
    "≤": r"\leq",
    "≥": r"\geq",
    "≠": r"\neq",
    "≈": r"\approx",
    "≡": r"\equiv",
    "⪯": r"\preceq",
    "⪰": r"\succeq",
    "≺": r"\prec",
    "≻": r"\succ",
    "×": r"\times",
    "·": r"\cdot",
    "±": r"\pm",
    "−": "-",
    "∓": r"\mp",
    "⊗": r"\otimes",
    "⊕": r"\oplus",
    "→": r"\to",
    "←": r"\leftarrow",
    "↦": r"\mapsto",
    "⇒": r"\Rightarrow",
    "⇔": r"\Leftrightarrow",
    "∞": r"\infty",
    "∇": r"\nabla",
    "∂": r"\partial",
    "∫": r"\int",
    "∑": r"\sum",
    "√": r"\surd",
    "∈": r"\in",
    "∉": r"\notin",
    "⊂": r"\subset",
    "∖": r"\setminus",
    "⟨": r"\langle",
    "⟩": r"\rangle",
    "⌊": r"\lfloor",
    "⌋": r"\rfloor",
    "⌈": r"\lceil",
    "⌉": r"\rceil",
    "‖": r"\|",
    "½": r"\tfrac12",
    "¼": r"\tfrac14",
    "∝": r"\propto",
    "∀": r"\forall",
    "∃": r"\exists",
    "°": r"^{\circ}",
}
