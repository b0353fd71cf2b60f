// A drawing with axes, in the pixels of its place: lines, points and labels with a name each.

import { change, drawnWords, each, element } from "./dom.js";

const MARGIN = {left: 46, right: 14, top: 14, bottom: 40};
const LETTER = 8.2; // pixels, in the widest of fonts
const MANY = 100; // dots that are not drawn again where they are the same
const LINE = 18; // pixels between the labels of lines

// Round numbers between two ends; powers of ten on a logarithmic axis.
function ticks(low, high, log, most = 6) {
  if (log) {
    const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
    const step = Math.max(1, Math.ceil((last - first + 1) / most));
    const powers = [];
    for (let n = last; n >= first; n -= step) powers.unshift(10 ** n);
    return powers;
  }
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find(s => s * power >= rough - 1e-12);
  const found = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++) found.push(n * step);
  return found;
}

function tickText(value, log) {
  const power = Math.round(Math.log10(Math.abs(value)));
  if (log && (power > 3 || power < -2)) return `\`10^{${`${power}`.replace("-", "−")}}\``;
  return `${Number(value.toPrecision(6))}`.replace("-", "−");
}

// options: name (for those who hear it), x, y (words, or longer and shorter ones), log ("", "x", "y", "xy"), shape (height/width),
// equal (one scale for both axes), bare (no axes).
export function plot(place, options) {
  const {log = "", shape = 0.62, bare = false, margin = bare ? {left: 8, right: 8, top: 8, bottom: 8} : MARGIN} = options;
  const grid = element("g", {class: "grid"}), back = element("svg", {role: "none"}), front = element("g"), words = element("g", {class: "labels"});
  const axes = [element("text", {class: "axis"}), element("text", {class: "axis"})];
  const svg = element("svg", {role: "group", "aria-label": options.name}, grid, back, front, words, axes);
  place.append(svg);
  const named = new Map(), kept = new Map();
  let size = [0, 0], domain = [[0, 1], [0, 1]];

  const room = () => { // read for all drawings before any is changed
    family ||= getComputedStyle(place).fontFamily;
    return place.clientWidth;
  };
  function measure(given) {
    const width = Math.max(220, given || 600);
    const height = Math.round(Math.min(options.tallest ?? 430, Math.max(options.least ?? 190, width * shape)));
    size = [width, height];
    const [x, y] = [margin.left - 7, margin.top - 7], [w, h] = [width - margin.left - margin.right + 14, height - margin.top - margin.bottom + 14];
    change(back, {x, y, width: w, height: h, viewBox: `${x} ${y} ${w} ${h}`});
    change(svg, {viewBox: `0 0 ${width} ${height}`, width, height});
  }

  const inside = axis => (axis ? [size[1] - margin.bottom, margin.top] : [margin.left, size[0] - margin.right]);
  const at = axis => value => {
    const [low, high] = domain[axis], [from, to] = inside(axis);
    const scale = log.includes("xy"[axis]) ? Math.log : v => v;
    return from + ((scale(value) - scale(low)) / (scale(high) - scale(low))) * (to - from);
  };
  const from = axis => pixel => {
    const [low, high] = domain[axis], [start, end] = inside(axis);
    const share = (pixel - start) / (end - start);
    return log.includes("xy"[axis]) ? low * (high / low) ** share : low + share * (high - low);
  };

  function frame(x, y) {
    domain = [x, y];
    if (options.equal) { // widen the axis that has room
      const unit = Math.min(...[0, 1].map(a => Math.abs(inside(a)[1] - inside(a)[0]) / (domain[a][1] - domain[a][0])));
      domain = domain.map(([low, high], a) => {
        const span = Math.abs(inside(a)[1] - inside(a)[0]) / unit, middle = (low + high) / 2;
        return options.corner ? [low, low + span] : [middle - span / 2, middle + span / 2];
      });
    }
    if (bare) return;
    const marks = [0, 1].flatMap(axis => ticks(...domain[axis], log.includes("xy"[axis]), axis ? size[1] / 55 : size[0] / 75)
      .map(value => ({axis, value, place: at(axis)(value)})));
    each(grid, marks, () => element("g", {}, element("line"), element("text")), (node, {axis, value, place: p}) => {
      const [left, right] = inside(0), [bottom, top] = inside(1);
      change(node.firstChild, axis ? {x1: left, x2: right, y1: p, y2: p} : {x1: p, x2: p, y1: bottom, y2: top});
      change(node.lastChild, axis ? {x: left - 7, y: p + 4, "text-anchor": "end"} : {x: p, y: bottom + 17, "text-anchor": "middle"});
      say(node.lastChild, tickText(value, log.includes("xy"[axis])));
    });
    change(axes[0], {x: inside(0)[1], y: size[1] - 6, "text-anchor": "end"});
    change(axes[1], {x: margin.left + 2, y: 10, "text-anchor": "start"});
    for (const [n, words] of [options.x, options.y].entries()) say(axes[n], fitting(words, size[0] - margin.left - 12));
  }

  function keep(name, tag, layer = back) {
    if (!named.has(name)) named.set(name, layer.appendChild(element(tag)));
    return named.get(name);
  }

  // A line through points; null takes it away.
  function line(name, look, points, closed = false) {
    const [x, y] = [at(0), at(1)];
    const d = (points ?? []).filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b))
      .map(([a, b], n) => `${n ? "L" : "M"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("");
    change(keep(name, "path"), {class: `line ${look}`, d: d + (closed && d ? "Z" : "") || null});
  }

  // The same as a smooth curve: Catmull and Rom's, through few points.
  function curve(name, look, points) {
    const at2 = points.map(([a, b]) => [at(0)(a), at(1)(b)]), d = at2.map(([x, y], n) => {
      if (!n) return `M${x.toFixed(1)} ${y.toFixed(1)}`;
      const [p0, p1, p2, p3] = [at2[Math.max(0, n - 2)], at2[n - 1], [x, y], at2[Math.min(at2.length - 1, n + 1)]];
      const c = [p1[0] + (p2[0] - p0[0]) / 6, p1[1] + (p2[1] - p0[1]) / 6, p2[0] - (p3[0] - p1[0]) / 6, p2[1] - (p3[1] - p1[1]) / 6, ...p2];
      return `C${c.map(v => v.toFixed(1)).join(" ")}`;
    }).join("");
    change(keep(name, "path"), {class: `line ${look}`, d});
  }

  // Dots at [x, y, radius] or crosses where the radius is 0.
  function dots(name, look, points) {
    const place = `${domain} ${size}`;
    if (points.length > MANY && kept.get(name)?.points === points && kept.get(name).place === place) return;
    kept.set(name, {points, place});
    const [x, y] = [at(0), at(1)];
    each(keep(name, "g"), points, () => element("path"), (node, [a, b, r = 4]) => {
      const s = 5.5, [cx, cy] = [x(a), y(b)];
      change(node, {class: `${r ? "dot" : "cross"} ${look}`, d: r
        ? `M${cx - r} ${cy}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`
        : `M${cx - s} ${cy - s}L${cx + s} ${cy + s}M${cx - s} ${cy + s}L${cx + s} ${cy - s}`});
    });
  }

  // Words beside what they name. Of a label's places the first is taken at which it covers neither
  // another label nor a line of `around`, else the one that covers least; then labels are moved apart.
  function labels(list, around = []) {
    const [left, right] = inside(0), [bottom, top] = inside(1);
    const lines = around.map(points => points.map(([a, b]) => [at(0)(a), at(1)(b)]));
    const box = ({left: x, y, width}) => [x - 2, y - 11, x + width + 2, y + 4];
    const apart = (a, b) => a.left > b.left + b.width + 4 || b.left > a.left + a.width + 4 || Math.abs(a.y - b.y) >= LINE;
    const put = (label, {at: [a, b] = label.at, anchor = "start", dx = 6, dy = -6}) => {
      const {width} = label;
      const low = {start: left + 2, middle: left + width / 2, end: left + width}[anchor];
      const high = {start: right - width, middle: right - width / 2, end: right - 2}[anchor];
      const x = Math.min(Math.max(at(0)(a) + dx, low), Math.max(low, high));
      const y = Math.min(Math.max(at(1)(b) + dy, top + 8), bottom - 4);
      return {...label, anchor, x, y, left: x - {start: 0, middle: width / 2, end: width}[anchor]};
    };
    const placed = [];
    for (const label of list) {
      if (!label || !Number.isFinite(label.at[0]) || !Number.isFinite(label.at[1])) continue;
      const said = fitting(label.words, right - left), width = widthOf({...label, said});
      const ways = (label.places ?? [label]).map(way => put({...label, said, width}, way));
      const covered = way => 2 * placed.filter(other => !apart(way, other)).length + lines.filter(one => passes(one, box(way))).length;
      placed.push(ways.find(way => !covered(way)) ?? ways.reduce((a, b) => (covered(b) < covered(a) ? b : a)));
    }
    placed.sort((a, b) => a.y - b.y);
    each(words, placed, () => element("text"), (node, label) => {
      change(node, {class: `label ${label.look}`, "text-anchor": label.anchor});
      say(node, label.said);
    });
    placed.forEach((label, n) => { // down, past those above
      for (const other of placed.slice(0, n)) if (!apart(label, other)) label.y = other.y + LINE;
    });
    placed.reverse().forEach((label, n) => { // and up, from the lower edge
      label.y = Math.min(label.y, bottom - 4);
      for (const other of placed.slice(0, n)) if (!apart(label, other)) label.y = other.y - LINE;
    });
    placed.reverse().forEach((label, n) => change(words.children[n], {x: label.x.toFixed(1), y: label.y.toFixed(1)}));
  }

  // Lines of `around` that keep words off a knob at a point.
  const knob = ([a, b], r = 6) => [-r, 0, r].map(dy => {
    const [x, y] = [at(0)(a), at(1)(b)], height = from(1)(y + dy);
    return [[from(0)(x - r), height], [from(0)(x + r), height]];
  });

  return {svg, front, room, measure, frame, line, curve, dots, labels, knob, x: v => at(0)(v), y: v => at(1)(v), fromX: p => from(0)(p),
    fromY: p => from(1)(p), inside, domain: () => domain, size: () => size};
}

// A place of a label beside its point.
export const beside = ([dx, dy, anchor = "start", at = undefined]) => ({dx, dy, anchor, at});

// Whether a line whose points go to the right passes through a box.
function passes(line, [left, top, right, bottom]) {
  return line.some(([x, y], n) => {
    const [u, v] = line[Math.max(0, n - 1)];
    if (x < left || u > right) return false;
    const height = place => (x > u ? v + ((y - v) * (Math.min(Math.max(place, u), x) - u)) / (x - u) : y);
    const [one, two] = [height(left), height(right)];
    return Math.max(one, two) > top && Math.min(one, two) < bottom;
  });
}

// The width of a label, by the fonts of the page but without waiting for its layout.
const canvas = document.createElement("canvas").getContext("2d");
let family = "";
function widthOf({said, look}) {
  canvas.font = look.includes("strong") ? `650 14.5px ${family}` : `13px ${family}`;
  return 1.06 * canvas.measureText(said.replace(/[`_^{}]/g, "")).width;
}

// The first of longer and shorter words that has room, in the widest of fonts.
export function fitting(words, room) {
  const all = [words].flat();
  return all.find(one => one.length * LETTER < room) ?? all.at(-1);
}

// Words with formulas, written again only when they change.
export function say(node, words) {
  if (node.dataset.words === words) return;
  node.dataset.words = words;
  node.replaceChildren(...drawnWords(words));
}
