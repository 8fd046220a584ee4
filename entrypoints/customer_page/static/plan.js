// The plan the account is on: how it stands, what happens next, and what may be done about it.

import { badge, busy, button, h, openDialog } from "./dom.js";
import { backTo, leaveFor } from "./buy.js";
import { empty, panel, problemLine } from "./panel.js";
import { day, distance, exact, money } from "./words.js";

const STANDING = {
  active: ["Active", "good"], trialing: ["Trial", "good"], past_due: ["Payment failed", "bad"], paused: ["Paused", "warn"],
  incomplete: ["Waiting for payment", "warn"], canceled: ["Ended", "calm"], expired: ["Ended", "calm"],
};

export function planPanel(page) {
  return panel({
    id: "plan",
    title: "Your plan",
    load: () => page.api.get("/subscription"),
    show: (plan) => (plan === null || plan.status === "canceled" || plan.status === "expired" ? none(plan) : standing(page, plan)),
  });
}

function none(plan) {
  const text = plan === null
    ? "You have no plan. One of those below brings credits every month."
    : `Your plan ${plan.plan.name} has ended. Your credits stay until they expire.`;
  return empty(text, h("a", { class: "button main", href: "#plans" }, "See the plans"));
}

function standing(page, plan) {
  const [label, kind] = plan.cancel_at_period_end && plan.status === "active" ? ["Ending", "warn"] : STANDING[plan.status];
  const note = h("div");
  return [
    h("p", { class: "plan-name" }, h("strong", {}, plan.plan.name), badge(label, kind)),
    h("p", { class: "soft", "data-testid": "what-next" }, ...whatNext(plan)),
    h("p", { class: "actions" }, actions(page, plan, note)),
    note,
  ];
}

/** A day as it is read, with its exact instant for whoever points at it. */
export const at = (iso) => h("time", { datetime: iso, title: exact(iso) }, day(iso));

function whatNext(plan) {
  const end = plan.current_period_end;
  const every = plan.interval === "yearly" ? "Paid yearly. " : "Paid monthly. ";
  if (plan.status === "paused") return ["Nothing is collected and no credits come until you resume it."];
  const next = plan.scheduled_change;
  if (next) return [`${next.plan.name}, ${money(next.price, next.currency)} ${next.interval === "yearly" ? "a year" : "a month"}, takes its place `, distance(next.effective_at), ", on ", at(next.effective_at), "."];
  if (plan.cancel_at_period_end) return ["It ends ", distance(end), ", on ", at(end), ", and is not renewed. Your credits stay until they expire."];
  if (plan.status === "past_due") return ["The last payment did not go through. Update your card, or you lose the plan; the credits you have stay."];
  if (plan.status === "incomplete") return ["It begins once its first payment is in."];
  const amount = plan.next_payment === null || plan.next_payment === undefined ? "" : ` of ${money(plan.next_payment, plan.currency)}`;
  if (plan.status === "trialing") return ["Your trial runs until ", at(end), ` (${distance(end)}). The first payment${amount} is due then.`];
  if (plan.next_payment === 0 || plan.price === 0) return ["It costs nothing, and goes on by itself on ", at(end), "."];
  return [every, `The next payment${amount} is due `, distance(end), ", on ", at(end), "."];
}

/** Say whether the account may still cancel it. */
export const isCancellable = (plan) => ["active", "trialing", "past_due"].includes(plan.status) && !plan.cancel_at_period_end;

/** A button that takes back what is to end the plan, or ends a pause. */
export function resumeButton(page, plan, note, kind, testid) {
  const resume = button(plan.status === "paused" ? `Resume ${plan.plan.name}` : `Keep ${plan.plan.name}`, kind, () => busy(resume, () => wish(page, plan, "resume", {}, note)), { "data-testid": testid });
  return resume;
}

function actions(page, plan, note) {
  const offered = [];
  if (plan.cancel_at_period_end || plan.status === "paused" || plan.scheduled_change) offered.push(resumeButton(page, plan, note, "main", "resume"));
  const portal = button("Payment details", "plain", () => busy(portal, () => openPortal(page, note)), { "data-testid": "portal" });
  offered.push(portal);
  if (isCancellable(plan)) {
    if (page.config.pausing.includes(plan.channel)) offered.push(button("Pause", "plain", () => confirmPause(page, plan), { "data-testid": "pause" }));
    offered.push(button("Cancel", "quiet", () => confirmCancel(page, plan), { "data-testid": "cancel" }));
  }
  return offered;
}

async function wish(page, plan, asked, body, note) {
  try {
    await page.api.post(`/subscription/${asked}`, { subscription_id: plan.id, ...body }, crypto.randomUUID());
    await page.refresh("plan", "plans", "balance");
    return true;
  } catch (refused) {
    note.replaceChildren(problemLine(refused));
    return false;
  }
}

async function openPortal({ api, session }, note) {
  try {
    const { url } = await api.post("/subscription/portal", { return_url: session.returnUrl ?? location.origin + location.pathname });
    leaveFor(session, url);
  } catch (refused) {
    note.replaceChildren(problemLine(refused));
  }
}

/** Ask whether the plan is to end with the period that is paid for, and say when that is. */
export function confirmCancel(page, plan) {
  const note = h("div");
  const yes = button("Cancel the plan", "bad", () => busy(yes, async () => {
    if (await wish(page, plan, "cancel", { at: "period_end" }, note)) {
      dialog.close();
      page.say(`${plan.plan.name} ends on ${day(plan.current_period_end)}. Until then everything stays as it is.`);
    }
  }), { "data-testid": "confirm-cancel" });
  const dialog = openDialog(`Cancel ${plan.plan.name}?`, h("div", { class: "stack" },
    h("p", {}, "It stays yours until ", at(plan.current_period_end), ", and is not charged again. The credits you have stay until they expire. You can take this back until then."),
    note,
    h("p", { class: "actions" }, yes, button("Keep it", "plain", () => dialog.close()))), "cancelling");
}

function confirmPause(page, plan) {
  const note = h("div");
  const yes = button("Pause the plan", "main", () => busy(yes, async () => {
    if (await wish(page, plan, "pause", {}, note)) {
      dialog.close();
      page.say(`${plan.plan.name} is paused. Resume it here whenever you like.`);
    }
  }), { "data-testid": "confirm-pause" });
  const dialog = openDialog(`Pause ${plan.plan.name}?`, h("div", { class: "stack" },
    h("p", {}, "While it is paused nothing is collected and no month’s credits come. What you have stays."),
    note,
    h("p", { class: "actions" }, yes, button("Not now", "plain", () => dialog.close()))), "pausing");
}
