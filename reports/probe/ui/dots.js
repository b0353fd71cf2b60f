// EM as dots that move: the k means, as large as their weights, over the data they are fitted to.

import { change, element } from "./dom.js";
import { toDouble } from "../js/exact.js";
import { grouped } from "./numbers.js";
import { plot } from "./plot.js";
import { MOST_BARS } from "./bars.js";
import { listed } from "./weights.js";

const CLOUD = 260; // points of data that are drawn
const TURN = 0.35, TILT = 0.62; // of the eye: radians about the axis, share of what is above the plane

// Points as evenly random as a sequence of constants makes them, normal by Box and Muller.
const DATA = Array.from({length: CLOUD}, (_, n) => {
  const [u, v] = [((n + 1) * 0.7548776662466927) % 1, ((n + 1) * 0.5698402909980532) % 1];
  const radius = Math.sqrt(-2 * Math.log(u));
  return [radius * Math.cos(2 * Math.PI * v), radius * Math.sin(2 * Math.PI * v), 1.3];
});

// Where the mean of component j is seen: the plane of the first frequency from above, the others aslant.
export function seen(amplitudes, k, j) {
  let [x, y] = [0, 0];
  amplitudes.forEach((a, n) => {
    const m = n + 1, angle = (2 * Math.PI * m * j) / k + TURN;
    if (2 * m === k) {
      y += (m === 1 ? 0 : TILT * a * (j % 2 ? -1 : 1));
      x += (m === 1 ? a * (j % 2 ? -1 : 1) : 0);
    } else if (m === 1) {
      x += a * Math.cos(angle);
      y += a * Math.sin(angle) * (2 * amplitudes.length === k ? Math.sqrt(1 - TILT ** 2) : 1);
    } else {
      const eye = 2.4 * m; // one direction of the eye for each frequency
      x += TILT * a * Math.cos(angle) * Math.cos(eye);
      y += TILT * a * Math.sin(angle) * Math.sin(eye);
    }
  });
  return [x, y];
}

// The amplitudes of a regular simplex of k components and a norm.
export function simplexAmplitudes(k, norm) {
  return Array.from({length: Math.floor(k / 2)}, (_, n) => norm * Math.sqrt((2 * (n + 1) === k ? 1 : 2) / (k - 1)));
}

export function dots(place, state) {
  const drawing = plot(place, {name: "EM: the means and the data", bare: true, equal: true, shape: 0.8, least: 240, tallest: 330});
  const play = element("button", {type: "button", class: "play", onclick: () => state.play()});
  const time = element("input", {type: "range", min: 0, max: 40, step: "any", "aria-label": "EM step",
    oninput: () => state.seek(Number(time.value))});
  const step = element("output", {class: "step"});
  place.append(element("div", {class: "film"}, play, time, step));

  return {room: drawing.room, measure: drawing.measure, needs: () => [state.film, state.t, state.playing, state.film ? 0 : state.view.weights.text], draw() {
    const {film, t} = state, {run} = film ?? {}, view = film?.view ?? state.view;
    const shown = Math.min(view.k, MOST_BARS);
    const weights = view.k <= MOST_BARS ? listed(view.weights).map(toDouble)
      : Array.from({length: shown}, (_, j) => toDouble((j ? view.weights.runs.at(-1) : view.weights.runs[0]).value));
    const end = run ? run.length - 1 : 0;
    const first = run?.[0].norm ?? 2;
    const wide = Math.max(2.6, 1.12 * first);
    drawing.frame([-wide, wide], [-wide, wide]);
    drawing.dots("data", "cloud", DATA);
    const at = when => {
      const low = run[Math.min(Math.floor(when), end)], high = run[Math.min(Math.floor(when) + 1, end)], share = when % 1;
      const mix = (a, b) => a + share * (b - a);
      return view.k > MOST_BARS || !low.amplitudes ? simplexAmplitudes(shown, mix(low.norm, high.norm))
        : low.amplitudes.map((a, m) => mix(a, high.amplitudes[m]));
    };
    const now = Math.min(t, end);
    for (let j = 0; j < MOST_BARS; j++) {
      const trail = [];
      if (run && j < shown) for (let n = 0; n <= Math.min(end, 60); n++) trail.push(seen(at(n), shown, j));
      drawing.line(`trail${j}`, "em thin", trail.length ? trail : null);
    }
    const means = run ? weights.map((weight, j) => [...seen(at(now), shown, j), 3.5 + 15 * Math.sqrt(weight)]) : [];
    drawing.dots("means", "weights mean", means);
    drawing.labels([
      {at: [-wide, wide], look: "soft", words: "grey: the data, from one Gaussian", dx: 2, dy: 12},
      view.k > shown && {at: [-wide, wide], look: "soft", words: `${shown} of ${grouped(view.k)} means`, dx: 2, dy: 28},
    ]);
    change(time, {max: Math.max(end, 1), "aria-valuetext": `step ${Math.round(now)} of ${end}`});
    if (document.activeElement !== time || state.playing) time.value = now;
    change(play, {text: run && state.playing ? "❚❚" : "▶", "aria-label": run && state.playing ? "pause EM" : "play EM", disabled: run ? null : ""});
    change(step, {text: run ? `step ${Math.round(now)}` : ""});
  }};
}
