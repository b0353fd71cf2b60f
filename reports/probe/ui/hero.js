// Contraction against the radius: the curve, the line cσ to drag, and γ, the knob where they cross.

import { change, element } from "./dom.js";
import { fraction, fractionText, toDouble } from "../js/exact.js";
import { handle, spoken } from "./handle.js";
import { beside, plot } from "./plot.js";
import { rounded } from "./numbers.js";
import { hundredth } from "./weights.js";

const PARTS = 100; // the gap moves in hundredths, at the knob in thousandths
const NAMES = {factor: "least factor `g_m`", jacobian: "`λ_{min}` of the Hessian", convexity: "`λ_{min}` of the Hessian"};
const CURVES = {factor: "factor", jacobian: "hessian", convexity: "hessian"};
export const SYMBOLS = {factor: "γ^g_c", jacobian: "γ_c", convexity: "γ_0"};

export function hero(place, state) {
  const drawing = plot(place, {name: "Contraction against the radius", x: ["radius `|θ|`, in standard deviations", "radius `|θ|`"],
    y: ["share of the distance that a step removes, at least", "least share that a step removes", "least share removed"], shape: 0.82, least: 270, tallest: 480});
  let held = null;
  const setGap = (share, parts) => state.set({gap: fractionText(hundredth(share, parts))});
  const gapAt = y => drawing.fromY(y) / state.picture.sigma;
  const setRadius = radius => {
    const most = state.view.k === 5 || state.view.k === 6 ? state.config.limits.farthestWide : state.config.limits.farthest;
    const parts = Math.min(Math.max(Math.round(20 * radius), 1), 20 * most);
    state.set({radius: fractionText(fraction(BigInt(parts), 20n)), amplitudes: ""});
  };
  const taken = {begin: () => { held = drawing.domain(); state.dragging(true); }, end: () => { held = null; state.dragging(false); }};

  const line = handle(drawing.svg, {name: "gap c: the line cσ", way: "y", ...taken,
    move: (_, y) => setGap(gapAt(y), PARTS),
    step: (dx, dy) => setGap(toDouble(state.view.gap) + (dx || dy) / PARTS, PARTS)});
  line.append(element("path", {class: "reach"}), element("path", {class: "line level"}), element("path", {class: "grip level"}));
  const knob = handle(drawing.svg, {name: "γ: where the curve meets the line", way: "x", ...taken,
    move: x => {
      const {level, sigma} = state.picture;
      setGap(level(Math.max(0.02, drawing.fromX(x))) / sigma, 10 * PARTS);
    },
    // further out is a lower line
    step: (dx, dy) => setGap(toDouble(state.view.gap) - (dx || dy) / PARTS, PARTS)});
  knob.append(element("circle", {class: "reach", r: 18}), element("circle", {class: "knob gamma", r: 9}));
  const start = handle(drawing.svg, {name: "start: the radius of θ_0", way: "x", ...taken,
    move: x => setRadius(drawing.fromX(x)),
    step: (dx, dy) => setRadius(state.picture.radius + (dx || dy) / 20)});
  start.append(element("circle", {class: "reach", r: 16}), element("circle", {class: "knob em", r: 7}));
  drawing.front.append(line, start, knob);

  return {room: drawing.room, measure: drawing.measure, drawing, needs: () => [state.picture, state.view.gap, state.view.kind], draw() {
    const {view, picture} = state, {sigma, gamma, curve, bound} = picture;
    const look = CURVES[view.kind];
    const finite = gamma !== null && Number.isFinite(gamma);
    const level = view.kind === "convexity" ? 0 : toDouble(view.gap) * sigma;
    const end = Math.max(...curve.map(([r]) => r));
    const top = roomy(Math.max(sigma, ...curve.map(([, y]) => y)));
    const low = Math.min(0, ...curve.map(([, y]) => y));
    drawing.frame(...(held ?? [[0, end], [low < -1e-6 ? -roomy(-low) : 0, top]]));
    const inside = finite ? [...curve.filter(([r]) => r < gamma), [gamma, level]] : [];
    drawing.line("kept", "kept gamma", inside.length ? [...inside, [gamma, level], [0, level]] : null, true);
    drawing.line("sigma", "sigma", sigma > 0 ? [[0, sigma], [end, sigma]] : null);
    drawing.line("fall", "gamma thin", finite ? [[gamma, 0], [gamma, level]] : null);
    drawing.curve("curve", look, curve);
    const radius = picture.onSimplex && picture.radius <= end ? picture.radius : null;
    change(start, {display: radius === null ? "none" : null,
      transform: radius === null ? null : `translate(${drawing.x(radius).toFixed(2)} ${drawing.y(picture.height(radius)).toFixed(2)})`});
    spoken(start, picture.radius, 0.05, state.config.limits.farthest, `|θ_0| = ${rounded(picture.radius)}`);
    const shown = sigma > 0 && view.kind !== "convexity";
    change(line, {display: shown ? null : "none"});
    const [left, right] = drawing.inside(0), y = drawing.y(level);
    const place = `M${left} ${y.toFixed(1)}H${right}`, g = left + 16;
    change(line.children[0], {d: place});
    change(line.children[1], {d: place});
    change(line.children[2], {d: `M${g - 5} ${y - 4}l5 -6l5 6zM${g - 5} ${y + 4}l5 6l5 -6z`});
    spoken(line, toDouble(view.gap), 0.01, 0.99, `c = ${fractionText(view.gap)}, cσ = ${rounded(level)}`);
    change(knob, {display: finite ? null : "none", transform: finite ? `translate(${drawing.x(gamma).toFixed(2)} ${drawing.y(level).toFixed(2)})` : null});
    if (finite) spoken(knob, gamma, 0, Math.max(end, gamma), `γ = ${rounded(gamma)}, c = ${fractionText(view.gap)}`);
    const at = share => curve[Math.floor((curve.length - 1) * share)], last = at(0.82);
    const across = y => [[0, y], [end, y]];
    drawing.labels([
      {at: [end * 0.99, sigma], look: "sigma", places: [[0, -7, "end"], [24, -7, "start", [0, sigma]], [0, 16, "end"]].map(beside), words: sigma > 0 ? `\`σ\` = ${rounded(sigma)}` : ["`σ` = 0: no rate to keep, and no `γ`", "`σ` = 0: no `γ`"]},
      shown && {at: [end * 0.99, level], look: "level", places: [[0, 16, "end"], [0, 16, "end", [0.6 * end, level]], [0, -7, "end"]].map(beside), words: `\`cσ\`,  \`c\` = ${fractionText(view.gap)}`},
      finite && {at: [gamma, level], look: "gamma strong", words: `\`γ\` = ${rounded(gamma)}`,
        places: [[14, 22, "start"], [-14, 24, "end"], [14, 44, "start"], [14, 66, "start"], [14, 88, "start"]].map(beside)},
      gamma === Infinity && {at: [end / 2, drawing.domain()[1][1]], look: "gamma strong", anchor: "middle", dy: 22,
        words: [": the curve stays above the line", ""].map(more => `no \`γ\` seen to \`|θ|\` = ${rounded(picture.found.searched)}${more}`)},
      bound && {at: [bound, 0], look: "bound", words: "proved bound", dx: 5, dy: -6},
      radius !== null && {at: [radius, picture.height(radius)], look: "em", words: "start",
        places: [[9, -10, "start"], [-9, -10, "end"], [0, -14, "middle"], [9, 18, "start"], [-9, 18, "end"], [0, 24, "middle"]].map(beside)},
      {at: last, look, words: NAMES[view.kind],
        places: [[-8, -8, "end"], [8, -8, "start"], [0, -12, "middle"], [8, 18, "start"], [-8, 18, "end"],
          ...[0.95, 0.7, 0.55, 0.4, 0.3].flatMap(share => [-12, 22, 38, -28].map(dy => [0, dy, "middle", at(share)]))].map(beside)},
    ], [curve, across(sigma), ...(shown ? [across(level)] : []), ...(finite ? drawing.knob([gamma, level]) : []),
      ...(radius === null ? [] : drawing.knob([radius, picture.height(radius)]))]);
    drawing.line("bound", "bound", bound ? [[bound, 0], [bound, top * 0.05]] : null);
  }};
}

// The next of 1, 2, 5, 10 … that leaves a little room above.
function roomy(value) {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12].map(s => s * power).find(s => s >= 1.12 * value);
}
