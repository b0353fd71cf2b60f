// EM in motion: a_m ← (1 − g_m) a_m (math.md S6), along a run and as a field of arrows.
import { InputError } from "./exact.js";
import { listedWeights, onRay, pairPoint } from "./pairs.js";
import { evaluate, simplexAmplitudes } from "./point.js";
import { walk } from "./rule.js";
import { sampler } from "./sampled.js";
import { simplexPoint } from "./simplex.js";

const MOST_STEPS = 10000;
const RUN_ENDS = 1e-13; // |θ| at which a run ends
const RUN_TARGET = 30;
const ARROWS = 14;
const LEGENDRE = legendre(16);

/**
 * @typedef {object} Run  one entry for each t = 0 … T
 * @property {number[]} radius |θ_t|
 * @property {(number[] | null)[]} amplitudes null on simplices beyond k = 24
 * @property {number[]} kl nats
 * @property {number[]} klError absolute, at these amplitudes
 * @property {number[][]} g g_m, m = 1 … ⌊k/2⌋, or the one number where all are equal
 * @property {number[]} pathError relative error of the amplitudes from the steps before
 * @property {number} predicted factor of KL per step in the end, (1 − min |π̂_m|²)² over the blocks the
 *   start has energy in; 1 exactly where one of them is null: then t² KL tends to a constant (T2)
 */

/**
 * Population EM from a start.
 * @param {import("./mixture.js").Mixture} mix
 * @param {import("./point.js").Point} start amplitudes, k ≤ 4; a radius, k ≤ 4 or where EM keeps the
 *   regular simplices (all weights but one equal)
 * @param {number} steps at most; the run ends early where |θ| < 1e-13
 * @returns {Run} @throws {InputError}
 */
export function trajectory(mix, start, steps) {
  if (!Number.isInteger(steps) || steps < 0 || steps > MOST_STEPS)
    throw new InputError(`steps = ${steps}: give a whole number from 0 to ${MOST_STEPS}.`);
  const { k } = mix;
  if (k > 4 && !mix.alike)
    throw new InputError(
      `k = ${k}: EM leaves the regular simplices at these weights; beyond k = 4 the page follows it where all weights but one are equal.`,
    );
  const first = evaluate(mix, start);
  return k <= 3 || (k > 4 && mix.alike) ? onOneAmplitude(mix, first.radius, steps) : onTwo(mix, first, steps);
}

/** k = 4: every step by the sums over pairs. */
function onTwo(mix, first, steps) {
  const run = { radius: [], amplitudes: [], kl: [], klError: [], g: [], pathError: [] };
  let [found, path] = [first, walk(1)];
  for (let t = 0; ; t++) {
    for (const name of ["radius", "amplitudes", "kl", "klError", "g"]) run[name].push(found[name]);
    run.pathError.push(path);
    if (t === steps || found.radius < RUN_ENDS) break;
    path += strayed(Math.max(...found.g), found.gError);
    found = evaluate(mix, { amplitudes: found.next }, RUN_TARGET);
  }
  const charged = [...mix.energies.subarray(1)].filter((_, i) => first.amplitudes[i] > 0);
  return { ...run, predicted: (1 - Math.min(...charged, 1)) ** 2 };
}

/** One step's part of the relative error of 1 − g times a. */
const strayed = (g, error) => (error + walk(1)) / (1 - g) + walk(1);

/**
 * Where |θ| alone moves: g by its values at Chebyshev nodes on [0, |θ_0|], in which it is even, and
 * KL = ∫ s g(s) ds (math.md S7) from the end of the run outwards: all terms are positive.
 */
function onOneAmplitude(mix, start, steps) {
  const { k } = mix;
  const run = { radius: [], amplitudes: [], kl: [], klError: [], g: [], pathError: [] };
  const { at, error } = profile(mix, start);
  let [radius, path] = [start, walk(1)];
  for (let t = 0; ; t++) {
    const g = at(radius);
    run.radius.push(radius);
    run.amplitudes.push(k <= 24 ? simplexAmplitudes(k, radius) : null);
    run.g.push([g]);
    run.pathError.push(path);
    if (t === steps || radius < RUN_ENDS) break;
    path += strayed(g, error);
    radius *= 1 - g;
  }
  let kl = integral(at, 0, run.radius.at(-1));
  for (let t = run.radius.length - 1; t >= 0; t--) {
    if (t < run.radius.length - 1) kl += integral(at, run.radius[t + 1], run.radius[t]);
    run.kl[t] = kl;
    run.klError[t] = (run.radius[t] ** 2 / 2) * error + walk(64) * kl;
  }
  return { ...run, predicted: start > 0 ? (1 - mix.sigma) ** 2 : 0 };
}

/** ∫ s g(s) ds. */
function integral(g, low, high) {
  let sum = 0;
  for (const [x, mass] of LEGENDRE) {
    const s = low + (high - low) * x;
    sum += mass * s * g(s);
  }
  return sum * (high - low);
}

/** g on [0, farthest] as an even polynomial, and its error. */
function profile(mix, farthest) {
  const { k } = mix;
  const weights = k <= 4 ? listedWeights(mix) : null;
  const value = (r) =>
    weights ? pairPoint(weights, [r], RUN_TARGET + 2) : simplexPoint(mix, r, { target: RUN_TARGET + 2, hessian: false });
  if (!(farthest > 0)) return { at: () => mix.sigma, error: mix.sigmaError };
  const many = weights ? 48 : Math.min(64, 14 + Math.ceil(7 * farthest));
  const [values, coefficients] = [new Float64Array(many), new Float64Array(many)];
  let lost = 0;
  for (let i = 0; i < many; i++) {
    const found = value(farthest * Math.cos((Math.PI * (i + 0.5)) / (2 * many)));
    values[i] = found.g[0];
    lost = Math.max(lost, found.gError);
  }
  for (let n = 0; n < many; n++) {
    for (let i = 0; i < many; i++) coefficients[n] += values[i] * Math.cos((Math.PI * n * (i + 0.5)) / many);
    coefficients[n] *= (n === 0 ? 1 : 2) / many;
  }
  const last = coefficients.subarray(many - 4).reduce((sum, x) => sum + Math.abs(x), 0);
  // the values' errors grow by the Lebesgue constant, at most 2/π log + 1
  const error = 2 * last + lost * (1.7 + (2 / Math.PI) * Math.log(2 * many));
  const at = (r) => {
    const x = 2 * (r / farthest) ** 2 - 1; // T_2n(r) = T_n(2r² − 1)
    let [b, c] = [0, 0];
    for (let n = many - 1; n > 0; n--) [b, c] = [2 * x * b - c + coefficients[n], b];
    return Math.max(0, x * b - c + coefficients[0]);
  };
  return { at, error };
}

/** Nodes and masses of Gauss–Legendre on (0, 1), by Newton's method. @returns {[number, number][]} */
function legendre(n) {
  return Array.from({ length: n }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 0;
    for (let round = 0; round < 8; round++) {
      let [p, q] = [1, 0];
      for (let j = 0; j < n; j++) [p, q] = [((2 * j + 1) * x * p - j * q) / (j + 1), p];
      slope = (n * (x * p - q)) / (x * x - 1);
      x -= p / slope;
    }
    return [(1 + x) / 2, 1 / ((1 - x * x) * slope * slope)];
  });
}

/**
 * One step of EM from each point of a grid of amplitudes, k = 4 and 5: arrows of the portrait. k = 4 to
 * five digits; k = 5 by sampling, to two or three.
 * @param {import("./mixture.js").Mixture} mix
 * @param {number[]} first values of a_1 @param {number[]} second values of a_2
 * @returns {{from: [number, number], to: [number, number], error: number}[]} the first varies slowest
 */
export function flow(mix, first, second) {
  const at = portrait(mix);
  return first.flatMap((a) => {
    const along = at(a, Math.max(...second));
    return second.map((b) => {
      const { g, gError } = along(b);
      return { from: [a, b], to: [(1 - g[0]) * a, (1 - g[1]) * b], error: gError * Math.hypot(a, b) };
    });
  });
}

/**
 * EM on the two amplitudes for a drawing, k = 4 and 5, to the accuracy of `flow`; without KL.
 * @param {import("./mixture.js").Mixture} mix @param {number[]} start a_1, a_2 @param {number} steps
 * @returns {{path: [number, number][], method: "pairs" | "sampled"}} it ends where |θ| < 10^−3
 */
export function path(mix, start, steps) {
  const at = portrait(mix);
  const found = [[start[0], start[1]]];
  for (let t = 0; t < steps; t++) {
    const [a, b] = found.at(-1);
    if (Math.hypot(a, b) < 1e-3) break;
    const { g } = at(a, b)(b);
    found.push([(1 - g[0]) * a, (1 - g[1]) * b]);
  }
  return { path: found, method: mix.k === 4 ? "pairs" : "sampled" };
}

/** g at a_1 = a and every a_2 up to `farthest`: (a, farthest) → (a_2) → g. */
function portrait(mix) {
  if (mix.k !== 4 && mix.k !== 5)
    throw new InputError(`k = ${mix.k}: the portrait of two amplitudes is for k = 4 and 5.`);
  const weights = listedWeights(mix);
  if (mix.k === 4) return (a, farthest) => onRay(weights, a, farthest, ARROWS);
  const at = sampler(weights);
  return (a) => (b) => at([a, b]);
}
