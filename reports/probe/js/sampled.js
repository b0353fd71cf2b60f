// Any θ at small k by randomised quasi-Monte Carlo: g_m for drawings, with an error bar.
//
// On the plane of frequency m a standard normal x = r(cos φ, sin φ), r = √(−2 log u), has
// ⟨x, R^jθ⟩ = a_m r cos(φ − 2πmj/k); on the line of k/2 it is (−1)^j a r cos φ. The points u are a
// Kronecker sequence, n·(ϕ^−1, ϕ^−2, …) mod 1 with ϕ^{D+1} = ϕ + 1, under 8 random shifts.
import { InputError } from "./exact.js";

const SHIFTS = 8;
const QUANTILE = 5.408; // Student's t, 7 degrees of freedom, 99.9 % on both sides
const MOST_SAMPLED = 8;

/** The same points for every θ of one k, so that a dragged start moves smoothly. */
function sequence(k, each) {
  const blocks = Math.floor(k / 2);
  const size = 2 * blocks;
  let root = 1.5;
  for (let i = 0; i < 60; i++) root = (1 + root) ** (1 / (size + 1));
  const found = new Float64Array(SHIFTS * each * size);
  let state = 20;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (let s = 0, at = 0; s < SHIFTS; s++) {
    const shift = Array.from({ length: size }, random);
    for (let n = 0; n < each; n++)
      for (let b = 0; b < blocks; b++, at += 2) {
        const u = (shift[2 * b] + (n + 1) * root ** -(2 * b + 1)) % 1;
        const r = Math.sqrt(-2 * Math.log(Math.max(u, 1e-12)));
        const angle = 2 * Math.PI * ((shift[2 * b + 1] + (n + 1) * root ** -(2 * b + 2)) % 1);
        found[at] = r * Math.cos(angle);
        found[at + 1] = 2 * (b + 1) === k ? 0 : r * Math.sin(angle);
      }
  }
  return found;
}

/**
 * g_m at any amplitudes, 5 ≤ k ≤ 8.
 * @param {number[]} weights π @param {number} [each] points under each of the 8 shifts
 * @returns {(amplitudes: number[]) => {g: Float64Array, gError: number}} the error covers 99.9 %
 */
export function sampler(weights, each = 256) {
  const k = weights.length;
  if (k < 2 || k > MOST_SAMPLED) throw new InputError(`k = ${k}: other θ than simplices are drawn to k = ${MOST_SAMPLED}.`);
  const blocks = Math.floor(k / 2);
  const points = sequence(k, each);
  const turn = (i) => (2 * Math.PI * ((Math.floor(i / k) + 1) * (i % k))) / k; // i = k(m − 1) + j
  const cosine = Float64Array.from({ length: k * blocks }, (_, i) => Math.cos(turn(i)));
  const sine = Float64Array.from({ length: k * blocks }, (_, i) => Math.sin(turn(i)));
  const logs = Float64Array.from(weights, Math.log);
  const z = new Float64Array(k);
  return (amplitudes) => {
    const means = Array.from({ length: SHIFTS }, () => new Float64Array(blocks));
    for (let s = 0, at = 0; s < SHIFTS; s++)
      for (let n = 0; n < each; n++) {
        z.set(logs);
        for (let b = 0; b < blocks; b++, at += 2) {
          const x = amplitudes[b] * points[at];
          const y = amplitudes[b] * points[at + 1];
          for (let j = 0, i = b * k; j < k; j++, i++) z[j] += x * cosine[i] + y * sine[i];
        }
        let top = z[0];
        for (let j = 1; j < k; j++) if (z[j] > top) top = z[j];
        let sum = 0;
        for (let j = 0; j < k; j++) sum += z[j] = Math.exp(z[j] - top);
        for (let b = 0; b < blocks; b++) {
          let re = 0;
          let im = 0;
          for (let j = 0, i = b * k; j < k; j++, i++) {
            re += z[j] * cosine[i];
            im += z[j] * sine[i];
          }
          means[s][b] += (re * re + im * im) / (sum * sum * each);
        }
      }
    const g = new Float64Array(blocks);
    let gError = 0;
    for (let b = 0; b < blocks; b++) {
      let square = 0;
      for (const mean of means) g[b] += mean[b] / SHIFTS;
      for (const mean of means) square += (mean[b] - g[b]) ** 2;
      gError = Math.max(gError, QUANTILE * Math.sqrt(square / (SHIFTS * (SHIFTS - 1))));
    }
    return { g, gError };
  };
}
