// All numbers of a view, from the model: those of a frame, and tasks for the time between frames.
// What did not change is taken from the last picture.

import { curve, dft, evaluate, fractionText, gamma, gammaAgainst, limitGamma, mixture, path, provedRadius, simplexAmplitudes,
  toDouble, trajectory } from "../js/model.js";

const POINTS = 41, POINTS_HELD = 17; // of the curve, and while something is dragged
const NEAREST = 3, FARTHEST = 12; // right end of the axis of radii
const RUNS = 24; // runs of weights beyond which a point costs more
const RAYS = 6, PATH = 7; // runs of the portrait, and their steps
const ENDED = 1e-13; // |θ| at which a run ends
const TARGET = 30; // of a step: 13 digits

// The picture of a frame. Throws a sentence where the model cannot do what is asked.
export function compute(view, last, held = false) {
  const {weights, kind, orbit} = view, c = toDouble(view.gap);
  const keys = {}, picture = {keys};
  const take = (name, key, make) => {
    keys[name] = key;
    picture[name] = last?.keys[name] === key ? last[name] : make();
    return picture[name];
  };
  const mix = take("mix", weights.text, () => mixture(weights));
  const asked = {kind, orbit, ...(kind === "convexity" ? {} : {gap: c})};
  const radius = view.amplitudes ? Math.hypot(...view.amplitudes) : view.radius;
  const question = `${weights.text} ${kind} ${orbit} ${kind === "convexity" ? "" : c}`;
  const shape = `${weights.text} ${kind} ${orbit}`;
  const points = held || mix.values.length > RUNS ? POINTS_HELD : POINTS;
  // a finer curve of the same shape serves as well: then the gap alone is dragged
  const drawTo = end => take("line", last?.keys.line === `${shape} ${end} ${POINTS}` ? last.keys.line : `${shape} ${end} ${points}`,
    () => curve(mix, asked, {farthest: end, points}));
  const reach = gamma => Math.min(FARTHEST, Math.ceil(2 * Math.max(NEAREST, Number.isFinite(gamma) ? 1.3 * gamma : 0, 1.15 * radius)) / 2);
  let end = held && last ? last.end : reach(last?.gamma);
  drawTo(end);
  const found = take("found", `${question} ${held ? end : ""}`, () => (mix.sigma === 0 ? null : gamma(mix, asked, {curve: picture.line, ...(held ? {farthest: end} : {})})));
  const own = found ? found.radius : null;
  if (!held && reach(own) !== end) drawTo(end = reach(own));
  take("bound", question, () => (mix.sigma === 0 || kind === "convexity" ? null : provedRadius(mix, {kind, gap: c})));
  return Object.assign(picture, {
    end, radius, sigma: mix.sigma, nulls: mix.nulls, gamma: own,
    onSimplex: !view.amplitudes || simplexAmplitudes(view.k, radius).every((a, m) => Math.abs(a - view.amplitudes[m]) < 1e-9),
    level: r => curve(mix, asked, {farthest: r, points: 2}).level[1],
    curve: Array.from(picture.line.radius, (r, n) => [r, picture.line.level[n]]),
    spectrum: mirrored(dft(mix), view.k),
    height: between(picture.line.radius, picture.line.level),
  });
}

// The entries from ⌊k/2⌋ + 1 on are the conjugates of those before.
function mirrored(entries, k) {
  const whole = entries.map(({m, re, im, isNull}) => ({m, re, im, null: isNull}));
  return [...whole, ...whole.filter(({m, im}) => 2 * m !== k && im).map(entry => ({...entry, m: k - entry.m, im: -entry.im}))];
}

function between(x, y) {
  return r => {
    const n = Math.min(Math.max(1, x.findIndex(v => v >= r) < 0 ? x.length - 1 : x.findIndex(v => v >= r)), x.length - 1);
    return y[n - 1] + ((r - x[n - 1]) / (x[n] - x[n - 1])) * (y[n] - y[n - 1]);
  };
}

// What KL does in the end: a factor a step, or C/t² (math.md T2 and T4; C where one formula gives it).
function lawOf(mix, k, rows, start) {
  if (rows.length < 3) return null;
  const charged = mix.alike || !start ? [mix.sigma] : start.map((a, m) => (a > 0 ? mix.energies[m + 1] : 1));
  const predicted = (1 - Math.min(...charged)) ** 2;
  if (predicted < 1) {
    const at = (t, shown) => {
      const middle = shown[Math.floor(shown.length / 2)];
      return middle.kl * predicted ** (t - middle.t);
    };
    return {law: "factor", factor: predicted, at};
  }
  let limit = null;
  if (mix.uniform) limit = (k - 1) / 16;
  else if (mix.nulls.length === 1) {
    const [m] = mix.nulls, twice = Math.min(2 * m, k - 2 * m);
    limit = 1 / (2 * m === k ? 16 : 8 * (1 + mix.energies[Math.abs(twice)]));
  }
  const at = (t, shown) => (limit ?? shown.at(-1).kl * shown.at(-1).t ** 2) / t ** 2;
  return {law: "power", limit, at};
}

// --- between frames: generators, one value of theirs a piece of work ---------------------------------

// EM from the start: {view, run, law, note}. A run that the model cannot follow has a note instead.
export function* film(view, mix) {
  const made = {view, run: null, law: null, note: ""};
  try {
    const start = view.amplitudes ? {amplitudes: view.amplitudes} : {radius: view.radius};
    if (view.k === 5 && !(mix.alike && start.radius)) {
      const {path: points} = path(mix, start.amplitudes ?? simplexAmplitudes(5, start.radius), view.steps);
      const rows = points.map((amplitudes, t) => ({t, norm: Math.hypot(...amplitudes), amplitudes, kl: NaN, klError: NaN}));
      return Object.assign(made, {run: rows, note: "sampled, to two or three digits"});
    }
    const rows = view.k === 4 ? yield* follow(mix, start, view.steps) : whole(trajectory(mix, start, view.steps));
    Object.assign(made, {run: rows, law: lawOf(mix, view.k, rows, rows[0].amplitudes)});
  } catch (error) {
    made.note = error.message;
  }
  return made;
}

const whole = ({radius, amplitudes, kl, klError, g}) =>
  radius.map((norm, t) => ({t, norm, amplitudes: amplitudes[t], kl: kl[t], klError: klError[t], g: g[t]}));

// The same step by step, where each takes a while: k = 4.
function* follow(mix, start, steps) {
  const rows = [];
  for (let t = 0, point = start; t <= steps; t++) {
    const {radius, amplitudes, kl, klError, g, next} = evaluate(mix, point, TARGET);
    rows.push({t, norm: radius, amplitudes, kl, klError, g});
    if (radius < ENDED) break;
    point = {amplitudes: next};
    yield;
  }
  return rows;
}

// The heavy weight for which γ is drawn against k: the greatest.
export function heaviest({runs}) {
  return runs.map(run => run.value).reduce((a, b) => (toDouble(b) > toDouble(a) ? b : a));
}

// γ against k for one heavy weight: {points, limit, words, note}.
export function* family(view, stops) {
  const {weights} = view.fields, heavy = heaviest(view.weights), c = toDouble(view.gap);
  const asked = view.kind === "convexity" ? {kind: view.kind} : {kind: view.kind, gap: c};
  const made = {points: [], limit: null, words: `weights one-heavy:${fractionText(heavy)}`, note: ""};
  if (weights.startsWith("uniform")) {
    return {...made, words: "", note: "Uniform weights have σ = 0 at every k: there is no γ."};
  }
  if (!weights.startsWith("one-heavy")) {
    made.note = `A list of weights belongs to one k. These points are for one heavy weight of ${fractionText(heavy)}, the largest in the list.`;
  }
  for (const k of stops) {
    const [found] = gammaAgainst(heavy, asked, [k]);
    if (found) made.points.push([k, found.radius]);
    yield;
  }
  made.limit = limitGamma(heavy, asked).radius;
  return made;
}

// Runs of EM from a quarter circle, k = 4 and 5.
export function* paths(mix, circle) {
  const made = [];
  for (let n = 0; n < RAYS; n++) {
    const turn = (Math.PI / 2) * (n / (RAYS - 1));
    made.push(path(mix, [Math.cos(turn), Math.sin(turn)].map(a => (Math.abs(a) < 1e-9 ? 0 : circle * a)), PATH).path);
    yield;
  }
  return made;
}
