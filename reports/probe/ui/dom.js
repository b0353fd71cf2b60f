// Elements of HTML and SVG, made once and changed only where they differ.

const SVG = "http://www.w3.org/2000/svg", MATHML = "http://www.w3.org/1998/Math/MathML";
const DRAWN = new Set("svg g path line rect circle text tspan title polygon use".split(" "));

export function element(name, attributes = {}, ...children) {
  const node = DRAWN.has(name) ? document.createElementNS(SVG, name) : document.createElement(name);
  change(node, attributes);
  node.append(...children.flat().filter(child => child != null));
  return node;
}

// Set attributes, `text` and `on…` handlers; null takes an attribute away.
export function change(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") {
      if (node.textContent !== value) node.textContent = value;
    } else if (name.startsWith("on")) {
      node.addEventListener(name.slice(2), value);
    } else if (value == null) {
      if (node.hasAttribute(name)) node.removeAttribute(name);
    } else if (node.getAttribute(name) !== `${value}`) {
      node.setAttribute(name, value);
    }
  }
  return node;
}

// As many children as there are items, each made once by `make` and told its item by `tell`.
export function each(parent, items, make, tell) {
  while (parent.childElementCount > items.length) parent.lastElementChild.remove();
  items.forEach((item, n) => {
    if (n >= parent.childElementCount) parent.append(make(item, n));
    tell(parent.children[n], item, n);
  });
}

// Words with formulas between backticks, such as "`π̂_m` = 0", as words and MathML.
export function prose(words) {
  return words.split("`").map((part, n) => (n % 2 ? formula(part) : part));
}

const maths = (name, ...children) => {
  const node = document.createElementNS(MATHML, name);
  node.append(...children);
  return node;
};

// A formula of letters, numbers, signs, hats (combining), _ and ^ with one sign or {…}.
export function formula(source) {
  const row = [];
  for (const token of tokens(source)) {
    if (token.script) {
      const base = row.pop() ?? maths("mrow");
      const inner = maths("mrow", ...formula(token.inner).firstChild.childNodes);
      const kind = token.script === "_" ? "msub" : "msup", parts = [...base.childNodes, inner];
      if (/^msu[bp]$/.test(base.localName) && base.localName !== kind) {
        row.push(maths("msubsup", ...(kind === "msup" ? parts : [parts[0], parts[2], parts[1]])));
      } else row.push(maths(kind, base, inner));
    } else if (token.hat) {
      row.push(maths("mover", maths("mi", token.hat), accent()));
    } else {
      const node = maths(token.kind, token.text);
      if (token.kind === "mo" && "|()[]".includes(token.text)) change(node, {stretchy: "false", lspace: "0", rspace: "0"});
      if (token.kind === "mi" && token.text.length > 1) node.setAttribute("mathvariant", "normal");
      row.push(node);
      if (token.kind === "mi" && token.text.length > 1) row.push(change(maths("mspace"), {width: "0.17em"}));
    }
  }
  return maths("math", maths("mrow", ...row));
}

function accent() {
  return change(maths("mo", "^"), {stretchy: "false"});
}

function tokens(source) {
  const found = [];
  const pattern = /([_^])(?:\{([^}]*)\}|(.))|(\p{L})\u0302|(min|max|log|KL)|(\p{L}|∞)|([\d.,]*\d)|\s+|(.)/gu;
  for (const [, script, group, one, hat, word, letter, digits, sign] of source.matchAll(pattern)) {
    if (script) found.push({script, inner: group ?? one});
    else if (hat) found.push({hat});
    else if (word ?? letter) found.push({kind: "mi", text: word ?? letter});
    else if (digits) found.push({kind: "mn", text: digits});
    else if (sign) found.push({kind: "mo", text: sign});
  }
  return found;
}

// The same as tspans for a drawing: letters slanted, scripts small and shifted.
export function drawnWords(words) {
  const spans = [];
  let shift = 0;
  const put = (text, style, dy = 0) => {
    const span = element("tspan", {class: style || null, dy: dy - shift ? dy - shift : null, text});
    shift = dy;
    spans.push(span);
  };
  words.split("`").forEach((part, n) => {
    if (n % 2 === 0) {
      if (part) put(part, "");
      return;
    }
    for (const token of tokens(part)) {
      if (token.script) put(token.inner, "script", token.script === "_" ? 3 : -5);
      else if (token.hat) put(`${token.hat}\u0302`, "letter");
      else if (token.kind === "mi" && token.text.length > 1) put(`${token.text}\u2009`, "");
      else put(token.kind === "mo" && "=≥≤<>".includes(token.text) ? ` ${token.text} ` : token.text,
        token.kind === "mi" ? "letter" : "");
    }
  });
  return spans;
}

export const reduced = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
