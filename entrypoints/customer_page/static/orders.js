// What was ordered, how that stands, and its receipts.

import { badge, busy, button, h } from "./dom.js";
import { empty, panel, problemLine } from "./panel.js";
import { day, exact, money, name } from "./words.js";

const LINES = 10;
const STANDING = { paid: "good", partially_refunded: "calm", refunded: "calm", pending: "warn", failed: "bad", expired: "calm", disputed: "bad" };

export function ordersPanel(page) {
  let offset = 0;
  const self = panel({
    id: "orders",
    title: "Orders and receipts",
    isWide: true,
    load: () => page.api.page(`/orders?limit=${LINES}&offset=${offset}`),
    show: ({ items, meta }) => {
      if (items.length === 0) return empty("You have not ordered anything yet. What you buy stands here with its receipt.");
      const turn = (to) => { offset = to; return self.refresh(); };
      const list = h("ul", { class: "orders", "data-testid": "order-list" }, items.map((order) => row(page, order)));
      if (meta.total <= meta.limit) return list;
      return [list, h("div", { class: "pages" },
        button("Newer", "plain", () => turn(Math.max(0, offset - LINES)), { disabled: offset === 0 }),
        button("Older", "plain", () => turn(offset + LINES), { disabled: offset + LINES >= meta.total }))];
    },
  });
  return self;
}

function row(page, order) {
  const note = h("div");
  const when = order.paid_at ?? order.created_at;
  const links = [];
  if (order.receipt_number !== null) {
    const get = button(`Receipt ${order.receipt_number}`, "plain small", () => busy(get, () => saveReceipt(page.api, order, note)), { "data-testid": "receipt" });
    links.push(get);
  }
  if (order.document_url !== null) links.push(h("a", { class: "button quiet small", href: order.document_url, target: "_blank", rel: "noopener noreferrer" }, `${name(order.channel)}’s invoice`));
  if (order.url !== null) links.push(h("a", { class: "button plain small", href: order.url, target: page.session.isFramed ? "_top" : null }, "Go on paying"));
  return h("li", { class: "order" },
    h("span", { class: "order-what" }, h("strong", {}, order.name), order.interval ? h("span", { class: "soft" }, order.interval === "yearly" ? ", a year" : ", a month") : null,
      h("time", { class: "soft small block", datetime: when, title: exact(when) }, day(when))),
    h("span", { class: "order-money" }, money(order.total, order.currency), order.refunded > 0 ? h("span", { class: "soft small block" }, `${money(order.refunded, order.currency)} went back`) : null),
    badge(name(order.status), STANDING[order.status] ?? "calm"),
    h("span", { class: "order-links" }, links),
    note);
}

/** Save an order's receipt as a file; the token goes in a header, never in an address. */
export async function saveReceipt(api, order, note) {
  try {
    const file = URL.createObjectURL(await api.file(`/orders/${order.id}/receipt`));
    h("a", { href: file, download: `receipt-${order.receipt_number}.pdf` }).click();
    setTimeout(() => URL.revokeObjectURL(file), 60_000);
    note.replaceChildren();
  } catch (refused) {
    note.replaceChildren(problemLine(refused));
  }
}
