// The story in five steps: each sets the page, and a reader may leave it at any time.

import { change, each, element, prose } from "./dom.js";

const FAST = "2/5,3/10,1/5,1/10", SLOW = "2/5,3/10,1/10,1/5";
const BEGIN = {k: "4", d: "", kind: "factor", orbit: "simplex", radius: "3/2", amplitudes: "", gap: "9/10", steps: "40"};

export const STEPS = [
  {title: "One Gaussian, too many components", fields: {...BEGIN, weights: "one-heavy:4/5"}, words: [
    "The grey data come from one Gaussian. We fit four, with fixed weights, and EM has to notice that three are too many: "
    + "the four means must fall onto the centre. They do, and near the centre each step removes about the share "
    + "`σ = min |π̂_m|^2` of what is left. Press ▶, or drag a weight."]},
  {title: "Swap two weights, and EM stalls", fields: {...BEGIN, weights: SLOW, steps: "200"}, words: [
    "The same four weights in another order. In the order 2/5, 3/10, 1/5, 1/10 EM is exponentially fast. Swap the last two: "
    + "an entry of their Fourier transform is 0, exactly, and KL falls only like 1/`t^2`. Their order decides, not their size."],
    try: [["2/5, 3/10, 1/5, 1/10", {weights: FAST}], ["2/5, 3/10, 1/10, 1/5", {weights: SLOW}]]},
  {title: "Drag the gap", fields: {...BEGIN, k: "12", weights: "one-heavy:9/10"}, words: [
    "How far out does the rate last? Ask for a part `c` of it: the dashed line `cσ`. The curve stays above the line up to "
    + "the radius `γ`. Drag the line or the knob. Ask for less, and `γ` grows; ask for little enough, and no radius fails: `γ = ∞`."]},
  {title: "There is no cliff at `γ`", fields: {...BEGIN, k: "12", weights: "one-heavy:9/10", radius: "4", steps: "12"}, words: [
    "Start far outside: at `|θ|` = 4. Nothing breaks. Each step still removes something, less than promised at first, and "
    + "from every start EM ends at the centre. `γ` marks where a guaranteed rate ends, not where EM does."]},
  {title: "`k` to a million", fields: {...BEGIN, k: "1000000", weights: "one-heavy:9/10", radius: "2"}, words: [
    "A million components, and one has nine tenths of the weight. `γ` does not shrink to 0: it grows to a limit, drawn dashed "
    + "below. Drag `k` along the points: from 1000 components on, little changes."]},
];

export const PRESETS = [
  ["one heavy", {k: "4", weights: "one-heavy:9/10"}],
  ["in order", {k: "4", weights: FAST}],
  ["swapped", {k: "4", weights: SLOW}],
  ["uniform", {k: "4", weights: "uniform"}],
  ["three", {k: "3", weights: "1/2,3/10,1/5"}],
  ["six", {k: "6", weights: "linear"}],
  ["a million", {k: "1000000", weights: "one-heavy:1/2"}],
];

export function story(place, state, address) {
  const list = element("ol", {class: "steps"});
  const heading = element("h2"), body = element("div"), choices = element("p", {class: "choices"});
  const back = element("button", {type: "button", text: "Back", onclick: () => go(state.step - 1)});
  const next = element("button", {type: "button", class: "next", onclick: () => go(state.step < STEPS.length ? state.step + 1 : 0)});
  place.append(element("nav", {"aria-label": "The story in five steps"}, list), heading, body, choices,
    element("p", {class: "turn"}, back, next));
  let told = null;
  function go(step) {
    if (step < 1) return state.tell(0);
    state.tell(step);
    state.set({...STEPS[step - 1].fields}, true);
  }
  each(list, STEPS, (step, n) => element("li", {}, element("button", {type: "button", "aria-label": `step ${n + 1}: ${step.title.replaceAll("`", "")}`,
    title: step.title.replaceAll("`", ""), text: `${n + 1}`, onclick: () => go(n + 1)})), () => {});
  return {measure() {}, needs: () => [state.step], draw() {
    if (told === state.step) return;
    told = state.step;
    const step = STEPS[told - 1];
    heading.replaceChildren(...prose(step ? step.title : "Drag anything"));
    body.replaceChildren(...(step?.words ?? ["The bars, the dashed line, the knobs: everything follows. "
      + (address ? "The address of this page holds the view, to keep or to send."
        : "With w = ov.probe(…), w.fields holds the view and w.mixture the exact weights.")]).map(words => element("p", {}, prose(words))));
    choices.replaceChildren(...(step?.try ?? []).map(([words, fields]) => element("button", {type: "button", text: words, onclick: () => state.set(fields, true)})));
    change(back, {disabled: told > 1 ? null : ""});
    change(next, {text: told === 0 ? "Begin the story" : told < STEPS.length ? "Next" : "Leave the story"});
    [...list.children].forEach((item, n) => change(item.firstChild, {"aria-current": n + 1 === told ? "step" : null}));
  }};
}
