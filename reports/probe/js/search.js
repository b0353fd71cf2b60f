// γ by search: where the contraction first falls to its threshold, and its curve against |θ|.
import { InputError } from "./exact.js";
import { atZero, leastOverDirections, levelInDirection, levelOnSimplex } from "./level.js";
import { simplexAmplitudes } from "./point.js";
import { fallOf, leastOn } from "./root.js";
import { MATRIX_K } from "./simplex.js";

const COARSE = 14; // target of a point of the curve: five digits
const MIDDLE = 24; // of a search over directions: ten
const FINE = 30; // of the root: thirteen
const TURN = 1e-4; // tolerance of a direction, by whose square γ errs
const RATIO = 1.15; // of the scan beyond a curve, as in verify/radius/search.py
const FIRST_POINTS = 17; // of a curve, before it is refined
const FIRST_OF_FEW = 33; // the same for k ≤ 4, where a point costs less
const MOST_CIRCLES = 25; // radii of a curve over all directions
const FEWEST_LINES = 17; // values of a_1 that give their directions
const BEYOND = 17; // points of a curve over all directions beyond the one that is drawn
const BEND = 0.0015; // a curve is refined where a chord leaves it by more

/**
 * What is asked of a radius.
 * @typedef {object} Question
 * @property {"factor" | "jacobian" | "convexity"} kind min_m g_m ≥ cσ, λ_min(∇²L) ≥ cσ, or ∇²L positive definite
 * @property {number} [gap] c, strictly between 0 and 1; convexity has none
 * @property {"simplex" | "all"} [orbit] regular simplices, or every θ (k ≤ 4); simplex if not given
 */

/**
 * @typedef {object} Curve  the contraction against |θ|, ascending from 0
 * @property {Float64Array} radius
 * @property {Float64Array} level min_m g_m (factor) or λ_min(∇²L); the least over all directions where
 *   every θ is asked for and k = 4
 * @property {Float64Array} error absolute, of each
 * @property {Float64Array | null} direction over all directions: ψ of the worst, a = |θ|(cos ψ, sin ψ)
 * @property {string} kind @property {string} orbit
 */

/**
 * @typedef {object} Radius
 * @property {number} radius γ; Infinity where nothing was seen up to `searched`
 * @property {number} error absolute; NaN where nothing was seen. A crossing between two radii of the
 *   scan, or in a direction it missed, is not in it: an estimate, no bound
 * @property {number} threshold cσ, or 0
 * @property {number} sigma
 * @property {number[] | null} amplitudes of the first crossing, k ≤ 24
 * @property {number} searched how far the search went
 * @property {string} label "measured" on one amplitude; "estimate, searched over directions" over all θ
 */

/**
 * γ of a mixture. Pass the curve of the same mixture, kind and orbit where there is one: it is the
 * scan, and what is left is a root between two of its points (while the gap is dragged, all there is).
 * @param {import("./mixture.js").Mixture} mix
 * @param {Question} question
 * @param {{curve?: Curve, farthest?: number}} [options]
 * @returns {Radius} @throws {InputError} a null entry (σ = 0), or what the quadratures do not reach
 */
export function gamma(mix, question, options = {}) {
  const { kind, gap, orbit } = checkedQuestion(mix, question);
  if (mix.sigma === 0)
    throw new InputError("An entry of the transform is exactly 0: σ = 0, so there is no gap and no γ.");
  const threshold = kind === "convexity" ? 0 : gap * mix.sigma;
  const searched = options.farthest ?? tailRadius(mix, kind, threshold);
  const over = orbit === "all" && mix.k === 4;
  const scan = options.curve ?? curve(mix, question, { farthest: Math.min(3, searched) });
  const found = over
    ? fallOverDirections(mix, kind, threshold, scan, searched)
    : fallOnRay(mix, kind, threshold, scan, searched);
  return {
    ...found, threshold, sigma: mix.sigma, searched,
    label: over ? "estimate, searched over directions" : "measured",
  };
}

/**
 * The contraction against |θ| from 0 to `farthest`, closer where it bends.
 * @param {import("./mixture.js").Mixture} mix @param {Question} question the gap plays no part
 * @param {{farthest: number, points?: number}} options points: at most
 * @returns {Curve}
 */
export function curve(mix, question, { farthest, points = 60 }) {
  const { kind, orbit } = checkedQuestion(mix, { gap: 0.5, ...question });
  if (!(farthest > 0 && farthest <= 60)) throw new InputError(`farthest radius: ${farthest} is not between 0 and 60.`);
  if (orbit === "all" && mix.k === 4) {
    const count = Math.max(2, Math.min(points, MOST_CIRCLES));
    const each = Math.ceil((FEWEST_LINES - 1) / (count - 1));
    const last = (count - 1) * each;
    const lines = Float64Array.from({ length: last + 1 }, (_, i) => farthest * (i / last) ** 1.5);
    return { ...leastOverDirections(mix, kind, lines, each, COARSE), kind, orbit };
  }
  const level = levelOnSimplex(mix, kind);
  const at = (r) => [r, ...level(r, COARSE)];
  const first = Math.min(mix.k <= 4 ? FIRST_OF_FEW : FIRST_POINTS, points);
  let found = [[0, ...atZero(mix)]];
  for (let i = 1; i < first; i++) found.push(at((farthest * i) / (first - 1)));
  for (let round = 0; round < 2 && found.length < points; round++) found = refined(found, at, points);
  const column = (i) => Float64Array.from(found, (point) => point[i]);
  return { radius: column(0), level: column(1), error: column(2), direction: null, kind, orbit };
}

/** Midpoints where the second difference says that the chord is off, as long as there are points left. */
function refined(found, at, points) {
  const bends = [];
  for (let i = 1; i < found.length - 1; i++) {
    const [[x0, y0], [x1, y1], [x2, y2]] = [found[i - 1], found[i], found[i + 1]];
    const second = ((y2 - y1) / (x2 - x1) - (y1 - y0) / (x1 - x0)) / (x2 - x0);
    bends.push([i - 1, Math.abs(second) * (x1 - x0) ** 2], [i, Math.abs(second) * (x2 - x1) ** 2]);
  }
  const wanted = new Set(
    bends
      .filter(([, size]) => size / 4 > BEND)
      .sort((a, b) => b[1] - a[1])
      .map(([i]) => i)
      .slice(0, 2 * (points - found.length)),
  );
  const chosen = [...wanted].slice(0, points - found.length);
  const more = chosen.map((i) => at((found[i][0] + found[i + 1][0]) / 2));
  return [...found, ...more].sort((a, b) => a[0] - b[0]);
}

/**
 * A radius below which the contraction is proved to persist (the best of the claims B, Ba and Bb,
 * docs/math.md section 4): no search, free of d; 0 for convexity and where σ = 0.
 * @param {import("./mixture.js").Mixture} mix @param {Question} question @returns {number} rounded down
 */
export function provedRadius(mix, question) {
  const { kind, gap } = question;
  if (kind === "convexity") return 0;
  const { k, sigma, sigmaError } = mix;
  const least = Math.max(0, sigma - sigmaError);
  const whole = kind === "jacobian";
  const room = whole ? (1 - gap) * least : Math.max((1 - gap) * least, (1 - Math.sqrt(gap)) * Math.sqrt(least));
  const ell = Math.log(k / 2);
  const [second, fourth] =
    k === 2 ? [4, 48]
    : k === 3 ? [3 + (9 * Math.sqrt(3)) / (2 * Math.PI), 27 + (243 * Math.sqrt(3)) / (4 * Math.PI)]
    : [8 * (ell + 1), 64 * (ell * ell + 2 * ell + 2)];
  const byRange = Math.sqrt(whole ? ((k <= 3 ? 48 : 32) * room) / fourth : (8 * room) / second);
  // lengths of R^jθ − Aθ: more of them where σ is less, so the bound takes σ from below
  const beta = 4 / 3 - 3 * Math.max(least - 1 / 3, 0) ** 2;
  const [loss, rate] = whole ? [3 * beta, 10] : [Math.sqrt(1.5 * beta), 5];
  const byLengths = least === 1 ? 0 : Math.sqrt(lambertW((rate * room) / loss) / rate);
  const byTurns = whole || least === 0 || least === 1 ? 0 : provedByTurns(mix, gap);
  return Math.max(byRange, byLengths, byTurns) * (1 - 1e-14);
}

/** Of the factors alone (Bb): infinite where c k Σπ² ≤ 1; else cosh r² + τ sinh r² = 1/c, τ = max |π̂_m|². */
function provedByTurns({ k, values, counts, energies }, gap) {
  const spread = k * values.reduce((sum, w, i) => sum + counts[i] * w * w, 0);
  if (gap * spread <= 1 - 1e-12) return Infinity;
  const largest = Math.min(1, Math.max(...energies.subarray(1)) * (1 + 1e-12));
  const root = Math.sqrt(1 - gap * gap * (1 - largest * largest));
  return Math.sqrt(Math.log((1 + root) / (gap * (1 + largest))));
}

/** The w with w e^w = x, for 0 ≤ x: Newton's method from above, where the function is convex. */
function lambertW(x) {
  let w = Math.log1p(x);
  for (let n = 0; n < 50; n++) {
    const step = (w * Math.exp(w) - x) / (Math.exp(w) * (w + 1));
    w -= step;
    if (Math.abs(step) <= 1e-16 * w) break;
  }
  return w;
}

function checkedQuestion(mix, question) {
  const { kind, gap = 0, orbit = "simplex" } = question;
  if (!["factor", "jacobian", "convexity"].includes(kind))
    throw new InputError(`kind ‘${kind}’: choose factor, jacobian or convexity.`);
  if (kind !== "convexity" && !(gap > 0 && gap < 1))
    throw new InputError(`gap c = ${gap}: it lies strictly between 0 and 1.`);
  if (!["simplex", "all"].includes(orbit)) throw new InputError(`orbit ‘${orbit}’: choose simplex or all.`);
  if (orbit === "all" && mix.k > 4)
    throw new InputError(`k = ${mix.k}: over every θ the page searches up to k = 4; choose simplex orbits.`);
  if (kind !== "factor" && mix.k > MATRIX_K && !mix.alike)
    throw new InputError(
      `k = ${mix.k}: the Hessian is at hand to k = ${MATRIX_K}, or where all weights but one are equal; choose the kind factor.`,
    );
  return { kind, gap, orbit };
}

/** How far to search: 6, or for the factor to where 1 − g_m ≤ C m_k/|θ| takes over, m_k ≤ √(2 log k). */
function tailRadius(mix, kind, threshold) {
  if (kind !== "factor" && mix.k > 8) return Math.max(6, 2 + Math.sqrt(2 * Math.log(mix.k)));
  const same = mix.k <= 3 || mix.alike;
  const { k } = mix;
  const most = Math.min(Math.sqrt(2 * Math.log(k)), [0, 0, 0.57, 0.85, 1.03, 1.17][k] ?? Infinity);
  return Math.min(30, Math.max(6, ((same ? Math.sqrt(k / (k - 1)) : 2) * most) / (1 - threshold)));
}

/** On one amplitude: the first two points of the scan on different sides, then a root. */
function fallOnRay(mix, kind, threshold, scan, farthest) {
  const level = levelOnSimplex(mix, kind);
  const none = { radius: Infinity, error: NaN, amplitudes: null };
  let low = 0;
  let high = NaN;
  for (let i = 1; i < scan.radius.length && Number.isNaN(high); i++)
    if (scan.level[i] <= threshold) high = scan.radius[i];
    else low = scan.radius[i];
  while (Number.isNaN(high)) {
    if (low >= farthest) return none;
    const next = Math.min(low * RATIO, farthest);
    if (level(next, COARSE)[0] <= threshold) high = next;
    else low = next;
  }
  const slack = (r) => (r > 0 ? level(r, FINE)[0] : mix.sigma) - threshold;
  let [atLow, atHigh] = [slack(low), slack(high)];
  // the scan's six digits may have put a point on the wrong side: then the root is just beside it
  if (atLow <= 0) [low, high, atLow, atHigh] = [low * 0.99, low, slack(low * 0.99), atLow];
  if (atHigh > 0) [low, high, atLow, atHigh] = [high, Math.min(high * 1.01, farthest), atHigh, slack(Math.min(high * 1.01, farthest))];
  if (atLow <= 0 || atHigh > 0) return none;
  const radius = fallOf(slack, low, high, 1e-12 * high, atLow, atHigh);
  return { ...located(slack, radius, level(radius, FINE)[1]), amplitudes: mix.k <= 24 ? simplexAmplitudes(mix.k, radius) : null };
}

/** The root's error: the residual and the level's own error, over the slope. */
function located(slack, radius, lost) {
  const width = 1e-4 * radius;
  const [before, here, after] = [slack(radius - width), slack(radius), slack(radius + width)];
  const slope = Math.min(Math.abs(after - before) / (2 * width), Math.abs(here - before) / width);
  return { radius, error: (2 * lost + Math.abs(here)) / slope + 2e-12 * radius };
}

/** k = 4 over all directions: the least R(ψ), near the scan's first failure. */
function fallOverDirections(mix, kind, threshold, scan, farthest) {
  const level = levelInDirection(mix, kind);
  let at = scan.level.findIndex((value, i) => i > 0 && value <= threshold);
  let where = scan;
  if (at < 0) {
    const last = scan.radius.at(-1);
    if (last >= farthest) return { radius: Infinity, error: NaN, amplitudes: null };
    where = curve(mix, { kind, orbit: "all" }, { farthest, points: BEYOND });
    at = where.level.findIndex((value, i) => i > 0 && value <= threshold);
    if (at < 0) return { radius: Infinity, error: NaN, amplitudes: null };
  }
  let [radius, angle, spread] = [where.radius[at], where.direction[at], 0.25];
  const inDirection = (r) => level(r, angle, FINE)[0] - threshold;
  for (let round = 0; round < 5; round++) {
    const height = (psi) => level(radius, psi, MIDDLE)[0];
    const [low, high] = [Math.max(angle - spread, -0.3), Math.min(angle + spread, Math.PI / 2 + 0.3)];
    [angle] = leastOn(height, low, high, TURN, angle);
    const before = radius;
    const near = round === 0 ? where.radius[at - 1] : 0.98 * radius;
    const far = inDirection(radius) <= 0 ? radius : Math.min(1.05 * radius, farthest);
    radius = fallOf(inDirection, inDirection(near) > 0 ? near : near / 2, far, 1e-11 * radius);
    spread = 0.02;
    if (Math.abs(radius - before) < 1e-10 * radius) break;
  }
  const found = located(inDirection, radius, level(radius, angle, FINE)[1] + missed(level, radius, angle));
  return { ...found, amplitudes: [Math.abs(radius * Math.cos(angle)), Math.abs(radius * Math.sin(angle))] };
}

/** How much lower the level may be in another direction nearby, by a parabola. */
function missed(level, radius, angle) {
  const turn = 20 * TURN;
  const [before, here, after] = [-turn, 0, turn].map((by) => level(radius, angle + by, FINE)[0]);
  const bend = (before - 2 * here + after) / turn ** 2;
  const slope = (after - before) / (2 * turn);
  return bend > 0 ? (slope * slope) / (2 * bend) + (bend * TURN * TURN) / 2 : 0;
}
