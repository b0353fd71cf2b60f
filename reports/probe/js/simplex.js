// Regular-simplex orbits at any k: the Laplace integrals of verify/engines/laplace/doubles.py.
//
// With z_j = c g_j, c² = |θ|² k/(k − 1), f_a(t) = e^{at} exp(−e^t), P_a(τ) = E f_a(τ + cg),
// W = Π_j P_0(τ + log π_j), ρ_j = P_1/P_0 and v_j = P_2/P_0 − ρ_j² there,
//
//     g_m = ∫ W {|ρ̂_m|² + Σ_j v_j} dτ,   ρ̂_m = Σ_j ω^{mj} ρ_j,
//     E log S = ∫ (P_0(τ) − W) dτ,
//
// and on the amplitudes ∇²L = diag(g_m) − c² N_m N_n E X_mn with N_m² = 2/k (1/k for m = k/2),
// s = Σ_j ρ_j, y = ρ − v, Q_q = 4 Re(ρ̂_q* v̂_q) − 2|ρ̂_q|² − 2|v̂_q|², and
//
//     X_mn = 2 Re(ŷ_{m+n}* ρ̂_m ρ̂_n + ŷ_{m−n}* ρ̂_m ρ̂_n*) − 4s Re(ŷ_m* ρ̂_m + ŷ_n* ρ̂_n) + 4s² ŷ_0
//          − (|ρ̂_m|² − s²)(|ρ̂_n|² − s²) + ½(Q_{m+n} + Q_{m−n}) − Q_m − Q_n + Q_0,
//
// the sums over lags of verify/engines/laplace/hessian.py in frequencies, so that a node costs k²/4
// terms in place of k³. Where all weights but one are equal there are three eigenvalues at any k.
import { tables } from "./laplace.js";
import { ruleOf, UNIT, walk } from "./rule.js";
import { eigenvalues } from "./symmetric.js";

const SPARE = 3; // e^−3 of the target: where the outer sums stop
export const MATRIX_K = 200; // components up to which the Hessian is at hand for any weights
const NEAREST = 1e-20; // c below which all is what it is at θ = 0

/**
 * @typedef {object} SimplexPoint
 * @property {Float64Array} g g_m for m = 1 … modes (one number where all are equal)
 * @property {number} gError absolute
 * @property {[number, number][]} spectrum eigenvalues of ∇²L with multiplicities; empty if not wanted
 * @property {number} lambda the least of them; NaN if not wanted
 * @property {number} lambdaError absolute
 * @property {number} logPartition E log S; NaN if not wanted
 * @property {number} logPartitionError absolute
 */

/**
 * Everything on the regular-simplex orbit |θ| = radius.
 * @param {import("./mixture.js").Mixture} mix
 * @param {number} radius
 * @param {{target?: number, twice?: boolean, hessian?: boolean, partition?: boolean}} [options]
 *   target: minus the logarithm of what the sums may leave out; twice: two shifted grids, and half of
 *   their difference among the error
 * @returns {SimplexPoint}
 */
export function simplexPoint(mix, radius, { target = 36, twice = false, hessian = true, partition = false } = {}) {
  const c = radius * Math.sqrt(mix.k / (mix.k - 1));
  const wanted = { hessian: hessian && (mix.alike || mix.k <= MATRIX_K), partition };
  if (c < NEAREST) return atOptimum(mix, c, wanted);
  const rule = ruleOf(c, Math.log(mix.k), target);
  const one = outerSums(mix, rule, 0, wanted);
  if (!twice) return handedOver(mix, rule, one, one, wanted);
  return handedOver(mix, rule, one, outerSums(mix, rule, 0.5, wanted), wanted);
}

function atOptimum(mix, c, wanted) {
  const many = mix.alike ? 1 : mix.modes;
  const g = mix.energies.slice(1, many + 1);
  const error = 2 * Math.max(mix.sigmaError, UNIT * g[0]) + c;
  const spectrum = wanted.hessian ? spectrumOf(mix, g, mix.alike ? [g[0], g[0]] : g) : [];
  return {
    g, gError: error, spectrum,
    lambda: wanted.hessian ? Math.min(...g) : NaN,
    lambdaError: error,
    logPartition: wanted.partition ? 0 : NaN,
    logPartitionError: c,
  };
}

/** Eigenvalues of ∇²L on the hyperplane: of the first axes of the blocks, and g_m on the second ones. */
function spectrumOf(mix, g, first) {
  const { k, alike } = mix;
  const runs = alike
    ? [[g[0], Math.floor((k - 1) / 2)], [first[0], Math.floor(k / 2) - 1], [first[1], 1]]
    : [...Array.from(first, (x) => [x, 1]), ...Array.from(g.subarray(0, Math.floor((k - 1) / 2)), (x) => [x, 1])];
  return runs.filter(([, count]) => count > 0).sort((a, b) => a[0] - b[0]);
}

/** One grid's integrals: `numbers` are g, then the Hessian's part, then E log S. */
function outerSums(mix, rule, shift, wanted) {
  const { values, counts, groups, sums, alike, k } = mix;
  const kinds = values.length;
  const runs = groups.length;
  const modes = alike ? 1 : mix.modes;
  const half = Math.floor(k / 2);
  const table = tables(values, rule, shift);
  const single = wanted.partition ? tables(Float64Array.of(1), rule, shift) : null;
  const g = new Float64Array(modes);
  const matrix = wanted.hessian && !alike ? new Float64Array(half * half) : null;
  const work = matrix ? spectralWork(half) : null;
  let [even, along, difference, logSum, size, mass] = [0, 0, 0, 0, 0, 0];
  const at = { logP0: new Float64Array(kinds), rest: new Float64Array(kinds), rho: new Float64Array(kinds), v: new Float64Array(kinds) };
  const alone = { logP0: new Float64Array(1), rest: new Float64Array(1), rho: new Float64Array(1), v: new Float64Array(1) };
  const floor = rule.target + SPARE;
  const heavy = alike && counts[0] === 1 ? 0 : kinds - 1; // the component singled out
  const light = heavy === 0 ? kinds - 1 : 0;

  /** The terms at node n; false where they and what lies beyond are negligible. */
  function node(n) {
    let logW = 0;
    let s = 0;
    let variance = 0;
    let second = 0;
    table(n, at);
    for (let i = 0; i < kinds; i++) {
      const rho = at.rho[i];
      logW += counts[i] * at.logP0[i];
      s += counts[i] * rho;
      variance += counts[i] * at.v[i];
      second += counts[i] * (at.v[i] + rho * rho);
    }
    const w = Math.exp(logW);
    let more = logW + 4 * Math.log1p(s) > -floor && logW + Math.log(s * s + variance) > -floor;
    if (single) {
      single(n, alone);
      const term = alone.rest[0] < 0.5 ? -alone.rest[0] - Math.expm1(logW) : Math.exp(alone.logP0[0]) - w;
      difference += term;
      logSum += Math.abs(term) + w * (1 - logW) * (w < 0.5 ? 1 : 0) + (w < 0.5 ? 0 : -logW + alone.rest[0]);
      more ||= alone.rest[0] > Math.exp(-floor) && alone.logP0[0] > -floor;
    }
    if (w === 0) return more;
    mass += w * (s * s + variance) * (1 - logW);
    size += w * second;
    if (alike) {
      const re = kinds === 1 ? 0 : at.rho[heavy] - at.rho[light];
      g[0] += w * (re * re + variance);
    } else {
      for (let m = 1; m <= modes; m++) {
        let re = 0;
        let im = 0;
        for (let i = 0, q = 2 * m * runs; i < runs; i++, q += 2) {
          const rho = at.rho[groups[i]];
          re += rho * sums[q];
          im += rho * sums[q + 1];
        }
        g[m - 1] += w * (re * re + im * im + variance);
        if (work) {
          work.rr[m] = re;
          work.ri[m] = im;
        }
      }
    }
    if (matrix) addSpectral(mix, at, w, s, half, work, matrix);
    else if (wanted.hessian) {
      const [rho, v, big, vBig] = [at.rho[light], at.v[light], at.rho[heavy], at.v[heavy]];
      if (kinds === 2 || k > 2) {
        const gap = (big - rho) ** 2;
        const triple = v * (big + (k - 2) * rho) + rho * (gap + vBig);
        const pair = 2 * big * rho + (k - 2) * rho * rho;
        const quadruple = 2 * vBig * v + (k - 2) * v * v + 2 * v * gap;
        even += w * (4 * triple - 2 * pair - 2 * quadruple);
      }
      along += w * alongTheta(at, counts);
    }
    return more;
  }

  // from the middle of W outwards, to where the terms are negligible
  let [low, high] = [rule.first, rule.last];
  if (!single)
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      table(middle, at);
      let logW = 0;
      for (let i = 0; i < kinds; i++) logW += counts[i] * at.logP0[i];
      if (logW > -1) low = middle;
      else high = middle;
    }
  else low = high = Math.min(Math.max(0, rule.first), rule.last);
  for (let n = low, quiet = 0; n >= rule.first && quiet < 3; n--) quiet = node(n) ? 0 : quiet + 1;
  for (let n = low + 1, quiet = 0; n <= rule.last && quiet < 3; n++) quiet = node(n) ? 0 : quiet + 1;

  const { step, c } = rule;
  for (let m = 0; m < modes; m++) g[m] *= step;
  let first = null;
  if (matrix) {
    first = matrix;
    for (let m = 0; m < half; m++)
      for (let n = 0; n < half; n++) {
        const norm = Math.sqrt((2 * (m + 1) === k ? 1 : 2) * (2 * (n + 1) === k ? 1 : 2)) / k;
        first[m * half + n] = (m === n ? g[m] : 0) - step * c * c * norm * matrix[m * half + n];
      }
  } else if (wanted.hessian)
    first = Float64Array.of(g[0] - c * c * step * even, g[0] - ((c * c * k) / (k - 1)) * step * along);
  return { g, first, partition: step * difference, logSum: step * logSum, size: step * size, mass: step * mass };
}

/** Σ_{a,b≠0} X_ab of the lags, which belongs to θ itself. */
function alongTheta({ rho, v }, counts) {
  let total = 0;
  let left = 0;
  let value = 0;
  let products = 0;
  for (let i = 0; i < counts.length; i++) {
    total += counts[i] * rho[i];
    left += counts[i] * v[i];
  }
  for (let i = 0; i < counts.length; i++) {
    const s = total - rho[i];
    const r = left - v[i];
    products += counts[i] * rho[i] * s;
    value += counts[i] * (4 * rho[i] * (s * s + r) - 4 * v[i] * s * s - 2 * v[i] * r);
  }
  return value - 2 * products - products * products;
}

function spectralWork(half) {
  const names = ["rr", "ri", "vr", "vi", "yr", "yi", "q"];
  return Object.fromEntries(names.map((name) => [name, new Float64Array(half + 1)]));
}

/** Adds w·X_mn to the matrix; the transforms of ρ are in `work` already. */
function addSpectral(mix, at, w, s, half, work, matrix) {
  const { k, groups, sums, counts } = mix;
  const { rr, ri, vr, vi, yr, yi, q } = work;
  const runs = groups.length;
  rr[0] = s;
  ri[0] = 0;
  for (let m = 0; m <= half; m++) {
    let re = 0;
    let im = 0;
    for (let i = 0, p = 2 * m * runs; i < runs; i++, p += 2) {
      const v = at.v[groups[i]];
      re += v * sums[p];
      im += v * sums[p + 1];
    }
    vr[m] = re;
    vi[m] = im;
    yr[m] = rr[m] - re;
    yi[m] = ri[m] - im;
    q[m] = 4 * (rr[m] * re + ri[m] * im) - 2 * (rr[m] * rr[m] + ri[m] * ri[m]) - 2 * (re * re + im * im);
  }
  for (let m = 1; m <= half; m++) {
    const a = rr[m];
    const b = ri[m];
    const own = a * a + b * b - s * s;
    const pull = yr[m] * a + yi[m] * b;
    for (let n = 1; n <= m; n++) {
      const d = rr[n];
      const e = ri[n];
      let up = m + n;
      const folds = 2 * up > k; // then ŷ_{m+n} is the conjugate of ŷ_{k−m−n}
      if (folds) up = k - up;
      const upIm = folds ? -yi[up] : yi[up];
      const down = m - n;
      const sum = yr[up] * (a * d - b * e) + upIm * (a * e + b * d);
      const difference = yr[down] * (a * d + b * e) + yi[down] * (b * d - a * e);
      const x =
        2 * (sum + difference) - 4 * s * (pull + yr[n] * d + yi[n] * e) + 4 * s * s * yr[0]
        - own * (d * d + e * e - s * s)
        + 0.5 * (q[up] + q[down]) - q[m] - q[n] + q[0];
      matrix[(m - 1) * half + n - 1] += w * x;
      if (n < m) matrix[(n - 1) * half + m - 1] += w * x;
    }
  }
}

/** Two grids to one result. */
function handedOver(mix, rule, one, two, wanted) {
  const { alike } = mix;
  const half = Math.floor(mix.k / 2);
  const left = 5 * Math.exp(-rule.target); // aliasing of both sums, both ends, the inner cut
  const g = one.g.map((x, i) => (x + two.g[i]) / 2);
  let apartG = 0;
  for (let i = 0; i < g.length; i++) apartG = Math.max(apartG, Math.abs(one.g[i] - two.g[i]) / 2);
  const { relative, c } = rounding(mix, rule);
  // of |ρ̂_m|² + Σ v: twice |ρ̂_m| and each ρ_2, ρ_1²; of W by −log W; E (Σ_j w_j)² = 1
  const largest = Math.sqrt(Math.max(...g));
  const gError = apartG + left + relative * (one.mass + 2 * largest + 4 * one.size) + walk(64) * g[0];
  let [spectrum, lambda, lambdaError] = [[], NaN, NaN];
  if (wanted.hessian) {
    let apartH = 0;
    const first = one.first.map((x, i) => {
      apartH = Math.max(apartH, Math.abs(x - two.first[i]) / 2);
      return (x + two.first[i]) / 2;
    });
    const axes = alike ? first : eigenvalues(first, half);
    spectrum = spectrumOf(mix, g, axes);
    lambda = spectrum[0][0];
    // X_mn has 20 terms of at most 8 E(Σ w)^4 each, and 2/k in the frequencies
    const size = c * c * (alike ? 2 : Math.min(1, 2 / mix.k) * half) * 24;
    const many = alike ? 1 : half;
    lambdaError = many * apartH + apartG + left * (1 + c * c) + gError + relative * size + walk(2 * many) * Math.max(...axes.map(Math.abs));
  }
  const partition = (one.partition + two.partition) / 2;
  return {
    g, gError, spectrum, lambda, lambdaError,
    logPartition: wanted.partition ? partition : NaN,
    logPartitionError: wanted.partition
      ? Math.abs(one.partition - two.partition) / 2 + left * Math.max(1, c) + relative * (one.logSum + Math.abs(partition))
      : NaN,
  };
}

/** Relative error of one of the P_a: the inner sum, its terms, and the arguments t = τ + log π_j + cg. */
function rounding(mix, rule) {
  const far = Math.abs(rule.first) + Math.abs(rule.last) + 2 * rule.reach;
  return { relative: walk(rule.reach + 24) + walk(1) * 0.5 * Math.sqrt(far * rule.step), c: rule.c };
}
