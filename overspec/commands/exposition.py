"""What ``overspec derive`` shows of the proofs: steps on a terminal, or TeX for a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import InputError

if TYPE_CHECKING:
    from ..mixture import Mixture
    from ..proofs.derivation import Derivation

MAX_EXPLAIN_K = 12  # the steps are re-checked while the reader waits
MAX_FACES_K = 12
MAX_MUTANT_K = 4  # false variants are re-checked too, each as long as the true one


def derivation_of(label: str, k: int) -> Derivation:
    """The derivation with this label for k components.

    Raises:
        InputError: an unknown label, or k beyond 12.
    """
    from ..proofs.catalogue import DERIVATIONS

    if label not in DERIVATIONS:
        raise InputError(f"--explain {label!r}: no such derivation; use {', '.join(DERIVATIONS)}")
    if k > MAX_EXPLAIN_K:
        raise InputError(
            f"--explain at k = {k}: derivations are spelled out to k = {MAX_EXPLAIN_K}"
        )
    return DERIVATIONS[label](k)


def explained(derivation: Derivation, k: int, variants: bool = True) -> dict[str, Any]:
    """The derivation as plain data, with what both checks say of it and of false variants now."""
    failures = derivation.recheck()
    return {
        "id": derivation.id,
        "k": k,
        "title": derivation.title,
        "statement": derivation.statement_tex,
        "statement_text": derivation.statement.text,
        "depends": list(derivation.depends),
        "hypotheses": list(derivation.hypotheses),
        "proved_under": [h.name for h in derivation.lemmas],
        "steps": [
            {"words": s.words, "equation": s.tex, "text": s.equation.text, "rule": s.rule}
            for s in derivation.steps
        ],
        "mutants": [
            {"variant": name, "rejected": bool(mutant.recheck())}
            for name, mutant in (derivation.mutants() if variants and k <= MAX_MUTANT_K else ())
        ],
        "failures": [str(failure) for failure in failures],
    }


def as_text(facts: dict[str, Any]) -> str:
    """The derivation for a terminal."""
    lines = [f"{facts['id']}  {facts['title']}, k = {facts['k']}", ""]
    lines += [facts["statement_text"], ""]
    lines += ["Assumed:", *(f"  - {h}" for h in facts["hypotheses"])]
    lines += [f"  - {', '.join(facts['depends'])} (derived)"] if facts["depends"] else []
    for number, step in enumerate(facts["steps"], start=1):
        lines += ["", f"Step {number}. {step['words']}", f"    {step['text']}"]
        lines += [f"    by: {step['rule']}"]
    count = len(facts["steps"])
    lines += [""]
    if facts["failures"]:
        lines += ["NOT proved:", *(f"  {failure}" for failure in facts["failures"])]
    else:
        lines += [f"Re-checked just now: {count} steps, each as a symbolic identity and at random "
                  "exact instances."]  # fmt: skip
    if facts["mutants"]:
        lines += ["False variants put through the same checks:"]
    for mutant in facts["mutants"]:
        verdict = "rejected" if mutant["rejected"] else "NOT REJECTED"
        lines += [f"  - {mutant['variant']}: {verdict}"]
    return "\n".join(lines)


def derivation_tex(facts: dict[str, Any]) -> str:
    """The derivation as TeX: a heading, the statement, the steps."""
    from ..reports.tex import escape

    lines = [f"% {facts['id']}; needs amsmath"]
    title = escape(facts["title"])
    lines += [rf"\paragraph{{{escape(facts['id'])}: {title} ($k={facts['k']}$).}}"]
    lines += [facts["statement"], "", r"\emph{Assumed:}", r"\begin{itemize}"]
    lines += [rf"  \item {escape(h)}" for h in facts["hypotheses"]]
    if facts["depends"]:
        lines += [rf"  \item {escape(', '.join(facts['depends']))}"]
    lines += [r"\end{itemize}", r"\begin{enumerate}"]
    for step in facts["steps"]:
        lines += [rf"  \item {escape(step['words'])}"]
        lines += [rf"  \[ {step['equation']} \]", rf"  ({escape(step['rule'])})"]
    lines += [r"\end{enumerate}"]
    return "\n".join(lines)


def condition_tex(facts: dict[str, Any], mixture: Mixture | None) -> str:
    """Condition, spectrum, rate, the law on null blocks and the degenerate faces, as TeX."""
    k = facts["k"]
    lines = [rf"% overspec derive, k = {k}, d = {facts['d']}; needs amsmath"]
    lines += [
        rf"\paragraph{{The condition on the weights ($k={k}$).}}",
        r"$A=\sum_j\pi_jR^j$ is invertible if and only if",
        r"\begin{align*}",
        " \\\\\n".join(rf"  &{c['tex']} && (m={c['frequency']})" for c in facts["conditions"]),
        r"\end{align*}",
    ]
    if mixture is None:
        lines += [r"Locally $|\theta|$ contracts by $1-\min_m|\hat\pi_m|^2$ a step."]
    else:
        import sympy

        from ..proofs.circulant import local_rate
        from ..proofs.cyclotomic import dft_energy
        from ..proofs.separation import as_sympy

        weights = ",\\ ".join(sympy.latex(as_sympy(w)) for w in mixture.weights)
        lines += [rf"For $\pi=({weights})$ the Hessian $A^TA$ has the eigenvalues"]
        values = ((m, dft_energy(mixture.weights, m)) for m in mixture.action.frequencies)
        lines += [r"\begin{align*}"]
        lines += [" \\\\\n".join(
            rf"  |\hat\pi_{{{m}}}|^2 &= {sympy.latex(value)}" for m, value in values)]  # fmt: skip
        lines += [r"\end{align*}"]
        lines += [rf"so the local rate is ${sympy.latex(local_rate(mixture))}$."]
        lines += _null_tex(mixture)
    lines += _faces_tex(k)
    return "\n".join(lines)


def _null_tex(mixture: Mixture) -> list[str]:
    import sympy

    from ..proofs.null_law import null_law

    try:
        law = null_law(mixture)
    except InputError as error:
        return [f"% no law on the null blocks: {error}"]
    if law is None:
        return []
    nulls = ", ".join(map(str, law.frequencies))
    shares = ",\\ ".join(sympy.latex(share) for share in law.direction)
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
    from ..proofs.faces import degenerate_faces

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
