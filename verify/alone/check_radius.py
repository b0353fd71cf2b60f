"""A second checker of certificates: python check_radius.py FILE. Needs mpmath, not overspec.

Proves again a radius along one radius (orbit "simplex", or k = 2, 3) or an evaluation at a regular
simplex (every theta when k = 2, 3): format 2, docs/certificates.md. It encloses what is stated by
itself, and prints: proved again (exit 0), false (1), not a certificate (2), not decided (3). Not
decided is what is outside its reach: two amplitudes, irrational weights, more than 200 components
unless all but one are equal, second derivatives beyond k = 3. Error budgets are only added up.

With P_a(t) = E v^a e^(-v), v = e^(t + c g), g normal, c^2 = |theta|^2 k/(k-1),

    E log S = c^2/2 + int (e^(-s0 e^t) - prod_j P_0(t + log pi_j)) dt,  s0 = e^(c^2/2),
    1 - g_m = sum_uv (n_u n_v - Re B_u(m) conj B_v(m)) int prod P_0 q_u q_v dt,  q = P_1/P_0,

over groups u, v of n equal weights, B(m) the sum of e^(2 pi i m j/k) over a group; no coefficient
is negative, so an error e of P_a moves the sum by its growth when every P_a is raised by e. For k =
2, 3 L is radial, L' = r g(r), and L'' is a central difference of it, to d^2 K_4/48.
"""

import hashlib
import json
import math
import re
import sys
from collections.abc import Callable
from fractions import Fraction as F
from functools import partial
from itertools import combinations
from typing import Any

import mpmath

ABOVE = F(1) + F(1, 10**9)  # over bounds that mpmath rounds
SAFE = F(1, 10**50)  # of constants, computed to 60 digits
MOST = 3 * 10**7  # operations of one quadrature
Ends = tuple[F, F]
Own = Callable[[int], Ends]  # an enclosure of about so many digits
Found = dict[Any, Ends]
Groups = list[tuple[F, int, list[tuple[int, int]]]]  # weight, count, runs (start, length)


class Bad(Exception):
    """Exit code and why."""


def need(condition: object, why: str, code: int = 1) -> None:
    if not condition:
        raise Bad(code, why)


def context(bits: int) -> Any:
    ctx = mpmath.MPContext()
    ctx.prec = bits
    return ctx


def real(ctx: Any, x: F) -> Any:
    return ctx.mpf(x.numerator) / x.denominator


def exactly(x: Any) -> F:
    sign, man, exp, _ = x._mpf_
    need((man or not exp) and abs(exp) < 10**5, "a bound is not finite, or out of range", 3)
    return F(-1 if sign else 1) * int(man) * F(2) ** int(exp)


def dyadic(text: Any) -> F:
    found = re.fullmatch(r"(0|-?[1-9][0-9]{0,2999})\*2\^(0|-?[1-9][0-9]{0,4})", str(text))
    if not found or not isinstance(text, str) or abs(int(found[2])) > 20000:
        raise Bad(1, "a number is not m*2^e, or out of range")
    return F(int(found[1])) * F(2) ** int(found[2])


def rational(text: Any) -> F:
    plain = isinstance(text, str) and re.fullmatch(r"[0-9]{1,3000}(/0*[1-9][0-9]{0,2999})?", text)
    need(plain, "numbers that are not fractions are beyond this checker", 3)
    return F(text)


def integer(x: Any, low: int, high: int) -> int:
    need(type(x) is int and low <= x <= high, "an integer is out of range")
    return int(x)


def array(x: Any, low: int, high: int, what: str) -> list[Any]:
    need(isinstance(x, list) and low <= len(x) <= high, f"{what}: a list of other length")
    return list(x)


def show(low: F, high: F) -> list[str]:
    """Both in decimals, rounded outward."""
    places = 1
    while F(20, 10**places) > high - low > 0 and places < 300:
        places += 1
    ends = math.floor(low * 10**places), math.ceil(high * 10**places)
    parts = [("-" * (n < 0), *divmod(abs(n), 10**places)) for n in ends]
    return [f"{sign}{whole}.{rest:0{places}d}" for sign, whole, rest in parts]


def convolve(left: list[int], right: list[int]) -> list[int]:
    """Exact sums of products of integers >= 0, by one long product."""
    slot = (max(left).bit_length() + max(right).bit_length() + len(right).bit_length()) // 8 + 1
    pack = [b"".join(v.to_bytes(slot, "little") for v in side) for side in (left, right)]
    whole = int.from_bytes(pack[0], "little") * int.from_bytes(pack[1], "little")
    raw = whole.to_bytes(len(pack[0]) + len(pack[1]), "little")
    at = range(len(right) - 1, len(left))
    return [int.from_bytes(raw[n * slot : (n + 1) * slot], "little") for n in at]


def laplace(k: int, groups: Groups, r2: F, frequencies: list[int], digits: int) -> Found:
    """Enclosures of log S and of g_m. groups: (weight, count, [(start, length), ...])."""
    v = float(r2) * k / (k - 1)
    need(1e-6 < v < 1e4, "theta is too small or too large for this checker", 3)
    squares = float(sum(w * w * n for w, n, _ in groups))
    goal, angle = digits * math.log(10), 1.375
    for _ in range(9):
        deep = goal + 2 * math.log(k) + 8

        def fine(y: float, deep: float = deep) -> float:
            return 2 * math.pi * y / (deep + y * y / (2 * v) - math.log(math.cos(y)))

        y = max((n / 512 for n in range(1, 760)), key=fine)
        width = min(2 * math.pi * angle / (goal + 5 + math.log(2 + v)), fine(y))
        h = F(math.floor(width * 2**16), 2**16)
        first = -math.ceil((goal + 2 * v + 6) / 2 / float(h))
        power, last = 1, 10**9
        for p in range(1, 400):
            top = goal + 6 + p * p * v * squares / 2 + (p + 2) * (math.log(p + 2) - 1)
            if top / p < last * float(h):
                power, last = p, math.ceil(top / p / float(h))
        count = math.ceil((math.sqrt(2 * deep) + 1) * math.sqrt(v) / float(h))
        size = last - first + 1 + 2 * count
        n = len(groups)
        work = n * size * 60 + n * n * size * 4 + len(frequencies) * n * n * 4
        need(work < MOST, f"{work:.0e} operations are too many", 3)
        grid = (h, first, last, count, F(y), F(angle), power, deep)
        found, worst = _integrals(k, groups, r2, frequencies, grid)
        if worst <= F(1, 10**digits):
            return found
        goal += max(1.0, math.log(float(worst) * 10.0**digits))
    raise Bad(3, "no grid reaches the digits wanted")


def _integrals(k: int, groups: Groups, r2: F, frequencies: list[int], grid: Any) -> tuple[Found, F]:
    h, first, last, count, angle, outer, power, deep = grid
    bits = math.ceil(deep / math.log(2)) + 2 * count.bit_length() + 12
    ctx = context(bits + 60 + 3 * k.bit_length())
    v = real(ctx, r2) * k / (k - 1)
    c, step = ctx.sqrt(v), real(ctx, h)
    scale = step / c
    bell = [scale * ctx.npdf(scale * j) for j in range(count + 1)]
    fixed = [int(ctx.floor(ctx.ldexp(b, bits))) for b in bell]
    kernel = fixed[:0:-1] + fixed
    rising = [ctx.exp(real(ctx, n * h)) for n in range(first - count, last + count + 1)]
    # what every P_a is off by: aliasing, truncation, and a unit of either factor of 2n + 1 products
    y, t = real(ctx, angle), (count + 1) * scale
    alias = 2 / ctx.expm1(2 * ctx.pi * y / step) * ctx.exp(y * y / (2 * v))
    beyond = 2 * scale * ctx.npdf(t) / (1 - ctx.exp(-t * scale))
    rounding = ctx.ldexp(2 * count + 6 + 2 * sum(bell), 1 - bits)
    known = (alias + beyond, alias / (ctx.e * ctx.cos(y)) + beyond / ctx.e)
    off = [(e + rounding) * (1 + ctx.mpf(10) ** -6) for e in known]
    tables = []
    for w, _, _ in groups:
        vs = [real(ctx, w) * e for e in rising]
        falling = [ctx.exp(-x) for x in vs]
        rows = []
        for terms in (falling, [x * e for x, e in zip(vs, falling, strict=True)]):
            whole = convolve([int(ctx.floor(ctx.ldexp(x, bits))) for x in terms], kernel)
            rows.append([ctx.ldexp(ctx.mpf(n), -2 * bits) for n in whole])
        tables.append(rows)
    product: list[Any] = [ctx.zero] * 2
    forms: list[Any] = []
    size = range(len(groups))
    for side in (0, 1):  # as it is (P_0 never 0), then raised
        lift = off if side else [ctx.ldexp(1, -2 * bits), ctx.zero]
        form = [[ctx.zero] * len(groups) for _ in size]
        for n in range(last - first + 1):
            zeros = [rows[0][n] + lift[0] for rows in tables]
            q = [(rows[1][n] + lift[1]) / z for rows, z in zip(tables, zeros, strict=True)]
            whole = step
            for z, (_, m, _) in zip(zeros, groups, strict=True):
                whole *= z**m
            product[side] += whole
            for a in size:
                here = whole * q[a]
                for b in range(a + 1):
                    form[a][b] += here * q[b]
        forms.append(form)
    s2, squares = ctx.exp(v), sum(real(ctx, w * w) * n for w, n, _ in groups)
    o, p = real(ctx, outer), ctx.mpf(power)
    ring = 2 / ctx.expm1(2 * ctx.pi * o / step)
    left = step * ctx.exp(2 * (first - 1) * step) / (1 - ctx.exp(-2 * step))
    right = ctx.exp(-p * (last + 1) * step + p * p * v * squares / 2)
    right *= step / (1 - ctx.exp(-p * step))
    tiny = F(2**30, 2 ** (ctx.prec - 2 * k.bit_length()))
    rest_log = ring * (v + c) / ctx.cos(o) + left * (s2 + squares * (s2 * s2 - s2)) / 2
    rest_log += right * (p / ctx.e) ** p
    grown = right * ((p + 2) / ctx.e) ** (p + 2)
    rest = ABOVE * exactly(ring / ctx.cos(o) ** 2 + left * s2 + grown)
    s0 = ctx.exp(v / 2)
    known = step * sum(ctx.exp(-s0 * ctx.exp(real(ctx, n * h))) for n in range(first, last + 1))
    value = exactly(v / 2 + known - product[0])
    error = ABOVE * exactly(rest_log + product[1] - product[0])
    error += tiny * (exactly(v + product[1] + step * (last - first + 1)) + 1)
    found, worst = Found({"log": (value - error, value + error)}), error
    for m in frequencies:
        waves = [sum((_run(ctx, k, m, *r) for r in runs), ctx.mpc(0)) for _, _, runs in groups]
        total = raised = ctx.zero
        for i in size:
            for j in range(i + 1):
                weight = groups[i][1] * groups[j][1] - (waves[i] * ctx.conj(waves[j])).real
                weight *= 1 if i == j else 2
                total += weight * forms[0][i][j]
                raised += weight * (forms[1][i][j] - forms[0][i][j])
        error = rest + ABOVE * exactly(abs(raised)) + tiny * k * k * (exactly(total) + 1)
        found[m] = (1 - exactly(total) - error, 1 - exactly(total) + error)
        worst = max(worst, error)
    return found, worst


def _run(ctx: Any, k: int, m: int, start: int, length: int) -> Any:
    """The sum of e^(2 pi i m j/k) over start <= j < start + length."""
    middle = ctx.mpf(m * (2 * start + length - 1) % (2 * k)) / k
    ratio = ctx.sinpi(ctx.mpf(m * length % (2 * k)) / k) / ctx.sinpi(ctx.mpf(m % (2 * k)) / k)
    return ratio * ctx.mpc(ctx.cospi(middle), ctx.sinpi(middle))


class Mixture:
    """Weights in groups of equal ones, and the frequencies that have to be looked at."""

    def __init__(self, k: Any, items: Any) -> None:
        self.k = integer(k, 2, 10**15)
        groups: dict[F, list[tuple[int, int]]] = {}
        at = 0
        for item in array(items, 1, 2000, "weights"):
            text, n = array(item, 2, 2, "a run")
            w, n = rational(text), integer(n, 1, 10**15)
            need(w > 0, "a weight is not positive")
            groups.setdefault(w, []).append((at, n))
            at += n
        self.groups = [(w, sum(n for _, n in runs), runs) for w, runs in groups.items()]
        whole = sum(w * n for w, n, _ in self.groups)
        need(at == self.k and whole == 1, "the weights do not sum to 1")
        counts = sorted(n for _, n, _ in self.groups)
        self.alike = len(counts) == 1 or (len(counts) == 2 and counts[0] == 1)
        need(self.alike or self.k <= 200, "too many components for this checker", 3)
        self.frequencies = [1] if self.alike else list(range(1, self.k // 2 + 1))

    def energies(self) -> list[Ends]:
        """|sum_j pi_j e^(2 pi i m j/k)|^2 for each frequency."""
        if self.alike:
            values = [w for w, _, _ in self.groups]
            return [(((values[0] - values[-1]) ** 2),) * 2]
        ctx, found = context(500), list[Ends]()
        for m in self.frequencies:
            waves = [(w, _run(ctx, self.k, m, s, n)) for w, _, rs in self.groups for s, n in rs]
            z = sum(real(ctx, w) * wave for w, wave in waves)
            value, error = exactly(z.real**2 + z.imag**2), F(self.k**3, 2**440)
            found.append((max(F(0), value - error), value + error))
        return found

    def at(self, r2: F, digits: int, second: bool) -> Found:
        """Enclosures of log S and the g_m at the regular simplex of norm sqrt(r2); of L'' too."""
        found = laplace(self.k, self.groups, r2, self.frequencies, digits)
        if second:
            need(self.k <= 3, "second derivatives beyond k = 3 are outside this checker", 3)
            _, _, k2, k4 = constants(self.k, "")
            bits = math.ceil((digits * math.log2(10) + 4) / 2)
            d, finer = F(1, 2**bits), digits + math.ceil(digits / 2) + 3
            scale = 2 ** (4 * bits)  # r to 2^-4bits; the third derivative is below K_2 + K_4
            r = F(math.isqrt(r2.numerator * scale**2 // r2.denominator), scale)
            ends: list[list[F]] = []
            for x in (r - d, r + d):
                g = laplace(self.k, self.groups, x * x, [1], finer)[1]
                ends.append(sorted((x * g[0], x * g[1])))
            rest = d * d * exactly(k4) / 47 + exactly(k2 + k4) / scale
            low, high = (ends[1][i] - ends[0][1 - i] for i in (0, 1))
            found["second"] = (low / (2 * d) - rest, high / (2 * d) + rest)
        return found


def settle(low: F, high: F, own: Own, what: str) -> None:
    """Whether low <= the number own encloses <= high, to more and more digits."""
    wide = [d for d in (6, 12, 18, 26, 40, 60, 100) if F(1, 10**d) < (high - low) / 4]
    for digits in wide[: 7 if high - low > 1 else 2] or [6]:
        a, b = own(digits)
        need(
            a <= high and low <= b,
            f"{what} lies in [{', '.join(show(a, b))}], outside what is stated",
        )
        if low <= a and b <= high:
            return
    raise Bad(3, f"{what}: the stated end is too near the true value")


def constants(k: int, kind: str) -> tuple[Any, Any, Any, Any]:
    """Bounds of the second derivative along the radius; K_2, K_4."""
    ctx = context(200)
    root, level = ctx.sqrt(3) / (2 * ctx.pi), ctx.log(ctx.mpf(k) / 2)
    k2, k4 = 8 * level + 8, 64 * (level**2 + 2 * level + 2)
    if k <= 3:
        k2 = ctx.mpf(4) if k == 2 else 3 + 9 * root
        k4 = ctx.mpf(48) if k == 2 else 27 + 72 * (3 * root / 2 + 3 * root / 16)
    bend = (1 + ctx.sqrt(2)) / 4 * k2
    return ctx, (bend if kind == "factor" else max(bend, k4 / 8)), k2, k4


def radius(inputs: Any, given: Any) -> list[str]:
    need(set(inputs) == {"k", "weights", "kind", "gap", "orbit"}, "inputs of a radius")
    fields = {"lower", "upper", "sigma", "start", "worst", "boxes", "values"}
    need(fields <= set(given) <= fields | {"falling", "tip", "corner", "mirrored"}, "parameters")
    mixture, gap = Mixture(inputs["k"], inputs["weights"]), rational(inputs["gap"])
    k, kind = mixture.k, inputs["kind"]
    need(kind in ("factor", "jacobian", "convexity") and 0 < gap < 1, "kind or gap")
    need(inputs["orbit"] in ("all", "simplex"), "orbit")
    need(inputs["orbit"] == "simplex" or k <= 3, "two amplitudes are outside this checker", 3)
    lower, start = dyadic(given["lower"]), dyadic(given["start"])
    fall = [dyadic(e) for e in array(given.get("falling", []), 0, 2, "falling")]
    reach = fall[-1] if fall else lower
    sigma = [dyadic(end) for end in array(given["sigma"], 2, 2, "sigma")]
    every = mixture.energies()
    own = min(e[0] for e in every), min(e[1] for e in every)
    need(own[1] >= sigma[0] and own[0] <= sigma[1], "sigma is not within its ends")
    need(0 < sigma[0] <= own[0] and own[1] <= sigma[1], "sigma is stated too narrowly", 3)
    level = F(0) if kind == "convexity" else gap * sigma[1]
    ctx, bend, k2, k4 = constants(k, kind)
    s, top = real(ctx, sigma[0]), real(ctx, level)
    x, base = real(ctx, start * start), 4 - 9 * max(s - ctx.mpf(1) / 3, 0) ** 2
    room, lost = s - top, x * min(k4 / (48 if k <= 3 else 32), base * ctx.exp(10 * x))
    if kind == "factor":
        room, tau = max(room, ctx.sqrt(s) - ctx.sqrt(top)), real(ctx, max(e[1] for e in every))
        grown = ((1 + tau) * ctx.exp(x) + (1 - tau) * ctx.exp(-x)) * top / (2 * s)
        lost = min(x * min(k2 / 8, ctx.sqrt(base / 2) * ctx.exp(5 * x)), room * grown)
    need(0 <= start <= reach and lost < room - room * 1e-40, "the start is beyond the bound")
    rows = [array(row, 2, 2, "a value") for row in array(given["values"], 1, 20000, "values")]
    values = {dyadic(array(at, 1, 1, "a point")[0]): dyadic(stated) for at, stated in rows}
    need(len(values) == len(given["values"]), "a point has two values")
    parts = [array(box, 2, 2, "a box") for box in array(given["boxes"], 1, 5000, "boxes")]
    boxes = [tuple(dyadic(array(e, 1, 1, "a corner")[0]) for e in box) for box in parts]
    end = start
    for low, high in sorted(boxes):
        need(low == end < high, "the boxes do not tile the radius")
        need(low in values and high in values, "a corner has no value")
        loss = (high - low) ** 2 * exactly(bend) * (1 + SAFE) / 8
        need(min(values[low], values[high]) - level > loss, "a box is not above the threshold")
        end = high
    need(end == reach, "the boxes do not reach their end")
    need(set(values) == {e for box in boxes for e in box}, "a value belongs to no box")

    def least(r: F, digits: int) -> Ends:
        found = mixture.at(r * r, digits, kind != "factor") if r else {0: own}
        ends = [e for name, e in found.items() if name != "log"]
        return min(e[0] for e in ends), min(e[1] for e in ends)

    for at, stated in values.items():
        settle(stated, F(10), partial(least, at), f"the least value at r = {float(at):.6g}")
    what = "g_m" if kind == "factor" else "eigenvalue of the Hessian"
    above = f"{what} above {'0' if kind == 'convexity' else str(gap)[:40] + ' sigma'}"
    above += "" if k <= 3 else " on regular simplices"
    worst = [dyadic(text) for text in array(given["worst"], 0, 1, "the exhibited point")]
    if given["upper"] == "inf":
        need(worst == fall == [], "an infinite radius exhibits no point")
        tail(ctx, mixture, kind, real(ctx, lower), top)
        return [f"for every theta: every {above}"]
    upper = dyadic(given["upper"])
    need(worst == [upper] and lower < upper, "the upper end has no point, or is not above lower")
    if fall:  # lambda - bend r^2/2 is concave: its slope is no more than that of a chord before
        need(len(fall) == 2 and 0 <= fall[0] < reach < lower, "where lambda falls")
        (low, _), (_, high) = (least(r, 12) for r in fall)
        added = exactly(bend) * (1 + SAFE) * (upper - (reach + fall[0]) / 2)
        need((high - low) / (reach - fall[0]) + added < 0, "lambda need not fall", 3)
        settle(level + F(1, 2**4000), F(10), partial(least, lower), "the value at the lower end")
    below = F(0) if kind == "convexity" else gap * own[0]
    settle(-F(10**9), below - F(1, 2**4000), partial(least, upper), "the value at the upper end")
    text = " <= gamma <= ".join(show(lower, upper))
    only = f", once from {float(reach):.6g} to the upper end" if fall else ""
    return [text, f"gamma: every {above}{only}"]


def tail(ctx: Any, mixture: Mixture, kind: str, r: Any, top: Any) -> None:
    k = mixture.k
    mean = {2: 1 / ctx.sqrt(ctx.pi), 3: 1.5 / ctx.sqrt(ctx.pi)}.get(k) or ctx.sqrt(2 * ctx.log(k))
    ratio = ctx.sqrt(ctx.mpf(k) / (k - 1))
    lost = (ratio if k <= 3 or mixture.alike else 2 / ratio) * mean / r
    if kind != "factor":
        need(k <= 3, "second derivatives beyond k = 3 are outside this checker", 3)
        logs = [ctx.log(real(ctx, w)) for w, n, _ in mixture.groups for _ in range(n)]
        total = sum(ctx.pi**2 / 3 + (a - b) ** 2 for a, b in combinations(logs, 2))
        lost = max(lost, total / (ctx.sqrt(2 * ctx.pi) * ctx.sqrt(ctx.mpf(2 * k) / (k - 1)) * r**3))
    need(1 - lost * (1 + ctx.mpf(10) ** -50) > top, "no tail bound holds from the lower end on")


def evaluation(inputs: Any, statements: Any) -> list[str]:
    need(set(inputs) == {"k", "weights", "energies"}, "inputs of an evaluation")
    mixture = Mixture(inputs["k"], inputs["weights"])
    k, every = mixture.k, [array(e, 2, 2, "a run") for e in array(inputs["energies"], 1, 2000, "e")]
    runs = [(rational(e), integer(n, 1, 10**15)) for e, n in every]
    need(sum(n for _, n in runs) == k // 2, "as many energies as frequencies are needed")
    r2 = sum((e * n for e, n in runs), F(0))
    each, at = r2 / (k - 1), 0  # of one dimension; frequency k/2 has one, the others two
    for e, n in runs:
        at += n
        last = 2 * at == k > 2
        regular = e == (each if last else 2 * each) and (n == 1 or not last)
        need(k <= 3 or regular, "theta is not a regular simplex", 3)
    memory: dict[Any, Any] = {}
    lines, seen = [], set()
    for item in array(statements, 1, 10000, "statements"):
        keys = {"quantity", "lower", "upper", "decimal", "centre", "budget"}
        need(isinstance(item, dict) and set(item) - {"multiplicity"} == keys, "a statement")
        name, low, high = item["quantity"], dyadic(item["lower"]), dyadic(item["upper"])
        need(isinstance(name, str) and name not in seen, "a quantity is stated twice")
        seen.add(name)
        bounds = [dyadic(line["bound"]) for line in array(item["budget"], 1, 9, "a budget")]
        centre, total = dyadic(item["centre"]), sum(bounds, F(0))
        need(min(bounds) >= 0 and (low, high) == (centre - total, centre + total), "the budget")
        ends = array(item["decimal"], 2, 2, "decimals")
        need(all(re.fullmatch(r"-?[0-9]{1,60}\.[0-9]{1,3000}", str(e)) for e in ends), "decimals")
        a, b = map(F, ends)
        need(a <= low and high <= b and b - a <= (high - low) * F(6, 5), "decimals not outward")
        second = name in ("hessian 1 1", "hessian eigenvalue 1") and k <= 3
        frequency = re.fullmatch(r"g([1-9][0-9]{0,15})", name)
        inside = name in ("kl", "log_partition") or second or frequency
        need(inside, f"{ascii(name)[:30]} is outside this checker", 3)
        need(item.get("multiplicity", 0) == (name == "hessian eigenvalue 1"), "a multiplicity")
        m = int(frequency[1]) if frequency else 0
        need(m <= k // 2, "no such frequency")

        def own(digits: int, name: str = name, second: bool = second, m: int = m) -> Ends:
            if r2 == 0:
                need(not second, "second derivatives at theta = 0", 3)
                zero = dict(zip(mixture.frequencies, mixture.energies(), strict=True))
                return zero[1 if mixture.alike else m] if m else (F(0), F(0))
            if (digits, second) not in memory:
                memory[digits, second] = mixture.at(r2, digits, second)
            found: Found = memory[digits, second]
            if second or m:
                return found["second" if second else 1 if mixture.alike else m]
            a, b = found["log"]
            return (r2 / 2 - b, r2 / 2 - a) if name == "kl" else (a, b)

        settle(low, high, own, name)
        lines.append(f"{show(low, high)[0]} <= {name} <= {show(low, high)[1]}")
    return [*lines, f"|theta|^2 = {float(r2):.12g}, a regular simplex"]


def once(items: list[tuple[str, Any]]) -> dict[str, Any]:
    need(len(dict(items)) == len(items), "a key occurs twice", 2)
    return dict(items)


def refuse(_text: str) -> Any:
    raise Bad(2, "a number that is not exact")


def check(raw: bytes) -> list[str]:
    """The statement in words, or Bad."""
    need(len(raw) <= 5_000_000, "too large", 2)
    try:
        content = json.loads(raw, object_pairs_hook=once, parse_float=refuse, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise Bad(2, "not JSON") from None
    need(isinstance(content, dict), "not a certificate", 2)
    need(content.get("format") == "overspec certificate 2", "not of format 2", 2)
    body = {key: value for key, value in content.items() if key != "sha256"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    fits = content.get("sha256") == hashlib.sha256(text.encode()).hexdigest()
    need(fits, "the hash does not fit", 2)
    keys = "format claim inputs engine parameters hypotheses statements unchecked sha256"
    need(set(content) == set(keys.split()), "keys are missing or unknown")
    inputs, given, stated = content["inputs"], content["parameters"], content["statements"]
    need(content["claim"] in ("radius", "evaluate"), "another claim is outside this checker", 3)
    try:
        one = content["claim"] == "evaluate"
        need(one or stated == [], "a radius has no other statements")
        lines = evaluation(inputs, stated) if one else radius(inputs, given)
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise Bad(1, f"a field is not what it should be: {type(error).__name__}") from None
    runs = [f"{str(F(w))[:40]} ({n})" for w, n in inputs["weights"][:6]]
    runs += ["..."] * (len(inputs["weights"]) > 6)
    return [*lines, f"k = {inputs['k']}, weights {', '.join(runs)}"]


def main(arguments: list[str]) -> int:
    """Print the verdict, and say it by the exit code."""
    try:
        with open(arguments[0] if len(arguments) == 1 else "", "rb") as stream:
            lines = check(stream.read(5_000_001))
    except OSError as error:
        print(f"usage: python check_radius.py FILE ({error.strerror})", file=sys.stderr)
        return 2
    except Bad as found:
        code, why = int(found.args[0]), found.args[1]
        print(f"{['', 'false', 'not a certificate', 'not decided'][code]}: {why}")
        return code
    print("\n".join(["proved again:", *lines]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
