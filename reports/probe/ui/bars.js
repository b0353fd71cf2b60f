// The weights as bars to drag; between neighbours, a button that swaps them.

import { change, each, element } from "./dom.js";
import { fractionText, toDouble } from "../js/exact.js";
import { handle, spoken } from "./handle.js";
import { grouped } from "./numbers.js";
import { fitting, plot, say } from "./plot.js";
import { FINEST, hundredth, listed, moved, write } from "./weights.js";

export const MOST_BARS = 12;
const MOST_SWAPS = 8, MOST_THIN = 200, LETTER = 7.6, SUBSCRIPTED = 23; // pixels

export function bars(place, state) {
  const drawing = plot(place, {name: "Weights", bare: true, shape: 0.5, least: 190, tallest: 230,
    margin: {left: 8, right: 8, top: 26, bottom: 26}});
  const swaps = element("div", {class: "swaps", role: "group", "aria-label": "Swap neighbours"});
  place.append(swaps);
  let held = null, first = null; // the top of the drawing and the weights when a bar was taken

  const values = () => {
    const {view} = state;
    if (view.k <= MOST_BARS) return listed(view.weights);
    return [view.weights.runs[0].value];
  };
  function put(j, goal, from = values()) {
    const {view} = state;
    if (view.k > MOST_BARS) {
      state.set({weights: `one-heavy:${fractionText(hundredth(goal))}`});
    } else {
      state.set({weights: write(moved(from, j, goal))});
    }
  }
  const make = (_, j) => {
    const node = handle(drawing.svg, {name: "", way: "y",
      begin: () => { held = drawing.domain(); first = values(); state.dragging(true); },
      move: (_x, y) => put(j, drawing.fromY(y), first),
      step: (dx, dy) => put(j, toDouble(values()[j]) + (dx || dy) / FINEST),
      end: () => { held = first = null; state.dragging(false); }});
    node.append(element("rect", {class: "reach"}), element("rect", {class: "bar weights", rx: 3}),
      element("rect", {class: "cap", rx: 2}), element("text", {"text-anchor": "middle", class: "value"}),
      element("text", {"text-anchor": "middle", class: "under"}));
    return node;
  };
  const group = drawing.front.appendChild(element("g"));
  const thin = drawing.front.appendChild(element("g"));

  return {room: drawing.room, measure: drawing.measure, needs: () => [state.view.weights.text, state.view.k, state.held], draw() {
    const {view} = state, {k} = view, {runs} = view.weights, few = k <= MOST_BARS;
    const heavy = !few && runs.length <= 2 && runs[0].count !== k - 1;
    const all = few ? listed(view.weights) : heavy ? [runs[0].value, runs.at(-1).value] : [];
    const most = Math.max(...runs.map(run => toDouble(run.value)));
    drawing.frame(...(held ?? [[0, 1], [0, Math.min(1, 1.5 * most)]]));
    const [left, right] = drawing.inside(0), [bottom, top] = drawing.inside(1);
    const width = (right - left) / Math.max(all.length, 1), gap = Math.min(14, width * 0.18);
    each(group, all, make, (node, value, j) => {
      const fixed = heavy && j === 1, x = left + j * width, y = Math.max(top - 12, drawing.y(toDouble(value)));
      const symbol = fixed ? `each of the ${k - 1} others` : `weight π_${j}`;
      change(node, {"aria-label": symbol, "aria-disabled": fixed ? "true" : null, class: `handle y ${fixed ? "fixed" : ""}`});
      change(node.children[0], {x, width, y: top - 26, height: bottom - top + 52});
      change(node.children[1], {x: x + gap / 2, width: width - gap, y, height: Math.max(1, bottom - y)});
      change(node.children[2], {x: x + width / 2 - 9, width: 18, y: y - 2, height: 4, display: fixed ? "none" : null});
      const written = fractionText(value), short = toDouble(value).toPrecision(2).replace(/e-0?/, "e−");
      const shown = [written, short].find(words => words.length * LETTER < width) ?? (j ? "" : short); // the first has room
      change(node.children[3], {x: j ? x + width / 2 : Math.max(x + width / 2, left + 13), y: y - 8, text: shown});
      change(node.children[4], {x: x + width / 2, y: bottom + 17});
      say(node.children[4], fixed ? fitting([`each of ${grouped(k - 1)} others`, "the others"], width) : width < SUBSCRIPTED && j % 2 ? "" : `\`π_{${j}}\``);
      spoken(node, toDouble(value), 0, 1, written);
    });
    const many = few || heavy ? [] : listed(view.weights).slice(0, MOST_THIN);
    each(thin, many, () => element("rect", {class: "bar weights"}), (node, value, j) => {
      const step = (right - left) / many.length, y = drawing.y(toDouble(value));
      change(node, {x: left + j * step, width: Math.max(0.5, step * 0.8), y, height: bottom - y});
    });
    const pairs = few && k > 2 && k <= MOST_SWAPS ? Array.from({length: k - 1}, (_, j) => j) : [];
    change(swaps, {hidden: pairs.length ? null : "", style: `padding: 0 ${(8 / drawing.size()[0]) * 100}%`});
    each(swaps, pairs, (_, j) => element("button", {type: "button", text: "⇄", onclick: () => {
      const list = values();
      [list[j], list[j + 1]] = [list[j + 1], list[j]];
      state.set({weights: write(list)}, true);
    }}), (node, j) => change(node, {"aria-label": `swap π_${j} and π_${j + 1}`, title: `swap π_${j} and π_${j + 1}`}));
  }};
}
