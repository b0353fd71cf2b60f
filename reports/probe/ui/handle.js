// What can be dragged: a slider for pointer, keys and screen readers alike.

import { change, element } from "./dom.js";

const KEYS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1],
  PageDown: [0, -10], PageUp: [0, 10], Home: [-Infinity, -Infinity], End: [Infinity, Infinity]};

// name: what it is; move(x, y): where the pointer is, in pixels of the drawing, `from` where it was
// taken; step(dx, dy): by keys; begin, end: when it is taken and let go.
export function handle(svg, {name, move, step, begin = () => {}, end = () => {}, way = "both"}) {
  const node = element("g", {class: `handle ${way}`, role: "slider", tabindex: "0", "aria-label": name,
    "aria-orientation": way === "x" ? "horizontal" : way === "y" ? "vertical" : null});
  const place = event => {
    const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
    return [((event.clientX - box.left) * view.width) / box.width, ((event.clientY - box.top) * view.height) / box.height];
  };
  let taken = null;
  node.addEventListener("pointerdown", event => {
    if (event.button) return;
    event.preventDefault();
    node.setPointerCapture(event.pointerId);
    node.focus({preventScroll: true});
    node.classList.add("taken");
    taken = place(event);
    begin(...taken);
  });
  node.addEventListener("pointermove", event => taken && move(...place(event), taken));
  const drop = () => {
    if (!taken) return;
    taken = null;
    node.classList.remove("taken");
    end();
  };
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) node.addEventListener(kind, drop);
  node.addEventListener("keydown", event => {
    if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const more = event.shiftKey ? 10 : 1;
    begin();
    step(...KEYS[event.key].map(d => d * more));
    end();
  });
  return node;
}

// What a screen reader hears: the value, its ends and the value in words.
export function spoken(node, value, low, high, words) {
  change(node, {"aria-valuenow": Number(value.toPrecision(6)), "aria-valuemin": Number(low.toPrecision(6)),
    "aria-valuemax": Number(high.toPrecision(6)), "aria-valuetext": words});
}
