"""``overspec derive``: the exact condition, spectrum and local rate, by computer algebra."""

from __future__ import annotations

from typing import Any

import click

from overspec.action import Action, block_size
from overspec.commands import exposition
from overspec.commands.shared.options import (
    components,
    d_option,
    json_option,
    k_option,
    mixture_of,
    weights_option,
)
from overspec.commands.shared.output import print_facts, print_json, print_table
from overspec.errors import InputError
from overspec.mixture import Mixture
from overspec.weights import check_k

EXAMPLES = """\b
Examples:
  overspec derive --k 4
  overspec derive --k 4 --weights 2/5,3/10,1/10,1/5
  overspec derive --weights "1/2,(sqrt(5)-1)/4,(3-sqrt(5))/4" --json
  overspec derive --k 4 --weights 2/5,3/10,1/10,1/5 --tex
  overspec derive --k 3 --explain S6"""

MAX_K = 200  # eigenvalues are listed one by one, each a sum over all weights
FEW, MAX_K_FEW = 8, 2000  # unless the weights come in few runs of equal ones
MAX_POLYNOMIAL_K = 12  # beyond this the polynomials are of no use to a reader


@click.command(short_help="The exact condition on the weights.", epilog=EXAMPLES)
@k_option
@d_option
@weights_option
@click.option("--explain", metavar="LABEL", help="Print the derivation of a statement, such as S6.")
@click.option("--tex", "as_tex", is_flag=True, help="Print TeX that a paper could include.")
@json_option
def derive(
    k: int | None,
    d: int | None,
    weights: str | None,
    explain: str | None,
    as_tex: bool,
    as_json: bool,
) -> int:
    """The exact condition on the weights for EM to contract exponentially.

    A = sum_j pi_j R^j has one eigenvalue for each frequency m of the rotation R, the m-th entry
    of the discrete Fourier transform of the weights. The Hessian of the KL divergence at the
    optimum is A^T A, and EM contracts there by the local rate 1 - min_m |pi_hat_m|^2. Whether an
    entry is zero is decided exactly. Without --weights the answer is a formula in the weights.

    --explain prints a derivation for k components (3 when not given), step by step, after running
    its checks; the exit code is 1 if one of them fails.
    """
    if as_tex and as_json:
        raise InputError("give --tex or --json, not both: each has standard output to itself")
    if explain is not None:
        return _explain(explain, k, weights, as_tex, as_json)
    mixture = None if weights is None else mixture_of(k, d, weights)
    facts = _symbolic(components(k, weights), d) if mixture is None else _with_weights(mixture)
    if as_json:
        print_json(facts)
    elif as_tex:
        click.echo(exposition.condition_tex(facts, mixture))
    else:
        _print(facts)
    return 0


def _explain(label: str, k: int | None, weights: str | None, as_tex: bool, as_json: bool) -> int:
    if weights is not None:
        raise InputError("--explain derives a statement for all weights; leave out --weights")
    size = 3 if k is None else components(k, None)
    check_k(size)
    facts = exposition.explained(exposition.derivation_of(label, size), size, variants=not as_tex)
    if as_json:
        print_json(facts)
    else:
        click.echo(exposition.derivation_tex(facts) if as_tex else exposition.as_text(facts))
    return 1 if facts["failures"] else 0


def _symbolic(k: int, d: int | None) -> dict[str, Any]:
    action = Action.simplex(k, d)
    conditions = _conditions(k, action)
    entries = [f"|pi_hat_{c['frequency']}|^2" for c in conditions]
    smallest = entries[0] if len(entries) == 1 else f"min({', '.join(entries)})"
    return {
        "k": k,
        "d": action.d,
        "weights": None,
        "condition": _all_of(conditions),
        "conditions": conditions,
        "eigenvalues": [],
        "invertible": None,
        "null_frequencies": None,
        "local_rate": f"1 - {smallest}",
    }


def _with_weights(mixture: Mixture) -> dict[str, Any]:
    limit = MAX_K if len(mixture.weights.runs) > FEW else MAX_K_FEW
    if mixture.k > limit:
        raise InputError(
            f"k = {mixture.k}: derive lists every eigenvalue exactly, up to k = {MAX_K}, or "
            f"{MAX_K_FEW} where the weights come in at most {FEW} runs of equal ones"
        )
    from overspec.proofs.identities.circulant import invertible, local_rate
    from overspec.proofs.machinery.cyclotomic import dft_energy, null_frequencies
    from overspec.reports.content.format import exact_decimal

    eigenvalues = []
    for m in mixture.action.frequencies:
        energy = dft_energy(mixture.weights, m)
        eigenvalues.append(
            {
                "frequency": m,
                "multiplicity": block_size(mixture.k, m) * mixture.action.multiplicity(m),
                "value": exact_decimal(energy),
                "exact": str(energy),
            }
        )
    rate = local_rate(mixture)
    conditions = _conditions(mixture.k, mixture.action)
    return {
        "k": mixture.k,
        "d": mixture.d,
        "weights": str(mixture.weights),
        "condition": _all_of(conditions),
        "conditions": conditions,
        "eigenvalues": eigenvalues,
        "invertible": invertible(mixture),
        "null_frequencies": list(null_frequencies(mixture.weights, mixture.action)),
        "local_rate": exact_decimal(rate),
        "local_rate_exact": str(rate),
    }


def _conditions(k: int, action: Action) -> list[dict[str, Any]]:
    """One condition a frequency; as polynomials in the weights while these can be read."""
    if k > MAX_POLYNOMIAL_K:
        return [
            {"frequency": m, "text": f"pi_hat_{m} != 0", "tex": rf"\hat\pi_{{{m}}} \ne 0"}
            for m in action.frequencies
            if m
        ]
    from overspec.proofs.identities.circulant import invertibility_condition

    return [
        {"frequency": c.frequency, "text": c.text, "tex": c.tex}
        for c in invertibility_condition(k, action)
    ]


def _all_of(conditions: list[dict[str, Any]]) -> str:
    return " and ".join(condition["text"] for condition in conditions)


def _print(facts: dict[str, Any]) -> None:
    symbolic = facts["weights"] is None
    print_facts(
        [
            ("k, d", f"{facts['k']}, {facts['d']}"),
            ("weights", "pi_0, ..., pi_" + str(facts["k"] - 1) if symbolic else facts["weights"]),
        ]
    )
    click.echo()
    click.echo("A is invertible if and only if, at each frequency m,")
    print_table(("m", "must hold"), [(str(c["frequency"]), c["text"]) for c in facts["conditions"]])
    click.echo()
    if symbolic:
        print_facts([("local rate of EM", facts["local_rate"])])
        return
    click.echo("Eigenvalues |pi_hat_m|^2 of the Hessian at the optimum:")
    print_table(
        ("m", "times", "value", "exact"),
        [
            (str(e["frequency"]), str(e["multiplicity"]), e["value"], e["exact"])
            for e in facts["eigenvalues"]
        ],
    )
    click.echo()
    nulls = ", ".join(map(str, facts["null_frequencies"]))
    rate = facts["local_rate"]
    print_facts(
        [
            ("A is invertible", "yes" if facts["invertible"] else f"no, zero at frequency {nulls}"),
            (
                "local rate of EM",
                f"{rate}, the factor of |theta| per step near the optimum"
                if facts["invertible"]
                else f"{rate}, no exponential contraction",
            ),
        ]
    )
