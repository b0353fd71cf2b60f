// γ by search: where the contraction first falls to its threshold, and its curve against |θ|.
import { InputError } from "./exact.js";
import { simplexPoint } from "./simplex.js";

const COARSE = 22; // target of a point of the curve: seven digits
const FINE = 34;
const FIRST = 0.05; // of the scan, as in verify/radius/search.py
const RATIO = 1.15;
const STEPS = 30; // of the root finder

/**
 * What is asked of a radius.
 * @typedef {object} Question
 * @property {"factor" | "jacobian" | "convexity"} kind min_m g_m ≥ cσ, λ_min(∇²L) ≥ cσ, or ∇²L positive definite
 * @property {number} [gap] c, strictly between 0 and 1; convexity has none
 * @property {"simplex" | "all"} [orbit] regular simplices, or every θ (k ≤ 4); simplex if not given
 */

/**
 * @typedef {object} Curve  against |θ|, ascending from 0
 * @property {Float64Array} radius
 * @property {Float64Array} level min_m g_m (factor) or λ_min(∇²L); over all directions where orbit is all
 * @property {Float64Array} error absolute, of each
 * @property {Float64Array | null} direction orbit all: the angle ψ of the worst θ, a = |θ|(cos ψ, sin ψ)
 */

/**
 * @typedef {object} Radius
 * @property {number} radius γ; Infinity where nothing was seen up to `searched`
 * @property {number} error absolute; NaN where none was seen. A crossing that the scan jumped over,
 *   or in a direction it missed, is not in it: an estimate, no bound
 * @property {number} threshold cσ, or 0
 * @property {number} sigma
 * @property {number[] | null} amplitudes where the contraction falls first
 * @property {number} searched how far the search went
 * @property {string} label "measured" on one amplitude; "estimate, searched over directions" over all θ
 */

/**
 * γ of a mixture.
 * @param {import("./mixture.js").Mixture} mix
 * @param {Question} question
 * @param {{near?: number, farthest?: number}} [options] near: the last γ, for a warm start while dragging
 * @returns {Radius} @throws {InputError} a null entry (σ = 0), or what the quadratures do not reach
 */
export function gamma(mix, question, options = {}) {
  const { kind, gap = 0, orbit = "simplex" } = checkedQuestion(mix, question);
  if (mix.sigma === 0)
    throw new InputError("An entry of the transform is exactly 0: σ = 0, so there is no gap and no γ.");
  const threshold = kind === "convexity" ? 0 : gap * mix.sigma;
  const level = (radius, target) => levelAt(mix, kind, radius, target);
  const farthest = options.farthest ?? tailRadius(mix, kind);
  const found = firstFall(level, threshold, farthest);
  return {
    ...found, threshold, sigma: mix.sigma, amplitudes: null, searched: farthest,
    label: orbit === "all" && mix.k > 3 ? "estimate, searched over directions" : "measured",
  };
}

/**
 * The contraction against |θ| from 0 to `farthest`.
 * @param {import("./mixture.js").Mixture} mix @param {Question} question
 * @param {{farthest: number, points?: number}} options
 * @returns {Curve}
 */
export function curve(mix, question, { farthest, points = 48 }) {
  const { kind } = checkedQuestion(mix, question);
  const radius = Float64Array.from({ length: points }, (_, i) => (farthest * i) / (points - 1));
  const [level, error] = [new Float64Array(points), new Float64Array(points)];
  radius.forEach((r, i) => ([level[i], error[i]] = levelAt(mix, kind, r, COARSE)));
  return { radius, level, error, direction: null };
}

/**
 * A radius below which the contraction is proved to persist (claim B): no search, free of d.
 * @param {import("./mixture.js").Mixture} mix @param {Question} question @returns {number} rounded down; 0 for convexity
 */
export function provedRadius(mix, { kind, gap }) {
  if (kind === "convexity") return 0;
  const { k, sigma, sigmaError } = mix;
  const least = Math.max(0, sigma - sigmaError);
  const ell = Math.log(k / 2);
  const [second, fourth] =
    k === 2 ? [4, 48]
    : k === 3 ? [3 + (9 * Math.sqrt(3)) / (2 * Math.PI), 27 + (567 * Math.sqrt(3)) / (16 * Math.PI)]
    : [8 * (ell + 1), 64 * (ell * ell + 2 * ell + 2)];
  const room = kind === "jacobian" ? (1 - gap) * least : Math.max((1 - gap) * least, (1 - Math.sqrt(gap)) * Math.sqrt(least));
  return Math.sqrt(((kind === "jacobian" ? 32 : 8) * room) / (kind === "jacobian" ? fourth : second)) * (1 - 1e-14);
}

function checkedQuestion(mix, question) {
  const { kind, gap, orbit = "simplex" } = question;
  if (!["factor", "jacobian", "convexity"].includes(kind))
    throw new InputError(`kind ‘${kind}’: choose factor, jacobian or convexity.`);
  if (kind !== "convexity" && !(gap > 0 && gap < 1))
    throw new InputError(`gap c = ${gap}: it lies strictly between 0 and 1.`);
  if (!["simplex", "all"].includes(orbit)) throw new InputError(`orbit ‘${orbit}’: choose simplex or all.`);
  if (orbit === "all" && mix.k > 4)
    throw new InputError(`k = ${mix.k}: over every θ the page searches up to k = 4; choose simplex orbits.`);
  if (kind !== "factor" && mix.k > 200 && !mix.alike)
    throw new InputError(`k = ${mix.k}: the Hessian is at hand to k = 200, or where all weights but one are equal.`);
  return question;
}

/** Level and its error on the simplex orbit of a radius. */
function levelAt(mix, kind, radius, target) {
  const found = simplexPoint(mix, radius, { target, hessian: kind !== "factor" });
  return kind === "factor" ? [Math.min(...found.g), found.gError] : [found.lambda, found.lambdaError];
}

/** As far as the search goes: beyond √(2 log k) and some the levels rise to 1 (math.md 4). */
function tailRadius(mix) {
  return Math.max(6, 2 + 1.5 * Math.sqrt(2 * Math.log(mix.k)));
}

/** Where the level first falls to the threshold: a scan, then a bracketed secant (Illinois). */
function firstFall(level, threshold, farthest) {
  let [before, slack] = [0, NaN];
  for (let radius = FIRST; ; radius = Math.min(radius * RATIO, farthest)) {
    const here = level(radius, COARSE)[0] - threshold;
    if (here <= 0) return root(level, threshold, before, radius);
    if (radius >= farthest) return { radius: Infinity, error: NaN };
    [before, slack] = [radius, here];
  }
}

function root(level, threshold, low, high) {
  const at = (r) => level(r, FINE)[0] - threshold;
  let [a, b, fa, fb] = [low, high, at(low), at(high)];
  if (fb > 0) return { radius: high, error: high - low };
  let r = b;
  for (let i = 0; i < STEPS && b - a > 1e-13 * b; i++) {
    r = fa === fb ? (a + b) / 2 : b - (fb * (b - a)) / (fb - fa);
    const f = at(r);
    if (f === 0) break;
    if (f > 0) {
      [a, fa] = [r, f];
      fb /= 2;
    } else {
      [b, fb] = [r, f];
      fa /= 2;
    }
  }
  const slope = Math.abs((level(r * 1.001, FINE)[0] - level(r * 0.999, FINE)[0]) / (0.002 * r));
  const lost = level(r, FINE)[1] + Math.abs(at(r));
  return { radius: r, error: lost / slope + 1e-13 * r };
}
