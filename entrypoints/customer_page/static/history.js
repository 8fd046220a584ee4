// What came in and what went out, newest first, and why.

import { busy, button, h } from "./dom.js";
import { empty, panel, problemLine } from "./panel.js";
import { change, credits, day, exact, moment, money, name, number, sourceName } from "./words.js";

const LINES = 10;

export function historyPanel(page) {
  let offset = 0;
  const self = panel({
    id: "history",
    title: "History",
    isWide: true,
    load: () => page.api.page(`/credits/transactions?limit=${LINES}&offset=${offset}`),
    show: ({ items, meta }) => {
      if (items.length === 0) return empty("Nothing has come in or gone out yet. Once credits do, every line says here where they came from and where they went.");
      const turn = (to) => { offset = to; return self.refresh(); };
      return [table(page, items), pages(meta, turn)];
    },
  });
  return self;
}

function table(page, lines) {
  return h("table", { class: "lines", "data-testid": "lines" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "When"), h("th", { scope: "col" }, "What"), h("th", { scope: "col", class: "end" }, "Credits"), h("th", { scope: "col", class: "end" }, "Balance"), h("th", { scope: "col" }, h("span", { class: "unseen" }, "Explanation")))),
    h("tbody", {}, lines.map((line) => row(page, line))));
}

function row(page, line) {
  const id = `why-${line.seq}`;
  const answer = h("tr", { class: "why", id, hidden: true });
  const why = button("Why?", "quiet small", () => (answer.hidden ? busy(why, open) : close()), { "aria-expanded": "false", "aria-controls": id, "aria-label": `Why ${change(line.amount)}: ${line.description || name(line.type)}` });

  function close() {
    answer.hidden = true;
    why.setAttribute("aria-expanded", "false");
  }

  async function open() {
    let said;
    try {
      said = explained(await page.api.get(`/credits/transactions/${line.id}/explain`), line);
    } catch (refused) {
      said = problemLine(refused);
    }
    answer.replaceChildren(h("td", { colspan: 5 }, said));
    answer.hidden = false;
    why.setAttribute("aria-expanded", "true");
  }

  return [
    h("tr", {},
      h("td", { class: "when soft" }, h("time", { datetime: line.created_at, title: exact(line.created_at) }, moment(line.created_at))),
      h("td", { class: "what" }, line.description || name(line.type), line.description ? h("span", { class: "soft small block" }, name(line.type)) : null),
      h("td", { class: `amount end ${line.amount > 0 ? "in" : ""}` }, change(line.amount)),
      h("td", { class: "after end soft" }, number(line.balance_after)),
      h("td", { class: "end ask" }, why)),
    answer,
  ];
}

function explained(told, line) {
  const isIn = line.amount > 0;
  const parts = told.parts.map((part) => h("li", {},
    h("strong", {}, credits(part.amount)), isIn ? " into " : " from ", sourceName(part),
    part.cause ? h("span", { class: "soft" }, ` (${cause(part.cause)})`) : null,
    part.expires_at ? ["; ", new Date(part.expires_at) < new Date() ? "expired on " : "good until ", h("time", { datetime: part.expires_at, title: exact(part.expires_at) }, day(part.expires_at))] : "; no expiry",
    part.cost ? h("span", { class: "soft" }, `; bought for ${money(part.cost.amount, part.cost.currency)}`) : null));
  return h("div", { class: "explained", "data-testid": "explained" },
    told.parts.length ? h("ul", {}, parts) : h("p", {}, "No lot was touched."),
    told.owed > 0 ? h("p", {}, `${credits(told.owed)} could not be paid by any lot, and are owed.`) : null,
    line.usage ? h("p", { class: "soft small" }, usage(line.usage)) : null);
}

const cause = (text) => {
  const [kind, which] = [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1)];
  return kind === "check_in" ? `check-in of ${day(`${which}T12:00:00Z`)}` : kind === "order" ? `order ${which}` : text;
};

function usage(used) {
  const counts = Object.entries(used.quantities ?? used.units ?? {}).map(([kind, count]) => `${number(count)} ${kind.replaceAll("_", " ")}`);
  return [used.model, ...counts].filter(Boolean).join(", ");
}

function pages(meta, turn) {
  const last = Math.min(meta.offset + meta.limit, meta.total);
  return h("div", { class: "pages" },
    h("span", { class: "soft small" }, `${number(meta.offset + 1)}–${number(last)} of ${number(meta.total)}`),
    button("Newer", "plain", () => turn(Math.max(0, meta.offset - meta.limit)), { disabled: meta.offset === 0, "data-testid": "newer" }),
    button("Older", "plain", () => turn(meta.offset + meta.limit), { disabled: last >= meta.total, "data-testid": "older" }));
}
