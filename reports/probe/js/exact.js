// Exact weights: reading them, snapping bars to fractions, and which entries of their discrete Fourier
// transform vanish. BigInt throughout; nothing here is rounded.
import { InputError, fraction, gcdOf, readFraction } from "./fraction.js";
import { fractionText, isRational, minus, partsOf, plus, product, quotient, readNumber, sameFraction, signOf, toDouble } from "./surd.js";

export { InputError, fraction, readFraction } from "./fraction.js";
export { fractionText, isRational, minus, plus, product, quotient, sameFraction, toDouble } from "./surd.js";

/** @typedef {import("./surd.js").Exact} Exact */
/** @typedef {{value: Exact, count: number}} Run  equal weights that follow one another */
/** @typedef {{k: number, runs: Run[], text: string}} Weights  positive, sum exactly 1 */

export const MOST_COMPONENTS = 1e12;
export const MOST_RUNS = 2000;
const MOST_CHARACTERS = 20000;

/**
 * Weights from text: a comma list with runs as "1/2, 1/8x2, 1/12×3", or "uniform" and
 * "one-heavy:P" for a given k. The sum is checked exactly.
 * @param {string} text @param {number} [k] needed for a family, checked otherwise
 * @returns {Weights} @throws {InputError}
 */
export function fractions(text, k) {
  if (k != null) checkComponents(k);
  const trimmed = text.trim();
  if (trimmed.length > MOST_CHARACTERS)
    throw new InputError(`weights: at most ${MOST_CHARACTERS} characters are read.`);
  const family = /^(uniform|one-heavy)(?::(.*))?$/.exec(trimmed);
  if (family) {
    if (k == null) throw new InputError(`weights: ‘${family[1]}’ needs the number of components k.`);
    if (family[1] === "uniform") return weightsOf([{ value: fraction(1n, BigInt(k)), count: k }]);
    return oneHeavy(readNumber(family[2] ?? "", "heavy weight"), k);
  }
  if (trimmed === "") throw new InputError("weights: give at least two, separated by commas.");
  const items = trimmed.split(",");
  if (items.length > MOST_RUNS)
    throw new InputError(`weights: at most ${MOST_RUNS} are listed; write equal ones as 1/10×5.`);
  const runs = items.map((item, j) => {
    const run = /^(.*\S)\s*[×x]\s*([1-9]\d{0,12})\s*$/.exec(item);
    const name = `weight π_${j}`;
    return { value: readNumber(run ? run[1] : item, name), count: run ? Number(run[2]) : 1 };
  });
  const found = weightsOf(runs);
  if (k != null && found.k !== k)
    throw new InputError(`weights: ${found.k} for k = ${k} components; give exactly ${k}.`);
  return found;
}

/** P first, the others equal. @param {Exact} heavy @param {number} k @returns {Weights} */
export function oneHeavy(heavy, k) {
  checkComponents(k);
  if (signOf(heavy) <= 0 || signOf(minus(heavy, fraction(1n))) >= 0)
    throw new InputError(`heavy weight: ${fractionText(heavy)} must lie strictly between 0 and 1.`);
  const rest = quotient(minus(fraction(1n), heavy), fraction(BigInt(k - 1)));
  return weightsOf([{ value: heavy, count: 1 }, { value: rest, count: k - 1 }]);
}

function checkComponents(k) {
  if (!Number.isInteger(k) || k < 2 || k > MOST_COMPONENTS)
    throw new InputError(`k = ${k}: the number of components is a whole number from 2 to 10^12.`);
}

/** Weights from runs: checked, equal neighbours joined. @param {Run[]} runs @returns {Weights} */
export function weightsOf(runs) {
  let [k, total] = [0, fraction(0n)];
  const merged = [];
  runs.forEach(({ value, count }, j) => {
    if (signOf(value) <= 0)
      throw new InputError(`weight π_${j} = ${fractionText(value)}: every weight must be above 0; leave it out.`);
    k += count;
    total = plus(total, product(value, fraction(BigInt(count))));
    const last = merged.at(-1);
    if (last && sameFraction(last.value, value)) last.count += count;
    else merged.push({ value, count });
  });
  checkComponents(k);
  if (!sameFraction(total, fraction(1n))) {
    const text = fractionText(total);
    const sum = text.length > 40 ? `about ${toDouble(total)}` : text;
    throw new InputError(`The weights sum to ${sum}, not to 1.`);
  }
  return { k, runs: merged, text: weightsText(merged, k) };
}

/** "2/5,3/10,1/5×2", as `fractions` and the command line read it. */
function weightsText(runs, k) {
  const short = k > 12;
  return runs
    .map(({ value, count }) =>
      short && count > 1
        ? `${fractionText(value)}×${count}`
        : Array(count).fill(fractionText(value)).join(","),
    )
    .join(",");
}

/**
 * Bars as exact weights over one denominator: each at least 1/denominator, sum exactly 1, by the
 * largest remainders. With `keep` that bar stays nearest to what it is and the others give way.
 * @param {ArrayLike<number>} values positive, any scale @param {number} denominator at least k
 * @param {number} [keep] index of the bar that is dragged, whose value is a share of 1
 * @returns {Weights}
 */
export function snap(values, denominator, keep) {
  const k = values.length;
  if (!(denominator >= k)) throw new InputError(`denominator: ${denominator} is below k = ${k}.`);
  const parts = new Array(k).fill(0);
  const others = [...Array(k).keys()].filter((j) => j !== keep);
  let left = denominator;
  if (keep != null) {
    parts[keep] = Math.min(Math.max(Math.round(values[keep] * denominator), 1), denominator - k + 1);
    left -= parts[keep];
  }
  const size = (j) => (values[j] > 0 ? values[j] : 0);
  const sum = others.reduce((total, j) => total + size(j), 0);
  const spare = left - others.length;
  const wanted = others.map((j) => (sum > 0 ? (size(j) / sum) * left : left / others.length) - 1);
  const positive = wanted.map((x) => Math.max(x, 0));
  const all = positive.reduce((a, b) => a + b, 0);
  const exact = positive.map((x) => (all > 0 ? (x / all) * spare : spare / others.length));
  const floors = exact.map(Math.floor);
  let rest = spare - floors.reduce((a, b) => a + b, 0);
  const order = exact.map((x, i) => [floors[i] - x, i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  for (const [, i] of order) if (rest-- > 0) floors[i] += 1;
  others.forEach((j, i) => (parts[j] = floors[i] + 1));
  return weightsOf(parts.map((n) => ({ value: fraction(BigInt(n), BigInt(denominator)), count: 1 })));
}

/** Prime factors, by trial division. @param {number} n up to 10^12 @returns {number[]} distinct */
export function primeFactors(n) {
  const found = [];
  for (let p = 2; p * p <= n; p += p === 2 ? 1 : 2)
    if (n % p === 0) {
      found.push(p);
      while (n % p === 0) n /= p;
    }
  return n > 1 ? [...found, n] : found;
}

/** Divisors above 1, ascending. @param {number} n up to 10^12 @returns {number[]} */
export function divisors(n) {
  let found = [1];
  let rest = n;
  for (const p of primeFactors(n)) {
    const before = found;
    for (let q = p; rest % p === 0; q *= p, rest /= p) found = [...found, ...before.map((d) => d * q)];
  }
  return found.filter((d) => d > 1).sort((a, b) => a - b);
}

/**
 * The n > 1 dividing k for which π̂_m = 0 for every m with k/gcd(k, m) = n, decided exactly.
 *
 * For rational weights the entries with one n are conjugate, and vanish iff the cyclotomic
 * polynomial Φ_n divides Σ_j π_j x^j. As x^n − 1 = Φ_n Π_{d|n, d<n} Φ_d has no double root, and
 * Π_{p|n prime} (x^{n/p} − 1) vanishes at the roots of those Φ_d and not at those of Φ_n, that is
 * so iff  (x − 1) Σ_j π_j x^j Π_{p|n} (x^{n/p} − 1) ≡ 0  modulo x^n − 1.  The factor x − 1 has no
 * root of Φ_n, n > 1, and leaves one term for each end of a run: any k costs what its runs do.
 * @param {Weights} weights @returns {number[]} ascending
 */
export function nullOrders({ k, runs }) {
  const den = runs.reduce((common, { value }) => (common * value.den) / gcdOf(common, value.den), 1n);
  const steps = []; // (x − 1) Σ_j π_j x^j as [exponent, coefficient]; −π_j x^j at starts, + at ends
  let start = 0;
  for (const { value, count } of runs) {
    const whole = value.num * (den / value.den);
    steps.push([start, -whole], [start + count, whole]);
    start += count;
  }
  const primes = primeFactors(k);
  return divisors(k).filter((n) => primitive(folded(steps, n), n, primes).size === 0);
}

/**
 * Whether π̂_m = 0 for weights with roots, decided exactly: each root is a sum of roots of unity
 * (Gauss), so π̂_m is a polynomial in ζ = e^{2πi/N} with rational coefficients, and 0 iff Φ_N
 * divides it, as in `nullOrders`.
 * @param {Weights} weights few @param {number} m @returns {boolean}
 */
export function vanishes({ k, runs }, m) {
  const numbers = runs.flatMap(({ value, count }) => Array(count).fill(partsOf(value)));
  const lcm = (a, b) => (a * b) / Number(gcdOf(BigInt(a), BigInt(b)));
  const order = numbers.flat().reduce((n, [radicand]) => lcm(n, conductor(radicand)), k);
  const den = numbers.flat().reduce((all, [, { den: one }]) => (all * one) / gcdOf(all, one), 1n);
  const terms = numbers.flatMap((parts, j) =>
    parts.flatMap(([radicand, { num, den: own }]) =>
      unity(radicand, order).map(([e, sign]) => [e + (m * j * order) / k, sign * num * (den / own)]),
    ),
  );
  return primitive(folded(terms, order), order, primeFactors(order)).size === 0;
}

/** n with √d in the field of the n-th roots of unity. @param {bigint} d square-free */
export function conductor(d) {
  return primeFactors(Number(d)).reduce((n, p) => (p === 2 ? 8 * n : p % 4 === 3 && n % 4 ? 4 * p * n : p * n), 1);
}

/** √d as a sum of powers of e^{2πi/n}: [exponent, coefficient]. */
export function unity(d, n) {
  const each = primeFactors(Number(d)).map((p) => {
    if (p === 2) return [[n / 8, 1n], [(7 * n) / 8, 1n]];
    const squares = new Set(Array.from({ length: p - 1 }, (_, i) => ((i + 1) * (i + 1)) % p));
    const turn = p % 4 === 3 ? (3 * n) / 4 : 0; // the sum of Gauss is i√p there
    return Array.from({ length: p - 1 }, (_, i) => [turn + ((i + 1) * n) / p, squares.has(i + 1) ? 1n : -1n]);
  });
  return each.reduce((a, b) => a.flatMap(([e, x]) => b.map(([f, y]) => [e + f, x * y])), [[0, 1n]]);
}

/** A polynomial times Π_{p|n} (x^{n/p} − 1), modulo x^n − 1. */
function primitive(terms, n, primes) {
  for (const p of primes)
    if (n % p === 0 && terms.size)
      terms = folded([...[...terms].map(([e, c]) => [e + n / p, c]), ...[...terms].map(([e, c]) => [e, -c])], n);
  return terms;
}

/** A sparse polynomial modulo x^n − 1. */
function folded(terms, n) {
  const found = new Map();
  for (const [exponent, coefficient] of terms) {
    const e = exponent % n;
    const sum = (found.get(e) ?? 0n) + coefficient;
    if (sum) found.set(e, sum);
    else found.delete(e);
  }
  return found;
}

/** k/gcd(k, m), the order of ω^m. @param {number} k @param {number} m @returns {number} */
export function orderOf(k, m) {
  let [a, b] = [k, m % k];
  while (b) [a, b] = [b, a % b];
  return k / a;
}
