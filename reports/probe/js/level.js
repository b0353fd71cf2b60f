// The contraction at one radius: min_m g_m or λ_min(∇²L), by the quickest quadrature that reaches it.
import { listedWeights, onRay, pairPoint } from "./pairs.js";
import { simplexAmplitudes } from "./point.js";
import { simplexPoint } from "./simplex.js";

/** @typedef {(radius: number, target: number) => [number, number]} Level  value and its absolute error */

const leastOf = (kind, found) =>
  kind === "factor" ? [Math.min(...found.g), found.gError] : [found.lambda, found.lambdaError];

/** On regular simplices, and every θ for k ≤ 3. @returns {Level} */
export function levelOnSimplex(mix, kind) {
  const { k } = mix;
  if (k > 4)
    return (radius, target) => leastOf(kind, simplexPoint(mix, radius, { target, hessian: kind !== "factor" }));
  const weights = listedWeights(mix);
  return (radius, target) =>
    radius > 0 ? leastOf(kind, pairPoint(weights, simplexAmplitudes(k, radius), target)) : atZero(mix);
}

/** At θ = 0: σ, for both kinds. @returns {[number, number]} */
export function atZero({ sigma, sigmaError }) {
  return [sigma, sigmaError];
}

/**
 * k = 4, on the quarter circle of a radius: a = radius·(cos ψ, sin ψ).
 * @returns {(radius: number, angle: number, target: number) => [number, number]}
 */
export function levelInDirection(mix, kind) {
  const weights = listedWeights(mix);
  return (radius, angle, target) =>
    leastOf(kind, pairPoint(weights, [Math.abs(radius * Math.cos(angle)), Math.abs(radius * Math.sin(angle))], target));
}

/**
 * k = 4, the least level over all directions at many radii: with the radii themselves as values of
 * a_1, the sums for one a_1 serve every circle that it meets.
 * @returns {{level: Float64Array, error: Float64Array, direction: Float64Array}}
 */
export function leastOverDirections(mix, kind, radius, target) {
  const weights = listedWeights(mix);
  const count = radius.length;
  const farthest = radius[count - 1];
  const values = Array.from({ length: count }, () => new Float64Array(count));
  const error = new Float64Array(count);
  for (let j = 0; j < count; j++) {
    const a = radius[j];
    const at = onRay(weights, a, Math.sqrt(Math.max(0, farthest * farthest - a * a)), target);
    for (let i = Math.max(j, 1); i < count; i++) {
      const found = at(Math.sqrt(Math.max(0, (radius[i] - a) * (radius[i] + a))));
      const [value, lost] = leastOf(kind, found);
      values[i][j] = value;
      error[i] = Math.max(error[i], lost);
    }
  }
  const [level, direction] = [new Float64Array(count), new Float64Array(count)];
  [level[0], error[0]] = atZero(mix);
  for (let i = 1; i < count; i++) {
    let best = 0;
    for (let j = 1; j <= i; j++) if (values[i][j] < values[i][best]) best = j;
    const angle = (j) => Math.acos(Math.min(1, radius[j] / radius[i]));
    [level[i], direction[i]] = [values[i][best], angle(best)];
    // beyond an axis a level is that of the other side
    const [before, after] = [best > 0 ? best - 1 : 1, best < i ? best + 1 : i - 1];
    const low = best > 0 ? angle(before) : Math.PI - angle(1);
    const high = best < i ? angle(after) : -angle(i - 1);
    const [y0, y1, y2] = [values[i][before], values[i][best], values[i][after]];
    const [p, q] = [low - angle(best), high - angle(best)];
    const bend = ((y0 - y1) / p - (y2 - y1) / q) / (p - q);
    if (bend > 0) {
      const slope = (y0 - y1) / p - bend * p;
      const shift = -slope / (2 * bend);
      const lower = (slope * slope) / (4 * bend);
      level[i] -= lower;
      error[i] += lower;
      direction[i] = Math.abs(angle(best) + shift);
    }
  }
  return { level, error, direction };
}
