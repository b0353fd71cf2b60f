// Exact rationals: reading weights, snapping bars to fractions, and which entries of the discrete
// Fourier transform of rational weights vanish. BigInt throughout; nothing here is rounded.

/** @typedef {{num: bigint, den: bigint}} Fraction  in lowest terms, den > 0 */
/** @typedef {{value: Fraction, count: number}} Run  equal weights that follow one another */
/** @typedef {{k: number, runs: Run[], text: string}} Weights  positive, sum exactly 1 */

/** What a reader typed and how it would be right: `message` is the sentence to show. */
export class InputError extends Error {}

export const MOST_COMPONENTS = 1e12;
export const MOST_RUNS = 2000;
const MOST_CHARACTERS = 20000;
const MOST_DIGITS = 300;

export function gcdOf(a, b) {
  if (a < 0n) a = -a;
  while (b) [a, b] = [b, a % b];
  return a;
}

/** num/den in lowest terms. @param {bigint} num @param {bigint} den not 0 @returns {Fraction} */
export function fraction(num, den = 1n) {
  const common = gcdOf(num, den) * (den < 0n ? -1n : 1n);
  return { num: num / common, den: den / common };
}

export const plus = (a, b) => fraction(a.num * b.den + b.num * a.den, a.den * b.den);
export const minus = (a, b) => fraction(a.num * b.den - b.num * a.den, a.den * b.den);
export const product = (a, b) => fraction(a.num * b.num, a.den * b.den);
export const quotient = (a, b) => fraction(a.num * b.den, a.den * b.num);
export const sameFraction = (a, b) => a.num === b.num && a.den === b.den;
export const fractionText = (a) => (a.den === 1n ? `${a.num}` : `${a.num}/${a.den}`);

/**
 * The double nearest to a fraction: 64 bits of the quotient, with the rest as a sticky bit, are
 * rounded once.
 * @param {Fraction} a @returns {number}
 */
export function toDouble({ num, den }) {
  if (num === 0n) return 0;
  const negative = num < 0n;
  const n = negative ? -num : num;
  const shift = 64 - (n.toString(2).length - den.toString(2).length);
  const above = shift > 0 ? n << BigInt(shift) : n;
  const below = shift < 0 ? den << BigInt(-shift) : den;
  const whole = above / below;
  const value = Number(above % below ? whole | 1n : whole);
  // in two factors, as 2^-shift alone may be below the least double
  const half = Math.trunc(-shift / 2);
  const size = value * 2 ** half * 2 ** (-shift - half);
  return negative ? -size : size;
}

/**
 * One exact number: "3/10", "0.3", "3e-1". @param {string} text @param {string} name for the sentence
 * @returns {Fraction} @throws {InputError}
 */
export function readFraction(text, name = "number") {
  const shown = text.trim().slice(0, 40);
  const found = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?(?:\s*\/\s*(\d+))?$/.exec(text.trim());
  const [, sign, whole, part = "", exponent = "0", den = "1"] = found ?? [];
  if (!found || whole + part === "" || (found[5] && (found[3] !== undefined || found[4])))
    throw new InputError(
      shown === ""
        ? `${name}: it is empty; give a fraction or a decimal, as 2/5 or 0.4.`
        : `${name}: ‘${shown}’ is no fraction or decimal; write it as 2/5 or 0.4.`,
    );
  if (text.length > MOST_DIGITS || Math.abs(Number(exponent)) > MOST_DIGITS)
    throw new InputError(`${name}: at most ${MOST_DIGITS} digits are read.`);
  if (BigInt(den) === 0n) throw new InputError(`${name}: ‘${shown}’ divides by 0.`);
  const power = Number(exponent) - part.length;
  const digits = BigInt(sign + whole + part) * 10n ** BigInt(Math.max(power, 0));
  return fraction(digits, BigInt(den) * 10n ** BigInt(Math.max(-power, 0)));
}

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
    return oneHeavy(readFraction(family[2] ?? "", "heavy weight"), k);
  }
  if (trimmed === "") throw new InputError("weights: give at least two, separated by commas.");
  const items = trimmed.split(",");
  if (items.length > MOST_RUNS)
    throw new InputError(`weights: at most ${MOST_RUNS} are listed; write equal ones as 1/10×5.`);
  const runs = items.map((item, j) => {
    const run = /^(.*\S)\s*[×x]\s*([1-9]\d{0,12})\s*$/.exec(item);
    const name = `weight π_${j}`;
    return { value: readFraction(run ? run[1] : item, name), count: run ? Number(run[2]) : 1 };
  });
  const found = weightsOf(runs);
  if (k != null && found.k !== k)
    throw new InputError(`weights: ${found.k} for k = ${k} components; give exactly ${k}.`);
  return found;
}

/** P first, the others equal. @param {Fraction} heavy @param {number} k @returns {Weights} */
export function oneHeavy(heavy, k) {
  checkComponents(k);
  if (heavy.num <= 0n || heavy.num >= heavy.den)
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
    if (value.num <= 0n)
      throw new InputError(`weight π_${j} = ${fractionText(value)}: every weight must be above 0; leave it out.`);
    k += count;
    total = plus(total, product(value, fraction(BigInt(count))));
    const last = merged.at(-1);
    if (last && sameFraction(last.value, value)) last.count += count;
    else merged.push({ value, count });
  });
  checkComponents(k);
  if (total.num !== total.den) {
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
  return divisors(k).filter((n) => {
    let terms = folded(steps, n);
    for (const p of primes)
      if (n % p === 0 && terms.size)
        terms = folded([...[...terms].map(([e, c]) => [e + n / p, c]), ...[...terms].map(([e, c]) => [e, -c])], n);
    return terms.size === 0;
  });
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
