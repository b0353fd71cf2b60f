"""What the toolkit finds for one mixture that a user names: spectrum, condition, rate, radius."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from overspec import __version__
from overspec.action import block_size
from overspec.decimals import enclosed, estimated
from overspec.errors import InputError
from overspec.evidence import Provenance, Quantity
from overspec.mixture import Mixture

MAX_K = 12  # conditions beyond are of no use to a reader
MAX_RADIUS_K = 6  # of the search for γ
GAP = Fraction(1, 2)


@dataclass(frozen=True)
class Eigenvalue:
    """``|π̂_m|²``, an eigenvalue of the Hessian at the optimum.

    Attributes:
        frequency, multiplicity: m, and how often it occurs on R^d.
        condition: TeX of the polynomial condition that it is not 0.
        holds: whether it is not 0, decided exactly.
        exact: TeX of the exact value.
        value: the same as decimals.
    """

    frequency: int
    multiplicity: int
    condition: str
    holds: bool
    exact: str
    value: Quantity


@dataclass(frozen=True)
class Portrait:
    """A mixture and what holds for it.

    Attributes:
        name: what the user calls it.
        weights, k, d: the mixture.
        eigenvalues: one for each frequency of the action.
        invertible: whether A is: EM then is exponentially fast from every start.
        rate: the local factor of |θ| per step, ``1 − min_m |π̂_m|²``.
        law: ``lim t² KL_t`` where A is singular and the start has energy in each null block.
        radius_bound: proved lower bound on γ (kind jacobian, c = `gap`); None where A is singular.
        radius: γ on the regular simplex by search, an estimate; None beyond the engine.
        gap: c.
        provenance: how to compute it again.
    """

    name: str
    weights: str
    k: int
    d: int
    eigenvalues: tuple[Eigenvalue, ...]
    invertible: bool
    rate: Quantity
    law: Quantity | None
    radius_bound: Quantity | None
    radius: Quantity | None
    gap: str
    provenance: Provenance


def portrait(name: str, mixture: Mixture, command: str) -> Portrait:
    """Everything that a report says of one mixture.

    Args:
        name: any text; it is only ever printed.
        mixture: k ≤ 12 with the simplex action.
        command: what the reader types to get this again.

    Raises:
        InputError: k > 12.

    >>> found = portrait("mine", Mixture.simplex(4, "2/5,3/10,1/10,1/5"), "overspec report")
    >>> found.invertible, [(e.frequency, e.holds, e.exact) for e in found.eigenvalues]
    (False, [(1, True, '\\\\frac{1}{10}'), (2, False, '0')])
    >>> found.law.low, found.radius_bound
    ('0.0625', None)
    """
    # here, so that a ledger with portraits can be read without proofs and engines
    import sympy

    from overspec.proofs.identities.circulant import invertibility_condition, local_rate
    from overspec.proofs.machinery.cyclotomic import dft_energy, null_frequencies
    from overspec.proofs.rates.null_law import null_law
    from overspec.proofs.rates.radius_bound import radius_lower_bound

    k = mixture.k
    if k > MAX_K:
        raise InputError(f"k = {k}: a report states the conditions for k up to {MAX_K}")
    null = null_frequencies(mixture.weights, mixture.action)
    conditions = {c.frequency: c for c in invertibility_condition(k, mixture.action)}
    eigenvalues = []
    for m in (m for m in mixture.action.frequencies if m):
        energy = dft_energy(mixture.weights, m)
        eigenvalues.append(
            Eigenvalue(
                m,
                block_size(k, m) * mixture.action.multiplicity(m),
                conditions[m].tex,
                m not in null,
                sympy.latex(sympy.sympify(energy)),
                enclosed(energy),
            )
        )
    law = None if not null else null_law(mixture)
    bound = None if null else enclosed(radius_lower_bound(mixture, "jacobian", GAP))
    return Portrait(
        name=name,
        weights=str(mixture.weights),
        k=k,
        d=mixture.d,
        eigenvalues=tuple(eigenvalues),
        invertible=not null,
        rate=enclosed(local_rate(mixture)),
        law=None if law is None else enclosed(law.divergence_limit),
        radius_bound=bound and replace(bound, high="inf"),
        radius=None if null or k > MAX_RADIUS_K else _radius(mixture),
        gap=str(GAP),
        provenance=Provenance(command, __version__),
    )


def _radius(mixture: Mixture) -> Quantity:
    from overspec.verify.radius.search import gamma

    found = gamma(mixture, kind="jacobian", gap=GAP, orbit="simplex", digits=5)
    return estimated(found.lower, found.upper)
