// Elements made of texts: nothing that comes from the API is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

/** Return an element. `on…` are listeners, `true` sets an attribute, null and false leave it out. */
export function h(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Return an element of a drawing. */
export function draw(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Return a button; `kind` is main, plain or quiet. */
export function button(text, kind, onclick, more = {}) {
  return h("button", { type: "button", class: `button ${kind}`, onclick, ...more }, text);
}

/** Return a label of one or two words: `kind` is good, warn, bad or calm. */
export function badge(text, kind) {
  return h("span", { class: `badge ${kind}` }, text);
}

/** Let a button wait for what it has begun, so that it is not begun twice. */
export async function busy(pressed, work) {
  pressed.setAttribute("aria-busy", "true");
  pressed.disabled = true;
  try {
    return await work();
  } finally {
    pressed.removeAttribute("aria-busy");
    pressed.disabled = false;
  }
}

/** Open a dialog over the page; it is gone from the document once it is closed. */
export function openDialog(title, content, testid) {
  const heading = h("h2", { id: `${testid}-title` }, title);
  const close = h("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => dialog.close() },
    draw("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" },
      draw("path", { d: "M3 3l10 10M13 3L3 13", stroke: "currentColor", "stroke-width": 1.75, "stroke-linecap": "round" })));
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": `${testid}-title`, "data-testid": testid, onclose: () => dialog.remove() },
    h("div", { class: "dialog-head" }, heading, close),
    content);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
