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
 * @param {number} a largest amplitude of t @param {number} b of u and v
 * @param {number} tilt |log| of the quotient of the groups' masses
 */
function planOf(a, b, tilt, target) {
  const goal = target + MARGIN;
  const wide = (a * a) / 2 + (b * b) / 4;
  let period = Infinity;
  for (let i = 1; i <= 40; i++) {
    const s = i / 20;
    const needed = (goal + s * s * wide + 4 * Math.log1p(2 * s * s * wide) + (s * tilt) / 2 - Math.log(s)) / s;
    period = Math.min(period, needed);
  }
  const spacing = dyadic((2 * Math.PI) / period);
  const terms = termsOf(spacing, 0, goal);
  const top = Math.min(b > 0 ? Math.PI / (2 * b) : Infinity, 1.5 * Math.sqrt(2 * goal));
  let step = 0;
  for (let i = 1; i < 65; i++) {
    const y = (i / 65) * top;
    const cost = goal + (y * y) / 2 + Math.log1p(y * y) - 2 * Math.log(Math.cos(b * y));
    step = Math.max(step, (2 * Math.PI * y) / cost);
  }
  step = dyadic(Math.min(step, 6));
  const reach = Math.ceil(Math.sqrt(2 * (goal + 2 * Math.log(2 * goal))) / step);
  return { goal, spacing, terms, step, reach };
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
  const f = Array.from({ length: FUNCTIONS }, () => new Float64Array(nodes));
  const [cosine, sine, turnRe, turnIm] = [0, 0, 0, 0].map(() => new Float64Array(nodes));
  const mean = new Float64Array(FUNCTIONS);
  const [left, right] = [Math.log(weights[0]), single ? -Infinity : Math.log(weights[1])];
  const centre = Math.log(weights[0] + (single ? 0 : weights[1]));
  let [mass, meanLog, size] = [0, 0, 0];
  for (let i = 0; i < nodes; i++) {
    const x = single ? 0 : (i - reach) * step;
    const density = Math.exp((-x * x) / 2);
    let [log, p, inside] = [left, 1, 0];
    if (!single) {
      const exponent = 2 * b * x + (left - right);
      const small = Math.exp(-Math.abs(exponent));
      log = (exponent > 0 ? left + b * x : right - b * x) + Math.log1p(small);
      p = (Math.sign(exponent) * (1 - small)) / (1 + small);
      inside = (4 * small) / (1 + small) ** 2;
    }
    mass += f[ONE][i] = density;
    f[SHARE][i] = density * p * x;
    f[SQUARE][i] = density * p * p;
    f[SPREAD][i] = density * inside * x * x;
    f[MOVED][i] = density * p * p * x * x;
    meanLog += density * (log - centre);
    size += density * Math.abs(log);
    const angle = (spacing * log) / 2;
    [turnRe[i], turnIm[i]] = [Math.cos(angle), Math.sin(angle)];
    [cosine[i], sine[i]] = [Math.cos(angle / 2), Math.sin(angle / 2)];
  }
  for (const row of f) for (let i = 0; i < nodes; i++) row[i] /= mass;
  for (let j = 0; j < FUNCTIONS; j++) for (let i = 0; i < nodes; i++) mean[j] += f[j][i];
  const out = new Float64Array(2 * FUNCTIONS * terms);
  const [f0, f1, f2, f3, f4] = f;
  for (let n = 0, at = 0; n < terms; n++, at += 2 * FUNCTIONS) {
    let [a, b0, c, d, e] = [0, 0, 0, 0, 0];
    let [ai, bi, ci, di, ei] = [0, 0, 0, 0, 0];
    for (let i = 0; i < nodes; i++) {
      const re = cosine[i];
      const im = sine[i];
      a += f0[i] * re;
      ai += f0[i] * im;
      b0 += f1[i] * re;
      bi += f1[i] * im;
      c += f2[i] * re;
      ci += f2[i] * im;
      d += f3[i] * re;
      di += f3[i] * im;
      e += f4[i] * re;
      ei += f4[i] * im;
      cosine[i] = re * turnRe[i] - im * turnIm[i];
      sine[i] = re * turnIm[i] + im * turnRe[i];
    }
    out[at] = a;
    out[at + 1] = ai;
    out[at + 2] = b0;
    out[at + 3] = bi;
    out[at + 4] = c;
    out[at + 5] = ci;
    out[at + 6] = d;
    out[at + 7] = di;
    out[at + 8] = e;
    out[at + 9] = ei;
  }
  return { mean, meanLog: centre + meanLog / mass, size: size / mass, out, nodes };
}

/**
 * The sums for one amplitude b of the pairs; then any a up to `farthest` costs about 1 µs.
 * @param {number[]} weights π, k = 2, 3 or 4 @param {number} b @param {number} farthest of a
 * @param {number} target
 * @returns {(a: number) => object} moments at a: see `momentsAt`
 */
function pairRay(weights, b, farthest, target) {
  const groups = GROUPS[weights.length].map((places) => places.map((j) => weights[j]));
  const [one, other] = groups.map((part) => part.reduce((x, y) => x + y, 0));
  const plan = planOf(farthest, b, Math.abs(Math.log(one / other)), target);
  const [u, v] = groups.map((part) => groupSums(part, b, plan));
  const { terms, spacing } = plan;
  // products of the two groups' transforms: all that the sums over ξ need
  const rows = Array.from({ length: 8 }, () => new Float64Array(terms));
  const [both, share, odd, even, spread, moved, late, lost] = rows;
  const [xi, plain] = [new Float64Array(terms), new Float64Array(terms)];
  for (let n = 0; n < terms; n++) {
    const at = 2 * FUNCTIONS * n;
    const re = (s, f) => s.out[at + 2 * f];
    const im = (s, f) => s.out[at + 2 * f + 1];
    const [ur, ui, vr, vi] = [re(u, ONE), im(u, ONE), re(v, ONE), -im(v, ONE)];
    // f in the first group times the other's 1, and the reverse
    const pr = (f) => re(u, f) * vr - im(u, f) * vi;
    const pi = (f) => re(u, f) * vi + im(u, f) * vr;
    const qr = (f) => ur * re(v, f) + ui * im(v, f);
    const qi = (f) => ui * re(v, f) - ur * im(v, f);
    both[n] = ur * vr - ui * vi;
    xi[n] = (n + 0.5) * spacing;
    plain[n] = (2 * spacing * Math.exp((-Math.PI / 2) * xi[n])) / -Math.expm1(-Math.PI * xi[n]);
    lost[n] = ur * vi + ui * vr; // Im: of tanh
    if (weights.length === 4) {
      share[n] = pi(SHARE) - qi(SHARE);
      odd[n] = pi(SQUARE) - qi(SQUARE);
      even[n] = pr(SQUARE) + qr(SQUARE);
      spread[n] = pi(SPREAD) - qi(SPREAD);
      // (px_1 − qx_2)²: p²x_1² + q²x_2² − 2 px_1 qx_2
      moved[n] = pr(MOVED) + qr(MOVED) - 2 * (re(u, SHARE) * re(v, SHARE) + im(u, SHARE) * im(v, SHARE));
    } else {
      share[n] = qi(SHARE);
      odd[n] = qi(SQUARE);
      even[n] = qr(SQUARE);
      spread[n] = qi(SPREAD);
      moved[n] = qr(MOVED);
    }
    late[n] = plain[n] / xi[n];
  }
  return { plan, u, v, rows: { both, share, odd, even, spread, moved, tanh: lost, late, xi, plain } };
}

/** All moments at one a. */
function momentsAt({ plan, rows }, a) {
  const { both, share, odd, even, spread, moved, tanh, late, xi, plain } = rows;
  let [sech, fourth, shareSum, shareTwice, oddSum, evenSum, spreadSum, movedSum, tanhSum, logCosh] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const { terms } = plan;
  for (let n = 0; n < terms; n++) {
    const x = xi[n];
    const half = (x * a) ** 2 / 2;
    if (half > 745) {
      for (let i = n; i < terms; i++) logCosh += late[i];
      break;
    }
    const gauss = Math.exp(-half);
    const d = plain[n] * gauss;
    const dx = d * x;
    const c = both[n];
    sech += dx * c;
    fourth += dx * x * x * c;
    shareSum += d * share[n];
    shareTwice += dx * x * share[n];
    oddSum += d * odd[n];
    evenSum += dx * even[n];
    spreadSum += d * spread[n];
    movedSum += dx * moved[n];
    tanhSum += d * tanh[n];
    logCosh += late[n] * (1 - gauss * c);
  }
  return { a, sech, fourth, shareSum, shareTwice, oddSum, evenSum, spreadSum, movedSum, tanhSum, logCosh };
}

/** g_m and the Hessian on the amplitudes from the moments. */
function numbersOf(k, { u, v }, s, scale) {
  const { a } = s;
  const logPartition = Math.LN2 + (u.meanLog + v.meanLog) / 2 + s.logCosh;
  if (k === 2) return { g: [1 - s.sech], radial: [1 - (s.sech - a * a * s.fourth)], logPartition };
  if (k === 3) {
    const q = v.mean[SQUARE];
    const T = s.tanhSum; // E tanh z; E q² tanh z = −oddSum's sign: q in the second group
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
  return onRay(weights, b, a, target)(a);
}

/**
 * The points of one amplitude b of the pairs (k = 4: of a_1) and every a (a_2) up to `farthest`.
 * @returns {(a: number) => PairPoint}
 */
export function onRay(weights, b, farthest, target) {
  const k = weights.length;
  const ray = pairRay(weights, b, farthest, target);
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
