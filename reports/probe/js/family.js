// γ against k for one-heavy weights on simplex orbits, and its limit as k → ∞.
import { InputError, oneHeavy, toDouble } from "./exact.js";
import { mixture } from "./mixture.js";
import { gamma } from "./search.js";
import { walk } from "./rule.js";

/**
 * γ of one-heavy weights for each k. @param {import("./exact.js").Fraction} heavy @param {import("./search.js").Question} question
 * @param {number[]} ks @returns {import("./search.js").Radius[]}
 */
export function gammaAgainst(heavy, question, ks) {
  return ks.map((k) => {
    const mix = mixture(oneHeavy(heavy, k));
    return mix.sigma === 0 ? null : gamma(mix, { ...question, orbit: "simplex" });
  });
}

/**
 * The limit k → ∞ of min_m g_m (factor), E s(Y)² with Y = logit p + rG − r²/2, s logistic, or of
 * λ_min(∇²L), g + r g' = E s² + 2r² E s²(1 − s)(1 − 3s): a trapezoidal sum.
 * @param {number} p heavy weight @param {number} radius @param {string} kind @returns {[number, number]} value, error
 */
export function limitFactor(p, radius, kind) {
  const shift = Math.log(p) - Math.log1p(-p) - (radius * radius) / 2;
  const sum = (step) => {
    const reach = Math.ceil((9 + radius) / step);
    let [total, size] = [0, 0];
    for (let n = -reach; n <= reach; n++) {
      const x = n * step;
      const s = 1 / (1 + Math.exp(-(shift + radius * x)));
      const bend = kind === "factor" ? 0 : 2 * radius * radius * (1 - s) * (1 - 3 * s);
      const weight = Math.exp((-x * x) / 2);
      total += weight * s * s * (1 + bend);
      size += weight * s * s * (1 + Math.abs(bend));
    }
    return [(total * step) / Math.sqrt(2 * Math.PI), (size * step) / Math.sqrt(2 * Math.PI)];
  };
  // aliasing e^{−2πy/h + y²/2} at the strip y < π/r: halved until two steps agree
  let step = Math.min(0.5, 1 / (1 + radius));
  let [value] = sum(step);
  for (let i = 0; i < 4; i++) {
    const [finer, size] = sum((step /= 2));
    const error = Math.abs(finer - value) + walk(80) * size;
    if (Math.abs(finer - value) < 1e-13 || i === 3) return [finer, error];
    value = finer;
  }
}

/**
 * The limit of γ as k → ∞: where `limitFactor` first falls to c p² (convexity: to 0).
 * @param {import("./exact.js").Fraction} heavy @param {import("./search.js").Question} question
 * @returns {{radius: number, error: number}}
 */
export function limitGamma(heavy, { kind, gap }) {
  const p = toDouble(heavy);
  if (!(p > 0 && p < 1)) throw new InputError("heavy weight: it lies strictly between 0 and 1.");
  const threshold = kind === "convexity" ? 0 : gap * p * p;
  const slack = (r) => limitFactor(p, r, kind)[0] - threshold;
  let low = 0;
  while (slack(low + 0.05) > 0) low += 0.05;
  let high = low + 0.05;
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (slack(middle) > 0) low = middle;
    else high = middle;
  }
  const slope = Math.abs(slack(high + 1e-4) - slack(high - 1e-4)) / 2e-4;
  return { radius: high, error: limitFactor(p, high, kind)[1] / slope + 1e-12 * high };
}
