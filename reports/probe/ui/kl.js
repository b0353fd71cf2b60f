// KL along EM on a logarithmic axis, beside what theory predicts.

import { beside, plot } from "./plot.js";
import { rounded } from "./numbers.js";

const LEAST = 1e-15;

export function kl(place, state) {
  const whole = plotOf(place, ""), doubled = plotOf(place, "x"); // exponential, or a power of t
  return {room: whole.room, measure: width => [whole, doubled].forEach(one => one.measure(width)), needs: () => [state.film, state.t], draw() {
    const {film, t} = state, {run, law: prediction, note} = film ?? {};
    const power = prediction?.law === "power";
    whole.svg.style.display = power ? "none" : "";
    doubled.svg.style.display = power ? "" : "none";
    const drawing = power ? doubled : whole;
    const rows = (run ?? []).filter(row => row.kl > LEAST && (!power || row.t > 0));
    if (rows.length < 2) {
      drawing.frame([power ? 1 : 0, 40], [1e-6, 1]);
      for (const name of ["kl", "predicted"]) drawing.line(name, "em", null);
      drawing.dots("now", "em", []);
      drawing.labels([{at: [power ? 2 : 4, 1e-3], look: "soft", words: !film ? "" : note ? (run ? "KL is not followed here" : "EM is not followed here") : "too near to 0 to follow"}]);
      return;
    }
    const last = rows.at(-1), first = rows[0];
    const low = last.kl / 1.6, high = 1.6 * Math.max(first.kl, 1.01 * last.kl);
    drawing.frame([first.t, Math.max(last.t, first.t + 1)], [low, high]);
    drawing.line("kl", "em", rows.map(row => [row.t, row.kl]));
    const guide = prediction ? rows.map(row => [row.t, prediction.at(row.t, rows)]).filter(([, y]) => y >= low && y <= high) : [];
    drawing.line("predicted", "predicted", guide);
    const when = Math.min(t, last.t);
    const now = rows.reduce((a, b) => (Math.abs(b.t - when) < Math.abs(a.t - when) ? b : a));
    drawing.dots("now", "em", [[now.t, now.kl, 5]]);
    const [middle, early] = [rows[Math.floor(rows.length / 3)], rows[Math.floor(rows.length / 12)]].map(row => [row.t, row.kl]);
    drawing.labels([
      {at: middle, look: "em strong", words: "KL along EM", places: [[8, -10], [10, -2, "start", early], [-10, 22, "end"]].map(beside)},
      guide.length && {at: [first.t, low], look: "predicted", places: [[5, -8], [5, -26], [5, -44], [0, 20, "end", [last.t, high]]].map(beside),
        words: power ? (prediction.limit ? `predicted: ${rounded(prediction.limit)}/\`t^2\`` : "slope of 1/`t^2`") : `predicted: ×${rounded(prediction.factor)} a step`},
    ], [rows.map(row => [row.t, row.kl]), guide]);
  }};
}

function plotOf(place, log) {
  return plot(place, {name: "KL divergence along EM", x: "EM step `t`", y: "KL divergence, nats", log: `${log}y`, shape: 0.8, least: 230, tallest: 330});
}
