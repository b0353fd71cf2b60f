// Weights as they are given, dragged and written; exact throughout.

import { InputError, fraction, fractionText, fractions, isRational, minus, quotient, readFraction, sameFraction, snap,
  toDouble, weightsOf } from "../js/exact.js";

export const FINEST = 100; // a dragged weight moves in hundredths
const MOST_PARTS = 1200; // of the whole that the others of a dragged weight are fractions of

// What a field says, for k components; throws a sentence. The families of the command line that
// the exact readers do not know are lists.
export function readWeights(words, k, limits) {
  const [family, parameter = ""] = words.trim().split(/:(.*)/s);
  const known = limits.families.includes(family);
  if (k > limits.runs && known && !limits.few.includes(family)) {
    throw new InputError(`weights: ${family} ones at k = ${k} are too many different ones; at most ${limits.runs}.`);
  }
  if (family === "linear") return wholes(Array.from({length: k}, (_, j) => BigInt(k - j)));
  if (family === "geometric") {
    const {num, den} = readFraction(parameter, "ratio");
    if (num <= 0n) throw new InputError(`ratio: ${parameter} must be above 0.`);
    return wholes(Array.from({length: k}, (_, j) => num ** BigInt(j) * den ** BigInt(k - 1 - j)));
  }
  if (known && !limits.few.includes(family)) {
    throw new InputError(`weights: this page has no ${family} ones; list them, or use the command line.`);
  }
  const found = fractions(words, k);
  const few = limits.few.includes(family);
  if (k > limits.irrational && !few && !found.runs.every(({value}) => isRational(value))) {
    throw new InputError(`weights: with square roots at most ${limits.irrational} components; one-heavy goes further.`);
  }
  if (found.runs.length > limits.runs) throw new InputError(`weights: at most ${limits.runs} different ones in a row.`);
  return found;
}

function wholes(parts) {
  const total = parts.reduce((a, b) => a + b);
  return weightsOf(parts.map(part => ({value: fraction(part, total), count: 1})));
}

// Every weight by itself, for a k that is small enough to list.
export const listed = ({runs}) => runs.flatMap(({value, count}) => Array(count).fill(value));

// The field that says so: one heavy weight before equal ones by the family's name.
export function write(values) {
  const [first, second] = values;
  if (!values.slice(1).every(value => sameFraction(value, second))) return values.map(fractionText).join(",");
  return sameFraction(first, second) ? "uniform" : `one-heavy:${fractionText(first)}`;
}

// A share of 1 in hundredths, strictly between 0 and 1.
export function hundredth(share, parts = FINEST) {
  return fraction(BigInt(Math.min(Math.max(Math.round(share * parts), 1), parts - 1)), BigInt(parts));
}

// Weights in which the one at j is near `goal`. The others keep their proportions as nearly as
// fractions of the same whole allow; where they are equal they stay so.
export function moved(values, j, goal) {
  const rest = values.filter((_, i) => i !== j);
  const mine = hundredth(goal);
  if (rest.every(value => sameFraction(value, rest[0]))) {
    const other = quotient(minus(fraction(1n), mine), fraction(BigInt(rest.length)));
    return values.map((_, i) => (i === j ? mine : other));
  }
  const shares = values.map(toDouble);
  shares[j] = toDouble(mine);
  return listed(snap(shares, partsOf(values), j));
}

function partsOf(values) {
  const gcd = (a, b) => (b ? gcd(b, a % b) : a);
  let parts = BigInt(FINEST);
  for (const value of values) {
    if (!isRational(value)) return Math.max(FINEST, 10 * values.length);
    const {den} = value;
    parts = (parts / gcd(parts, den)) * den;
    if (parts > MOST_PARTS) return Math.max(FINEST, 10 * values.length);
  }
  return Number(parts);
}

