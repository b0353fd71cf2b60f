// Steps, ranges and rounding of the sums: what each leaves out is below e^−target.

export const UNIT = 2 ** -53; // unit roundoff
const LAMBDA = 3; // deviations that an error in doubles stands for, as in verify/engines/rounding.py

/** Error of n like roundings that add up like a random walk, relative to their common size. */
export const walk = (n) => LAMBDA * UNIT * Math.sqrt(n);

const HALF_PI = Math.PI / 2;
const HEIGHTS = 64;
const LOG_COS = Float64Array.from({ length: HEIGHTS }, (_, i) => Math.log(Math.cos(((i + 1) / (HEIGHTS + 1)) * HALF_PI)));
const ROOTS = [1, Math.SQRT2, 2]; // together the inner and outer nodes are this much closer

/** With 10 bits, rounded down: multiples are exact. */
export function dyadic(step) {
  const power = 2 ** (9 - Math.floor(Math.log2(step)));
  return Math.floor(step * power) / power;
}

/**
 * The trapezoidal sums of a simplex orbit, as in verify/engines/laplace/tables.py: outer nodes
 * τ = n·step for first ≤ n ≤ last, inner nodes t = τ + m·inner, |m| ≤ reach.
 *
 * Outer aliasing is e^{−2πy/h} (cos y)^{−4}, inner aliasing e^{−2πy/h + y²/(2c²)} (cos y)^{−4}, at the
 * best y < π/2. The outer integrals start where E min(x², x), x = S e^τ, is below e^−target, and end
 * where log S ≥ Σ_j π_j z_j, of deviation ≤ c, is above −τ; k Gaussian tails end the inner sum.
 *
 * @typedef {{c: number, step: number, inner: number, together: boolean, first: number, last: number,
 *            reach: number, target: number}} Rule
 * @param {number} c the scale of the inner Gaussian @param {number} logK @param {number} target
 * @returns {Rule}
 */
export function ruleOf(c, logK, target) {
  let outer = 0;
  for (let i = 0; i < HEIGHTS; i++) {
    const y = ((i + 1) / (HEIGHTS + 1)) * HALF_PI;
    outer = Math.max(outer, (2 * Math.PI * y) / (target - 4 * LOG_COS[i]));
  }
  outer = dyadic(outer);
  // towards c → 0 the best y is c√(2·target), below π/2
  const top = Math.min(HALF_PI, 4 * c * Math.sqrt(2 * target));
  let inner = 0;
  for (let i = 0; i < HEIGHTS; i++) {
    const y = ((i + 1) / (HEIGHTS + 1)) * top;
    const logCos = top === HALF_PI ? LOG_COS[i] : Math.log(Math.cos(y));
    inner = Math.max(inner, (2 * Math.PI * y) / (target + (y * y) / (2 * c * c) - 4 * logCos));
  }
  const together = inner * 2 >= outer;
  if (together) inner = outer = dyadic(outer / ROOTS.find((root) => inner * root >= outer * 0.9999));
  const left =
    c * c <= target / 2 ? -target / 2 - c * c
    : c * c <= 2 * target ? -c * Math.sqrt(2 * target)
    : -target - (c * c) / 2;
  const right = c * Math.sqrt(2 * target) + Math.log(target);
  return {
    c, target, inner, together,
    step: outer,
    first: Math.floor(left / outer),
    last: Math.ceil(right / outer),
    reach: Math.ceil((c * Math.sqrt(2 * (target + logK))) / inner) + 1,
  };
}
