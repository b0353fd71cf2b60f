// Where everything is on the page.

import { element, prose } from "./dom.js";
import { PRESETS } from "./story.js";

const section = (name, title, level = "h2") => {
  const heading = element(level, {}, prose(title)), body = element("div", {class: "body"});
  return {whole: element("section", {class: `part ${name}`, "aria-label": title.replaceAll("`", "")}, heading, body), body};
};

const titled = (places, name, title, note) => {
  const {whole, body} = section(name, title);
  places[name] = body;
  if (note) whole.append(element("p", {class: "note"}, prose(note)));
  return whole;
};

// What is painted first: the header, the story and the hero.
export function layout(root) {
  root.classList.add("probe");
  root.parentElement.classList.add("probe-host"); // whose width decides about columns
  const story = element("section", {class: "part story", "aria-label": "The story"}), places = {story};
  root.append(
    element("header", {}, element("h1", {}, prose("See `γ` move")),
      element("p", {class: "lead"}, prose("EM fits `k` Gaussians with fixed weights `π` to data that came from one. "
        + "The Fourier transform of the weights decides how fast it finds out, and `γ` how far out that rate holds. "
        + "Every number on this page is computed as you drag."))),
    story,
    titled(places, "hero", "Contraction against the radius",
      "The least share of the distance to the centre that a step of EM removes, at each radius. Drag the dashed line or the knob."));
  return places;
}

// The places of all the rest, which comes once that is painted.
export function furnish(root, places) {
  const put = (...what) => titled(places, ...what);
  places.presets = element("div", {class: "presets", role: "group", "aria-label": "Examples"});
  places.live = element("p", {class: "live", "aria-live": "polite", "aria-atomic": "true"});
  places.problem = element("p", {class: "problem", role: "alert", hidden: ""});
  places.entry = element("div", {class: "entry"});
  places.commands = element("pre", {tabindex: "0", "aria-label": "the same on a terminal"});
  const exact = element("details", {class: "part exact"}, element("summary", {text: "Exact input"}),
    element("p", {class: "note", text: "Fractions, decimals and square roots are read exactly. If a field cannot be read, a sentence beside it says why, and the picture waits."}),
    places.entry);
  const proof = put("desk", "Certify and save");
  proof.append(element("h3", {text: "The same on a terminal"}), places.commands);
  root.append(
    element("div", {class: "side"}, put("bars", "Weights `π`: drag a bar", ""), put("disc", "Their Fourier transform `π̂_m`", "")),
    places.presets, places.problem, places.live,
    element("div", {class: "four"}, put("dots", "EM, step by step"), put("kl", "Distance from the truth"), put("portrait", "Drag the start"),
      put("components", "`γ` as `k` grows")),
    put("numbers", "Numbers, and what each is worth"), proof, exact);
}

export function presets(place, state) {
  for (const [words, fields] of PRESETS) {
    place.append(element("button", {type: "button", text: words, onclick: () => {
      state.tell(0);
      state.set({d: "", amplitudes: "", orbit: "simplex", ...fields}, true);
    }}));
  }
}
