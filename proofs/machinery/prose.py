"""Mathematics in running words: which parts of a sentence are formulas, and their TeX.

The sentences of steps and hypotheses are written in Unicode, for a terminal. For TeX and HTML the
same sentence has its formulas in dollars. What is no word is a formula: chunks with signs, Greek or
indices, and single letters; neighbours join. An index is one letter or number, what stands in
braces, or one of the few pairs below.
"""

from __future__ import annotations

import re
import unicodedata

SIGNS = {
    "−": "-", "·": r"\cdot ", "×": r"\times ", "±": r"\pm ", "∓": r"\mp ", "…": r"\dots ",
    "→": r"\to ", "↦": r"\mapsto ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "≈": r"\approx ",
    "≡": r"\equiv ", "∝": r"\propto ", "∼": r"\sim ", "~": r"\sim ", "⪯": r"\preceq ",
    "⪰": r"\succeq ", "≺": r"\prec ", "≻": r"\succ ", "∈": r"\in ", "∉": r"\notin ",
    "⊂": r"\subset ", "∖": r"\setminus ", "⊗": r"\otimes ", "∞": r"\infty ", "∇": r"\nabla ",
    "∂": r"\partial ", "Σ": r"\sum ", "Π": r"\prod ", "∫": r"\int ", "⟨": r"\langle ",
    "⟩": r"\rangle ", "‖": r"\|", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "≪": r"\ll ", "≫": r"\gg ",
    "∣": r"\mid ", "ᵀ": "^{T}", "ℓ": r"\ell ", "½": r"\tfrac{1}{2}", "¼": r"\tfrac{1}{4}",
    "¾": r"\tfrac{3}{4}", "⅓": r"\tfrac{1}{3}", "⅔": r"\tfrac{2}{3}", "⅛": r"\tfrac{1}{8}",
    "′": "'", "°": r"^{\circ}", "{": r"\{", "}": r"\}", "%": r"\%", "≍": r"\asymp ", "<": "<",
    "≲": r"\lesssim ", "⋯": r"\cdots ",
}  # fmt: skip
GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu",
    "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "varphi",
    "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Λ": "Lambda", "Φ": "Phi",
    "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
ACCENTS = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde"}
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
FUNCTIONS = frozenset(
    {"log", "exp", "min", "max", "inf", "sup", "lim", "cos", "sin", "det", "dim", "gcd", "arcsin"}
    | {"tanh", "liminf"}
)
UPRIGHT = frozenset(
    {"tr", "sd", "Cov", "Var", "KL", "diag", "logit", "mult", "rank", "argmax", "argmin", "sech"}
    | {"const"}
)
LITERAL = frozenset({"DM", "Ux", "xG", "ds", "dr", "v'd", "n!", "Z/k", "I"})
PAIRS = ("max", "min", "aa", "ab", "bb", "ml", "mm", "ij", "il", "00", "01", "2m", "12", "eff")
LABEL = re.compile(r"(?:[STKQHBGDRPE]\d?[a-z]?|H4|E1)")  # of a claim: S6, T1a
_LETTERS = "".join((*SIGNS, *GREEK, *SUPERSCRIPTS, *SUBSCRIPTS, *ACCENTS))
MATHEMATICAL = re.compile("[" + re.escape(_LETTERS) + r"_^=<>+|/*\[\]√]")
WORD = re.compile(r"[A-Za-zÀ-ÿ’'–-]{2,}")
OPERATOR = re.compile(r"[=<>+≤≥≠→↦≈≡∝∼⪯⪰≺≻∈∉⊂∖⊗·×−±/|*≪≫≍-]+")
VERBS = frozenset({"is", "has", "annihilates", "fixes", "depends", "loses", "does", "and"})
PAIR = re.compile(r"\(([^\s(),]{1,5}), ([^\s(),]{1,5})\)")  # (θ, v): one chunk


def in_dollars(sentence: str) -> str:
    r"""The sentence with its formulas in dollars.

    >>> print(in_dollars("Integrate by parts: x w_j = ∇w_j − ∇(w_jG)/G at every x."))
    Integrate by parts: $x w_{j} = \nabla w_{j} - \nabla (w_{j}G)/G$ at every $x$.
    """
    chunks = PAIR.sub(_joined, sentence).split(" ")
    out: list[str] = []
    run: list[str] = []
    for number, chunk in enumerate(chunks):
        before = chunks[number - 1] if number else ""
        after = chunks[number + 1] if number + 1 < len(chunks) else ""
        if run and chunk[:1] == "(" and _open(f" {chunk}") > 0 and not OPERATOR.fullmatch(before):
            out.append(_run(" ".join(run)))  # a bracket of the sentence
            run = []
        inside = _open("".join(run)) > 0
        if inside or _is_formula(chunk, before, after):
            run.append(chunk)
            if _open(" ".join(run)) > 0 or not _ends(chunk):
                continue
            out.append(_run(" ".join(run)))
            run = []
            continue
        if run:
            out.append(_run(" ".join(run)))
            run = []
        out.append(chunk)
    if run:
        out.append(_run(" ".join(run)))
    return " ".join(out)


def _joined(pair: re.Match[str]) -> str:
    """(θ, v) as one chunk; (S2, S6) as it is."""
    labels = all(LABEL.fullmatch(part) and len(part) > 1 for part in pair.groups())
    return pair[0] if labels else f"({pair[1]},\u00a0{pair[2]})"


def _open(text: str) -> int:
    """How many brackets are open, those that began the words themselves apart."""
    text = text.lstrip("(")
    return sum(text.count(a) for a in "([{⟨") - sum(text.count(b) for b in ")]}⟩")


def _ends(chunk: str) -> bool:
    return chunk[-1:] in ".,;:?" and chunk != "…"


def _is_formula(chunk: str, before: str, after: str) -> bool:
    bare = chunk.strip(".,;:?()'\"")
    beside = OPERATOR.fullmatch(before) or OPERATOR.fullmatch(after.rstrip(",.;"))
    if not bare:
        return bool(OPERATOR.fullmatch(chunk)) or chunk in ("…", "…,")
    if LABEL.fullmatch(bare) and len(bare) > 1:
        return False
    head = re.match(r"[A-Za-z]+(?=\()", bare)
    if bare in FUNCTIONS | UPRIGHT | LITERAL or "\u00a0" in bare:
        return True
    if head and (len(head[0]) == 1 or head[0] in FUNCTIONS | UPRIGHT):
        return True
    if re.match(r"[a-z]{3,}-\d", bare):
        return False
    if WORD.fullmatch(bare) and bare[-1] not in "'’":
        return False
    if re.fullmatch(r"\d+", bare):
        return bool(beside) or after in FUNCTIONS or (after[:1] == "T" and after[1:2] in SUBSCRIPTS)
    if bare == "A" and not beside:
        return after in VERBS or before in ("of", "and", "with") or chunk != bare
    if bare == "a" and not beside:
        return after in ("and", "on") or (chunk == "a," and len(after) == 1)
    if len(bare) == 1:
        return bare.isalpha() or bool(MATHEMATICAL.search(bare))
    if re.fullmatch(r"[A-Za-z-]+(?:[/–-][A-Za-z-]+)*", bare):
        return False
    return bool(MATHEMATICAL.search(_apart(bare))) or bool(
        re.search(r"\d", bare) and re.search(r"[A-Za-z(]", bare)
    )


def _run(text: str) -> str:
    """A formula, brackets and stops of the sentence outside the dollars."""
    head, tail = "", ""
    while text and text[-1] in ".,;:?":
        head, text, tail = head, text[:-1], text[-1] + tail
    while text.startswith("(") and text.count("(") > text.count(")"):
        head, text = head + "(", text[1:]
    while text.endswith(")") and text.count(")") > text.count("("):
        text, tail = text[:-1], ")" + tail
    while text and text[-1] in ".,;:":
        text, tail = text[:-1], text[-1] + tail
    return f"{head}${to_tex(text)}${tail}" if text else head + tail


def to_tex(text: str) -> str:
    r"""TeX of a formula in Unicode.

    >>> print(to_tex("|π̂_m|² ≥ ½√(1−c)"))
    |\hat{\pi}_{m}|^{2} \ge \tfrac{1}{2}\sqrt{1-c}
    """
    out, at = [], 0
    text = _apart(text)
    while at < len(text):
        piece, at = _atom(text, at)
        out.append(piece)
    found = re.sub(r" +", " ", "".join(out)).strip()
    found = re.sub(r"\^\{([^{}]*)\}\^\{([^{}]*)\}", r"^{\1\2}", found)
    return re.sub(r"(\\[A-Za-z]+) (?=[^A-Za-z0-9\\ (\[|])", r"\1", found)


def _atom(text: str, at: int) -> tuple[str, int]:
    """One piece of TeX, and where the next begins."""
    c = text[at]
    word = re.compile(r"[A-Za-z]{2,}").match(text, at)
    if word and (word[0] in FUNCTIONS or word[0] in UPRIGHT):
        head = f"\\{word[0]} " if word[0] in FUNCTIONS else ""
        space = r"\," if text[word.end() : word.end() + 1] == " " else ""
        return head or rf"\mathrm{{{word[0]}}}{space}", word.end()
    if c in "_^":
        body, end = _index(text, at + 1)
        return f"{c}{{{body}}}", end
    if c in SUPERSCRIPTS or c in SUBSCRIPTS:
        table, sign = (SUPERSCRIPTS, "^") if c in SUPERSCRIPTS else (SUBSCRIPTS, "_")
        end = at
        while end < len(text) and text[end] in table:
            end += 1
        return f"{sign}{{{''.join(table[d] for d in text[at:end])}}}", end
    if c == "√":
        inner, end = _argument(text, at + 1)
        return rf"\sqrt{{{to_tex(inner)}}}", end
    if c == "*" and at and (text[at - 1].isalpha() or text[at - 1] in "*"):
        return "^{*}", at + 1
    if c == "Σ" and not _sums(text, at):
        return r"\Sigma ", at + 1
    base = GREEK.get(c, "")
    tex = f"\\{base} " if base else SIGNS.get(c, c)
    if at + 1 < len(text) and text[at + 1] in ACCENTS:
        return rf"\{ACCENTS[text[at + 1]]}{{{tex.strip()}}}", at + 2
    return tex, at + 1


def _apart(text: str) -> str:
    """Letters and their accents as signs of their own."""
    found = (unicodedata.normalize("NFD", c) for c in text)
    pairs = zip(text, found, strict=True)
    return "".join(d if d[-1] in ACCENTS else c for c, d in pairs).replace("\u00a0", " ")


def _sums(text: str, at: int) -> bool:
    """Whether Σ is a sum, with an index or a summand, and not a matrix."""
    after = text[at + 1 :].lstrip()[:1]
    factor = text[at - 1 : at] == "ᵀ" or after == "T"
    return not factor and (after in ("_", "|", "⟨") or after.isalpha())


def _index(text: str, at: int) -> tuple[str, int]:
    """An index or an exponent, and where it ends."""
    if text[at] == "{":
        end = _closing(text, at)
        return to_tex(text[at + 1 : end]), end + 1
    for pair in PAIRS:
        if text.startswith(pair, at) and not text[at + len(pair) : at + len(pair) + 1].isalpha():
            return pair if pair not in ("max", "min") else rf"\{pair}", at + len(pair)
    number = re.compile(r"[-−]?\d+").match(text, at)
    if number:
        return to_tex(number[0]), number.end()
    if text[at] == "(":
        end = _closing(text, at)
        return to_tex(text[at : end + 1]), end + 1
    body, end = _atom(text, at)
    return body.strip(), end


def _argument(text: str, at: int) -> tuple[str, int]:
    """What stands under a root: a bracket without its brackets, a number, or a letter."""
    if text[at : at + 1] == "(":
        end = _closing(text, at)
        return text[at + 1 : end], end + 1
    number = re.compile(r"\d+").match(text, at)
    if number:
        return number[0], number.end()
    end = at + 1
    while end < len(text) and text[end] in ACCENTS:
        end += 1
    return text[at:end], end


def _closing(text: str, at: int) -> int:
    """Where the bracket that opens at a place is closed."""
    pairs, depth = {"(": ")", "{": "}"}, 0
    for place in range(at, len(text)):
        depth += (text[place] == text[at]) - (text[place] == pairs[text[at]])
        if depth == 0:
            return place
    return len(text) - 1
