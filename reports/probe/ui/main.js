// The page: one state, one picture of it a frame, and panels that draw it.

import { change, each, element, reduced } from "./dom.js";
import { bars } from "./bars.js";
import { components, STOPS } from "./components.js";
import { compute, family, film, heaviest, paths } from "./compute.js";
import { desk } from "./desk.js";
import { disc } from "./disc.js";
import { dots } from "./dots.js";
import { entry } from "./entry.js";
import { hero } from "./hero.js";
import { kl } from "./kl.js";
import { later } from "./later.js";
import { furnish, layout, presets } from "./layout.js";
import { numbers } from "./numbers.js";
import { fractionText } from "../js/exact.js";
import { portrait } from "./portrait.js";
import { rows, sentence } from "./rows.js";
import { picture as drawn } from "./export.js";
import { STEPS, story } from "./story.js";
import { commands, fromAddress, readView, toAddress } from "./view.js";

const REST = 350; // milliseconds without a change after which the page is at rest
const PAUSE = 150; // milliseconds between two runs of EM while something is dragged
const FILM = 5000; // milliseconds that a run lasts on the screen

// A command, broken between its words alone.
function write(node, command) {
  if (node.textContent === `${command}\n`) return;
  node.replaceChildren(...command.split(" ").flatMap((word, n) => [n ? " " : "", element("span", {text: word})]), "\n");
}

// host: config, fields (of the first view), address (whether the page's address follows), ask (of
// `desk.js`), seen (told of every view at rest).
export function mount(root, host) {
  const {config} = host, unique = `probe-${Math.random().toString(36).slice(2, 9)}`;
  const places = layout(root);
  const state = {config, typed: {}, view: null, errors: null, picture: null, t: 0, playing: false,
    step: 0, held: false};
  let frame = 0, rest = 0, started = 0, next = 0, office = null;

  // What an address or a host says: fields, a step of the story (alone it brings its own), or nothing.
  function open({step, ...fields} = {}) {
    const none = Object.keys(fields).length === 0;
    state.step = Math.min(STEPS.length, Math.max(0, Math.floor(Number(step ?? (none ? 1 : 0))) || 0));
    state.typed = {...config.fields, ...(none && state.step ? STEPS[state.step - 1].fields : fields)};
    read();
  }

  const ask = later(["film", "paths", "family"], (name, made) => {
    state[name] = name === "film" ? {...made, key: filmKey(made.view)} : made;
    schedule(false);
  });
  const filmKey = ({weights, fields: {radius, amplitudes, steps}}) => `${weights.text} ${radius} ${amplitudes} ${steps}`;
  const circle = () => Math.max(2, Math.ceil(2 * state.picture.radius) / 2);
  function askLater() {
    const {view, picture: {mix}} = state;
    const now = performance.now();
    if (!state.held || now > next) ask("film", filmKey(view), () => film(view, mix));
    if (!state.held || now > next) next = now + PAUSE;
    if (state.held && state.family) return;
    const round = circle();
    if (view.k === 4 || view.k === 5) ask("paths", `${view.weights.text} ${round}`, () => paths(mix, round));
    const kind = /^(one-heavy|uniform)?/.exec(view.fields.weights)[0];
    ask("family", `${kind} ${fractionText(heaviest(view.weights))} ${view.kind} ${fractionText(view.gap)}`, () => family(view, STOPS));
  }

  Object.assign(state, {
    set(fields, final = false) {
      Object.assign(state.typed, fields);
      read();
      if (final) state.replay();
      schedule();
    },
    type(name, value) {
      state.typed[name] = value;
      read();
      schedule();
    },
    tell(step) { state.step = step; schedule(); },
    dragging(held) {
      state.held = held;
      if (!held) {
        read();
        state.replay();
      }
      schedule();
    },
    play() {
      state.playing = !state.playing;
      if (state.playing && state.t >= end()) state.t = 0;
      started = performance.now() - (Math.min(state.t, end()) / Math.max(end(), 1)) * FILM;
      schedule();
    },
    seek(t) { state.playing = false; state.t = t; schedule(); },
    replay() {
      if (reduced()) { state.t = Infinity; return; } // the end, wherever it is
      state.t = 0;
      state.playing = true;
      started = performance.now();
    },
    isFamily: () => /^(one-heavy|uniform|linear|geometric)/.test(state.typed.weights),
    comparable: () => `one-heavy:${fractionText(heaviest(state.view.weights))}`,
    redraw: () => schedule(false),
    key: () => JSON.stringify(state.asked()),
    asked: () => Object.fromEntries(Object.keys(config.fields).map(name => [name, state.view.fields[name]])),
    film: null, paths: null, family: null,
    rows: () => rows({...state, film: state.film?.key === filmKey(state.view) ? state.film : null, more: state.found()}),
    found: () => office.found(),
    figure: () => drawn(panels[0].drawing.svg, config, sentence(state)),
    data: () => JSON.stringify({choice: state.asked(), commands: commands(state.view, config), sentence: sentence(state),
      numbers: state.rows().map(([name, value, evidence, how]) => ({name, value, evidence, how})),
      curve: state.picture.curve, run: state.film?.run, gammaAgainstK: state.family?.points}, null, 1),
  });
  const end = () => Math.max(0, (state.film?.run?.length ?? 1) - 1);

  // Read the fields and compute; what cannot be read or computed leaves the last picture in place.
  function read() {
    const {view, errors} = readView(state.typed, config);
    state.errors = errors;
    if (!view) return;
    try {
      const picture = compute(view, state.picture, state.held);
      Object.assign(state, {view, picture});
    } catch (error) {
      if (error.name === "RangeError" || error.name === "TypeError" || error.name === "ReferenceError") throw error;
      state.errors = {[/amplitudes/.test(error.message) ? "amplitudes" : /orbit|every θ/.test(error.message) ? "orbit" : /Hessian|kind/.test(error.message) ? "kind" : "weights"]: error.message};
    }
  }

  const panels = [hero(places.hero, state), story(places.story, state, host.address)];
  function furnished() {
    furnish(root, places);
    presets(places.presets, state);
    office = desk(places.desk, state, host);
    panels.push(bars(places.bars, state), disc(places.disc, state), dots(places.dots, state), kl(places.kl, state),
      portrait(places.portrait, state), components(places.components, state), entry(places.entry, state, unique),
      numbers(places.numbers, state), office);
    measure();
  }

  function draw() {
    frame = 0;
    const now = performance.now();
    if (!state.view) return;
    if (state.playing && !end()) started = now; // not there yet
    else if (state.playing) {
      state.t = Math.min(end(), ((now - started) / FILM) * end());
      if (state.t >= end()) state.playing = false;
    }
    if (office) askLater();
    root.classList.toggle("held", state.held);
    for (const panel of panels) {
      const needed = panel.needs?.() ?? [{}];
      if (panel.drawn?.length === needed.length && needed.every((one, n) => one === panel.drawn[n])) continue;
      panel.drawn = needed;
      panel.draw();
    }
    if (!office) return;
    const wrong = Object.values(state.errors ?? {});
    change(places.problem, {text: wrong[0] ?? "", hidden: wrong.length ? null : ""});
    if (!state.held) each(places.commands, commands(state.view, config), () => element("span"), write);
    if (state.playing) schedule(false);
  }
  // Draw at the next frame; a change of the view also begins the wait for rest.
  function schedule(changed = true) {
    frame ||= requestAnimationFrame(draw);
    if (!changed) return;
    root.dataset.state = "moving";
    clearTimeout(rest);
    rest = setTimeout(atRest, REST);
  }
  function atRest() {
    if (!office || state.held || state.errors || !state.view) return;
    change(places.live, {text: sentence(state)});
    if (host.address) history.replaceState(null, "", toAddress({...state.view.fields, step: `${state.step}`}, {fields: {...config.fields, step: ""}}));
    host.seen?.(state.asked());
    root.dataset.state = "rest";
    office.refine();
  }

  let width = 0;
  const measure = () => {
    width = root.clientWidth;
    const widths = panels.map(panel => panel.room?.());
    panels.forEach((panel, n) => Object.assign(panel, {drawn: null}).measure(widths[n]));
    schedule(false);
  };
  new ResizeObserver(() => root.clientWidth !== width && measure()).observe(root);
  if (host.address) addEventListener("hashchange", () => {
    open(fromAddress(location.hash, config));
    state.replay();
    schedule();
  });
  state.held = true; // the first picture is a coarse one
  open(host.fields);
  if (!state.view) { // an address that cannot be read: the sentence, above the default view
    const {errors, typed} = state;
    state.typed = {...config.fields};
    read();
    Object.assign(state, {errors, typed});
  }
  state.t = reduced() ? Infinity : 0;
  measure();
  draw();
  requestAnimationFrame(() => setTimeout(() => { // once it is painted
    furnished();
    state.dragging(false);
  }));
  return state;
}
