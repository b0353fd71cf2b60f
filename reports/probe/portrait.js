// A point that is dragged in a drawing, by pointer or arrow keys. Python draws; see probe_portrait.py.
const SVG = "http://www.w3.org/2000/svg";
const STEP = 0.05, STRIDE = 0.5, PATIENCE = 1000; // of arrow keys, with Shift; milliseconds

function render({ model, el }) {
  const part = (tag, parent) => parent.appendChild(document.createElement(tag));
  const probe = part("div", el), box = part("div", probe), figure = part("div", box);
  const caption = part("figcaption", probe);
  probe.className = "probe";
  box.style.position = "relative";
  const overlay = box.appendChild(document.createElementNS(SVG, "svg"));
  overlay.style.cssText = "position:absolute;inset:0;width:100%;height:100%;touch-action:none";
  const handle = overlay.appendChild(document.createElementNS(SVG, "circle"));
  const fixed = { r: 9, tabindex: 0, role: "slider", fill: "#d55e00", "fill-opacity": 0.45,
    stroke: "currentColor", "stroke-width": 1.5, "aria-valuemin": 0,
    "aria-label": "start θ_0: arrow keys left and right for a_1, up and down for a_2" };
  for (const [name, value] of Object.entries(fixed)) handle.setAttribute(name, value);
  handle.style.cursor = "grab";

  let at = model.get("at"), waiting = 0, next = null; // waiting: a timer while no answer has come

  function show() {
    if (!model.get("shown").frame) return;
    const f = model.get("shown").frame;
    handle.setAttribute("cx", f.left + (at[0] / f.high) * (f.right - f.left));
    handle.setAttribute("cy", f.bottom + (at[1] / f.high) * (f.top - f.bottom));
    handle.setAttribute("aria-valuemax", model.get("farthest"));
    handle.setAttribute("aria-valuenow", at[0]);
    handle.setAttribute("aria-valuetext", `a_1 = ${at[0].toFixed(2)}, a_2 = ${at[1].toFixed(2)}`);
  }
  function draw() {
    const shown = model.get("shown");
    figure.innerHTML = shown.drawing;
    caption.innerHTML = shown.caption;
    overlay.setAttribute("viewBox", shown.frame.box);
    show();
    answered();
  }
  // One question at a time: the next waits for the drawing that answers the last, or for long.
  function ask(wanted) {
    const top = model.get("farthest");
    const to = wanted.map((v) => Math.round(100 * Math.min(Math.max(v, 0), top)) / 100);
    if (to[0] === at[0] && to[1] === at[1]) return;
    at = to;
    show();
    if (waiting) next = at;
    else send(at);
  }
  function send(to) {
    next = null;
    waiting = setTimeout(answered, PATIENCE);
    model.set("at", to);
    model.save_changes();
  }
  function answered() {
    clearTimeout(waiting);
    waiting = 0;
    if (next) send(next);
  }
  function under(event) {
    const f = model.get("shown").frame;
    const p = new DOMPoint(event.clientX, event.clientY)
      .matrixTransform(overlay.getScreenCTM().inverse());
    return [((p.x - f.left) / (f.right - f.left)) * f.high,
            ((p.y - f.bottom) / (f.top - f.bottom)) * f.high];
  }
  overlay.addEventListener("pointerdown", (event) => {
    const { frame } = model.get("shown");
    if (!frame) return; // nothing is drawn yet
    const outside = under(event).some((v) => v < 0 || v > frame.high);
    if (outside && event.target !== handle) return; // the legend, the axes
    overlay.setPointerCapture(event.pointerId);
    event.preventDefault();
    handle.focus();
    ask(under(event));
  });
  overlay.addEventListener("pointermove", (event) => {
    if (overlay.hasPointerCapture(event.pointerId)) ask(under(event));
  });
  handle.addEventListener("keydown", (event) => {
    const by = event.shiftKey ? STRIDE : STEP;
    const move = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, by], ArrowDown: [0, -by] };
    if (!(event.key in move)) return;
    event.preventDefault();
    ask(at.map((v, i) => v + move[event.key][i]));
  });
  model.on("change:shown", draw);
  if (model.get("shown").drawing) draw();
}

export default { render };
