// Every θ at k ≤ 4, as in verify/engines/pairs: one-dimensional sums over two groups of components.
//
// The components fall into two groups, a pair or a single one each, and with u = b x_1, v = b x_2,
// t = a x_3, all x standard normals,
//
//     S = e^{…} (e^{A(u) + t} + e^{B(v) − t}) = 2 e^{… + (A+B)/2} cosh z,   z = t + (A − B)/2,
//     A = log(π e^u + π' e^{−u}),  p = (π e^u − π' e^{−u}) e^{−A},  the same with B, q for v
//
// (… is odd in x and of mean 0; a single one has A = log π), so that every moment is
// E[f(x_1) g(x_2) x_3^m F(z)] with F = tanh, sech² or log cosh. On ξ_n = (n + ½)η, Λ = 2π/η,
//
//     η Σ sin(ξz)/sinh(πξ/2) = tanh z,  η Σ ξ cos(ξz)/sinh(πξ/2) = sech² z,
//     η Σ (1 − cos ξz)/(ξ sinh(πξ/2)) = log cosh z,   each but for images at distance Λ,
//
// and E f g e^{iξz} = e^{−ξ²a²/2} Φ_f(ξ) Ψ_g(ξ)*, Φ_f = E f e^{iξA/2}: sums over one line of nodes.
// They do not depend on a: `ray` makes them once for any number of a.
//
//     k   groups          a         b
//     2   {0} {1}         r         –          r the one amplitude
//     3   {0} {1, 2}      3r/4      √3 r/2
//     4   {0, 2} {1, 3}   a_2       a_1
import { UNIT, dyadic, walk } from "./rule.js";

const MARGIN = Math.log(10); // constants that the plan leaves out: a thirtieth of those of verify/engines/pairs/grid.py
const [ONE, SHARE, SQUARE, SPREAD, MOVED] = [0, 1, 2, 3, 4]; // 1, px, p², (1 − p²)x², p²x²
const FUNCTIONS = 5;
const ROW = 10; // at a frequency: ξ, the kernel η/sinh(πξ/2) and it over ξ, seven products of transforms
const GROUPS = { 2: [[0], [1]], 3: [[0], [1, 2]], 4: [[0, 2], [1, 3]] };

/**
 * @typedef {object} PairPoint
 * @property {Float64Array} g g_m for m = 1 … ⌊k/2⌋ @property {number} gError absolute
 * @property {[number, number][]} spectrum of ∇²L with multiplicities, ascending
 * @property {number} lambda @property {number} lambdaError absolute
 * @property {number} logPartition @property {number} logPartitionError absolute
 * @property {number[]} radial H_11, H_12, H_22 on the amplitudes (H_11 alone for k ≤ 3)
 */

/** The π_j as doubles. @param {import("./mixture.js").Mixture} mix */
export function listedWeights({ values, groups, lengths }) {
  const found = [];
  groups.forEach((group, i) => found.push(...Array(lengths[i]).fill(values[group])));
  return found;
}

/**
 * Steps and ranges: coarsest for which what is left out is about e^−target.
 * @param {number} a largest amplitude of t @param {number} nearest the least @param {number} b of u and v
 * @param {number} tilt |log| of the quotient of the groups' masses
 */
function planOf(a, nearest, b, tilt, target) {
  const goal = target + MARGIN;
  const wide = (a * a) / 2 + (b * b) / 4;
  let period = Infinity;
  for (let i = 1; i <= 40; i++) {
    const s = i / 20;
    const needed = (goal + s * s * wide + 4 * Math.log1p(2 * s * s * wide) + (s * tilt) / 2 - Math.log(s)) / s;
    period = Math.min(period, needed);
  }
  const spacing = dyadic((2 * Math.PI) / period);
  const terms = termsOf(spacing, nearest, goal);
  const alone = termsOf(spacing, 0, goal); // for the 1 in 1 − cos ξz, which no Gaussian damps
  const top = Math.min(b > 0 ? Math.PI / (2 * b) : Infinity, 1.5 * Math.sqrt(2 * goal));
  let step = 0;
  for (let i = 1; i < 65; i++) {
    const y = (i / 65) * top;
    const cost = goal + (y * y) / 2 + Math.log1p(y * y) - 2 * Math.log(Math.cos(b * y));
    step = Math.max(step, (2 * Math.PI * y) / cost);
  }
  step = dyadic(Math.min(step, 6));
  const reach = Math.ceil(Math.sqrt(2 * (goal + 2 * Math.log(2 * goal))) / step);
  return { goal, spacing, terms, alone, step, reach };
}

/** How many frequencies: beyond, ξ³ e^{−πξ/2 − ξ²a²/2} is small. */
function termsOf(spacing, a, goal) {
  let edge = goal;
  for (let i = 0; i < 30; i++) {
    const loss = goal + 3 * Math.log1p(edge);
    const slope = Math.PI / 2;
    edge = (2 * loss) / (slope + Math.sqrt(slope * slope + 2 * a * a * loss));
  }
  return Math.ceil(edge / spacing) + 1;
}

/** One group's E f and Φ_f(ξ_n) for its five functions: transforms as re, im per frequency. */
function groupSums(weights, b, { spacing, terms, step, reach }) {
  const single = weights.length === 1;
  const nodes = single ? 1 : 2 * reach + 1;
  const table = new Float64Array(9 * nodes); // a node: five functions, e^{iξA/2}, its ratio
  const mean = new Float64Array(FUNCTIONS);
  const left = Math.log(weights[0]);
  const right = single ? 0 : Math.log(weights[1]);
  const centre = Math.log(weights[0] + (single ? 0 : weights[1]));
  let mass = 0;
  let meanLog = 0;
  let size = 0;
  for (let i = 0, at = 0; i < nodes; i++, at += 9) {
    const x = single ? 0 : (i - reach) * step;
    const density = Math.exp((-x * x) / 2);
    let log = left;
    let p = 1;
    let inside = 0;
    if (!single) {
      const exponent = 2 * b * x + (left - right);
      const small = Math.exp(-Math.abs(exponent));
      log = (exponent > 0 ? left + b * x : right - b * x) + Math.log1p(small);
      p = (Math.sign(exponent) * (1 - small)) / (1 + small);
      inside = (4 * small) / ((1 + small) * (1 + small));
    }
    mass += density;
    table[at] = density;
    table[at + 1] = density * p * x;
    table[at + 2] = density * p * p;
    table[at + 3] = density * inside * x * x;
    table[at + 4] = density * p * p * x * x;
    meanLog += density * (log - centre);
    size += density * Math.abs(log);
    const angle = (spacing * log) / 4;
    const cosine = Math.cos(angle);
    const sine = Math.sin(angle);
    table[at + 5] = cosine;
    table[at + 6] = sine;
    table[at + 7] = cosine * cosine - sine * sine;
    table[at + 8] = 2 * cosine * sine;
  }
  for (let at = 0; at < table.length; at += 9)
    for (let f = 0; f < FUNCTIONS; f++) mean[f] += table[at + f] /= mass;
  return { mean, meanLog: centre + meanLog / mass, size: size / mass, out: transforms(table, terms), nodes };
}

/** Σ f e^{iξ_nA/2} over the nodes, for each n. */
function transforms(table, terms) {
  const out = new Float64Array(2 * FUNCTIONS * terms);
  const end = table.length;
  for (let n = 0, to = 0; n < terms; n++, to += 2 * FUNCTIONS) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let e = 0;
    let ai = 0;
    let bi = 0;
    let ci = 0;
    let di = 0;
    let ei = 0;
    for (let at = 0; at < end; at += 9) {
      const re = table[at + 5];
      const im = table[at + 6];
      a += table[at] * re;
      ai += table[at] * im;
      b += table[at + 1] * re;
      bi += table[at + 1] * im;
      c += table[at + 2] * re;
      ci += table[at + 2] * im;
      d += table[at + 3] * re;
      di += table[at + 3] * im;
      e += table[at + 4] * re;
      ei += table[at + 4] * im;
      table[at + 5] = re * table[at + 7] - im * table[at + 8];
      table[at + 6] = re * table[at + 8] + im * table[at + 7];
    }
    out[to] = a;
    out[to + 1] = ai;
    out[to + 2] = b;
    out[to + 3] = bi;
    out[to + 4] = c;
    out[to + 5] = ci;
    out[to + 6] = d;
    out[to + 7] = di;
    out[to + 8] = e;
    out[to + 9] = ei;
  }
  return out;
}

/**
 * The sums for one amplitude b of the pairs; then an a from `nearest` to `farthest` costs about 1 µs.
 * @param {number[]} weights π, k = 2, 3 or 4 @param {number} b @param {number} nearest of a
 * @param {number} farthest of a @param {number} target
 * @returns {object} for `momentsAt`
 */
function pairRay(weights, b, nearest, farthest, target) {
  const groups = GROUPS[weights.length].map((places) => places.map((j) => weights[j]));
  const [one, other] = groups.map((part) => part.reduce((x, y) => x + y, 0));
  const plan = planOf(farthest, nearest, b, Math.abs(Math.log(one / other)), target);
  const [u, v] = groups.map((part) => groupSums(part, b, plan));
  const { terms, spacing } = plan;
  const rows = new Float64Array(ROW * terms);
  const four = weights.length === 4;
  for (let n = 0, at = 0, to = 0; n < terms; n++, at += 2 * FUNCTIONS, to += ROW) {
    const xi = (n + 0.5) * spacing;
    const plain = kernelAt(xi, spacing);
    rows[to] = xi;
    rows[to + 1] = plain;
    rows[to + 2] = plain / xi;
    rows[to + 3] = crossRe(u.out, v.out, at, ONE, ONE);
    rows[to + 4] = crossIm(u.out, v.out, at, ONE, ONE);
    let share = crossIm(u.out, v.out, at, ONE, SHARE);
    let odd = crossIm(u.out, v.out, at, ONE, SQUARE);
    let even = crossRe(u.out, v.out, at, ONE, SQUARE);
    let spread = crossIm(u.out, v.out, at, ONE, SPREAD);
    let moved = crossRe(u.out, v.out, at, ONE, MOVED);
    if (four) {
      share = crossIm(u.out, v.out, at, SHARE, ONE) - share;
      odd = crossIm(u.out, v.out, at, SQUARE, ONE) - odd;
      even += crossRe(u.out, v.out, at, SQUARE, ONE);
      spread = crossIm(u.out, v.out, at, SPREAD, ONE) - spread;
      // (px_1 − qx_2)² = p²x_1² + q²x_2² − 2 px_1 qx_2
      moved += crossRe(u.out, v.out, at, MOVED, ONE) - 2 * crossRe(u.out, v.out, at, SHARE, SHARE);
    }
    rows[to + 5] = share;
    rows[to + 6] = odd;
    rows[to + 7] = even;
    rows[to + 8] = spread;
    rows[to + 9] = moved;
  }
  let beyond = 0;
  for (let n = plan.alone - 1; n >= terms; n--) beyond += kernelAt((n + 0.5) * spacing, spacing) / ((n + 0.5) * spacing);
  return { plan, u, v, rows, beyond };
}

/** η/sinh(πξ/2). */
const kernelAt = (xi, spacing) => (2 * spacing * Math.exp((-Math.PI / 2) * xi)) / -Math.expm1(-Math.PI * xi);

/** Re and Im of Φ_f Ψ_g* at one frequency. */
const crossRe = (u, v, at, f, g) => u[at + 2 * f] * v[at + 2 * g] + u[at + 2 * f + 1] * v[at + 2 * g + 1];
const crossIm = (u, v, at, f, g) => u[at + 2 * f + 1] * v[at + 2 * g] - u[at + 2 * f] * v[at + 2 * g + 1];

/** All moments at one a. */
function momentsAt({ rows, beyond }, a) {
  let sech = 0;
  let fourth = 0;
  let shareTwice = 0;
  let oddSum = 0;
  let evenSum = 0;
  let spreadSum = 0;
  let movedSum = 0;
  let tanhSum = 0;
  let logCosh = beyond;
  for (let at = 0; at < rows.length; at += ROW) {
    const x = rows[at];
    const gauss = Math.exp((-x * x * a * a) / 2);
    const d = rows[at + 1] * gauss;
    const dx = d * x;
    const c = rows[at + 3];
    sech += dx * c;
    fourth += dx * x * x * c;
    tanhSum += d * rows[at + 4];
    shareTwice += dx * x * rows[at + 5];
    oddSum += d * rows[at + 6];
    evenSum += dx * rows[at + 7];
    spreadSum += d * rows[at + 8];
    movedSum += dx * rows[at + 9];
    logCosh += rows[at + 2] * (1 - gauss * c);
  }
  return { a, sech, fourth, shareTwice, oddSum, evenSum, spreadSum, movedSum, tanhSum, logCosh };
}

/** g_m and the Hessian on the amplitudes from the moments. */
function numbersOf(k, { u, v }, s, scale) {
  const { a } = s;
  const logPartition = Math.LN2 + (u.meanLog + v.meanLog) / 2 + s.logCosh;
  if (k === 2) return { g: [1 - s.sech], radial: [1 - (s.sech - a * a * s.fourth)], logPartition };
  if (k === 3) {
    const q = v.mean[SQUARE];
    const T = s.tanhSum;
    const g = (10 - 9 * s.sech + 6 * T + 3 * (2 * q - 2 * s.oddSum - s.evenSum)) / 16;
    // ¼ sech² (3/2 x_3 − √3/2 q x_2)² + 3/8 (1 − tanh)(1 − q²) x_2²; x_3 is iξa, x_3² is 1 − ξ²a²
    const straight = 2.25 * (s.sech - a * a * s.fourth);
    const crossed = ((3 * Math.sqrt(3)) / 2) * a * s.shareTwice;
    const variance = (straight + crossed + 0.75 * s.movedSum) / 4 + 0.375 * (v.mean[SPREAD] - s.spreadSum);
    return { g: [g], radial: [1 - variance], logPartition };
  }
  const mean = (f) => u.mean[f] + v.mean[f];
  return {
    g: [(mean(SQUARE) + s.oddSum) / 2 - s.evenSum / 4, 1 - s.sech],
    radial: [
      1 - (mean(SPREAD) + s.spreadSum) / 2 - s.movedSum / 4,
      (a * s.shareTwice) / 2,
      1 - (s.sech - a * a * s.fourth),
    ],
    logPartition,
  };
}

/** The a and b of an amplitude for k ≤ 3. */
const SCALES = { 2: [1, 0], 3: [0.75, Math.sqrt(3) / 2] };

/**
 * Everything at θ.
 * @param {number[]} weights π, k ≤ 4 @param {number[]} amplitudes
 * @param {number} target minus the logarithm of what the sums may leave out
 * @returns {PairPoint}
 */
export function pairPoint(weights, amplitudes, target) {
  const k = weights.length;
  const [a, b] = k === 4 ? [amplitudes[1], amplitudes[0]] : SCALES[k].map((s) => s * amplitudes[0]);
  return onRay(weights, b, a, target, a)(a);
}

/**
 * The points of one amplitude b of the pairs (k = 4: of a_1) and every a (a_2) from `nearest` to `farthest`.
 * @returns {(a: number) => PairPoint}
 */
export function onRay(weights, b, farthest, target, nearest = 0) {
  const k = weights.length;
  const ray = pairRay(weights, b, nearest, farthest, target);
  const left = 5 * Math.exp(-target);
  const { terms, spacing } = ray.plan;
  const nodes = Math.max(ray.u.nodes, ray.v.nodes);
  // a transform: its sum, its nodes, the angle ξA/2 by recurrence; Σ η/sinh(πξ/2) grows like log 1/η
  const unit = walk(nodes / 2 + 2 * terms + 32) + walk(1) * (ray.u.size + ray.v.size);
  const kernel = (2 / Math.PI) * (2 + Math.log1p(1 / spacing));
  return (a) => {
    const s = momentsAt(ray, a);
    const { g, radial, logPartition } = numbersOf(k, ray, s);
    const values = Float64Array.from(g);
    const gError = left + unit * (2 + kernel);
    // x² and ξ² a² beside them: E x² = 1, Σ ηξ³/sinh is about 2
    const lambdaError = 2 * left + 6 * unit * (2 + kernel + a * a);
    const { spectrum, lambda } = spectrumAt(k, values, radial);
    return {
      g: values, gError, spectrum, lambda, lambdaError, radial, logPartition,
      logPartitionError: left * Math.max(1, a, b) + unit * (2 * kernel + ray.u.size + ray.v.size + Math.abs(logPartition)),
    };
  };
}

function spectrumAt(k, g, radial) {
  let found = k === 2 ? [radial[0]] : [radial[0], g[0]];
  if (k === 4) {
    const [x, y, z] = radial;
    const [middle, apart] = [(x + z) / 2, Math.hypot((x - z) / 2, y)];
    found = [middle - apart, middle + apart, g[0]];
  }
  found.sort((p, q) => p - q);
  return { spectrum: found.map((value) => [value, 1]), lambda: found[0] };
}
