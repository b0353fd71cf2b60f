"""All derivations by label: what the ledger runs and what a referee opens first."""

from __future__ import annotations

from collections.abc import Callable

from .derivation import Derivation
from .operator import em_operator, gradient_descent, jacobian

#: label → builder for k components.
DERIVATIONS: dict[str, Callable[[int], Derivation]] = {
    "S1": em_operator,
    "S2": gradient_descent,
    "S5": jacobian,
}
