// Shows the claims that have the words, the outcome and the evidence that a reader chose.
const form = document.querySelector("form");
const claims = [...document.querySelectorAll("section.claim")];
const texts = claims.map((claim) => claim.textContent.toLowerCase());
const value = (id) => document.getElementById(id).value;
function choose() {
  const words = value("words").toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  claims.forEach((claim, i) => {
    const fits = ["outcome", "evidence"].every((key) => !value(key) || claim.dataset[key] === value(key));
    claim.hidden = !(fits && words.every((word) => texts[i].includes(word)));
    count += !claim.hidden;
  });
  document.getElementById("count").textContent =
    count === claims.length ? "" : `${count} of ${claims.length} claims`;
}
form.addEventListener("input", choose);
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", () => { // a link leads to its claim, whatever was chosen
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.closest("[hidden]")) { form.reset(); choose(); target.scrollIntoView(); }
});
function reachable() { // what scrolls is reached by the Tab key, and only that
  for (const box of document.querySelectorAll(".formula")) {
    if (box.scrollWidth > box.clientWidth && box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
addEventListener("resize", reachable);
document.addEventListener("toggle", reachable, true); // a proof that unfolds
reachable();
