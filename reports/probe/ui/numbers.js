// Numbers in print, and the table of a view: each number with what it is worth.

import { change, each, element, prose } from "./dom.js";

const MOST = 9; // decimals of a double that are worth printing

// For a label: four digits, no exponent where it can be avoided.
export function rounded(value, digits = 4) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "–";
  const text = Number(value.toPrecision(digits)).toString();
  return text.replace("-", "−").replace(/e([+−-]?)\+?(\d+)/, (_, sign, power) => `·10^${sign === "+" ? "" : sign.replace("-", "−")}${power}`);
}

// A proved lower bound: what is printed is below it too.
export function below(value, digits = 4) {
  if (value === Infinity) return "∞";
  const unit = 10 ** (digits - 1 - Math.floor(Math.log10(value)));
  return rounded(Math.floor(value * unit * (1 - 1e-12)) / unit, digits);
}

// A whole number in groups of three.
export const grouped = value => `${value}`.replace(/\B(?=(\d{3})+$)/g, ",");

// As the library prints what is measured: digits that the error supports, its last in parentheses.
export function withError(value, error) {
  if (!Number.isFinite(value) || !(error >= 0)) return rounded(value);
  const places = Math.min(15, Math.max(0, Math.ceil(-Math.log10(Math.max(error, 10 ** -MOST * Math.max(1, Math.abs(value)), 1e-15)))));
  const last = Math.max(1, Math.ceil(error * 10 ** places));
  return Math.abs(value) < 1e-4 ? rounded(value) : `${value.toFixed(places).replace("-", "−")}(${last})`;
}

// rows: [name in words, value in print, evidence, how].
export function numbers(place, state) {
  const body = element("tbody");
  const head = element("tr", {}, ...["number", "value", "evidence"].map(name => element("th", {scope: "col", text: name})));
  place.append(element("table", {}, element("thead", {}, head), body));
  return {measure() {}, needs: () => [state.picture, state.film, state.found(), state.held], draw() {
    if (state.held) return; // dimmed meanwhile
    each(body, state.rows(), () => element("tr", {}, element("th", {scope: "row"}), element("td"), element("td", {}, element("span"))),
      (row, [name, value, evidence, how]) => {
        const [first, second, third] = row.children;
        if (first.dataset.words !== name) {
          first.dataset.words = name;
          first.replaceChildren(...prose(name));
        }
        if (second.dataset.words !== value) {
          second.dataset.words = value;
          second.replaceChildren(...prose(value.replace(/·10\^(−?\d+)/, "`·10^{$1}`")));
        }
        change(third.firstChild, {class: `evidence ${evidence}`, text: state.config.evidence[evidence] ?? evidence});
        change(row, {title: how || null});
      });
  }};
}
