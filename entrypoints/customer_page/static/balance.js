// What there is: the balance, and its lots in the order in which they are spent.

import { badge, h } from "./dom.js";
import { empty, panel } from "./panel.js";
import { credits, day, distance, exact, number, sourceName } from "./words.js";

const FREE = new Set(["promotional", "earned"]);
const ROWS_MAX = 6;
const PAGES_MAX = 3;

export function balancePanel({ api }) {
  return panel({
    id: "balance",
    title: "Credits",
    load: async () => {
      const [balance, lots] = await Promise.all([api.get("/credits/balance"), activeLots(api)]);
      return { balance, ...lots };
    },
    show: ({ balance, lots, isWhole }) => [figure(balance, lots), stopped(balance), picture(lots, isWhole, balance.frozen), owed(balance)],
  });
}

async function activeLots(api) {
  const lots = [];
  let next = "";
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { items, meta } = await api.page(`/credits/grants?state=active&limit=100${next}`);
    lots.push(...items);
    if (meta.next === null) return { lots, isWhole: true };
    next = `&after=${encodeURIComponent(meta.next)}`;
  }
  return { lots, isWhole: false };
}

function figure(balance, lots) {
  const disputed = free(lots.filter((lot) => lot.frozen));
  const limited = lots.filter((lot) => lot.scope.length > 0 && !lot.frozen);
  // Credits that are owed are taken off what is for anything first, then off these.
  const more = Math.min(free(limited), balance.balance - balance.held - balance.available - disputed);
  const others = [];
  if (more > 0) others.push(balance.available === 0 ? `you have ${credits(more)} that ${are(more)} only for ${purpose(limited)}` : `${number(more)} more ${are(more)} only for ${purpose(limited)}`);
  if (disputed > 0) others.push(`${credits(disputed)} ${are(disputed)} on hold while a payment is disputed`);
  if (balance.held > 0) others.push(`${credits(balance.held)} ${are(balance.held)} set aside for work under way`);
  return h("div", { class: "figure" },
    h("p", { class: "big", "data-testid": "available" }, number(balance.available), h("span", { class: "unit" }, balance.available === 1 ? " credit" : " credits")),
    h("p", { class: "soft" }, [standing(balance, more), ...others].join("; ")));
}

/** What may be done with the credits of the figure, which are for any usage. */
function standing(balance, more) {
  if (balance.available === 0) return more > 0 ? "none for general use" : "nothing to spend at the moment";
  return balance.frozen ? "not to be spent for now" : "ready to spend";
}

const are = (amount) => (amount === 1 ? "is" : "are");

function stopped(balance) {
  if (!balance.frozen) return null;
  return h("p", { class: "note warn", "data-testid": "stopped" }, "Spending is stopped for now: your credits stay, and none can be used until that is lifted. Ask support why, and what to do.");
}

/** What is left of lots and set aside for no work under way. */
const free = (lots) => lots.reduce((sum, lot) => sum + lot.remaining - lot.held, 0);

/** What lots with a scope are for, where that is one thing: “images”. */
function purpose(lots) {
  const entries = new Set(lots.filter((lot) => free([lot]) > 0).flatMap((lot) => lot.scope));
  return entries.size === 1 ? useName([...entries][0]) : "some uses";
}

/** feature:images as “images” */
const useName = (entry) => entry.slice(entry.indexOf(":") + 1);

function owed(balance) {
  if (!balance.overdraft || balance.overdraft.used === 0) return null;
  return h("p", { class: "note warn" }, `${credits(balance.overdraft.used)} are owed: what comes in next fills that first.`);
}

/** Lots as they are spent: lowest priority, soonest expiry, free before paid, oldest. */
function inTurn(lots) {
  const key = (lot) => [lot.priority, lot.expires_at ?? "9999", FREE.has(lot.category) ? 0 : 1, lot.created_at, lot.id];
  return [...lots].filter((lot) => lot.remaining > 0).sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    const at = a.findIndex((value, place) => value !== b[place]);
    return at < 0 ? 0 : a[at] < b[at] ? -1 : 1;
  });
}

/** Neighbours that come from the same kind of place, as one: fourteen check-ins are one row. */
function grouped(lots) {
  const groups = [];
  for (const lot of lots) {
    const last = groups.at(-1);
    const isLike = last && last.name === sourceName(lot) && last.category === lot.category && last.scope === lot.scope.join() && last.frozen === lot.frozen;
    if (isLike) {
      last.remaining += lot.remaining;
      last.free += free([lot]);
      last.count += 1;
      last.until = lot.expires_at;
    } else {
      groups.push({ name: sourceName(lot), category: lot.category, scope: lot.scope.join(), scopes: lot.scope, frozen: lot.frozen, remaining: lot.remaining, free: free([lot]), count: 1, first: lot.expires_at, until: lot.expires_at });
    }
  }
  return groups;
}

function picture(lots, isWhole, isStopped) {
  const groups = grouped(inTurn(lots));
  if (groups.length === 0) return empty("No credits yet. A plan brings some every month, a pack brings some once.", h("a", { class: "button plain", href: "#packs" }, "See the packs"));
  const next = isStopped ? undefined : groups.find(paysForAnything);
  const shown = groups.slice(0, ROWS_MAX);
  const hidden = groups.slice(ROWS_MAX);
  if (hidden.length > 0) {
    const remaining = hidden.reduce((sum, group) => sum + group.remaining, 0);
    shown.push({ name: "More lots", category: "more", scopes: [], remaining, count: hidden.length, first: null, until: null, isRest: true });
  }
  // A sliver that is too thin to see would look like a lot that is not there.
  const bar = h("div", { class: "lots-bar", "aria-hidden": "true" }, shown.map((group) => {
    const piece = h("span", { class: `lot ${group.category}` });
    piece.style.flexGrow = String(group.remaining);
    return piece;
  }));
  return [
    bar,
    h("ol", { class: "lots", "aria-label": "Your credits in the order they are spent", "data-testid": "lots" },
      shown.map((group) => row(group, group === next || (group.isRest && hidden.includes(next))))),
    isWhole ? null : h("p", { class: "soft small" }, "There are more lots than are shown here; the balance counts all of them."),
  ];
}

/** Say whether usage of any kind may be paid from it: what is for some usage only is passed over by all other. */
const paysForAnything = (group) => group.free > 0 && !group.frozen && group.scopes.length === 0;

function row(group, isNext) {
  return h("li", { class: "lot-row" },
    h("span", { class: `swatch ${group.category}`, "aria-hidden": "true" }),
    h("span", { class: "lot-name" }, group.name, group.count > 1 && !group.isRest ? ` × ${number(group.count)}` : "", " ",
      isNext ? badge("spent next", "good") : null, group.frozen ? badge("disputed", "warn") : null,
      group.scopes.length ? h("span", { class: "soft small" }, ` only for ${group.scopes.map((each) => each.split(":")[1]).join(", ")}`) : null),
    h("span", { class: "lot-amount" }, credits(group.remaining)),
    h("span", { class: "lot-end soft small" }, ending(group)));
}

function ending(group) {
  if (group.isRest) return "after those above";
  if (group.first === null) return "no expiry";
  const when = h("time", { datetime: group.first, title: exact(group.first) }, day(group.first));
  if (group.first === group.until) return ["expires ", distance(group.first), ", ", when];
  return ["first expires ", distance(group.first), ", ", when];
}
