// Everything at one θ: which quadrature, and KL, g, the Hessian's spectrum, the factor of a step.
import { InputError } from "./exact.js";
import { MATRIX_K, simplexPoint } from "./simplex.js";
import { walk } from "./rule.js";

const FARTHEST = 60; // |θ|
const SMALL = 0.01; // KL below this share of |θ|²/2 comes from the energy form
const NODES = [0.04691007703066802, 0.23076534494715845, 0.5, 0.7692346550528415, 0.9530899229693319];
const MASSES = [0.11846344252809454, 0.23931433524968323, 0.28444444444444444, 0.23931433524968323, 0.11846344252809454];

/** @typedef {{radius: number} | {amplitudes: number[]}} Point */

/**
 * @typedef {object} Evaluation
 * @property {number} radius |θ|
 * @property {number[] | null} amplitudes a_1 … a_⌊k/2⌋; null on simplices beyond k = 24, where |θ| says all
 * @property {number[]} g g_m = E|ŵ_m|², m = 1 … modes; a single number where all are equal (`alike`)
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
 * Everything at θ, to about 12 digits; some milliseconds.
 * @param {import("./mixture.js").Mixture} mix @param {Point} point @returns {Evaluation}
 * @throws {InputError}
 */
export function evaluate(mix, point) {
  const { k } = mix;
  const half = Math.floor(k / 2);
  const amplitudes = "amplitudes" in point ? checkedAmplitudes(point.amplitudes, half) : null;
  const radius = amplitudes ? Math.hypot(...amplitudes) : checkedRadius(point.radius);
  if (!(radius <= FARTHEST)) throw new InputError(`|θ| = ${radius}: stay within ${FARTHEST}.`);
  if (amplitudes && k > 4 && !isSimplex(k, amplitudes, radius))
    throw new InputError(`k = ${k}: amplitudes of their own are for k ≤ 4; here the page follows regular simplices.`);
  const options = { target: 36, twice: true, partition: true };
  const found = simplexPoint(mix, radius, options);
  const own = amplitudes ?? (half <= 12 ? simplexAmplitudes(k, radius) : null);
  const leastG = Math.min(...found.g);
  const moved = own && found.g.length === half ? own.map((a, i) => (1 - found.g[i]) * a) : null;
  const { kl, klError } = divergence(mix, radius, found, (r) => simplexPoint(mix, r, { target: 36, hessian: false }));
  return {
    radius, amplitudes: own,
    g: Array.from(found.g), leastG, gError: found.gError,
    spectrum: mix.alike || k <= MATRIX_K ? found.spectrum : null,
    lambda: found.lambda, lambdaError: found.lambdaError,
    kl, klError,
    factor: moved && radius > 0 ? Math.hypot(...moved) / radius : 1 - leastG,
    next: moved,
    method: "laplace",
  };
}

/** KL from E log S, or where that loses digits from ∫₀¹ s Σ_m g_m(sθ) a_m² ds (math.md S7). */
export function divergence(mix, radius, found, at) {
  const half = (radius * radius) / 2;
  const direct = half - found.logPartition;
  const error = found.logPartitionError + walk(4) * half;
  if (direct > SMALL * half && direct > 1e3 * error) return { kl: direct, klError: error };
  // Σ_m g_m a_m² on a simplex: each real dimension has the energy |θ|²/(k − 1)
  let [sum, worst] = [0, 0];
  for (let i = 0; i < NODES.length; i++) {
    const there = at(NODES[i] * radius);
    sum += MASSES[i] * NODES[i] * meanG(mix, there.g);
    worst = Math.max(worst, there.gError);
  }
  return { kl: radius * radius * sum, klError: half * worst + walk(16) * radius * radius * sum };
}

/** Σ_m g_m a_m²/|θ|² on a regular simplex. */
export function meanG({ k, modes, alike }, g) {
  if (alike) return g[0];
  let sum = 0;
  for (let m = 1; m <= modes; m++) sum += (g[m - 1] * (2 * m === k ? 1 : 2)) / (k - 1);
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
