// Another plan: what it costs and brings, when, and then the change as it was quoted.

import { busy, button, h, openDialog } from "./dom.js";
import { problemLine } from "./panel.js";
import { credits, day, distance, exact, money } from "./words.js";

const every = (terms) => `${money(terms.price, terms.currency)} ${terms.interval === "yearly" ? "a year" : "a month"}`;

/** Open the dialog for a change to a plan; nothing changes until it is confirmed there. */
export async function openChange(page, plan, interval) {
  const body = h("div", { class: "stack" }, h("p", { class: "soft" }, "Reckoning what the change costs…"));
  const dialog = openDialog(`Switch to ${plan.name}`, body, "changing");
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
  const confirm = button(isNow && due > 0 ? `Switch and pay ${money(due, quote.currency)}` : "Switch", "main",
    () => busy(confirm, () => change(page, quote, dialog, note)), { "data-testid": "confirm-change" });
  const rows = [
    ["Now", `${quote.current.plan.name}, ${every(quote.current)}`],
    ["Then", `${quote.new.plan.name}, ${every(quote.new)}`],
    ["Credits a month", `${credits(quote.current.credits_per_month)} → ${credits(quote.new.credits_per_month)}`],
  ];
  if (quote.amount_from_balance > 0) rows.push(["Paid from your balance", money(quote.amount_from_balance, quote.currency)]);
  if (due > 0) rows.push(["To pay now", money(due, quote.currency)]);
  if (due < 0) rows.push(["Credited to you", money(-due, quote.currency)]);
  if (quote.credits_now > 0) rows.push(["You get at once", credits(quote.credits_now)]);
  if (quote.credits_now < 0) rows.push(["Taken at once", credits(-quote.credits_now)]);
  return [
    h("p", {}, isNow ? "The change counts at once. You pay, or get back, for the days that are left." : ["Nothing changes until ", h("time", { datetime: quote.effective_at, title: exact(quote.effective_at) }, day(quote.effective_at)), ` (${distance(quote.effective_at)}), when the period you have paid for ends. You can take it back until then.`]),
    h("dl", { class: "sums", "data-testid": "quote" }, rows.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value)))),
    quote.exact || !isNow ? null : h("p", { class: "note warn" }, "The payment provider reckons the amount itself when the change is made; it may differ from this a little."),
    note,
    h("p", { class: "actions" }, confirm, button("Stay as it is", "plain", () => dialog.close())),
  ].filter(Boolean);
}

async function change(page, quote, dialog, note) {
  try {
    const made = await page.api.post("/subscription/change", { quote: quote.quote }, quote.change_id);
    dialog.close();
    page.say(made.change.status === "applied" ? `You are on ${quote.new.plan.name} now.` : quote.when === "now" ? `The change to ${quote.new.plan.name} is under way.` : `${quote.new.plan.name} begins on ${day(quote.effective_at)}.`);
    await page.refresh("plan", "plans", "balance", "history", "orders");
  } catch (refused) {
    note.replaceChildren(problemLine(refused));
  }
}
