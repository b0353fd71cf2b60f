"""What exact answers cost: ``overspec derive`` against k, with general-purpose algebra as peer.

    python benchmarks/proofs.py                 all parts, about two minutes
    python benchmarks/proofs.py --quick         smaller k, a few seconds
    python benchmarks/proofs.py --out DIR       where proofs.png goes (default: beside this file)

Three parts, each against a peer in the same run on the same machine:

- symbolic weights, k ≤ 12: the conditions in the weights; peer: SymPy's expand_complex and simplify
  applied to Σ π_j ω^{mj} (small k only);
- rational weights, k ≤ 64: spectrum, null frequencies and rate; peer: SymPy's minimal polynomial
  of each entry to decide whether it is 0, a part of what ours answers;
- a derivation (S6) built and re-checked by both methods; peer: the same, with SymPy's together,
  expand and rem in place of our zero test of rational functions.

The figure needs matplotlib; without it the numbers are printed and that is said. What a peer is too
slow to do in full is measured at smaller k and said so; nothing is extrapolated.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import sympy

from overspec import Weights, cli
from overspec.mixture import weight_symbols
from overspec.proofs.catalogue import DERIVATIONS
from overspec.proofs.language import derivation
from overspec.proofs.machinery import cyclotomic
from overspec.proofs.machinery.identity import ZETA

SYMBOLIC_LIMIT, RATIONAL_LIMIT = 20.0, 2.0  # seconds: k = 12 symbolic, k = 64 rational
Curve = list[tuple[int, float]]


def timed(call: Callable[[], Any]) -> float:
    """CPU seconds of one run on one thread, after SymPy's cache is emptied."""
    sympy.core.cache.clear_cache()
    start = time.process_time()
    call()
    return time.process_time() - start


def command(*arguments: str) -> None:
    """``overspec derive`` in this process, without what starting Python and importing cost."""
    with contextlib.redirect_stdout(io.StringIO()):
        assert cli.main(["derive", *arguments]) == 0


def symbolic(ks: list[int], peer_ks: list[int]) -> tuple[Curve, Curve]:
    def simplified(k: int) -> None:
        weights = weight_symbols(k)
        for m in range(1, k // 2 + 1):
            root = sympy.exp(2 * sympy.pi * sympy.I * m / k)
            entry = sum(w * root**j for j, w in enumerate(weights))
            sympy.simplify(sympy.expand_complex(entry * sympy.conjugate(entry)))

    ours = [(k, timed(lambda k=k: command("--k", str(k)))) for k in ks]
    return ours, [(k, timed(lambda k=k: simplified(k))) for k in peer_ks]


def rational_weights(k: int) -> str:
    """Weights i + 1 over their sum, in an order that is neither sorted nor periodic."""
    values = [(5 * j * j + 3 * j) % (2 * k + 1) + 1 for j in range(k)]
    return ",".join(f"{v}/{sum(values)}" for v in values)


def rational(ks: list[int], peer_ks: list[int]) -> tuple[Curve, Curve]:
    def minimal(k: int) -> None:
        weights = Weights.of(rational_weights(k))
        x = sympy.Symbol("x")
        for m in range(1, k // 2 + 1):
            root = sympy.exp(2 * sympy.pi * sympy.I * m / k)
            entry = sum(sympy.Rational(w.numerator, w.denominator) * root**j
                        for j, w in enumerate(weights))  # fmt: skip
            assert (sympy.minimal_polynomial(entry, x) == x) == cyclotomic.is_null(weights, m)

    ours = [(k, timed(lambda k=k: command("--weights", rational_weights(k)))) for k in ks]
    return ours, [(k, timed(lambda k=k: minimal(k))) for k in peer_ks]


def derivations(ks: list[int], peer_ks: list[int]) -> tuple[Curve, Curve]:
    def generic(expression: Any, root: int | None = None) -> bool:
        """Zero test by SymPy's together, expand and rem."""
        numerator = sympy.expand(sympy.fraction(sympy.together(expression))[0])
        if root is None or not numerator.has(ZETA):
            return bool(numerator == 0)
        return bool(sympy.rem(numerator, sympy.cyclotomic_poly(root, ZETA), ZETA).expand() == 0)

    def rechecked(k: int) -> None:
        assert DERIVATIONS["S6"](k).recheck() == ()

    ours = [(k, timed(lambda k=k: rechecked(k))) for k in ks]
    with mock.patch.object(derivation, "vanishes", generic):
        return ours, [(k, timed(lambda k=k: rechecked(k))) for k in peer_ks]


def report(name: str, ours: Curve, peer: Curve, limit: tuple[int, float] | None) -> None:
    print(f"{name}: " + ", ".join(f"k = {k} {s:.3g} s" for k, s in ours))
    print("  peer: " + ", ".join(f"k = {k} {s:.3g} s" for k, s in peer))
    own = dict(ours)
    both = [(k, s / own[k]) for k, s in peer if k in own]
    print("  ratio: " + ", ".join(f"k = {k} {ratio:.1f}" for k, ratio in both))
    if limit is not None and limit[0] in own:
        verdict = "under" if own[limit[0]] < limit[1] else "OVER"
        print(f"  k = {limit[0]}: {own[limit[0]]:.2f} s, {verdict} the limit of {limit[1]:.0f} s")


def figure(parts: list[tuple[str, Curve, Curve]], path: Path) -> None:
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        print("no figure: matplotlib is not installed (pip install matplotlib)")
        return
    chart, axes = plt.subplots(1, len(parts), figsize=(4.2 * len(parts), 3.4), sharey=True)
    for axis, (name, ours, peer) in zip(axes, parts, strict=True):
        axis.semilogy(*zip(*ours, strict=True), "o-", color="#1f4e79", label="overspec", ms=4)
        axis.semilogy(*zip(*peer, strict=True), "s--", color="#b5651d", label="peer", ms=4)
        axis.set_title(name, fontsize=10)
        axis.set_xlabel("k")
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(True, which="major", alpha=0.3)
        axis.legend(frameon=False, fontsize=9)
    axes[0].set_ylabel("CPU seconds")
    chart.tight_layout()
    chart.savefig(path, dpi=130)
    print(f"figure: {path}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="smaller k")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent, help="folder of the figure"
    )
    chosen = parser.parse_args()
    quick = chosen.quick
    plan = [
        ("symbolic weights", symbolic, list(range(2, 9 if quick else 13)),
         [2, 3, 4] if quick else [2, 3, 4, 5, 6], (12, SYMBOLIC_LIMIT)),
        ("rational weights", rational, [4, 8, 16, 32] if quick else [4, 8, 16, 24, 32, 48, 61, 64],
         [4, 8] if quick else [4, 6, 8, 12, 16], (64, RATIONAL_LIMIT)),
        ("derivation S6, re-checked", derivations, list(range(2, 6 if quick else 10)),
         [2] if quick else [2, 3], None),
    ]  # fmt: skip
    parts = []
    for name, part, ks, peer_ks, limit in plan:
        ours, peer = part(sorted({*ks, *peer_ks}), peer_ks)
        report(name, ours, peer, limit)
        parts.append((name, ours, peer))
    figure(parts, chosen.out / "proofs.png")


if __name__ == "__main__":
    main()
