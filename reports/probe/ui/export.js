// The figure as a file of its own: the drawing with the styles that the page gives it.

const STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "stroke-linejoin", "opacity",
  "font-family", "font-size", "font-style", "font-weight", "display", "paint-order", "text-anchor"];

export function picture(svg, config, title) {
  const copy = svg.cloneNode(true), from = [svg, ...svg.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((node, n) => {
    const style = getComputedStyle(node);
    to[n].setAttribute("style", STYLES.map(name => `${name}:${style.getPropertyValue(name)}`).join(";"));
    for (const name of [...to[n].getAttributeNames()].filter(name => /^(aria-|data-|role|tabindex|class)/.test(name))) to[n].removeAttribute(name);
  });
  const page = getComputedStyle(svg.closest(".probe")).getPropertyValue("background-color");
  copy.style.background = page;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const named = document.createElementNS("http://www.w3.org/2000/svg", "title");
  named.textContent = `${title} overspec ${config.version}`;
  copy.prepend(named);
  return new XMLSerializer().serializeToString(copy);
}
