// Exact input: every field as text, with a sentence beside the one that cannot be read.

import { change, element } from "./dom.js";

const LABELS = {k: "components k", weights: "weights", gap: "gap c", radius: "radius of the start",
  amplitudes: "amplitudes of the start", steps: "EM steps", kind: "kind of γ", orbit: "orbits", d: "dimension d",
  digits: "digits to refine to"};
const HINTS = {weights: "2/5,3/10,1/5,1/10 or one-heavy:9/10", d: "k − 1", amplitudes: "1,1/2"};

export function entry(place, state, unique) {
  const {config} = state, made = {};
  for (const [name, label] of Object.entries(LABELS)) {
    const options = {kind: config.kinds, orbit: config.orbits}[name];
    const id = `${unique}-${name}`, said = element("span", {class: "wrong", id: `${id}-wrong`});
    const field = options ? element("select", {id}, options.map(option => element("option", {text: option, value: option})))
      : element("input", {id, type: "text", autocomplete: "off", spellcheck: "false", placeholder: HINTS[name] ?? null});
    field.addEventListener(options ? "change" : "input", () => state.type(name, field.value));
    made[name] = {field, said};
    place.append(element("div", {class: `field ${name}`}, element("label", {for: id, text: label}), field, said));
  }
  return {measure() {}, needs: () => [state.typed, state.errors, ...Object.values(state.typed)], draw() {
    for (const [name, {field, said}] of Object.entries(made)) {
      const wrong = state.errors?.[name] ?? "";
      if (document.activeElement !== field || !state.errors) {
        const value = `${state.typed[name] ?? config.fields[name]}`;
        if (document.activeElement !== field && field.value !== value) field.value = value;
      }
      change(said, {text: wrong});
      change(field, {"aria-invalid": wrong ? "true" : null, "aria-describedby": wrong ? said.id : null});
    }
  }};
}
