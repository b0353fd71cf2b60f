// All numbers of a view, from the model; what did not change is taken from the last picture.

import { curve, dft, fractionText, gamma, gammaAgainst, limitGamma, mixture, provedRadius,
  simplexAmplitudes, toDouble, trajectory } from "../js/model.js";

const POINTS = 41, POINTS_MANY = 17; // of the curve, and where a point costs more
const NEAREST = 3, FARTHEST = 12; // right end of the axis of radii
const RUNS = 24; // runs of weights beyond which a point costs more
const RAYS = 6, PATH = 7; // runs of the portrait, and their steps

const once = (last, key, name, make) => (last?.keys[name] === key ? last[name] : make());

// Everything but what `later` computes. Throws a sentence where the model cannot do what is asked.
export function compute(view, last) {
  const {weights, kind, orbit} = view, c = toDouble(view.gap);
  const keys = {}, picture = {keys};
  const take = (name, key, make) => {
    keys[name] = key;
    picture[name] = once(last, key, name, make);
    return picture[name];
  };
  const mix = take("mix", weights.text, () => mixture(weights));
  const asked = {kind, orbit, ...(kind === "convexity" ? {} : {gap: c})};
  const radius = view.amplitudes ? Math.hypot(...view.amplitudes) : view.radius;
  const onSimplex = !view.amplitudes || simplexAmplitudes(view.k, radius).every((a, m) => Math.abs(a - view.amplitudes[m]) < 1e-9);
  const point = onSimplex && !view.amplitudes ? {radius} : {amplitudes: view.amplitudes};
  const question = `${weights.text} ${kind} ${orbit} ${kind === "convexity" ? "" : c}`;
  const found = take("found", question, () => (mix.sigma === 0 ? null : gamma(mix, asked, {near: last?.found?.radius})));
  take("bound", question, () => (mix.sigma === 0 || kind === "convexity" ? null : provedRadius(mix, {kind, gap: c})));
  const own = found ? found.radius : null;
  const wanted = Math.max(NEAREST, 1.3 * (Number.isFinite(own) ? own : 4), 1.15 * radius);
  const end = Math.min(FARTHEST, Math.ceil(2 * wanted) / 2);
  const shape = `${weights.text} ${kind} ${orbit}`;
  take("line", `${shape} ${end}`, () => curve(mix, asked, {farthest: end, points: mix.values.length > RUNS ? POINTS_MANY : POINTS}));
  const level = r => curve(mix, asked, {farthest: r, points: 2}).level[1];
  take("followed", `${weights.text} ${JSON.stringify(point)} ${view.steps}`, () => follow(mix, point, view.steps));
  return Object.assign(picture, {
    sigma: mix.sigma, nulls: mix.nulls, onSimplex, radius, point, gamma: own, level,
    curve: Array.from(picture.line.radius, (r, n) => [r, picture.line.level[n]]),
    spectrum: mirrored(dft(mix), view.k),
    height: between(picture.line.radius, picture.line.level),
    run: picture.followed.rows, law: law(mix, view.k, picture.followed),
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

function follow(mix, point, steps) {
  try {
    const found = trajectory(mix, point, steps);
    const rows = found.radius.map((norm, t) => ({t, norm, kl: found.kl[t], klError: found.klError[t], g: found.g[t],
      amplitudes: found.amplitudes[t]}));
    return {rows, predicted: found.predicted, note: ""};
  } catch (error) {
    return {rows: null, predicted: null, note: error.message};
  }
}

// What KL does in the end: a factor a step, or C/t² (math.md T2 and T4; C where one formula gives it).
function law(mix, k, {rows, predicted}) {
  if (!rows || rows.length < 3) return null;
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

// --- what a reader does not wait for -------------------------------------------------------------

// The heavy weight for which γ is drawn against k: the greatest.
export function heaviest({runs}) {
  return runs.map(run => run.value).reduce((a, b) => (toDouble(b) > toDouble(a) ? b : a));
}

// γ against k, one k at a call: a list of steps, each of which puts its point into `family`.
export function familySteps(view, stops) {
  const heavy = heaviest(view.weights), c = toDouble(view.gap);
  const asked = view.kind === "convexity" ? {kind: view.kind} : {kind: view.kind, gap: c};
  const listed = !/^(one-heavy|uniform)/.test(view.fields.weights);
  const family = {points: [], limit: null, words: `weights one-heavy:${fractionText(heavy)}`,
    note: listed ? `A list of weights belongs to one k. The points are for one heavy weight of ${fractionText(heavy)}, the greatest of the list.` : ""};
  if (view.fields.weights.startsWith("uniform")) {
    return {family: {...family, words: "", note: "Uniform weights have σ = 0 at every k: there is no γ."}, steps: []};
  }
  const attempt = make => {
    try {
      return make();
    } catch {
      return null;
    }
  };
  const steps = stops.map(k => () => {
    const found = attempt(() => gammaAgainst(heavy, asked, [k])[0]);
    if (found) family.points.push([k, found.radius]);
  });
  steps.push(() => { family.limit = attempt(() => limitGamma(heavy, asked).radius); });
  return {family, steps};
}

// Runs of EM from a quarter circle, k = 4, one at a call.
export function portraitSteps(mix, circle) {
  const paths = [];
  const steps = Array.from({length: RAYS}, (_, n) => () => {
    const turn = (Math.PI / 2) * (n / (RAYS - 1));
    const start = [circle * Math.cos(turn), circle * Math.sin(turn)].map(a => Math.max(0, Number(a.toFixed(12))));
    const {rows} = follow(mix, {amplitudes: start}, PATH);
    if (rows) paths.push(rows.map(row => row.amplitudes));
  });
  return {paths, steps};
}

