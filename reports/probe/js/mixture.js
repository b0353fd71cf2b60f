// A mixture: its exact weights, and what the quadratures need of them as doubles.
import { InputError, fraction, fractionText, isRational, minus, nullOrders, orderOf, toDouble, vanishes } from "./exact.js";

export const LISTED = 1000; // frequencies that are listed one by one
const FEW = 8; // of them where there are more
const LEAST = 1e-300; // |π̂_m|² of an entry that is not 0
const NEAR = 1e-20; // |π̂_m|² below which roundings may hide that it is 0

/**
 * @typedef {object} Mixture  k components on the orbit of θ in the hyperplane where coordinates sum to 0
 * @property {number} k
 * @property {import("./exact.js").Weights} weights exact
 * @property {Float64Array} values the distinct weights, nearest doubles
 * @property {Float64Array} counts how many components have each
 * @property {Int32Array} groups index into `values`, for each run
 * @property {Float64Array} lengths components of each run
 * @property {boolean} alike whether all weights but at most one are equal: then all g_m are equal
 * @property {boolean} uniform
 * @property {number} modes frequencies 1 … modes are listed: ⌊k/2⌋ up to 1000, else 8
 * @property {Float64Array} sums Σ_{j in run} ω^{mj} for m = 0 … modes: real and imaginary parts alternate
 * @property {Float64Array} entries π̂_m, m = 0 … modes: real and imaginary parts alternate
 * @property {Float64Array} energies |π̂_m|², m = 0 … modes; 0 exactly where the entry vanishes
 * @property {Set<number>} nullOrders of rational weights: orders k/gcd(k, m) of the entries that
 *   vanish, decided exactly
 * @property {number[]} nulls the listed m whose entry vanishes
 * @property {number} sigma min_m |π̂_m|² over all m from 1 to ⌊k/2⌋; 0 exactly iff some entry vanishes
 * @property {number} sigmaError absolute
 */

/** @param {import("./exact.js").Weights} weights @returns {Mixture} @throws {InputError} */
export function mixture(weights) {
  const { k, runs } = weights;
  const index = new Map();
  const kinds = [];
  const groups = new Int32Array(runs.length);
  runs.forEach(({ value, count }, i) => {
    const name = fractionText(value);
    if (!index.has(name)) index.set(name, kinds.push({ value, count: 0 }) - 1);
    kinds[(groups[i] = index.get(name))].count += count;
  });
  const uniform = kinds.length === 1;
  const alike = uniform || (kinds.length === 2 && kinds.some(({ count }) => count === 1));
  const half = Math.floor(k / 2);
  if (half > LISTED && !alike)
    throw new InputError(
      `k = ${k}: beyond k = ${2 * LISTED + 1} all weights but one must be equal, as in one-heavy:1/2.`,
    );
  const values = Float64Array.from(kinds, ({ value }) => toDouble(value));
  if (Math.min(...values) < 1e-290)
    throw new InputError("weights: one is below 1e-290, which the quadratures in doubles cannot carry.");
  const counts = Float64Array.from(kinds, ({ count }) => count);
  const lengths = Float64Array.from(runs, ({ count }) => count);
  const modes = half > LISTED ? FEW : half;
  const sums = runSums(k, lengths, modes);
  const plain = runs.every(({ value }) => isRational(value));
  const orders = new Set(plain ? nullOrders(weights) : []);
  const [entries, energies, nulls] = [new Float64Array(2 * modes + 2), new Float64Array(modes + 1), []];
  // Σ_j ω^{mj} = 0 for m ≠ 0: π_j − 1/k, exactly, gives the same entries and keeps their digits
  const apart = kinds.map(({ value }) => toDouble(minus(value, fraction(1n, BigInt(k)))));
  // all |π̂_m| are the difference of the two weights where all but one are equal
  const same = alike && !uniform ? toDouble(minus(kinds[0].value, kinds[1].value)) ** 2 : 0;
  entries[0] = energies[0] = 1;
  for (let m = 1; m <= modes; m++) {
    let [re, im] = [0, 0];
    for (let i = 0; i < groups.length; i++) {
      const at = 2 * (m * groups.length + i);
      re += apart[groups[i]] * sums[at];
      im += apart[groups[i]] * sums[at + 1];
    }
    // weights with a root: all entries of an alike list are its difference; of others, one that is
    // clearly not 0 needs no proof
    const near = !plain && !alike && re * re + im * im < NEAR;
    if (orders.has(orderOf(k, m)) || (near && vanishes(weights, m))) {
      nulls.push(m);
      continue;
    }
    [entries[2 * m], entries[2 * m + 1]] = [re, im];
    energies[m] = Math.max(alike ? same : re * re + im * im, LEAST); // not 0, however small
  }
  const sigma = orders.size || nulls.length ? 0 : Math.min(...energies.subarray(1));
  // an entry errs by Σ_j |π_j − 1/k| times: weight, sines (angle and value), the sum
  const size = apart.reduce((sum, x, i) => sum + Math.abs(x) * counts[i], 0);
  const entry = (8 + groups.length) * 2 ** -53 * size;
  return {
    k, weights, values, counts, groups, lengths, alike, uniform, modes, sums, entries, energies,
    nullOrders: orders, nulls, sigma,
    sigmaError: sigma === 0 ? 0 : alike ? 4 * 2 ** -53 * sigma : 2 * entry * Math.sqrt(sigma) + entry ** 2,
  };
}

/**
 * The transform π̂_m, m = 1 … modes, on the unit disc; `null` is decided exactly.
 * @param {Mixture} mix
 * @returns {{m: number, re: number, im: number, size: number, isNull: boolean, order: number}[]}
 */
export function dft({ k, modes, entries, energies }) {
  return Array.from({ length: modes }, (_, i) => {
    const m = i + 1;
    const order = orderOf(k, m);
    const [re, im] = [entries[2 * m], entries[2 * m + 1]];
    return { m, re, im, size: Math.sqrt(energies[m]), isNull: energies[m] === 0, order };
  });
}

/** Σ_{j in run} ω^{mj} in closed form, angles reduced exactly: (modes + 1) × runs complex numbers. */
function runSums(k, lengths, modes) {
  const found = new Float64Array(2 * (modes + 1) * lengths.length);
  for (let m = 0; m <= modes; m++) {
    let start = 0;
    for (let i = 0; i < lengths.length; i++) {
      const n = lengths[i];
      const at = 2 * (m * lengths.length + i);
      if (m === 0) found[at] = n;
      else if (n === k) found[at] = 0;
      else {
        // e^{πi m (2s+n−1)/k} sin(πmn/k)/sin(πm/k)
        const size = sinPi(m * n, k) / sinPi(m, k);
        const angle = m * (2 * start + n - 1);
        found[at] = size * sinPi(2 * angle + k, 2 * k);
        found[at + 1] = size * sinPi(angle, k);
      }
      start += n;
    }
  }
  return found;
}

/** sin(π a/b) for whole a, b, the angle reduced exactly: 0 where it is 0. */
export function sinPi(a, b) {
  let turn = a % (2 * b);
  if (turn < 0) turn += 2 * b;
  const sign = turn > b ? -1 : 1;
  turn %= b;
  return sign * Math.sin(Math.PI * (Math.min(turn, b - turn) / b));
}
