// What the page is asked, by the names of the command line's options: fields of text, read exactly.
// The fields that differ from their defaults are the page's address.

import { readFraction, toDouble } from "../js/exact.js";
import { readWeights } from "./weights.js";

const LONGEST = 4000; // characters of a field

// {view, errors}: one of them is null. Errors are sentences by field.
export function readView(given, {fields: defaults, limits, kinds, orbits}) {
  const errors = {}, view = {fields: {...defaults, ...given}};
  const take = (name, read) => {
    try {
      const words = `${view.fields[name]}`.trim();
      if (words.length > LONGEST) throw new Error(`${name}: at most ${LONGEST} characters are read`);
      view[name] = read(words);
    } catch (error) {
      errors[name] = error.message;
    }
  };
  const whole = (name, least, most) => words => {
    const value = /^\d{1,12}$/.test(words) ? Number(words) : NaN;
    if (value >= least && value <= most) return value;
    throw new Error(`${name} “${words.slice(0, 40)}”: write a whole number from ${least} to ${most}`);
  };
  const one = (name, allowed) => words => {
    if (allowed.includes(words)) return words;
    throw new Error(`${name} “${words.slice(0, 40)}”: choose ${allowed.join(", ")}`);
  };
  take("k", whole("k", 2, limits.components));
  const k = view.k;
  if (k) {
    take("weights", words => readWeights(words, k, limits));
    take("d", words => (words ? whole("d", k - 1, 1e9)(words) : k - 1));
  }
  take("gap", words => {
    const gap = readFraction(words, "gap c");
    if (gap.num > 0n && gap.num < gap.den) return gap;
    throw new Error(`gap c = ${words.slice(0, 40)}: it lies strictly between 0 and 1`);
  });
  take("kind", one("kind", kinds));
  take("orbit", one("orbit", orbits));
  take("digits", whole("digits", 1, limits.digits));
  take("steps", whole("EM steps", 1, limits.steps));
  const far = k >= 5 && k <= 6 ? limits.farthestWide : limits.farthest;
  const near = (radius, what) => {
    if (!(radius > 0)) throw new Error(`${what}: at θ = 0 EM stays where it is; go further out`);
    if (radius > far * (1 + 1e-12)) throw new Error(`${what}: beyond |θ| = ${far}; come nearer`);
  };
  take("radius", words => {
    const radius = toDouble(readFraction(words, "radius"));
    near(radius, "radius");
    return radius;
  });
  take("amplitudes", words => {
    if (!words || !k) return null;
    const found = words.split(",").map((part, m) => toDouble(readFraction(part, `amplitude ${m + 1}`)));
    const half = Math.floor(k / 2);
    if (found.length !== half) {
      throw new Error(`amplitudes: give one for each frequency 1 … ${half}, not ${found.length}`);
    }
    if (k > limits.lattice) throw new Error(`amplitudes: at k > ${limits.lattice} give a radius`);
    if (found.some(a => a < 0)) throw new Error("amplitudes: none is negative");
    near(Math.hypot(...found), "amplitudes");
    return found;
  });
  return Object.keys(errors).length ? {view: null, errors} : {view, errors: null};
}

// The fields of an address, and the ones that are not known left out.
export function fromAddress(hash, {fields: defaults}) {
  const found = {};
  for (const [name, value] of new URLSearchParams(hash.replace(/^[#?]/, ""))) {
    if (name in defaults || name === "step") found[name] = value;
  }
  return found;
}

// A short address for a view: commas, slashes and colons stay readable.
export function toAddress(fields, {fields: defaults}) {
  const parts = Object.entries(fields)
    .filter(([name, value]) => (name === "step" || name in defaults) && `${value}` !== (defaults[name] ?? ""))
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replace(/%(2C|2F|3A)/g, decodeURIComponent)}`);
  return parts.length ? `#${parts.join("&")}` : "#";
}

// The commands that compute the same numbers on a terminal.
export function commands(view, {fields: defaults, limits}) {
  const {fields, k} = view;
  const quote = words => (/^[\w@%+=:,./-]+$/.test(words) ? words : `'${words.replace(/'/g, `'"'"'`)}'`);
  const write = (name, options) => ["overspec", name,
    ...Object.entries(options).flatMap(([option, value]) => [`--${option}`, quote(`${value}`)])].join(" ");
  const pick = (...names) => Object.fromEntries(names.map(name => [name, fields[name]]));
  const changed = Object.fromEntries(Object.entries(fields)
    .filter(([name, value]) => name in defaults && value !== defaults[name]));
  const mixture = {k, weights: fields.weights, ...(fields.d ? {d: fields.d} : {})};
  const point = {...mixture, ...pick(fields.amplitudes ? "amplitudes" : "radius")};
  const radius = {k, ...pick("weights", "gap", "kind", "orbit")};
  return [write("probe", changed), `${write("radius", radius)} --certify`,
    write("evaluate", point), ...(k <= limits.lattice ? [write("run", {...point, steps: fields.steps})] : [])];
}
