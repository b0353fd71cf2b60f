// The line to the server of the page: requests that carry the token of its address.

const KEPT = "overspec-token";

// Takes the token out of the address, so that an address can be sent to others; null without one.
export function line(path) {
  if (!path) return null;
  const asked = new URLSearchParams(location.search).get("token");
  if (asked) {
    sessionStorage.setItem(KEPT, asked);
    history.replaceState(null, "", location.pathname + location.hash);
  }
  const token = asked ?? sessionStorage.getItem(KEPT);
  if (!token) return null;
  return async request => {
    const answer = await fetch(path, {method: "POST", body: JSON.stringify(request),
      headers: {"Content-Type": "application/json", "X-Overspec-Token": token}}).catch(() => {
      throw new Error("The server of this page does not answer; start overspec probe again. The page goes on without it.");
    });
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error);
    return found;
  };
}
