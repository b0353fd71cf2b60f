// The numerics of the page: what a host imports. Pure functions of exact weights; no DOM, no state.
//
// Exact:     fractions, snap, oneHeavy, fractionText, toDouble, dft (which entries vanish)
// Numbers:   evaluate at one θ; curve against |θ|; gamma; trajectory of EM; flow and path of the
//            amplitudes for a portrait (k = 4; k = 5 sampled)
// Families:  gammaAgainst k, limitGamma (k → ∞), provedRadius
//
// θ is a *point*: { radius } on a regular simplex (any k), or { amplitudes: [a_1, …, a_⌊k/2⌋] }, all
// ≥ 0, for k ≤ 4. An amplitude is √(energy of θ in block m); a regular simplex has
// a_m = radius·√(block size/(k − 1)) (math.md 1), so for k ≤ 3 the two say the same.
//
// Every function that can be asked something impossible throws an InputError whose message is a
// sentence for the reader. Every number has its error beside it: absolute, what the sums leave out
// and rounding together; an estimate and no proof, evidence "measured".
//
// Speed: one frame is mixture + curve + gamma(…, { curve }). While the gap alone is dragged, keep the
// mixture and the curve. Give gamma `farthest`, the end of the curve, where the search should not go on
// beyond it.

export { InputError, fraction, fractions, fractionText, oneHeavy, readFraction, snap, toDouble } from "./exact.js";
export { dft, mixture } from "./mixture.js";
export { evaluate, simplexAmplitudes } from "./point.js";
export { curve, gamma, provedRadius } from "./search.js";
export { flow, path, trajectory } from "./motion.js";
export { gammaAgainst, limitFactor, limitGamma } from "./family.js";
