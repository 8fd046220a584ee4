// A part of the page that loads by itself: waiting, there, empty, or with what went wrong.

import { button, h } from "./dom.js";

/**
 * Return a panel. `load` asks the API, `show` turns what it said into nodes, or null where there is
 * nothing this account has to do with. One panel that fails leaves the others as they are.
 */
export function panel({ id, title, load, show, isWide = false, isQuiet = false }) {
  const heading = h("h2", { id: `${id}-title` }, title);
  const body = h("div", { class: "panel-body" });
  const element = h("section", { class: `panel${isWide ? " wide" : ""}`, id, "aria-labelledby": `${id}-title`, "data-testid": id, hidden: isQuiet }, heading, body);

  async function refresh() {
    element.setAttribute("aria-busy", "true");
    try {
      const shown = await show(await load());
      element.hidden = shown === null;
      if (shown !== null) body.replaceChildren(...[shown].flat(Infinity).filter((node) => node !== null && node !== undefined && node !== false));
    } catch (problem) {
      if (problem.status === 401) return;
      element.hidden = false;
      body.replaceChildren(failed(problem, refresh));
    } finally {
      element.removeAttribute("aria-busy");
    }
  }
  body.append(h("div", { class: "waiting", "aria-hidden": "true" }, h("span"), h("span"), h("span")));
  return { id, title, element, refresh };
}

function failed(problem, again) {
  return h("div", { class: "failed", role: "alert" },
    h("p", {}, problem.message),
    problem.requestId ? h("p", { class: "soft small" }, `If it stays, name this to support: ${problem.requestId}`) : null,
    button("Try again", "plain", again));
}

/** Return what a panel says that has nothing to show yet: what this place is for, and what to do. */
export function empty(text, ...actions) {
  return h("div", { class: "empty" }, h("p", {}, text), actions.length ? h("p", { class: "actions" }, actions) : null);
}

/** Return a sentence about what just failed, beside where it was tried. */
export function problemLine(problem) {
  return h("p", { class: "problem", role: "alert" }, problem.message);
}
