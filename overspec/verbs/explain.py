"""``ov.explain``: the derivation of a statement, re-checked, as text or as TeX for a paper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from overspec.errors import InputError, OutOfReach
from overspec.evidence import Evidence, Extent, worth
from overspec.exact import flag
from overspec.results.result import Facts, Part, Result
from overspec.weights import check_k

if TYPE_CHECKING:
    from overspec.mixture import Mixture
    from overspec.proofs.language.derivation import Derivation
    from overspec.verbs.derive import DeriveResult

MAX_EXPLAIN_K = 12  # the steps are re-checked while the reader waits
MAX_FACES_K = 12
MAX_MUTANT_K = 4  # false variants are re-checked too, each as long as the true one


@dataclass(frozen=True, repr=False)
class Explanation(Result):
    """A derivation, and what both checks say of it and of false variants now.

    Attributes:
        derivation: the steps (`overspec.proofs`).
        k: for how many components it is spelled out.
        failures: of the checks; empty when it is proved.
        mutants: name of a false variant, and whether the same checks reject it.
        general: the derivation for every k at once, of which this is an instance, where it stands.
    """

    derivation: Derivation
    k: int
    failures: tuple[str, ...]
    mutants: tuple[tuple[str, bool], ...]
    general: Derivation | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec derive --explain LABEL --json`` prints."""
        found = self.derivation
        return {
            "id": found.id,
            "k": self.k,
            "title": found.title,
            "statement": found.statement_tex,
            "statement_text": found.statement.text,
            "depends": list(found.depends),
            "hypotheses": list(found.hypotheses),
            "proved_under": [h.name for h in found.lemmas],
            "worth": self.worth(),
            "scope": json.loads(json.dumps(asdict(self.scope()))),
            "methods": list(self.methods()),
            "shares": list(self.same()),
            "steps": [
                {
                    "words": s.words,
                    "equation": s.tex,
                    "text": s.equation.text,
                    "rule": s.rule,
                    "shares": list(both),
                }
                for s, both in zip(found.steps, self.shares, strict=True)
            ],
            "mutants": [{"variant": name, "rejected": no} for name, no in self.mutants],
            "failures": list(self.failures),
        }

    def scope(self) -> Extent:
        """Over which k, d, weights and θ it is derived here: any k where it is proved for every."""
        from overspec.verify.claims.found.scope import of_derivation

        return of_derivation(self.general or self.derivation, (self.k,))

    def worth(self) -> str:
        """What it is worth, in words: what it cites is assumed, as are its named hypotheses."""
        if self.failures:
            return "NOT proved"
        return worth(Evidence.PROVED, self.scope(), len(self.derivation.lemmas))

    def _proved(self) -> str:
        """Which of the steps are those of the proof for every k."""
        steps = {step.equation for step in self.general.steps} if self.general is not None else {}
        here = [n for n, step in enumerate(self.derivation.steps, 1) if step.equation in steps]
        return f"step{'' if len(here) == 1 else 's'} {', '.join(map(str, here))}"

    def _for(self) -> str:
        """For which k: every one where k is a symbol, be it of index sums or of the steps."""
        everywhere = self.general is not None or self.derivation.every_k
        return "every k" if everywhere else f"k = {self.k}"

    def told(self) -> tuple[tuple[str, str], ...]:
        """The scope for a reader, without k, which the evidence names."""
        return tuple((name, words) for name, words in self.scope().words if name != "k")

    def methods(self) -> tuple[str, ...]:
        """How each step is checked, in two ways; first for every k where it is."""
        from overspec.verify.claims.found.methods import models

        first = models(self.general)[:1] if self.general is not None else ()
        return (*first, *models(self.derivation))

    @cached_property
    def shares(self) -> tuple[tuple[str, ...], ...]:
        """For each step the code that its two methods have in common."""
        from overspec.verify.claims.found.methods import shares

        return shares(self.derivation)

    def same(self) -> tuple[str, ...]:
        """What both methods use of every step."""
        from overspec.verify.claims.found.methods import same

        return same(self.derivation)

    def headline(self) -> str:
        """Whether it is proved."""
        found = self.derivation
        return f"{found.id}, {found.title}: {self.worth()}, {len(found.steps)} steps"

    def parts(self) -> Iterator[Part]:
        """The derivation for a terminal."""
        found = self.derivation
        yield f"{found.id}  {found.title}, {self._for()}"
        yield ""
        if self.general is not None:
            yield self.general.statement.text
            yield ""
            yield f"Proved for every k at once by {self._proved()}; an example, k = {self.k}:"
            yield ""
        yield found.statement.text
        yield ""
        yield Facts.of([("evidence", self.worth()), *(("scope " + n, w) for n, w in self.told())])
        yield ""
        yield "Setting:"
        yield from (f"  - {words}" for words in found.setting)
        if found.depends:
            yield f"  - {', '.join(found.depends)} (derived)"
        if found.lemmas:
            yield "Named hypotheses, which no machine here checks:"
            yield from (f"  - {h.name}: {h}" for h in found.lemmas)
        yield "Two methods:"
        yield from (f"  - {words}" for words in self.methods())
        yield f"  Both use {', '.join(self.same())}."
        for number, (step, both) in enumerate(zip(found.steps, self.shares, strict=True), start=1):
            yield ""
            yield f"Step {number}. {step.words}"
            yield f"    {step.equation.text}"
            yield f"    by: {step.rule}"
            if both:
                yield f"    both methods use: {', '.join(both)}"
        yield ""
        if self.failures:
            yield "NOT proved:"
            yield from (f"  {failure}" for failure in self.failures)
        else:
            yield (f"Re-checked just now: {len(found.steps)} steps, each by both methods.")
        if self.mutants:
            yield "False variants put through the same checks:"
        for name, rejected in self.mutants:
            yield f"  - {name}: {'rejected' if rejected else 'NOT REJECTED'}"

    def to_latex(self) -> str:
        """The derivation as TeX: a heading, the statement, the steps."""
        from overspec.reports.content.document import prose
        from overspec.reports.fragment import NEEDS, displayed
        from overspec.reports.printing.latex import inline, line
        from overspec.reports.printing.tex import escape

        found = self.derivation
        title = escape(found.title)
        lines = [f"% overspec derive --explain {found.id}", NEEDS, r"\begin{sloppypar}"]
        at = "every $k$" if self._for() == "every k" else f"$k={self.k}$"
        at += f"; as an example $k={self.k}$" if self.general else ""
        lines += [rf"\paragraph{{{escape(found.id)}: {title} ({at}).}}"]
        lines += [inline(found.statement_tex), ""]
        lines += [rf"\emph{{Evidence:}} {escape(self.worth())}. \emph{{Scope:}} "
                  rf"{escape(str(self.scope()))}.", ""]  # fmt: skip
        lines += [r"\emph{Assumed:}", r"\begin{itemize}"]
        lines += [rf"  \item {line(prose(words))}" for words in found.setting_tex]
        if found.depends:
            lines += [rf"  \item {escape(', '.join(found.depends))}"]
        lines += [rf"  \item \emph{{{escape(h.name)}:}} {line(prose(h.tex))}" for h in found.lemmas]
        lines += [r"\end{itemize}", r"\emph{Two methods:} " + escape("; ".join(self.methods()))]
        lines += [escape(f". Both use {', '.join(self.same())}.")]
        lines += [r"\begin{enumerate}"]
        for step, both in zip(found.steps, self.shares, strict=True):
            lines += [rf"  \item {line(prose(step.words_tex))}"]
            also = f"; both methods use {', '.join(both)}" if both else ""
            lines += [displayed(step.tex), rf"  ({line(prose(step.rule_tex))}{escape(also)})"]
        lines += [r"\end{enumerate}", r"\end{sloppypar}"]
        return "\n".join(lines)


def explain(label: str, k: int = 3, *, variants: bool = True) -> Explanation:
    """Derive a statement for k components, step by step, and run its checks.

    Args:
        label: of a derivation, such as ``"S6"``.
        k: components, at most 12.
        variants: whether false variants are put through the same checks, to k = 4.

    Raises:
        InputError: an unknown label, or k beyond 12.

    >>> explain("S6", 2).failures
    ()
    """
    from overspec.proofs.catalogue import DERIVATIONS, for_every_k

    k, variants = check_k(k), flag(variants, "variants")
    if label not in DERIVATIONS:
        raise InputError(f"{label!r}: no such derivation; use {', '.join(DERIVATIONS)}")
    if k > MAX_EXPLAIN_K:
        raise OutOfReach(f"k = {k}: derivations are spelled out to k = {MAX_EXPLAIN_K}")
    derivation = DERIVATIONS[label](k)
    mutants = derivation.mutants() if variants and k <= MAX_MUTANT_K else ()
    return Explanation(
        derivation,
        k,
        tuple(str(failure) for failure in derivation.recheck()),
        tuple((name, bool(mutant.recheck())) for name, mutant in mutants),
        for_every_k(label),
    )


def condition_tex(found: DeriveResult) -> str:
    """Condition, spectrum, rate, the law on null blocks and the degenerate faces, as TeX."""
    from overspec.reports.fragment import NEEDS, aligned

    k, mixture = found.action.k, found.mixture
    lines = [
        rf"% overspec derive, k = {k}, d = {found.action.d}",
        NEEDS,
        rf"\paragraph{{The condition on the weights ($k={k}$).}}",
        r"$A=\sum_j\pi_jR^j$ is invertible if and only if",
        aligned(("", c.tex, f"m={c.frequency}") for c in found.conditions),
    ]
    if mixture is None:
        lines += [r"Locally $|\theta|$ contracts by $1-\min_m|\hat\pi_m|^2$ a step."]
    else:
        lines += _spectrum_tex(mixture)
        lines += _null_tex(mixture)
    lines += _faces_tex(k)
    return "\n".join(lines)


def _spectrum_tex(mixture: Mixture) -> list[str]:
    import sympy

    from overspec.proofs.identities.circulant import local_rate
    from overspec.proofs.machinery.cyclotomic import dft_energy
    from overspec.proofs.machinery.separation import as_sympy
    from overspec.reports.fragment import aligned, displayed

    weights = ",$ $".join(sympy.latex(as_sympy(w)) for w in mixture.weights)  # a line may end there
    values = ((m, dft_energy(mixture.weights, m)) for m in mixture.action.frequencies)
    return [
        rf"For $\pi=({weights})$ the Hessian $A^TA$ has the eigenvalues",
        aligned((rf"|\hat\pi_{{{m}}}|^2", f"= {sympy.latex(value)}", "") for m, value in values),
        "so the local rate is",
        displayed(sympy.latex(local_rate(mixture)) + "."),
    ]


def _null_tex(mixture: Mixture) -> list[str]:
    import sympy

    from overspec.proofs.rates.null_law import null_law

    try:
        law = null_law(mixture)
    except InputError as error:
        return [f"% no law on the null blocks: {error}"]
    if law is None:
        return []
    nulls = ",$ $".join(map(str, law.frequencies))
    shares = ",$ $".join(sympy.latex(share) for share in law.direction)
    return [
        rf"On the null frequencies $m\in\{{{nulls}\}}$ the shares of the energies tend to",
        rf"$({shares})$,",
        rf"with $t\,|\theta_t|^2\to{sympy.latex(law.energy_limit)}$ and "
        rf"$t^2\,\mathrm{{KL}}_t\to{sympy.latex(law.divergence_limit)}$.",
    ]


def _faces_tex(k: int) -> list[str]:
    import sympy

    if k > MAX_FACES_K:
        return []
    if sympy.isprime(k):
        return [rf"Among rational weights only the uniform ones fail ($k={k}$ is prime)."]
    from overspec.proofs.weights.faces import degenerate_faces

    lines = [
        "Rational weights fail on these faces of the simplex (orders $k/\\gcd(m,k)$ of the null",
        "frequencies; the vertices are minimal vanishing sums of roots of unity):",
        r"\begin{center}\begin{tabular}{llrr}",
        r"orders & null $m$ & dimension & vertices \\ \hline",
    ]
    for face in degenerate_faces(k):
        orders, nulls = (", ".join(map(str, part)) for part in (face.orders, face.frequencies))
        lines += [rf"${orders}$ & ${nulls}$ & {face.dimension} & {len(face.vertices)} \\"]
    return [*lines, r"\end{tabular}\end{center}"]
