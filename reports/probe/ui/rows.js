// The table of a view: what the browser has measured, and what the library has found since.

import { SYMBOLS } from "./hero.js";
import { below, grouped, rounded, withError } from "./numbers.js";

const BROWSER = "computed in this browser, in doubles";

// A bracket of γ in print: one end or both may be infinite.
const printed = (low, high) => (low === "inf" ? "∞: no radius fails" : high === "inf" ? `none up to \`|θ|\` = ${Number(low)}`
  : low === high ? low : `[${low}, ${high}]`);

// state.picture and what desk.found() holds: rows of name, value, evidence, how.
export function rows({view, picture, film, more}) {
  const found = [], {run, law} = film ?? {}, symbol = `\`${SYMBOLS[view.kind]}\``;
  const where = view.orbit === "all" && view.k > 3 ? "all `θ`" : "simplex orbits";
  const best = more.gamma ?? more.radius;
  if (best?.lower != null) {
    found.push([`${symbol}, ${where}`, printed(best.lower, best.upper), best.evidence, "overspec radius"]);
  } else if (picture.found) {
    const {radius, error, searched, label} = picture.found;
    found.push([`${symbol}, ${where}`, Number.isFinite(radius) ? withError(radius, error) : `none seen to \`|θ|\` = ${rounded(searched)}`,
      label === "measured" ? label : "estimate", `${label}; ${BROWSER}`]);
  } else {
    found.push([`${symbol}, ${where}`, "none: `σ` = 0", "proved", "an entry of the transform is 0, decided exactly"]);
  }
  if (picture.bound) found.push([`lower bound of ${symbol}, all \`θ\``, below(picture.bound), "proved", "in closed form: B, Ba or Bb of the ledger"]);
  if (more.verdict) for (const fact of more.verdict.facts) found.push([fact.name, fact.text, fact.evidence, fact.how]);
  else if (picture.sigma === 0) found.push(["`σ` = `min |π̂_m|^2`", "0", "proved", "decided exactly"]);
  else found.push(["`σ` = `min |π̂_m|^2`", withError(picture.sigma, picture.mix.sigmaError), "measured", BROWSER]);
  if (more.evaluate?.kl != null) found.push(["KL at the start, nats", `${more.evaluate.kl}`, more.evaluate.evidence, "overspec evaluate"]);
  else if (run?.[0].kl >= 0) found.push(["KL at the start, nats", withError(run[0].kl, run[0].klError), "measured", BROWSER]);
  if (run && law) {
    const seen = run.filter(row => row.kl > 10 * row.klError && row.kl > 1e-14), last = seen.at(-1), before = seen.at(-2);
    if (before && law.law === "factor") {
      found.push(["KL per step, at the end", rounded(last.kl / before.kl), "measured", "along this run"]);
      found.push(["KL per step, predicted", rounded(law.factor), "measured", "(1 − σ)² of the blocks with energy"]);
    } else if (last) {
      found.push(["`t^2` KL at the end", rounded(last.t ** 2 * last.kl), "measured", "along this run"]);
      if (law.limit && !more.verdict) found.push(["limit of `t^2` KL", rounded(law.limit), "measured", "the law of null blocks"]);
    }
  }
  return found;
}

// What is read aloud, and stands under the picture, once things have come to rest.
export function sentence({view, picture}) {
  const {nulls, gamma, sigma, found} = picture;
  const many = `${grouped(view.k)} components: `;
  if (sigma === 0) {
    const which = nulls.length === 1 ? `frequency ${nulls[0]} is null` : nulls.length < 9 ? `frequencies ${nulls.join(", ")} are null` : "many frequencies are null";
    return `${many}degenerate, ${which}. EM slows down: KL falls only like 1/t². There is no γ.`;
  }
  const radius = Number.isFinite(gamma) ? `γ = ${rounded(gamma)}` : `no γ is seen to |θ| = ${rounded(found.searched)}: the curve stays above the line`;
  return `${many}regular, EM is exponentially fast from every start. σ = ${rounded(sigma)}, ${radius}.`;
}
