// Everything at one θ: which quadrature, and KL, g, the Hessian's spectrum, the factor of a step.
import { InputError } from "./exact.js";
import { listedWeights, pairPoint } from "./pairs.js";
import { walk } from "./rule.js";
import { MATRIX_K, simplexPoint } from "./simplex.js";

const FARTHEST = 60; // |θ|
const TARGET = 36; // what the sums leave out: e^−36, 2e-16
// KL near 0 by Gauss–Legendre with n nodes on (0, 1): up to which |θ|√(2 log k), nodes and masses, and
// the error, relative, over that to the power 2n − 2: what it leaves out of s Σ_m g_m a_m² is of degree
// 2n + 1, and the leading term of degree 3 at null entries
const LEGENDRE_RULES = [
  { upTo: 1e-4, power: 2, share: 0.03, nodes: [0.21132486540518713, 0.7886751345948129], masses: [0.5, 0.5] },
  {
    upTo: 0.01, power: 4, share: 2e-3,
    nodes: [0.1127016653792583, 0.5, 0.8872983346207417],
    masses: [0.2777777777777778, 0.4444444444444444, 0.2777777777777778],
  },
  {
    upTo: 1 / 16, power: 8, share: 1e-5,
    nodes: [0.04691007703066802, 0.23076534494715845, 0.5, 0.7692346550528415, 0.9530899229693319],
    masses: [0.11846344252809454, 0.23931433524968323, 0.28444444444444444, 0.23931433524968323, 0.11846344252809454],
  },
];

/** @typedef {{radius: number} | {amplitudes: number[]}} Point */

/**
 * @typedef {object} Evaluation
 * @property {number} radius |θ|
 * @property {number[] | null} amplitudes a_1 … a_⌊k/2⌋; null on simplices beyond k = 24, where |θ| says all
 * @property {number[]} g g_m = E|ŵ_m|², m = 1 … modes
 * @property {number} leastG the smallest of them
 * @property {number} gError absolute, of each
 * @property {[number, number][] | null} spectrum of ∇²L = I − DM on the hyperplane: eigenvalues with
 *   multiplicities, ascending; null beyond k = 200 unless all weights but one are equal
 * @property {number} lambda λ_min(∇²L), NaN where there is no spectrum
 * @property {number} lambdaError absolute
 * @property {number} kl KL(N(0, I) ‖ p_θ) = |θ|²/2 − E log S in nats
 * @property {number} klError absolute
 * @property {number} factor |M(θ)|/|θ|, of this step of EM; at θ = 0 the largest 1 − g_m
 * @property {number[] | null} next the amplitudes (1 − g_m) a_m of M(θ)
 * @property {"laplace" | "pairs"} method
 */

/** Amplitudes 1 … ⌊k/2⌋ of the regular simplex of a radius. @returns {number[]} */
export function simplexAmplitudes(k, radius) {
  return Array.from({ length: Math.floor(k / 2) }, (_, i) => radius * Math.sqrt((2 * (i + 1) === k ? 1 : 2) / (k - 1)));
}

/**
 * Everything at θ, to about 12 digits, in a millisecond or a few.
 * @param {import("./mixture.js").Mixture} mix @param {Point} point @param {number} [target] see `simplexPoint`
 * @returns {Evaluation} @throws {InputError}
 */
export function evaluate(mix, point, target = TARGET) {
  const { k } = mix;
  const half = Math.floor(k / 2);
  const given = "amplitudes" in point ? checkedAmplitudes(point.amplitudes, half) : null;
  const radius = given ? Math.hypot(...given) : checkedRadius(point.radius);
  if (!(radius <= FARTHEST)) throw new InputError(`|θ| = ${radius}: stay within ${FARTHEST}.`);
  if (given && k > 4 && !isSimplex(k, given, radius))
    throw new InputError(`k = ${k}: amplitudes of their own are for k ≤ 4; beyond, the page follows regular simplices.`);
  const amplitudes = given ?? (k <= 24 ? simplexAmplitudes(k, radius) : null);
  const at = pointAt(mix, target);
  const found = at(radius, amplitudes, true);
  const next = amplitudes ? amplitudes.map((a, i) => (1 - (found.g[i] ?? found.g[0])) * a) : null;
  const leastG = Math.min(...found.g);
  return {
    radius, amplitudes,
    g: found.g.length === mix.modes ? Array.from(found.g) : Array(mix.modes).fill(found.g[0]),
    leastG, gError: found.gError,
    spectrum: mix.alike || k <= MATRIX_K ? found.spectrum : null,
    lambda: found.lambda, lambdaError: found.lambdaError,
    ...divergence(mix, radius, amplitudes, found, at, Math.exp(-target / 2)),
    factor: next && radius > 0 ? Math.hypot(...next) / radius : 1 - leastG,
    next,
    method: k <= 4 && radius > 0 ? "pairs" : "laplace",
  };
}

/** The quadrature at |θ| or at amplitudes: pairs for k ≤ 4, else Laplace on two shifted grids. */
function pointAt(mix, target) {
  if (mix.k > 4)
    return (radius, _, all) => simplexPoint(mix, radius, { target, twice: all, hessian: all, partition: all });
  const weights = listedWeights(mix);
  return (radius, amplitudes, all) =>
    radius > 0 ? pairPoint(weights, amplitudes, target) : simplexPoint(mix, 0, { hessian: all, partition: all });
}

/**
 * KL = |θ|²/2 − E log S; or near 0, where that has lost more than half of its digits (`enough`),
 * ∫₀¹ s Σ_m g_m(sθ) a_m² ds (math.md S7).
 */
function divergence(mix, radius, amplitudes, found, at, enough) {
  const half = (radius * radius) / 2;
  const scaled = radius * Math.sqrt(2 * Math.log(Math.max(mix.k, 3)));
  const direct = { kl: half - found.logPartition, klError: found.logPartitionError + walk(4) * half };
  const rule = LEGENDRE_RULES.find(({ upTo }) => scaled <= upTo);
  if (!rule || direct.klError < direct.kl * enough) return direct;
  let [sum, worst] = [0, 0];
  rule.nodes.forEach((node, i) => {
    const there = at(node * radius, amplitudes && amplitudes.map((a) => node * a), false);
    sum += rule.masses[i] * node * energySum(mix, radius, amplitudes, there.g);
    worst = Math.max(worst, there.gError);
  });
  return { kl: sum, klError: half * worst + (rule.share * scaled ** rule.power + walk(16)) * sum };
}

/** Σ_m g_m a_m². On a simplex each real dimension has the energy |θ|²/(k − 1). */
function energySum({ k, modes }, radius, amplitudes, g) {
  if (g.length === 1) return g[0] * radius * radius; // all are equal
  let sum = 0;
  for (let m = 1; m <= modes; m++)
    sum += g[m - 1] * (amplitudes ? amplitudes[m - 1] ** 2 : ((2 * m === k ? 1 : 2) / (k - 1)) * radius * radius);
  return sum;
}

function checkedRadius(radius) {
  if (!(Number.isFinite(radius) && radius >= 0)) throw new InputError(`radius: ${radius} is no number from 0 on.`);
  return radius;
}

function checkedAmplitudes(amplitudes, half) {
  if (amplitudes.length !== half || !amplitudes.every((a) => Number.isFinite(a) && a >= 0))
    throw new InputError(`amplitudes: give ${half} numbers from 0 on, one for each frequency.`);
  return amplitudes;
}

function isSimplex(k, amplitudes, radius) {
  return simplexAmplitudes(k, radius).every((a, i) => Math.abs(a - amplitudes[i]) <= 1e-12 * radius);
}
