// Roots and minima of functions of one number.

/**
 * A root between two ends of which the first is positive: secants that keep the bracket (Illinois).
 * @param {(x: number) => number} f @param {number} low f > 0 @param {number} high f ≤ 0
 * @param {number} tolerance of x @returns {number}
 */
export function fallOf(f, low, high, tolerance, atLow = f(low), atHigh = f(high)) {
  let [a, b, fa, fb] = [low, high, atLow, atHigh];
  if (!(fa > 0)) return a;
  if (!(fb < 0)) return b;
  let side = 0;
  let x = b;
  for (let i = 0; i < 60 && b - a > tolerance; i++) {
    const before = x;
    x = (fa * b - fb * a) / (fa - fb);
    if (!(x > a && x < b)) x = (a + b) / 2;
    const y = f(x);
    if (y === 0 || (i > 0 && Math.abs(x - before) < tolerance / 4)) return x;
    if (y > 0) {
      [a, fa] = [x, y];
      if (side === 1) fb /= 2;
      side = 1;
    } else {
      [b, fb] = [x, y];
      if (side === -1) fa /= 2;
      side = -1;
    }
  }
  return x;
}

/**
 * A minimum between two ends, by Brent's golden sections and parabolas.
 * @returns {[number, number]} place and value
 */
export function leastOn(f, low, high, tolerance, start = low + 0.381966 * (high - low)) {
  let [a, b, x] = [low, high, start];
  let [w, v] = [x, x];
  let fx = f(x);
  let [fw, fv, d, e] = [fx, fx, 0, 0];
  for (let i = 0; i < 40; i++) {
    const middle = (a + b) / 2;
    if (Math.abs(x - middle) <= 2 * tolerance - (b - a) / 2) break;
    let golden = true;
    if (Math.abs(e) > tolerance) {
      const r = (x - w) * (fx - fv);
      let q = (x - v) * (fx - fw);
      let p = (x - v) * q - (x - w) * r;
      q = 2 * (q - r);
      if (q > 0) p = -p;
      q = Math.abs(q);
      if (Math.abs(p) < Math.abs(0.5 * q * e) && p > q * (a - x) && p < q * (b - x)) {
        [e, d, golden] = [d, p / q, false];
        const u = x + d;
        if (u - a < 2 * tolerance || b - u < 2 * tolerance) d = x < middle ? tolerance : -tolerance;
      }
    }
    if (golden) {
      e = x < middle ? b - x : a - x;
      d = 0.381966 * e;
    }
    const u = Math.abs(d) >= tolerance ? x + d : x + Math.sign(d) * tolerance;
    const fu = f(u);
    if (fu <= fx) {
      if (u < x) b = x;
      else a = x;
      [v, fv, w, fw, x, fx] = [w, fw, x, fx, u, fu];
    } else {
      if (u < x) a = u;
      else b = u;
      if (fu <= fw || w === x) [v, fv, w, fw] = [w, fw, u, fu];
      else if (fu <= fv || v === x || v === w) [v, fv] = [u, fu];
    }
  }
  return [x, fx];
}
