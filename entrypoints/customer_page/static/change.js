// Another plan: what it costs and brings, when, and then the change as it was quoted.

import { busy, button, h, openDialog } from "./dom.js";
import { problemLine } from "./panel.js";
import { at } from "./plan.js";
import { credits, day, distance, money, number, rest } from "./words.js";

// The order of a change that is paid comes with what the provider tells, about a second after it.
const LOOK_AT_MS = [1000, 3000, 8000];
const TOUCHED = ["plan", "plans", "balance", "history", "orders"];

const every = (terms) => `${money(terms.price, terms.currency)} ${terms.interval === "yearly" ? "a year" : "a month"}`;

/** Open the dialog for a change to a plan, or to another interval of the own one; nothing changes until it is confirmed there. */
export async function openChange(page, plan, interval, isOwn) {
  const body = h("div", { class: "stack" }, h("p", { class: "soft" }, "Reckoning what the change costs…"));
  const dialog = openDialog(isOwn ? `Pay ${interval} for ${plan.name}` : `Switch to ${plan.name}`, body, "changing");
  try {
    const quote = await page.api.post("/subscription/preview", { plan_id: plan.id, interval });
    body.replaceChildren(...offer(page, quote, dialog));
  } catch (refused) {
    body.replaceChildren(problemLine(refused), h("p", { class: "actions" }, button("Close", "plain", () => dialog.close())));
  }
}

function offer(page, quote, dialog) {
  const isNow = quote.when === "now";
  const note = h("div");
  const due = quote.amount_due_now;
  const verb = isSamePlan(quote) ? "Change" : "Switch";
  const confirm = button(isNow && due > 0 ? `${verb} and pay ${money(due, quote.currency)}` : verb, "main",
    () => busy(confirm, () => change(page, quote, dialog, note)), { "data-testid": "confirm-change" });
  const rows = [
    ["Now", `${quote.current.plan.name}, ${every(quote.current)}`, "said"],
    ["Then", `${quote.new.plan.name}, ${every(quote.new)}`, "said"],
    ["Credits a month", monthly(quote), "said"],
    ...moneyRows(quote),
    ...creditRows(quote),
    ...nextPayment(quote),
  ];
  return [
    h("p", {}, ...whatHappens(quote)),
    h("dl", { class: "sums", "data-testid": "quote" }, rows.map(([label, value, kind]) => h("div", { class: kind ?? null }, h("dt", {}, label), h("dd", {}, value)))),
    quote.exact || !isNow ? null : h("p", { class: "note warn" }, "The payment provider reckons the amount itself when the change is made; it may differ from this a little."),
    note,
    h("p", { class: "actions" }, confirm, button("Stay as it is", "plain", () => dialog.close())),
  ].filter(Boolean);
}

function whatHappens(quote) {
  if (quote.when !== "now") return ["Nothing changes until ", at(quote.effective_at), ` (${distance(quote.effective_at)}), when the period you have paid for ends. You can take it back until then.`];
  if (quote.begins_period) return [`A new ${lengthOf(quote.new)} begins at once. What you have paid for and not used is taken off its price.`];
  return ["The change counts at once, for what is left of the period that you have paid for."];
}

const lengthOf = (terms) => (terms.interval === "yearly" ? "year" : "month");

function monthly({ current, new: then }) {
  const [before, after] = [number(current.credits_per_month), number(then.credits_per_month)];
  return before === after ? `${after}, as now` : `${before} → ${after}`;
}

/** When the plan is paid for next, and what that costs; nothing where it is free. */
function nextPayment(quote) {
  if (quote.next_payment_at === null) return [];
  return [["Next payment", [`${money(quote.new.price, quote.currency)} on `, at(quote.next_payment_at)], "said"]];
}

/** How what is to be paid comes about, and the sum of it. */
function moneyRows(quote) {
  const due = quote.amount_due_now;
  const made = quote.calculation;
  const rows = [];
  if (made !== null && (made.new > 0 || made.unused > 0)) {
    const left = rest(made.at, made.period_start, made.period_end);
    const what = quote.begins_period ? `a whole ${lengthOf(quote.new)}` : left;
    rows.push([side(quote.new.plan.name, what), money(made.new, quote.currency), "part"]);
    rows.push([side(`${quote.current.plan.name}, paid and not used`, left), `−${money(made.unused, quote.currency)}`, "part"]);
    if (made.other !== 0) rows.push(["Tax, and what the payment provider reckons otherwise", signed(made.other, (amount) => money(amount, quote.currency)), "part"]);
  }
  const balance = quote.amount_from_balance;
  if (balance > 0) rows.push(["Paid from your balance", `−${money(balance, quote.currency)}`, "part"]);
  if (balance < 0) rows.push(["Owed from before", money(-balance, quote.currency), "part"]);
  if (due > 0) rows.push(["To pay now", money(due, quote.currency), "sum"]);
  if (due < 0) rows.push(["Credited to you", money(-due, quote.currency), "sum"]);
  return rows;
}

/** How the credits that come or go at once come about, and the sum of them. */
function creditRows(quote) {
  const made = quote.calculation;
  const rows = [];
  if (made !== null && made.month_end !== null && (made.credits_new > 0 || made.credits_unused > 0)) {
    const left = rest(made.at, made.month_start, made.month_end);
    rows.push([side(`Credits of ${quote.new.plan.name}`, quote.begins_period ? "its first month" : left), number(made.credits_new), "part"]);
    rows.push([side(`Credits of ${quote.current.plan.name}`, left), `−${number(made.credits_unused)}`, "part"]);
  }
  if (quote.credits_now > 0) rows.push(["You get at once", credits(quote.credits_now), "sum"]);
  if (quote.credits_now < 0) rows.push(["Taken at once", credits(-quote.credits_now), "sum"]);
  return rows;
}

/** One side of a sum: what it is for, and for how long. */
const side = (text, howLong) => [text, h("span", { class: "soft small block" }, howLong)];

const signed = (amount, shown) => (amount < 0 ? `−${shown(-amount)}` : shown(amount));

async function change(page, quote, dialog, note) {
  try {
    // Only for what is shown afterwards: the change is asked for whether or not this can be read.
    const before = await newestOrder(page).catch(() => null);
    const made = await page.api.post("/subscription/change", { quote: quote.quote }, quote.change_id);
    const isDone = made.change.status === "applied";
    dialog.close();
    page.say(isDone ? done(quote) : underWay(quote));
    await page.refresh(...TOUCHED);
    if (quote.when === "now" && before) showItsOrder(page, before.id, isDone ? null : done(quote));
  } catch (refused) {
    note.replaceChildren(problemLine(refused));
  }
}

const isSamePlan = ({ current, new: then }) => current.plan.id === then.plan.id;

const done = (quote) => (isSamePlan(quote) ? `You pay ${quote.new.interval} for ${quote.new.plan.name} now.` : `You are on ${quote.new.plan.name} now.`);

function underWay(quote) {
  const what = isSamePlan(quote) ? `paying ${quote.new.interval}` : quote.new.plan.name;
  return quote.when === "now" ? `The change to ${what} is under way.` : `The change to ${what} counts from ${day(quote.effective_at)} on.`;
}

/** The newest order, or one without an id where there is none yet. Throws where it cannot be read. */
async function newestOrder(page) {
  const { items } = await page.api.page("/orders?limit=1");
  return { id: items.length ? items[0].id : null };
}

/** Look a few times whether there is a newer order than the one before, show what it brought, and say so if that is news. */
async function showItsOrder(page, before, news) {
  let waited = 0;
  for (const at of LOOK_AT_MS) {
    await new Promise((resolve) => setTimeout(resolve, at - waited));
    waited = at;
    // A look that fails is one look less: the change itself is made and shown.
    const newest = await newestOrder(page).catch(() => null);
    if (newest && newest.id !== before) {
      if (news !== null) page.say(news);
      await page.refresh(...TOUCHED);
      return;
    }
  }
}
