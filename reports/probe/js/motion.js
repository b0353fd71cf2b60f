// EM in motion: a_m ← (1 − g_m) a_m (math.md S6), along a run and as a field of arrows.
import { InputError } from "./exact.js";
import { evaluate } from "./point.js";

const MOST_STEPS = 10000;

/**
 * @typedef {object} Run  one entry for each t = 0 … T
 * @property {number[]} radius |θ_t|
 * @property {(number[] | null)[]} amplitudes null on simplices beyond k = 24
 * @property {number[]} kl nats @property {number[]} klError absolute
 * @property {number[][]} g as of `evaluate`
 * @property {number} predicted factor of KL per step in the end, (1 − min |π̂_m|²)² over the blocks the
 *   start has energy in; 1 exactly where one of them is null: then t² KL tends to a constant (T2)
 */

/**
 * Population EM from a start.
 * @param {import("./mixture.js").Mixture} mix
 * @param {import("./point.js").Point} start amplitudes for k ≤ 4; a radius where EM keeps simplices
 *   (`mix.alike`) or k ≤ 4
 * @param {number} steps at most; the run ends early where |θ| < 1e-13
 * @returns {Run} @throws {InputError}
 */
export function trajectory(mix, start, steps) {
  if (!Number.isInteger(steps) || steps < 0 || steps > MOST_STEPS)
    throw new InputError(`steps = ${steps}: a whole number from 0 to ${MOST_STEPS}.`);
  if (mix.k > 4 && !mix.alike)
    throw new InputError(
      `k = ${mix.k}: EM leaves the regular simplices at these weights; beyond k = 4 the page follows it where all weights but one are equal.`,
    );
  const run = { radius: [], amplitudes: [], kl: [], klError: [], g: [], predicted: (1 - mix.sigma) ** 2 };
  let point = start;
  for (let t = 0; t <= steps; t++) {
    const found = evaluate(mix, point);
    for (const name of ["radius", "amplitudes", "kl", "klError", "g"]) run[name].push(found[name]);
    if (found.radius < 1e-13) break;
    point = { radius: found.radius * (1 - found.g[0]) };
  }
  return run;
}

/**
 * One step of EM from each point of a grid of amplitudes, k = 4: arrows of the portrait.
 * @param {import("./mixture.js").Mixture} mix
 * @param {number[]} first values of a_1 @param {number[]} second values of a_2
 * @returns {{from: [number, number], to: [number, number]}[]} first varies slowest
 */
export function flow(mix, first, second) {
  if (mix.k !== 4) throw new InputError(`k = ${mix.k}: the portrait of two amplitudes is for k = 4.`);
  return first.flatMap((a) => second.map((b) => ({ from: [a, b], to: [a, b] }))); // with pairs.js
}
