// EM on the two amplitudes of k = 4 and 5: where runs go, and a start to drag.

import { change, element } from "./dom.js";
import { handle, spoken } from "./handle.js";
import { plot } from "./plot.js";
import { simplexAmplitudes } from "./dots.js";

const STEP = 0.05;

export function portrait(place, state) {
  const drawing = plot(place, {name: "Portrait of the amplitudes", equal: true, corner: true,
    x: "amplitude `a_1`", y: "amplitude `a_2`", shape: 0.8, least: 240, tallest: 330});
  const none = place.appendChild(element("div", {class: "soft"},
    element("p", {text: "Off the regular simplices this page follows EM at k = 4 and 5, where two amplitudes say everything. On a simplex, drag the start along the curve above."}),
    element("button", {type: "button", text: "Show k = 4", onclick: () => state.set({k: "4", d: "", weights: "2/5,3/10,1/5,1/10", amplitudes: "1,1/2", radius: "3/2"}, true)})));
  let held = null;
  const put = (a, b) => {
    const most = state.config.limits.dragged;
    const snapped = [a, b].map(v => Math.min(most, Math.max(0, Math.round(v / STEP) * STEP)));
    if (Math.hypot(...snapped) < STEP / 2) return;
    state.set({amplitudes: snapped.map(v => `${Number(v.toFixed(2))}`).join(",")});
  };
  const start = () => state.view.amplitudes ?? simplexAmplitudes(state.view.k, state.view.radius);
  const knob = handle(drawing.svg, {name: "start θ_0", 
    begin: () => { held = drawing.domain(); state.dragging(true); },
    move: (x, y) => put(drawing.fromX(x), drawing.fromY(y)),
    step: (dx, dy) => { const [a, b] = start(); put(a + STEP * Math.max(-100, Math.min(100, dx)), b + STEP * Math.max(-100, Math.min(100, dy))); },
    end: () => { held = null; state.dragging(false); }});
  knob.append(element("circle", {class: "reach", r: 18}), element("circle", {class: "knob em", r: 8}));
  drawing.front.append(knob);

  return {room: drawing.room, measure: drawing.measure, needs: () => [state.film, state.paths, state.view.k, state.view.fields.radius, state.view.fields.amplitudes, state.held], draw() {
    const {view, film, paths} = state, run = film?.view.k === view.k ? film.run : null;
    const shown = view.k === 4 || view.k === 5;
    drawing.svg.style.display = shown ? "" : "none";
    change(none, {hidden: shown ? "" : null});
    if (!shown) return;
    const [a, b] = start();
    const end = Math.max(2.1, 1.15 * a, 1.15 * b);
    drawing.frame(...(held ?? [[0, end], [0, end * 0.8]]));
    const [right, top] = drawing.domain().map(ends => ends[1]), ray = simplexAmplitudes(view.k, 1);
    const far = Math.min(right / ray[0], top / ray[1]);
    drawing.line("simplices", "guide", [[0, 0], [far * ray[0], far * ray[1]]]);
    for (let n = 0; n < 12; n++) {
      drawing.line(`path${n}`, "faint", paths?.[n] ?? null);
    }
    drawing.dots("steps", "faint", (paths ?? []).flatMap(path => path.map(([x, y]) => [x, y, 1.8])));
    const own = (run ?? []).map(row => row.amplitudes);
    drawing.line("own", "em", own);
    drawing.dots("own steps", "em", own.slice(1, 60).map(([x, y]) => [x, y, 2.6]));
    change(knob, {transform: `translate(${drawing.x(a).toFixed(2)} ${drawing.y(b).toFixed(2)})`});
    spoken(knob, a, 0, state.config.limits.dragged, `a_1 = ${a.toFixed(2)}, a_2 = ${b.toFixed(2)}`);
    drawing.labels([
      {at: [a, b], look: "em strong", words: "start `θ_0`", dx: 14, dy: -8},
      film?.note && {at: [0, top], look: "soft", words: film.note, dx: 8, dy: 14},
      {at: [0.88 * far * ray[0], 0.88 * far * ray[1]], look: "soft", words: "regular simplices", anchor: "end", dx: -6, dy: -4},
    ]);
  }};
}
