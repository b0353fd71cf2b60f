"""What someone's EM step is asked at: starts, weights, data and covariances, in short decimals.

The same for every run: numbers come from a seeded generator, as quarters. Rows are kept as points
and how often each occurs, so that thousands of rows are two lines of code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from overspec.errors import InputError
from overspec.exact import whole
from overspec.verify.testing.calls import on_host
from overspec.verify.testing.posterior import Array, expanded, orbit

MANY = (20,) * 250 + (3,)  # rows of a kind one after the other: batches of 1024 differ
FAR = 50.0  # the density of N(0, 1) is 0 there in doubles
FARTHER = 2000.0  # and e^{xθ} is infinite here
FALLING = {2: (8, 2), 3: (5, 3, 2)}  # in tenths, as 4, 3, 2, 1 are
FAINT = 1e-4  # a weight that floors and clips of weights do not leave alone
DTYPES = ("float64", "float32")


@dataclass(frozen=True, eq=False)
class Case:
    """Arguments of one EM step.

    Attributes:
        start: θ, shape (d,), of tied means, or free means, shape (k, d).
        weights: π, shape (k,), summing to 1.
        points: the different rows, shape (m, d).
        counts: how many rows each point makes, one after the other.
        kind: shape of the covariances (`posterior.KINDS`; "tied" for one Σ of tied means), or
            "variance" for Σ = v I; "" for Σ = I.
        covariances: in that shape, or None.
    """

    start: Array
    weights: Array
    points: Array
    counts: tuple[int, ...]
    kind: str = ""
    covariances: Array | None = None

    @property
    def k(self) -> int:
        return len(self.weights)

    @property
    def d(self) -> int:
        return int(self.points.shape[1])

    @property
    def tied(self) -> bool:
        return self.start.ndim == 1

    @property
    def data(self) -> Array:
        """The rows, shape (n, d)."""
        return np.repeat(self.points, self.counts, axis=0)

    @property
    def extra(self) -> tuple[Array, ...]:
        return () if self.covariances is None else (self.covariances.copy(),)

    @property
    def extra_name(self) -> str:
        """What a fourth argument is called; "" where there is none."""
        names = {"": "", "variance": "variance"}
        return names.get(self.kind, "covariance" if self.tied else "covariances")

    def exact(self) -> tuple[Array, Array, Array, Array]:
        """Means (k, d), weights, data and covariances (k, d, d) in doubles."""
        start = self.start.astype(float)
        means = orbit(start, self.k) if self.tied else start
        if self.kind in ("", "variance"):
            variance = 1.0 if self.covariances is None else float(self.covariances)
            spread = np.broadcast_to(variance * np.eye(self.d), (self.k, self.d, self.d))
        else:
            spread = expanded(self.kind, self.covariances, self.k, self.d)
        return means, self.weights.astype(float), self.data.astype(float), spread

    def __str__(self) -> str:
        rows = "; ".join(
            ",".join(f"{v:g}" for v in x) + (f" ({count} times)" if count > 1 else "")
            for x, count in zip(self.points, self.counts, strict=True)
        )
        name = "θ" if self.tied else "means"
        start = "; ".join(",".join(f"{v:g}" for v in x) for x in np.atleast_2d(self.start))
        weights = ",".join(f"{v:g}" for v in self.weights)
        spread = "" if self.covariances is None else f", {_spread(self)}"
        return f"k = {self.k}, weights {weights}, {name} = {start}{spread}, data {rows}"


def _spread(case: Case) -> str:
    name = case.extra_name if case.tied else f"{case.kind} covariances"
    return f"{name} {np.asarray(case.covariances).tolist()}"


@dataclass(frozen=True, eq=False)
class Trials:
    """How much is tried.

    Attributes:
        ks: numbers of components.
        cases: cases for each k.
        rows: rows of the data sets, taken in turn; none means 8 and 20.
        data: data of one's own, shape (n, d), in place of the data sets.
        dtype: of the arrays that the code is given.
        ds: dimensions, taken in turn; none means k − 1 for tied means, and 1, 2, 3 for free ones.
    """

    ks: tuple[int, ...] = (2, 3, 4)
    cases: int = 3
    rows: tuple[int, ...] = (8, 20)
    data: Array | None = None
    dtype: str = "float64"
    ds: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        ks: int | Iterable[int] | None = None,
        cases: int | None = None,
        rows: int | Iterable[int] | None = None,
        data: Any = None,
        dtype: str = "float64",
        ds: int | Iterable[int] | None = None,
    ) -> Trials:
        """Checked.

        Raises:
            InputError: not whole numbers, too few, or data that are no table of finite numbers.

        >>> Trials.of(ks=2, rows=[5]).rows
        (5,)
        """
        if dtype not in DTYPES:
            raise InputError(f"dtype {dtype!r}; choose {', '.join(DTYPES)}")
        table = None
        if data is not None:
            table = np.asarray(on_host(data))
            if np.ma.is_masked(data):
                raise InputError("data with a mask: give the rows without missing values only")
            if table.dtype.kind not in "iuf" or table.ndim != 2 or not np.isfinite(table).all():
                raise InputError(
                    f"data of shape {table.shape} and type {table.dtype}; give a table (n, d) of "
                    "finite real numbers"
                )
            table = table.astype(float)
        return cls(
            _several(ks, "ks", 2) or cls.ks,
            cls.cases if cases is None else _several(cases, "cases", 1)[0],
            _several(rows, "rows", 1) or cls.rows,
            table,
            dtype,
            _several(ds, "ds", 1),
        )

    def of_family(self, family: str, tied: bool, kind: str) -> tuple[Case, ...]:
        """The cases of a family: plain, zero, other, far, faint or many.

        Args:
            family: zero has θ = 0, other has other covariances than I, far has points at 50
                and 2000, faint has weights near 0, many has thousands of rows.
            tied: whether the start is one θ.
            kind: shape of the covariances that the code takes, or "".

        >>> [str(c) for c in Trials.of(ks=2, cases=1, rows=1).of_family("zero", True, "")]
        ['k = 2, weights 0.8,0.2, θ = 0, data 2']
        """
        ks = self.ks[:1] if family == "many" else self.ks
        count = self.cases if family in ("plain", "other") else 1
        return tuple(
            self._typed(self._case(family, k, index, tied, kind))
            for k in ks
            for index in range(count)
        )

    def _case(self, family: str, k: int, index: int, tied: bool, kind: str) -> Case:
        random = np.random.default_rng([k, index])
        d = self._dimension(k, index, tied)
        given = self.data if family in ("plain", "zero", "other") else None
        if given is not None:
            points = given
        else:
            rows = {"far": 6, "many": len(MANY)}.get(family, self.rows[index % len(self.rows)])
            points = _quarters(random, (rows, d), 12)
        if family == "far":
            aside = 0.5 ** np.arange(d)
            ahead = np.roll(aside, 1)  # no point is as near to one mean as to another
            points = np.vstack([points, FAR * aside, -FAR * aside, FARTHER * ahead])
        counts = MANY if family == "many" else (1,) * len(points)
        start = _quarters(random, (d,) if tied else (k, d), 8)
        if tied and (index == 0 or not start.any()):
            start = np.arange(1, d + 1) / 2
        if family == "zero":
            start = np.zeros_like(start)
        if given is not None and not tied:
            start = _chosen(random, given, k)
        weights = _faint(k) if family == "faint" else _weights(random, k, index)
        case = Case(start, weights, points, counts, kind)
        return replace(case, covariances=_covariances(random, kind, k, d, index, family))

    def _dimension(self, k: int, index: int, tied: bool) -> int:
        if self.data is None and not self.ds:
            return k - 1 if tied else (k + index) % 3 + 1
        ds = self.ds if self.data is None else (self.data.shape[1],)
        d = ds[(k + index) % len(ds)]
        if tied and d < k - 1:
            raise InputError(f"d = {d}: tied means of k = {k} need d ≥ {k - 1}; use other ks")
        return d

    def _typed(self, case: Case) -> Case:
        parts = (case.start, case.weights, case.points)
        start, weights, points = (part.astype(self.dtype) for part in parts)
        spread = None if case.covariances is None else case.covariances.astype(self.dtype)
        return Case(start, weights, points, case.counts, case.kind, spread)


def _several(value: Any, name: str, least: int) -> tuple[int, ...]:
    if value is None:
        return ()
    found = tuple(whole(v, name) for v in (value if isinstance(value, Iterable) else (value,)))
    if not found or min(found) < least:
        raise InputError(f"{name} = {value}; use whole numbers ≥ {least}")
    return found


def _quarters(random: np.random.Generator, shape: tuple[int, ...], largest: int) -> Array:
    return np.asarray(random.integers(-largest, largest + 1, shape) / 4)


def _chosen(random: np.random.Generator, data: Array, k: int) -> Array:
    """k different rows: means that each have a mass, however far the rows are apart.

    Raises:
        InputError: there are fewer.
    """
    rows = np.unique(data, axis=0)
    if len(rows) < k:
        raise InputError(f"data with {len(rows)} different rows: k = {k} needs {k}; use other ks")
    return np.asarray(random.permutation(rows)[:k])


def _weights(random: np.random.Generator, k: int, index: int) -> Array:
    """Falling, then uniform, then any, in twentieths where these are enough."""
    if index == 1:
        return np.full(k, 1 / k)
    falling = np.array(FALLING.get(k, range(k, 0, -1)))
    parts = falling if index == 0 else 1 + random.multinomial(max(20 - k, k), np.full(k, 1 / k))
    return np.asarray(parts / parts.sum())


def _faint(k: int) -> Array:
    weights = np.full(k, FAINT)
    weights[0] = 1 - FAINT * (k - 1)
    return weights


def _covariances(
    random: np.random.Generator, kind: str, k: int, d: int, index: int, family: str
) -> Array | None:
    if not kind:
        return None
    if family != "other":
        if kind == "variance":
            return np.asarray(1.0)
        unit = {"spherical": np.ones(k), "diag": np.ones((k, d)), "tied": np.eye(d)}
        return unit.get(kind, np.broadcast_to(np.eye(d), (k, d, d)))
    sizes = np.array([0.25, 2.25, 4.0])
    scales = sizes[(np.arange(k * d).reshape(k, d) * 2 + index) % 3]
    if kind == "variance":
        return np.asarray(sizes[index % 3])
    if kind == "spherical":
        return np.asarray(sizes[(np.arange(k) + index) % 3])
    if kind == "diag":
        return np.asarray(scales)
    lower = np.tril(_quarters(random, (k, d, d), 3), -1) + np.eye(d)
    full = np.einsum("jab,jb,jcb->jac", lower, scales, lower)
    return np.asarray(full[0] if kind == "tied" else full)
