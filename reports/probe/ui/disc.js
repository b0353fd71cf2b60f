// The Fourier transform of the weights on the unit disc; zeros, decided exactly, are crosses.

import { plot } from "./plot.js";

const CIRCLE = Array.from({length: 97}, (_, n) => [Math.cos((Math.PI * n) / 48), Math.sin((Math.PI * n) / 48)]);

export function disc(place, state) {
  const drawing = plot(place, {name: "Fourier transform of the weights on the unit disc", bare: true, equal: true,
    shape: 0.8, least: 210, tallest: 280});
  return {room: drawing.room, measure: drawing.measure, needs: () => [state.picture.mix], draw() {
    const {picture: {spectrum, sigma, nulls}, view: {k}} = state;
    drawing.frame([-1.12, 1.12], [-1.12, 1.12]);
    drawing.line("circle", "guide", CIRCLE, true);
    drawing.line("axis", "faint", [[-1, 0], [1, 0]]);
    drawing.line("upright", "faint", [[0, -1], [0, 1]]);
    const radius = Math.sqrt(sigma);
    drawing.line("ring", "sigma", sigma > 0 ? CIRCLE.map(([x, y]) => [radius * x, radius * y]) : null, true);
    const regular = spectrum.filter(entry => !entry.null), zero = spectrum.some(entry => entry.null);
    for (const n of [...Array(12).keys()]) {
      const entry = regular[n];
      drawing.line(`ray${n}`, "spectrum thin", entry && [[0, 0], [entry.re, entry.im]]);
    }
    drawing.dots("entries", "spectrum", regular.map(({re, im}) => [re, im, 4.5]));
    drawing.dots("zeros", "null", zero ? [[0, 0, 0]] : []);
    const together = regular.length > 2 && regular.every(({re, im}) => Math.hypot(re - regular[0].re, im - regular[0].im) < 1e-9);
    const upper = regular.filter(entry => entry.m <= k / 2).slice(0, 6);
    drawing.labels([
      ...upper.map(({re, im, m}, n, all) => all.some((other, i) => i < n && Math.hypot(other.re - re, other.im - im) < 0.03)
        ? null : {at: [re, im], look: "spectrum", words: together ? "all `π̂_m`" : `\`π̂_{${m}}\``, dx: 7, dy: im < -0.05 ? 15 : -8}),
      sigma > 0 && {at: [0, -radius], look: "sigma", words: "`√σ`", anchor: "middle", dx: 0, dy: radius > 0.7 ? -9 : 19},
      zero && {at: [0, 0], look: "null", anchor: "middle", dx: 0, dy: 26,
        words: nulls.length === 1 ? `\`π̂_{${nulls[0]}}\` = 0 exactly` : `${nulls.length} are 0 exactly`},
    ]);
  }};
}
