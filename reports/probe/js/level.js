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
 * k = 4, the least level over all directions at many radii. The sums for one value of a_1 serve every
 * circle that it meets: a circle's directions are those of the values up to its radius.
 * @param {Float64Array} lines values of a_1, ascending from 0, of which every `each`-th is a radius
 * @returns {{radius: Float64Array, level: Float64Array, error: Float64Array, direction: Float64Array}}
 */
export function leastOverDirections(mix, kind, lines, each, target) {
  const weights = listedWeights(mix);
  const count = (lines.length - 1) / each + 1;
  const radius = lines.filter((_, i) => i % each === 0);
  const farthest = radius[count - 1];
  const values = Array.from(radius, () => []);
  const [level, error, direction] = [0, 0, 0].map(() => new Float64Array(count));
  [level[0], error[0]] = atZero(mix);
  lines.forEach((a, j) => {
    const at = onRay(weights, a, Math.sqrt((farthest - a) * (farthest + a)), target);
    for (let i = Math.max(Math.ceil(j / each), 1); i < count; i++) {
      const [value, lost] = leastOf(kind, at(Math.sqrt((radius[i] - a) * (radius[i] + a))));
      values[i].push(value);
      error[i] = Math.max(error[i], lost);
    }
  });
  for (let i = 1; i < count; i++) {
    const angles = values[i].map((_, j) => Math.acos(lines[j] / radius[i]));
    const found = vertex(angles, values[i]);
    level[i] = found.least;
    error[i] += found.drop;
    direction[i] = found.angle;
  }
  return { radius, level, error, direction };
}

/**
 * The least of values at angles from π/2 down to 0, beyond which they go on as they came: by the
 * parabola through the lowest and its neighbours, if that bends upwards.
 */
function vertex(angles, values) {
  const last = values.length - 1;
  const best = values.indexOf(Math.min(...values));
  const here = angles[best];
  const p = (best > 0 ? angles[best - 1] : Math.PI - angles[1]) - here;
  const q = (best < last ? angles[best + 1] : -angles[last - 1]) - here;
  const up = values[best > 0 ? best - 1 : 1] - values[best];
  const down = values[best < last ? best + 1 : last - 1] - values[best];
  const bend = (up / p - down / q) / (p - q);
  if (!(bend > 0)) return { least: values[best], drop: 0, angle: here };
  const slope = up / p - bend * p;
  const drop = (slope * slope) / (4 * bend);
  return { least: values[best] - drop, drop, angle: Math.abs(here - slope / (2 * bend)) };
}
