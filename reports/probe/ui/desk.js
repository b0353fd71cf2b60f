// What the library is asked where a host answers: exact facts, more digits, a certificate.
// `host.ask(request)` resolves to an answer or rejects with a sentence; without it nothing is asked.

import { change, element } from "./dom.js";

const NONE = {};
const LOOK = 350; // milliseconds between two looks at a job

function save(name, content, type) {
  const link = element("a", {download: name, href: URL.createObjectURL(new Blob([content], {type}))});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const placeOf = ({lower, upper}) => (lower === "inf" ? "No radius fails, γ = ∞" : upper === "inf"
  ? `There is no γ up to |θ| = ${Number(lower)}` : `γ lies in [${lower}, ${upper}]`);

export function desk(place, state, host) {
  const certify = element("button", {type: "button", class: "strong", text: "Certify this γ", onclick: () => begin()});
  const cancel = element("button", {type: "button", text: "Cancel", onclick: () => running && host.ask({ask: "cancel", job: running.job})});
  const bar = element("progress", {max: 100, "aria-label": "share of the proof"}), said = element("p", {role: "status", class: "said"});
  const files = element("p", {class: "files"});
  const keep = (words, made) => element("button", {type: "button", text: words, onclick: made});
  const figure = keep("Figure", () => save("gamma.svg", state.figure(), "image/svg+xml"));
  const data = keep("Data", () => save("probe.json", state.data(), "application/json"));
  place.append(element("p", {class: "files"}, host.ask ? [certify, cancel] : [], figure, data), bar, said, files);
  let running = null, found = {}, number = 0, asked = null;
  const show = words => change(said, {text: words});
  change(cancel, {disabled: ""});
  change(bar, {hidden: ""});

  async function watch(kind, on) {
    const {job} = await host.ask({ask: "start", kind, fields: state.asked()});
    on({job, answer: null});
    for (;;) {
      await new Promise(done => setTimeout(done, LOOK));
      const answer = await host.ask({ask: "look", job});
      on({job, answer});
      if (!answer.running) return answer;
    }
  }

  async function begin() {
    const key = state.key();
    change(certify, {disabled: ""});
    change(cancel, {disabled: null});
    change(bar, {hidden: null, value: null});
    files.replaceChildren();
    show("certifying …");
    try {
      const answer = await watch("certify", ({job, answer: now}) => {
        running = {job};
        const share = /(\d+)\s*%/.exec(now?.said ?? "")?.[1];
        change(bar, {value: share ?? null});
        if (now?.running) show(`certifying, ${Math.round(now.seconds)} s. ${now.said}`);
      });
      const {result} = answer;
      show(result.lower == null ? `No bracket: ${result.reason ?? answer.ended}`
        : `${placeOf(result)}: ${state.config.evidence[result.evidence] ?? result.evidence}.`);
      if (result.lower != null) {
        found = {...found, [key]: {...found[key], gamma: result}};
        if (answer.certificate) files.append(keep("Certificate", () => save("certificate.json", answer.certificate, "application/json")));
        files.append(keep("Result", () => save("radius.json", answer.printed, "application/json")));
      }
    } catch (error) {
      show(error.message);
    }
    running = null;
    change(certify, {disabled: null});
    change(cancel, {disabled: ""});
    change(bar, {hidden: ""});
    state.redraw();
  }

  // More digits for the view that is shown, once the reader has let go; an older question is dropped.
  async function refine() {
    const key = state.key();
    if (!host.ask || state.errors || key === asked) return;
    const mine = ++number;
    asked = key;
    const put = more => {
      found = {[key]: {...found[key], ...more}};
      if (key === state.key()) state.redraw();
    };
    try {
      put({verdict: await host.ask({ask: "verdict", fields: state.asked()})});
      for (const kind of ["radius", "evaluate"]) {
        if (mine !== number || found[key]?.[kind] || (kind === "radius" && found[key]?.gamma)) continue;
        const answer = await watch(kind, ({job, answer: now}) => {
          if (mine !== number && now?.running) host.ask({ask: "cancel", job});
        });
        if (answer.ended === "done") put({[kind]: answer.result});
      }
    } catch (error) {
      if (mine === number) show(error.message);
    }
  }

  return {refine, found: () => found[state.key()] ?? NONE, measure() {}, draw() {
    const none = state.picture.sigma === 0;
    if (!running) change(certify, {disabled: none ? "" : null, title: none ? "σ = 0: there is no γ to certify" : null});
  }};
}
