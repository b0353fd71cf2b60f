"""The numbers of the page in Chromium against the engines: apart by no more than both errors."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from browser import Pages, needs_chromium

from overspec.errors import InputError
from overspec.exact import is_zero
from overspec.mixture import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.proofs.rates.radius_bound import radius_lower_bound
from overspec.reports import probe
from overspec.verify.em.population import amplitude_path, trajectory
from overspec.verify.engines.evaluate import Evaluation, evaluate
from overspec.verify.engines.spectrum import dft_energies, sigma
from overspec.verify.radius.options import KINDS
from overspec.verify.radius.scaling import limit_factor, limit_radius
from overspec.verify.radius.search import gamma
from overspec.weights import Weights

if TYPE_CHECKING:
    from playwright.sync_api import Route

JS = Path(probe.__file__).with_name("js")
MODULES = {path.name: path.read_text(encoding="utf-8") for path in sorted(JS.glob("*.js"))}
HOME = "http://localhost/probe/"
#: Evaluates the body of a function of the face and of its argument, to plain data.
ASK = """async ([body, given]) => {
    const model = await import("/probe/model.js");
    const Body = (async () => {}).constructor;
    const value = await new Body("model", "given", body)(model, given);
    return JSON.parse(JSON.stringify(value ?? null, (_, v) =>
        typeof v === "bigint" ? String(v) : ArrayBuffer.isView(v) ? [...v]
        : v instanceof Set ? [...v] : v === Infinity ? "inf" : Number.isNaN(v) ? "nan" : v));
}"""
Ask = Callable[..., Any]


def serve(route: Route) -> None:
    name = route.request.url.removeprefix(HOME)
    if name in MODULES:
        route.fulfill(body=MODULES[name], content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html><title>numbers</title>", content_type="text/html")


@pytest.fixture(scope="module")
def ask(browser_page: Pages) -> Iterator[Ask]:
    """Runs a body of JavaScript with the face as ``model`` and one argument as ``given``."""
    with browser_page() as page:
        page.route(f"{HOME}**", serve)
        page.goto(HOME)
        yield lambda body, given=None: page.evaluate(ASK, [body, given])


in_browser = needs_chromium

# --- the modules themselves -----------------------------------------------------------------------


def test_the_modules_import_each_other_alone_and_touch_no_page() -> None:
    for text in MODULES.values():
        for line in text.splitlines():
            if line.startswith(("import", "export {")):
                assert re.fullmatch(r'(im|ex)port \{ [\w, ]+ \} from "\./\w+\.js";', line), line
        assert not re.search(r"\b(document|window|globalThis|localStorage|fetch|Date)\b[.(]", text)
        assert "Math.random" not in text


@pytest.mark.parametrize("name", MODULES)
def test_a_module_stays_small(name: str) -> None:
    assert len(MODULES[name].splitlines()) <= 400


# --- exact ----------------------------------------------------------------------------------------

READ = "return given.map(([text, k]) => model.fractions(text, k))"
TEXTS = (
    ("2/5,3/10,1/5,1/10", None), ("0.3, 7e-1", None), ("1/2,1/8x2,1/12×3", None),
    (" 1/4 , 3/4 ", 2), ("uniform", 7), ("one-heavy:0.999", 1000), ("one-heavy:1/2", 10**12),
    ("6/8,2/8", None), ("1/1000000007,1000000006/1000000007", None),
)  # fmt: skip
WRONG = (
    "", "1/2", "1/2,1/3", "1/2,0,1/2", "-1/2,3/2", "1/0,1", "one half,1/2", "1/2;1/2", "1e9999,1/2",
    "1/2,", "0.5.0,0.5", "1/2/3,1", "nan,1", "sqrt(2)/2,1/2",
)  # fmt: skip


@in_browser
def test_weights_are_read_as_the_command_line_reads_them(ask: Ask) -> None:
    for (text, k), found in zip(TEXTS, ask(READ, TEXTS), strict=True):
        expected = Weights.of(text, k)
        runs = [(Fraction(int(r["value"]["num"]), int(r["value"]["den"])), r["count"])
                for r in found["runs"]]  # fmt: skip
        assert tuple(runs) == expected.runs
        assert found["k"] == expected.k
        assert Weights.of(found["text"]) == expected
    body = """return given.map(text => { try { model.fractions(text); return null } catch (e) {
        return e instanceof model.InputError && e.message } })"""
    for text, said in zip(WRONG, ask(body, WRONG), strict=True):
        with pytest.raises(InputError):
            Weights.of(text)
        assert said, text
        assert re.search(r"[.]$", said), said


#: Weights with roots. Some have entries that are 0: at k = 5 that of m = 1, and not that of m = 2,
#: which is of the same order. In the last one none is: it is near 0.
ROOTS = (
    "1/2,(sqrt(5)-1)/4,(3-sqrt(5))/4",
    "sqrt(2)/2,1-sqrt(1/2)",
    "sqrt(2)/4,1/4,1/2-sqrt(2)/4,1/4",
    "sqrt(3)/6,sqrt(3)/9,1-5*sqrt(3)/18",
    "2/(5+sqrt(5)),1/(5+sqrt(5)),(1+sqrt(5))/(2*(5+sqrt(5))),(1+sqrt(5))/(2*(5+sqrt(5))),1/(5+sqrt(5))",
    "1/(9+sqrt(2)),(1+sqrt(2)/2)/(9+sqrt(2)),1/(9+sqrt(2)),1/(9+sqrt(2)),2/(9+sqrt(2)),1/(9+sqrt(2)),"
    "1/(9+sqrt(2)),(1+sqrt(2)/2)/(9+sqrt(2))",
    "one-heavy:sqrt(1/3)",
    "1/(1+sqrt(6)+sqrt(21)),sqrt(6)/(1+sqrt(6)+sqrt(21)),sqrt(21)/(1+sqrt(6)+sqrt(21))",
    "(1+sqrt(7))/8,1/8,(3-sqrt(7))/8+1/8,1/8,1/8",
    "sqrt(2)/4,1/4,1/2-sqrt(2)/4-1e-30,1/4+1e-30",
)  # fmt: skip
BEYOND = ("sqrt(sqrt(2))/2,1-sqrt(sqrt(2))/2", "sqrt(211)/20,1-sqrt(211)/20",
          "sqrt(10**20+1)/10**11,1-sqrt(10**20+1)/10**11")  # fmt: skip


@in_browser
def test_weights_with_roots_are_exact_too(ask: Ask) -> None:
    body = """return given.map(text => model.fractions(text, /one/.test(text) ? 4 : null))
        .map(weights => model.mixture(weights)).map(mix =>
            [mix.weights.text, [...mix.values], mix.nulls, mix.energies, mix.sigma])"""
    null = []
    for text, found in zip(ROOTS, ask(body, ROOTS), strict=True):
        written, values, nulls, energies, least = found
        weights = Weights.of(text, 4 if "one" in text else None)
        again = Weights.of(written)  # the command line reads what the page writes
        assert all(is_zero(a - b) for a, b in zip(again, weights, strict=True))
        mixture = Mixture.simplex(weights.k, text)
        assert nulls == list(null_frequencies(weights, mixture.action)), text
        assert (least == 0) == bool(nulls)
        null.append(nulls)
        assert {round(float(w), 15) for w in weights} == {round(value, 15) for value in values}
        for one, known in zip(energies[1:], dft_energies(weights)[1:], strict=True):
            assert abs(one - known) <= 1e-14
    assert [1] in null  # and not m = 2: at k = 5
    assert sum(map(bool, null)) > 2
    say = """return given.map(text => { try { model.fractions(text); return null }
        catch (e) { return e instanceof model.InputError && e.message } })"""
    for text, said in zip(BEYOND, ask(say, BEYOND), strict=True):
        assert Weights.of(text).k == 2
        assert "on a terminal overspec radius" in said


@in_browser
def test_roots_are_sums_of_roots_of_unity(ask: Ask) -> None:
    """By Gauss, for every square-free number that weights may have under a root."""
    free = [d for d in range(2, 201) if all(d % (p * p) for p in range(2, 15))]
    body = """const {unity, conductor} = await import("/probe/exact.js");
        return given.map(d => { const n = conductor(BigInt(d)); return unity(BigInt(d), n)
          .reduce(([x, y], [e, c]) => [x + Number(c) * Math.cos(2 * Math.PI * (e % n) / n),
            y + Number(c) * Math.sin(2 * Math.PI * (e % n) / n)], [0, 0]); })"""
    for d, (real, imaginary) in zip(free, ask(body, free), strict=True):
        assert math.isclose(real, math.sqrt(d), rel_tol=1e-11)
        assert abs(imaginary) < 1e-10


@in_browser
def test_bars_snap_to_fractions_of_sum_1(ask: Ask) -> None:
    rng = random.Random(7)
    cases = []
    for _ in range(60):
        k = rng.randint(2, 12)
        values = [rng.choice([0.0, rng.random(), 1e-9]) + 1e-12 for _ in range(k)]
        total = sum(values)
        keep = rng.choice([None, rng.randrange(k)])
        cases.append([[v / total for v in values], rng.choice([k, 20, 100, 1000]), keep])
    body = "return given.map(([v, n, keep]) => model.snap(v, n, keep))"
    for (values, n, keep), found in zip(cases, ask(body, cases), strict=True):
        weights = list(Weights.of(found["text"]))  # positive, of sum 1: checked there
        assert all((w * n).denominator == 1 for w in weights)
        if keep is not None:
            wanted = min(max(round(values[keep] * n), 1), n - len(values) + 1)
            assert abs(weights[keep] * n - wanted) <= 1  # halves round either way
        else:
            free = [max(0.0, v * n - 1) for v in values]
            scale = (n - len(values)) / sum(free) if sum(free) else 0
            for w, f in zip(weights, free, strict=True):
                assert not sum(free) or abs(float(w * n) - 1 - scale * f) <= 1 + 1e-9


@in_browser
def test_doubles_of_fractions_are_the_nearest(ask: Ask) -> None:
    rng = random.Random(3)
    cases = [(rng.randint(-(10**e), 10**e), rng.randint(1, 10**f))
             for e in (1, 15, 17, 40, 300) for f in (1, 16, 30, 310) for _ in range(4)]  # fmt: skip
    cases += [(2**53 + 1, 1), (2**54 + 2, 1), (2**54 + 6, 1), (1, 3), (10**308, 7)]
    cases = [(n, d) for n, d in cases if n == 0 or abs(Fraction(n, d)) > Fraction(1, 10**307)]
    body = """return given.map(([n, d]) =>
        String(model.toDouble(model.fraction(BigInt(n), BigInt(d)))))"""
    texts = ask(body, [(str(n), str(d)) for n, d in cases])
    assert [float(text) for text in texts] == [float(Fraction(n, d)) for n, d in cases]


def weights_with_nulls(rng: random.Random, k: int) -> list[Fraction]:
    """Random weights of small numerators, often constant on cosets or sums of such."""
    divisors = [n for n in range(2, k + 1) if k % n == 0]
    while True:
        parts = [0] * k
        for _ in range(rng.randint(1, 3)):
            n = rng.choice(divisors)
            pattern = [rng.randint(0, 3) for _ in range(k // n)]
            parts = [p + pattern[j % (k // n)] for j, p in enumerate(parts)]
        if rng.random() < 0.4:
            parts = [p + rng.randint(0, 2) for p in parts]
        if all(parts):
            return [Fraction(p, sum(parts)) for p in parts]


@in_browser
@pytest.mark.parametrize(
    ("count", "sizes"),
    [(25, (4, 6, 8, 9)), pytest.param(200, (12, 15, 18, 24, 30), marks=pytest.mark.slow)],
)
def test_which_entries_vanish_is_what_the_cyclotomic_field_says(
    ask: Ask, count: int, sizes: tuple[int, ...]
) -> None:
    rng = random.Random(20)
    listed = [weights_with_nulls(rng, rng.choice(sizes)) for _ in range(count)]
    texts = [",".join(map(str, weights)) for weights in listed]
    body = """return given.map(text => model.mixture(model.fractions(text)))
        .map(mix => [mix.nulls, mix.energies, mix.sigma, mix.sigmaError, model.dft(mix)])"""
    some = none = 0
    for text, found in zip(texts, ask(body, texts), strict=True):
        nulls, energies, least, error, entries = found
        mixture = Mixture.simplex(text.count(",") + 1, text)
        assert nulls == list(null_frequencies(mixture.weights, mixture.action)), text
        some, none = some + bool(nulls), none + (not nulls)
        known = dft_energies(mixture.weights)
        for m in range(1, len(known)):
            assert abs(energies[m] - known[m]) <= 1e-14
            assert (energies[m] == 0) == (m in nulls)
        assert abs(least - (0 if nulls else float(sigma(mixture)))) <= error + 1e-16
        for entry in entries:
            assert entry["isNull"] == (entry["m"] in nulls)
            assert math.isclose(math.hypot(entry["re"], entry["im"]), entry["size"], abs_tol=1e-15)
    assert min(some, none) > 4


@in_browser
@pytest.mark.slow
def test_nulls_of_many_components_in_few_runs(ask: Ask) -> None:
    large = ["1/2000×1000,1/2000×1000", "3/4000×500,1/4000×500,3/4000×500,1/4000×500"]
    orders = ask("return given.map(t => model.mixture(model.fractions(t)).nullOrders)", large)
    for text, found in zip(large, orders, strict=True):
        weights = Weights.of(text)
        nulls = null_frequencies(weights, Mixture.simplex(weights.k, text).action)
        assert set(found) == {weights.k // math.gcd(weights.k, m) for m in nulls}


@in_browser
def test_no_tolerance_decides_what_is_0(ask: Ask) -> None:
    """Entries far below the roundings of a double are not 0."""
    n = 10**40
    near = [
        f"{n + 1}/{2 * n},{n - 1}/{2 * n}",
        f"{n + 1}/{4 * n},1/4,{n - 1}/{4 * n},1/4",  # null at m = 2: 1 − 1 + 1 − 1
        f"{n + 3}/{4 * n},{n - 1}/{4 * n},{n - 1}/{4 * n},{n - 1}/{4 * n}",
        f"1/3,1/6,{n + 1}/{3 * n},{n - 2}/{6 * n}",  # small at m = 1 by cancellation
    ]
    body = """return given.map(text => model.mixture(model.fractions(text)))
        .map(mix => [mix.nulls, mix.sigma, mix.sigmaError, model.dft(mix).map(e => e.isNull)])"""
    for text, (nulls, found, error, marks) in zip(near, ask(body, near), strict=True):
        mixture = Mixture.simplex(text.count(",") + 1, text)
        assert nulls == list(null_frequencies(mixture.weights, mixture.action))
        assert [m + 1 for m, null in enumerate(marks) if null] == nulls
        assert bool(nulls) == (found == 0)
        assert abs(found - float(sigma(mixture, 100))) <= error
    assert ask("return model.mixture(model.fractions('uniform', 1e6)).sigma") == 0


# --- numbers at a point ---------------------------------------------------------------------------

LISTS = {
    2: ("9/10,1/10", "1/2,1/2", "50001/100000,49999/100000", "1/1000000,999999/1000000"),
    3: ("1/2,3/10,1/5", "1/3,1/3,1/3", "98/100,1/100,1/100", "1/1000,1/1000,998/1000",
        "33/100,33/100,34/100"),
    4: ("2/5,3/10,1/5,1/10", "2/5,3/10,1/10,1/5", "1/4,1/4,1/4,1/4", "7/10,1/10,1/10,1/10",
        "1/1000,997/1000,1/1000,1/1000", "2501/10000,2499/10000,1/4,1/4", "3/10,1/5,3/10,1/5"),
    5: ("1/3,4/15,1/5,2/15,1/15", "1/2,1/8,1/8,1/8,1/8"),
    6: ("6/21,5/21,4/21,3/21,2/21,1/21", "1/4,1/12,1/4,1/12,1/4,1/12"),
    7: ("1/4,1/20,1/20,1/20,1/4,1/20,3/10", "1/4,1/4,1/16,1/4,1/16,1/16,1/16"),
    12: ("12/78,11/78,10/78,9/78,8/78,7/78,6/78,5/78,4/78,3/78,2/78,1/78", "1/6×4,1/24×8"),
    40: ("1/80×20,3/80×20", "linear"),
}  # fmt: skip
FAMILIES = (
    (5, "one-heavy:1/2"), (100, "one-heavy:9/10"), (1000, "one-heavy:1/100"),
    (10**6, "one-heavy:1/2"), (10**6, "uniform"), (10**9, "one-heavy:99/100"),
    (10**12, "one-heavy:1/2"), (10**12, "one-heavy:999999/1000000"),
)  # fmt: skip
RADII = (0.0, 1e-6, 1e-3, 0.03125, 0.2, 0.7, 1.0, 1.6, 2.5, 4.0, 7.0, 12.0)
AMPLITUDES = ((0.7, 0.5), (1.0, 0.0), (0.0, 1.0), (3.0, 0.01), (0.02, 2.0), (0.001, 0.002),
              (2.0, 2.0), (5.0, 1.0), (0.4, 5.0))  # fmt: skip
Case = tuple[int, str, dict[str, Any]]


def cases() -> list[Case]:
    found: list[Case] = []
    for k, texts in LISTS.items():
        for text in texts:
            listed = text if text != "linear" else ",".join(map(str, Weights.of(text, k)))
            found += [(k, listed, {"radius": r}) for r in RADII if k < 40 or r <= 7]
            if k == 4:
                found += [(k, listed, {"amplitudes": list(a)}) for a in AMPLITUDES]
    for k, text in FAMILIES:
        found += [(k, text, {"radius": r}) for r in RADII]
    return found


CASES = cases()
EVALUATE = """return given.map(([k, text, point]) =>
    model.evaluate(model.mixture(model.fractions(text, k)), point))"""


def known(k: int, text: str, point: dict[str, Any]) -> Evaluation:
    mixture = Mixture.simplex(k, text)
    if "radius" in point:
        energies = Energies.regular_simplex(k, Fraction(point["radius"]))
    else:
        energies = Energies.of_amplitudes(k, [Fraction(a) for a in point["amplitudes"]])
    return evaluate(mixture, energies)


def agrees(case: Case, found: dict[str, Any]) -> None:
    """Every number of the page is within its error, and the engine's, of the engine's."""
    right = known(*case)
    g_error = float(right.error_of("g"))
    for ours, engine in zip(found["g"], right.g[1:], strict=True):
        assert abs(ours - float(engine)) <= found["gError"] + g_error, (case, "g")
    kl_error = float(right.error_of("log_partition"))
    assert abs(found["kl"] - float(right.kl)) <= found["klError"] + kl_error + 1e-300, (case, "kl")
    if right.hessian_spectrum is None:
        assert found["spectrum"] is None
        return
    error = found["lambdaError"] + float(right.error_of("jacobian")) + g_error
    expected = sorted((float(v), n) for v, n in right.hessian_spectrum if n)
    ours_all, engine_all = flat(found["spectrum"]), flat(expected)
    assert len(ours_all) == len(engine_all)
    for ours, engine in zip(ours_all, engine_all, strict=True):
        assert abs(ours - engine) <= error, (case, "spectrum", ours, engine)
    assert found["lambda"] == found["spectrum"][0][0]


def flat(runs: list[Any]) -> list[float]:
    """Eigenvalues one by one, or their number and the ends where they are many."""
    count = sum(n for _, n in runs)
    if count <= 100:
        return sorted(float(v) for v, n in runs for _ in range(n))
    return [count, min(float(v) for v, _ in runs), max(float(v) for v, _ in runs)]


def compare(ask: Ask, chosen: list[Case]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(EVALUATE, chosen)
    for case, numbers in zip(chosen, found, strict=True):
        agrees(case, numbers)
    return found


@in_browser
def test_numbers_agree_with_the_engines_at_some_points(ask: Ask) -> None:
    rng = random.Random(1)
    chosen = rng.sample([c for c in CASES if c[2].get("radius", 0) <= 4], 40)
    found = compare(ask, chosen)
    # the errors say something: eleven digits of g, ten of λ, and KL to seven
    assert max(f["gError"] for f in found) < 1e-11
    assert max(f["lambdaError"] for f in found if f["lambdaError"] != "nan") < 1e-9
    assert max(f["klError"] for f in found) < 1e-11


@in_browser
@pytest.mark.slow
def test_numbers_agree_with_the_engines_at_all_points(ask: Ask) -> None:
    assert len(CASES) > 350
    compare(ask, CASES)


@in_browser
def test_two_quadratures_of_the_page_agree(ask: Ask) -> None:
    """Simplex orbits at k ≤ 4 by Laplace and by pairs, which share no formula."""
    body = """const [simplex, pairs, point] = await Promise.all(
            ["simplex", "pairs", "point"].map(name => import(`/probe/${name}.js`)));
        return given.map(([k, text, {radius}]) => {
            const mix = model.mixture(model.fractions(text, k));
            const at = point.simplexAmplitudes(k, radius);
            return [simplex.simplexPoint(mix, radius, {target: 36, twice: true, partition: true}),
                    pairs.pairPoint(pairs.listedWeights(mix), at, 36)]; })"""
    rng = random.Random(11)
    chosen = [c for c in CASES if c[0] <= 4 and c[2].get("radius") in (0.03125, 1.6)]
    for _ in range(60):  # some nearly uniform, some of ten magnitudes
        size = rng.choice([1, 3, 10])
        parts = [10**6 * (size == 1) + math.ceil(10 ** rng.uniform(0, size))
                 for _ in range(rng.randint(2, 4))]  # fmt: skip
        text = ",".join(str(Fraction(p, sum(parts))) for p in parts)
        chosen.append((len(parts), text, {"radius": 10 ** rng.uniform(-4, 0.7)}))
    for one, two in ask(body, chosen):
        for name, error in (("g", "gError"), ("logPartition", "logPartitionError")):
            off = np.abs(np.array(one[name]) - np.array(two[name]))  # one g where all are equal
            assert off.max() <= one[error] + two[error]
        for (a, _), (b, _) in zip(one["spectrum"], two["spectrum"], strict=True):
            assert abs(a - b) <= one["lambdaError"] + two["lambdaError"]


@in_browser
@pytest.mark.slow
def test_the_error_holds_at_every_accuracy(ask: Ask) -> None:
    """Coarse sums, as on a curve, are off by no more than they say, and not by nothing."""
    body = """const [simplex, pairs, point] = await Promise.all(
            ["simplex", "pairs", "point"].map(name => import(`/probe/${name}.js`)));
        return given.map(([k, text, {radius, amplitudes}]) => {
            const mix = model.mixture(model.fractions(text, k));
            const orbit = (target, partition) =>
                simplex.simplexPoint(mix, radius, {target, partition});
            const whole = target => { // sums for E log S have more nodes
                const {logPartition, logPartitionError} = orbit(target, true);
                return {...orbit(target, false), logPartition, logPartitionError}; };
            const at = target => k > 4 ? whole(target)
                : pairs.pairPoint(pairs.listedWeights(mix),
                                  amplitudes ?? point.simplexAmplitudes(k, radius), target);
            const fine = at(36);
            return [10, 14, 20, 24, 30].map(target => {
                const found = at(target);
                const share = name => Math.abs(found[name] - fine[name])
                    / (found[name + "Error"] + fine[name + "Error"]);
                const off = Math.max(...found.g.map((x, m) => Math.abs(x - fine.g[m])));
                return [off / (found.gError + fine.gError), share("lambda"),
                        share("logPartition")]; }); })"""
    chosen = [
        c for c in CASES if c[0] != 40 and c[2].get("radius", 1) in (1e-3, 0.2, 1.0, 2.5, 4.0)
    ]
    worst = 0.0
    for case, shares in zip(chosen, ask(body, chosen), strict=True):
        for row in shares:
            for share in row:
                if share != "nan":
                    assert share <= 1, (case, shares)
                    worst = max(worst, share)
    assert worst > 0.01


# --- radii ----------------------------------------------------------------------------------------

GAMMAS = (
    (2, "9/10,1/10", "9/10"), (3, "1/2,3/10,1/5", "1/2"), (3, "98/100,1/100,1/100", "3/4"),
    (4, "2/5,3/10,1/5,1/10", "1/2"), (4, "7/10,1/10,1/10,1/10", "9/10"),
    (5, "one-heavy:9/10", "1/2"), (7, "1/4,1/4,1/16,1/4,1/16,1/16,1/16", "1/2"),
    (12, "12/78,11/78,10/78,9/78,8/78,7/78,6/78,5/78,4/78,3/78,2/78,1/78", "1/2"),
    (10**6, "one-heavy:1/2", "1/2"), (10**12, "one-heavy:9/10", "3/4"),
)  # fmt: skip
RADIUS = """return given.map(([k, text, gap, kind, orbit]) => {
    const mix = model.mixture(model.fractions(text, k));
    const question = {kind, gap: model.toDouble(model.readFraction(gap)), orbit};
    const curve = model.curve(mix, question, {farthest: 3});
    return [model.gamma(mix, question, {curve}), model.gamma(mix, question), curve,
            model.provedRadius(mix, question)]; })"""


def check_radius(asked: tuple[int, str, str, str, str], answer: list[Any], digits: int) -> None:
    k, text, gap, kind, orbit = asked
    mixture = Mixture.simplex(k, text)
    with_curve, alone, curve, proved = answer
    right = gamma(mixture, kind, gap, orbit, digits)
    half = (right.upper - right.lower) / 2
    for found in (with_curve, alone):
        if found["radius"] == "inf":
            assert math.isinf(right.upper), (asked, right)
            continue
        middle = (right.lower + right.upper) / 2
        assert abs(found["radius"] - middle) <= found["error"] + half, (asked, found, right)
        # over two amplitudes it has what lies between two directions
        assert found["error"] < (1e-6 if k == 4 and orbit == "all" else 1e-7)
        assert found["radius"] > float(proved)
    if kind != "convexity":
        exact = float(radius_lower_bound(mixture, kind, gap).evalf(20))
        assert float(proved) <= exact
        assert math.isclose(float(proved), exact, rel_tol=1e-9)
    assert curve["radius"] == sorted(curve["radius"])
    assert len(curve["radius"]) <= 60


@in_browser
def test_gamma_agrees_with_the_search(ask: Ask) -> None:
    chosen = [(*GAMMAS[i], kind, "simplex")
              for i, kind in ((0, "factor"), (8, "factor"))]  # fmt: skip
    for asked, answer in zip(chosen, ask(RADIUS, chosen), strict=True):
        check_radius(asked, answer, 8)


@in_browser
@pytest.mark.slow
def test_gamma_agrees_with_the_search_on_simplices(ask: Ask) -> None:
    chosen = [(*row, kind, "simplex") for row in GAMMAS for kind in KINDS]
    for asked, answer in zip(chosen, ask(RADIUS, chosen), strict=True):
        check_radius(asked, answer, 8)


@in_browser
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["factor", "jacobian"])
def test_gamma_agrees_with_the_search_over_all_directions(ask: Ask, kind: str) -> None:
    lists = ("2/5,3/10,1/5,1/10", "7/10,1/10,1/10,1/10", "1/20,1/2,1/4,1/5", "9/20,1/20,7/20,3/20")
    chosen = [(4, text, "9/10", kind, "all") for text in lists]
    for asked, answer in zip(chosen, ask(RADIUS, chosen), strict=True):
        check_radius(asked, answer, 6)
        assert answer[0]["radius"] == "inf" or "estimate" in answer[0]["label"]


@in_browser
def test_a_curve_over_all_directions_is_the_least_of_them(ask: Ask) -> None:
    body = """const mix = model.mixture(model.fractions(given));
        return ["factor", "jacobian"].map(kind => {
            const curve = model.curve(mix, {kind, orbit: "all"}, {farthest: 4, points: 17});
            const least = [4, 8, 12, 16].map(i => Math.min(...Array.from({length: 61}, (_, n) => {
                const turn = Math.PI / 2 * n / 60, r = curve.radius[i];
                const at = model.evaluate(mix, {amplitudes: [r * Math.cos(turn) + 0,
                    n ? r * Math.sin(turn) : 0].map(Math.abs)}, 20);
                return kind === "factor" ? at.leastG : at.lambda; })));
            const far = {farthest: curve.radius[8], points: 2};
            return [curve, least, model.curve(mix, {kind, orbit: "all"}, far)]; })"""
    for curve, least, alone in ask(body, "9/20,1/20,7/20,3/20"):
        assert len(alone["level"]) == 2
        assert abs(alone["level"][1] - curve["level"][8]) <= alone["error"][1] + curve["error"][8]
        for i, lowest in zip((4, 8, 12, 16), least, strict=True):
            # a grid of directions may miss the least by what its second difference says
            assert curve["level"][i] <= lowest + curve["error"][i]
            assert curve["level"][i] >= lowest - curve["error"][i] - 1e-3
            assert 0 <= curve["direction"][i] <= math.pi / 2 + 1e-9


@in_browser
def test_the_family_tends_to_its_limit(ask: Ask) -> None:
    body = """return given.map(([p, gap, kind]) => {
        const heavy = model.readFraction(p);
        return [model.limitGamma(heavy, {kind, gap}),
                model.limitFactor(model.toDouble(heavy), 1.25, kind),
                model.gammaAgainst(heavy, {kind, gap}, [1e5, 1e8, 1e12])]; })"""
    chosen = [("9/10", 0.75, "factor"), ("1/2", 0.5, "jacobian"), ("1/2", 0.5, "convexity")]
    for (p, gap, kind), (limit, factor, radii) in zip(chosen, ask(body, chosen), strict=True):
        heavy = float(Fraction(p))
        right = limit_radius(heavy, gap, kind)
        assert abs(limit["radius"] - right) <= limit["error"] + 1e-10
        assert abs(factor[0] - limit_factor(heavy, 1.25, kind)) <= factor[1] + 1e-11
        assert abs(radii[2]["radius"] - right) < abs(radii[0]["radius"] - right)
        assert abs(radii[2]["radius"] - right) < 1e-3


# --- EM -------------------------------------------------------------------------------------------

RUNS: tuple[tuple[int, str, str, int], ...] = (
    (2, "9/10,1/10", "1", 20), (3, "1/2,3/10,1/5", "1", 60), (3, "1/3,1/3,1/3", "1", 200),
    (4, "2/5,3/10,1/5,1/10", "1,1/2", 60), (4, "2/5,3/10,1/10,1/5", "1,1", 60),
    (4, "1/4,1/4,1/4,1/4", "0,3/2", 40),
)  # fmt: skip
RUN = """return given.map(([k, text, start, steps]) => model.trajectory(
    model.mixture(model.fractions(text, k)), start, steps))"""


def check_run(ask: Ask, chosen: tuple[tuple[int, str, str, int], ...]) -> None:
    asked = []
    for k, text, start, steps in chosen:
        amplitudes = [float(Fraction(a)) for a in start.split(",")]
        point = {"radius": amplitudes[0]} if k > 4 else {"amplitudes": amplitudes}
        asked.append([k, text, point, steps])
    for (k, text, start, steps), run in zip(chosen, ask(RUN, asked), strict=True):
        energies = (Energies.regular_simplex(k, Fraction(start)) if k > 4
                    else Energies.of_amplitudes(k, start))  # fmt: skip
        right = trajectory(Mixture.simplex(k, text), energies, steps)
        assert abs(run["predicted"] - right.rate_predicted) <= 1e-14
        for t, step in enumerate(right.steps):
            lost = run["pathError"][t] + step.path_error
            assert abs(run["radius"][t] - step.norm) <= lost * step.norm + 1e-300, (text, t)
            for ours, engine in zip(run["amplitudes"][t] or (), step.amplitudes, strict=False):
                assert abs(ours - engine) <= lost * engine + 1e-300
            # KL is at most of the fourth degree in the amplitudes (T6)
            allowed = run["klError"][t] + step.kl_error + 4 * lost * step.kl
            assert abs(run["kl"][t] - step.kl) <= allowed, (text, t, run["kl"][t], step)


@in_browser
def test_runs_of_em_agree_at_k_2_and_3(ask: Ask) -> None:
    check_run(ask, RUNS[:2])


@in_browser
@pytest.mark.slow
def test_runs_of_em_agree(ask: Ask) -> None:
    check_run(ask, RUNS)
    check_run(ask, ((5, "one-heavy:1/2", "1", 40), (10**6, "one-heavy:1/2", "2", 40),
                    (10**12, "one-heavy:1/2", "4", 60), (1000, "uniform", "1", 100)))  # fmt: skip


@in_browser
def test_arrows_are_steps_of_em(ask: Ask) -> None:
    body = """const mix = model.mixture(model.fractions("2/5,3/10,1/5,1/10"));
        return model.flow(mix, [0, 0.5, 1.5], [0, 1, 2]).map(({from, to}) =>
            [from, to, model.evaluate(mix, {amplitudes: from}).next])"""
    found = ask(body)
    assert [start for start, _, _ in found] == [[a, b] for a in (0, 0.5, 1.5) for b in (0, 1, 2)]
    for _, end, exact in found:
        assert max(abs(a - b) for a, b in zip(end, exact, strict=True)) < 1e-5


@in_browser
@pytest.mark.slow
def test_the_portrait_at_k_5_is_sampled(ask: Ask) -> None:
    """Within its error bars of the lattice, and its paths near those of the library."""
    weights = "1/3,4/15,1/5,2/15,1/15"
    points = [[1, 1], [1.5, 0.5], [0.2, 0.1], [0, 1.2], [2, 0]]
    body = """const {sampler} = await import("/probe/sampled.js");
        const mix = model.mixture(model.fractions(given[0]));
        const at = sampler([5, 4, 3, 2, 1].map(n => n / 15));
        return [given[1].map(at), model.path(mix, [1, 1], 8), model.flow(mix, [1, 2], [1])]"""
    found, path, flow = ask(body, [weights, points])
    mixture = Mixture.simplex(5, weights)
    for point, numbers in zip(points, found, strict=True):
        energies = Energies.of_amplitudes(5, [Fraction(a) for a in point])
        right = evaluate(mixture, energies, digits=8)
        for ours, engine in zip(numbers["g"], right.g[1:], strict=True):
            assert abs(ours - float(engine)) <= numbers["gError"]
        assert numbers["gError"] < 0.03
    assert path["method"] == "sampled"
    known_path = amplitude_path(mixture, (1.0, 1.0), 8)
    assert len(path["path"]) == len(known_path)
    assert np.allclose(path["path"], known_path, atol=0.02)
    assert flow[0]["to"] == path["path"][1]


# --- what cannot be answered ----------------------------------------------------------------------


@in_browser
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("model.gamma(mix('2/5,3/10,1/10,1/5'), {kind: 'factor', gap: 0.5})", "exactly 0"),
        ("model.gamma(mix('1/2,3/10,1/5'), {kind: 'factor', gap: 1})", "between 0 and 1"),
        ("model.gamma(mix('one-heavy:1/2', 5), {kind: 'factor', gap: 0.5, orbit: 'all'})", "k = 4"),
        ("model.curve(mix('1/2,1/2'), {kind: 'factor'}, {farthest: 1e9})", "between 0 and 60"),
        ("model.evaluate(mix('1/2,1/2'), {amplitudes: [-1]})", "1 numbers from 0"),
        ("model.evaluate(mix('1/2,1/2'), {radius: NaN})", "radius"),
        ("model.trajectory(mix('1/3,4/15,1/5,2/15,1/15'), {radius: 1}, 5)", "leaves the regular"),
        ("mix('1/2×0,1/2×2')", "no fraction"),
        ("mix('1/4004×1001,3/4004×1001')", "all weights but one must be equal"),
        ("model.snap([0.5, 0.5], 1)", "below k"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_said_in_a_sentence(ask: Ask, body: str, words: str) -> None:
    said = ask(
        f"""const mix = (text, k) => model.mixture(model.fractions(text, k));
        try {{ {body}; return null }} catch (e) {{
            return e instanceof model.InputError ? e.message : `${{e}}` }}"""
    )
    assert said
    assert words in said
    assert said.endswith(".")
