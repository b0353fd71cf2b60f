// γ against the number of components, with its limit; the point of the view is a knob.

import { change, element } from "./dom.js";
import { handle, spoken } from "./handle.js";
import { beside, plot } from "./plot.js";
import { grouped, rounded } from "./numbers.js";

export const STOPS = [2, 3, 4, 5, 6, 8, 10, 20, 50, 100, 1000, 1e4, 1e5, 1e6];

export function components(place, state) {
  const drawing = plot(place, {name: "γ against the number of components", log: "x", x: ["number of components `k`", "components `k`"],
    y: ["radius `γ`, in standard deviations", "radius `γ`"], shape: 0.8, least: 230, tallest: 330});
  const none = place.appendChild(element("p", {class: "soft"}));
  const choose = k => state.set({k: `${k}`, d: "", amplitudes: "", ...(state.isFamily() ? {} : {weights: state.comparable()})});
  const nearest = value => STOPS.reduce((a, b) => (Math.abs(Math.log(b / value)) < Math.abs(Math.log(a / value)) ? b : a));
  const knob = handle(drawing.svg, {name: "number of components k", way: "x",
    begin: () => state.dragging(true), end: () => state.dragging(false),
    move: x => choose(nearest(drawing.fromX(x))),
    step: (dx, dy) => {
      const here = STOPS.findIndex(stop => stop >= state.view.k), next = here + Math.max(-20, Math.min(20, dx || dy));
      choose(STOPS[Math.max(0, Math.min(STOPS.length - 1, next))]);
    }});
  knob.append(element("circle", {class: "reach", r: 18}), element("circle", {class: "knob gamma", r: 8}));
  drawing.front.append(knob);

  return {room: drawing.room, measure: drawing.measure, needs: () => [state.family, state.view.k, state.picture.gamma], draw() {
    const {view, family, picture: {gamma}} = state;
    const points = family?.points ?? [];
    const finite = points.filter(([, y]) => Number.isFinite(y));
    const own = gamma !== null && Number.isFinite(gamma) ? gamma : null;
    const limit = family?.limit ?? null;
    const most = Math.max(0.5, own ?? 0, limit ?? 0, ...finite.map(([, y]) => y));
    drawing.frame([1.7, 1.3e6], [0, 1.25 * most]);
    drawing.line("points line", "gamma thin", finite);
    drawing.dots("points", "gamma", finite.map(([k, y]) => [k, y, 3.5]));
    drawing.line("limit", "limit", limit ? [[2, limit], [1e6, limit]] : null);
    change(knob, {transform: `translate(${drawing.x(Math.min(view.k, 1e6)).toFixed(2)} ${drawing.y(own ?? 0).toFixed(2)})`});
    spoken(knob, view.k, 2, 1e6, `k = ${view.k}${own === null ? "" : `, γ = ${rounded(own)}`}`);
    drawing.labels([
      limit && {at: [1e6, limit], look: "limit", anchor: "end", words: `limit for \`k → ∞\`: ${rounded(limit)}`, dx: 0, dy: -9},
      finite.length > 2 && {at: [1e6, 0], look: "gamma", anchor: "end", words: family.words, dx: 0, dy: -9},
      {at: [Math.min(view.k, 1e6), own ?? 0], look: "gamma strong",
        places: (own === null ? [[13, -10]] : [[13, 18], [13, 34], [13, 50], [-13, 24, "end"], [13, -26]]).map(beside),
        words: own === null ? `\`k\` = ${grouped(view.k)}: no finite \`γ\`` : `\`k\` = ${grouped(view.k)}`},
    ], [finite, ...finite.flatMap(point => drawing.knob(point, 3))]);
    change(none, {hidden: family?.note ? null : "", text: family?.note ?? ""});
  }};
}
