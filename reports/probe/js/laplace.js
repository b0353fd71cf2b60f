// The one-dimensional functions of a simplex orbit, P_a(τ) = E f_a(τ + cg), f_a(t) = e^{at} exp(−e^t),
// at the outer nodes and for every weight, as in verify/engines/laplace/tables.py.

/**
 * log P_0, 1 − P_0, ρ and v of every weight at a node n, by the inner sums.
 * @returns {(n: number, at: object) => void}
 */
export function tables(values, rule, shift) {
  const { c, inner, reach, step } = rule;
  const kernel = new Float64Array(2 * reach + 1);
  let mass = 0;
  for (let m = -reach; m <= reach; m++) {
    const x = ((m + (rule.together ? 0 : shift)) * inner) / c;
    mass += kernel[m + reach] = Math.exp((-x * x) / 2);
  }
  for (let m = 0; m < kernel.length; m++) kernel[m] /= mass; // an error common to all sums drops out
  return rule.together ? shared(values, rule, shift, kernel) : apart(values, rule, shift, kernel);
}

/** Where both sums have the same nodes: a convolution of f_a, tabulated once. */
function shared(values, { first, last, reach, step, target }, shift, kernel) {
  const highest = Math.log(2 * target + 20); // f_a is negligible from there on
  const functions = Array.from(values, (value) => {
    const length = last - first + 2 * reach + 1;
    const rest = new Float64Array(length);
    const f0 = new Float64Array(length);
    const f1 = new Float64Array(length);
    const f2 = new Float64Array(length);
    let end = length;
    for (let i = 0; i < length; i++) {
      const t = (first - reach + i + shift) * step;
      const x = Math.exp(t) * value;
      if (end === length && t + Math.log(value) > highest) end = i;
      if (i >= end) rest[i] = 1;
      else {
        f0[i] = Math.exp(-x);
        rest[i] = x < 0.5 ? -Math.expm1(-x) : 1 - f0[i];
        f1[i] = x * f0[i];
        f2[i] = x * f1[i];
      }
    }
    return { rest, f0, f1, f2, end };
  });
  return (n, at) => {
    for (let j = 0; j < functions.length; j++) convolved(functions[j], kernel, n - first, at, j);
  };
}

/** Σ_m K_m f(t_{n+m}) for 1 − f_0 or f_0, f_1 and f_2. */
function convolved({ rest, f0, f1, f2, end }, kernel, from, at, j) {
  const length = kernel.length;
  const stop = Math.min(length, end - from);
  let r = 0;
  let p = 0;
  let a = 0;
  let b = 0;
  for (let m = 0; m < stop; m++) {
    const weight = kernel[m];
    const i = from + m;
    r += weight * rest[i];
    a += weight * f1[i];
    b += weight * f2[i];
  }
  for (let m = Math.max(stop, 0); m < length; m++) r += kernel[m];
  if (r < 0.5) p = 1 - r;
  else for (let m = 0; m < stop; m++) p += kernel[m] * f0[from + m];
  divided(at, j, r, p, a, b);
}

function divided(at, j, rest, p0, p1, p2) {
  at.rest[j] = rest;
  at.logP0[j] = rest < 0.5 ? Math.log1p(-rest) : Math.log(p0);
  const rho = p0 > 0 ? p1 / p0 : 0;
  at.rho[j] = rho;
  at.v[j] = p0 > 0 ? p2 / p0 - rho * rho : 0;
}

/** Small c: inner nodes of their own, and the variance about the mean, which keeps its digits. */
function apart(values, { c, inner, reach, step }, shift, kernel) {
  const length = kernel.length;
  const powers = Float64Array.from({ length }, (_, m) => Math.exp((m - reach + shift) * inner));
  const weighted = new Float64Array(length);
  return (n, at) => {
    const base = Math.exp((n + shift) * step);
    for (let j = 0; j < values.length; j++) {
      const scale = base * values[j];
      let r = 0;
      let p0 = 0;
      let p1 = 0;
      let v = 0;
      for (let m = 0; m < length; m++) {
        const x = scale * powers[m];
        const f = kernel[m] * Math.exp(-x);
        weighted[m] = f;
        p0 += f;
        p1 += f * x;
        r -= kernel[m] * (x < 0.5 ? Math.expm1(-x) : Math.exp(-x) - 1);
      }
      const rho = p0 > 0 ? p1 / p0 : 0;
      for (let m = 0; m < length; m++) {
        const off = scale * powers[m] - rho;
        v += weighted[m] * off * off;
      }
      at.rest[j] = r;
      at.logP0[j] = r < 0.5 ? Math.log1p(-r) : Math.log(p0);
      at.rho[j] = rho;
      at.v[j] = p0 > 0 ? v / p0 : 0;
    }
  };
}
