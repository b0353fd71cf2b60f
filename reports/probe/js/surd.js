// Numbers with square roots, exactly: Σ q_d √d over different square-free d, which are independent over
// the rationals, so that equality is that of the coefficients. A rational one is a plain fraction.
import { InputError, MOST_DIGITS, fraction, gcdOf, readFraction } from "./fraction.js";
import { plus as add, minus as subtract, product as multiply, quotient as divide, sameFraction as same } from "./fraction.js";
import { fractionText as textOf, toDouble as nearest } from "./fraction.js";

/** @typedef {import("./fraction.js").Fraction} Fraction */
/** @typedef {{parts: [bigint, Fraction][], double?: number}} Surd  by ascending d; not rational */
/** @typedef {Fraction | Surd} Exact */

const MOST_PARTS = 8;
const MOST_RADICAND = 200n; // square-free: larger ones make the proof that a sum is 0 long
const MOST_UNDER = 10n ** 9n;
const MOST_POWER = 100;
const LARGEST = 10n ** 1000n; // numerators and denominators
const ONE = fraction(1n);

export const isRational = (a) => a.num !== undefined;

/** A number as its coefficients. @param {Exact} a @returns {[bigint, Fraction][]} */
export const partsOf = (a) => a.parts ?? (a.num ? [[1n, a]] : []);

/** @param {Iterable<[bigint, Fraction]>} parts @returns {Exact} */
function sum(parts) {
  const found = new Map();
  for (const [d, q] of parts) found.set(d, found.has(d) ? add(found.get(d), q) : q);
  const left = [...found].filter(([, q]) => q.num).sort(([a], [b]) => (a < b ? -1 : 1));
  if (left.length === 0) return fraction(0n);
  return left.length === 1 && left[0][0] === 1n ? left[0][1] : { parts: left };
}

const scaled = (parts, by) => parts.map(([d, q]) => [d, multiply(q, by)]);

function times(a, b) {
  return sum(partsOf(a).flatMap(([d, q]) => partsOf(b).map(([e, r]) => {
    const g = gcdOf(d, e);
    return [(d / g) * (e / g), multiply(multiply(q, r), fraction(g))];
  })));
}

/** 1/a: a times its conjugate at √p has no √p left. @param {Exact} a not 0 */
function inverse(a) {
  if (isRational(a)) return divide(ONE, a);
  const p = leastPrime(a.parts.at(-1)[0]);
  const other = sum(a.parts.map(([d, q]) => [d, d % p ? q : fraction(-q.num, q.den)]));
  return times(other, inverse(times(a, other)));
}

function leastPrime(d) {
  for (let p = 2n; p * p <= d; p++) if (d % p === 0n) return p;
  return d;
}

const both = (a, b, plain, other) => (isRational(a) && isRational(b) ? plain(a, b) : other());
export const plus = (a, b) => both(a, b, add, () => sum([...partsOf(a), ...partsOf(b)]));
export const minus = (a, b) => both(a, b, subtract, () => sum([...partsOf(a), ...scaled(partsOf(b), fraction(-1n))]));
export const product = (a, b) => both(a, b, multiply, () => times(a, b));
export const quotient = (a, b) => both(a, b, divide, () => times(a, inverse(b)));
export const sameFraction = (a, b) => both(a, b, same, () => partsOf(minus(a, b)).length === 0);

/** ⌊a·2^bits⌋ but for one unit a part. */
function atBits({ parts }, bits) {
  return parts.reduce((total, [d, { num, den }]) => {
    const size = squareRoot((num * num * d << BigInt(2 * bits)) / (den * den));
    return total + (num < 0n ? -size : size);
  }, 0n);
}

/** ⌊√n⌋, by Newton. */
function squareRoot(n) {
  if (n < 2n) return n;
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (let y = (x + n / x) >> 1n; y < x; y = (x + n / x) >> 1n) x = y;
  return x;
}

/** −1, 0 or 1: with more bits until what is left out does not matter; a surd is not 0. */
export function signOf(a) {
  if (isRational(a)) return a.num > 0n ? 1 : a.num < 0n ? -1 : 0;
  return toDouble(a) > 0 ? 1 : -1;
}

/** The double nearest to a number, up to 2^−16 of its last place for a surd. @param {Exact} a */
export function toDouble(a) {
  if (isRational(a)) return nearest(a);
  for (let bits = 160; a.double === undefined; bits *= 2) {
    const value = atBits(a, bits), size = value < 0n ? -value : value;
    if (size >> 72n > BigInt(a.parts.length)) a.double = nearest(fraction(value, 1n << BigInt(bits)));
  }
  return a.double;
}

/** As the command line reads it: "1/4", "sqrt(5)/4-1/4". @param {Exact} a @returns {string} */
export function fractionText(a) {
  if (isRational(a)) return textOf(a);
  const written = a.parts.map(([d, { num, den }]) => {
    const size = num < 0n ? -num : num, below = den === 1n ? "" : `/${den}`;
    const above = d === 1n ? `${size}` : size === 1n ? `sqrt(${d})` : `${size}*sqrt(${d})`;
    return [num > 0n, `${above}${below}`];
  });
  written.sort(([a1], [b1]) => Number(b1) - Number(a1)); // no sign before the first
  return written.map(([positive, text], n) => `${positive ? (n ? "+" : "") : "-"}${text}`).join("");
}

/**
 * One exact number, as `readFraction` and with square roots and arithmetic: "(sqrt(5)-1)/4".
 * @param {string} text @param {string} name for the sentence @returns {Exact} @throws {InputError}
 */
export function readNumber(text, name = "number") {
  const reckoned = /sqrt|[(*]|[\d.)]\s*[+-]/i.test(text.replace(/\de[+-]?\d/gi, ""));
  if (!reckoned || text.length > MOST_DIGITS) return readFraction(text, name);
  const shown = text.trim().slice(0, 40);
  const stop = (words) => new InputError(`${name}: ‘${shown}’ ${words}`);
  const beyond = (what) => stop(`has ${what}. This page cannot decide that exactly; on a terminal overspec radius, evaluate and derive can.`);
  const tokens = text.match(/(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|sqrt|\*\*|[-+*/()]|\S+?/gi) ?? [];
  let at = 0;
  const next = (...wanted) => (wanted.includes(tokens[at]) ? tokens[at++] : null);
  const checked = (a) => {
    if (partsOf(a).some(([, { num, den }]) => num > LARGEST || -num > LARGEST || den > LARGEST))
      throw stop("has too many digits.");
    if (partsOf(a).length > MOST_PARTS || partsOf(a).some(([d]) => d > MOST_RADICAND))
      throw beyond(`roots of more than ${MOST_RADICAND}, or too many of them`);
    return a;
  };
  function total() {
    let value = term();
    for (let sign; (sign = next("+", "-")); ) value = checked((sign === "+" ? plus : minus)(value, term()));
    return value;
  }
  function term() {
    let value = signed();
    for (let sign; (sign = next("*", "/")); ) {
      const other = signed();
      if (sign === "/" && signOf(other) === 0) throw stop("divides by 0.");
      value = checked((sign === "*" ? product : quotient)(value, other));
    }
    return value;
  }
  function signed() {
    const sign = next("+", "-");
    if (!sign) return power();
    return sign === "-" ? minus(fraction(0n), signed()) : signed();
  }
  function power() {
    const base = atom();
    if (!next("**")) return base;
    const down = next("-"), n = Number(tokens[at++]);
    if (!Number.isInteger(n) || n > MOST_POWER) throw stop(`has a power that is no whole number up to ${MOST_POWER}.`);
    let value = ONE;
    for (let i = 0; i < n; i++) value = checked(product(value, base));
    if (down && signOf(value) === 0) throw stop("divides by 0.");
    return down ? quotient(ONE, value) : value;
  }
  function atom() {
    const rooted = next("sqrt");
    if (!next("(")) {
      if (rooted || !/^[\d.]/.test(tokens[at] ?? "")) throw stop("is no number; write it as 2/5, 0.4 or (sqrt(5)-1)/4.");
      return readFraction(tokens[at++], name);
    }
    const inner = total();
    if (!next(")")) throw stop("has a bracket that is not closed.");
    return rooted ? checked(rootOf(inner)) : inner;
  }
  function rootOf(a) {
    if (!isRational(a)) throw beyond("a root within a root");
    if (a.num === 0n) return a;
    if (a.num < 0n) throw stop("has the root of a negative number.");
    let [left, outside, free] = [a.num * a.den, 1n, 1n];
    if (left > MOST_UNDER) throw beyond("the root of a long number");
    for (let p = 2n; p * p <= left; p++) {
      while (left % (p * p) === 0n) [left, outside] = [left / (p * p), outside * p];
      if (left % p === 0n) [left, free] = [left / p, free * p];
      if (free > MOST_RADICAND) break;
    }
    return sum([[left * free, fraction(outside, a.den)]]);
  }
  const value = total();
  if (at < tokens.length) throw stop("is no number; write it as 2/5, 0.4 or (sqrt(5)-1)/4.");
  return value;
}
