// Rationals, exactly: BigInt throughout, nothing here is rounded but `toDouble`.

/** @typedef {{num: bigint, den: bigint}} Fraction  in lowest terms, den > 0 */

/** What a reader typed and how it would be right: `message` is the sentence to show. */
export class InputError extends Error {}

export const MOST_DIGITS = 300;

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
