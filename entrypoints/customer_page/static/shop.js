// What is on sale: plans by the month or the year, and credits bought once.

import { badge, button, h } from "./dom.js";
import { openBuying } from "./buy.js";
import { openChange } from "./change.js";
import { empty, panel } from "./panel.js";
import { at, confirmCancel, isCancellable, resumeButton } from "./plan.js";
import { credits, money, number } from "./words.js";

const LIVE = new Set(["active", "trialing", "past_due", "paused", "incomplete"]);

export function plansPanel(page) {
  let interval = "monthly";
  return panel({
    id: "plans",
    title: "Plans",
    isWide: true,
    load: async () => {
      const [plans, own] = await Promise.all([page.api.page("/subscription/plans"), page.api.get("/subscription")]);
      return { plans: plans.items, own };
    },
    show: ({ plans, own }) => {
      if (plans.length === 0) return empty("No plan is on sale at the moment.");
      if (own !== null && LIVE.has(own.status)) interval = own.interval;
      if (own !== null) own.isFree = plans.some((plan) => plan.id === own.plan.id && plan.price_monthly === 0);
      const cards = h("div", { class: "cards", "data-testid": "plan-cards" });
      const fill = () => cards.replaceChildren(...plans.map((plan) => planCard(page, plan, own, interval)));
      fill();
      const hasYearly = plans.some((plan) => plan.price_yearly);
      return [hasYearly ? intervalChoice(interval, (chosen) => { interval = chosen; fill(); }) : null, cards].filter(Boolean);
    },
  });
}

function intervalChoice(interval, onChoose) {
  const choice = (value, text) => {
    const input = h("input", { type: "radio", name: "interval", value, checked: value === interval, onchange: () => onChoose(value) });
    return h("label", {}, input, h("span", {}, text));
  };
  return h("fieldset", { class: "switch", "data-testid": "interval" }, h("legend", { class: "unseen" }, "How often you pay"), choice("monthly", "Monthly"), choice("yearly", "Yearly"));
}

function planCard(page, plan, own, interval) {
  const isYearly = interval === "yearly" && plan.price_yearly !== null;
  const price = isYearly ? plan.price_yearly : plan.price_monthly;
  const isOwn = own !== null && LIVE.has(own.status) && own.plan.id === plan.id;
  const saved = isYearly && plan.price_monthly > 0 ? Math.round(100 - (100 * plan.price_yearly) / (12 * plan.price_monthly)) : 0;
  return h("article", { class: `card${isOwn ? " own" : ""}`, "aria-label": plan.name, "data-testid": `plan-${plan.name}` },
    h("h3", {}, plan.name, isOwn ? badge("your plan", "good") : null),
    plan.description ? h("p", { class: "soft small" }, plan.description) : null,
    h("p", { class: "price" }, money(price, plan.currency, true), h("span", { class: "unit" }, price === 0 ? "" : isYearly ? " a year" : " a month"),
      saved > 0 ? badge(`${saved}% less`, "good") : null),
    h("p", { class: "included" }, h("strong", {}, number(plan.credits_included)), " credits a month"),
    plan.features.length ? h("ul", { class: "ticks" }, plan.features.filter((text) => !isSaid(text, plan)).map((text) => h("li", {}, text))) : null,
    h("p", { class: "card-foot" }, planAction(page, plan, own, isYearly ? "yearly" : "monthly", isOwn)));
}

/** A feature that only repeats the credits says nothing new beside them. */
const isSaid = (text, plan) => text.replace(/\D/g, "") === String(plan.credits_included) && /credits/i.test(text);

function planAction(page, plan, own, interval, isOwn) {
  const isSame = isOwn && own.interval === interval;
  if (isSame || (isOwn && plan.price_monthly === 0)) return h("span", { class: "soft small" }, "This is what you have.");
  if (page.config.channels.length === 0) return h("span", { class: "soft small" }, "Cannot be bought here at the moment.");
  const isLive = own !== null && LIVE.has(own.status);
  const next = isLive ? own.scheduled_change : null;
  if (next && next.plan.id === plan.id) return h("span", { class: "soft small", "data-testid": `begins-${plan.name}` }, "Begins on ", at(next.effective_at), ".");
  // What costs nothing takes the place of nothing that is paid for: that is cancelled first.
  if (isLive && !own.isFree && plan.price_monthly === 0) return afterOwn(page, plan, own);
  if (isLive && !own.isFree && whyNoSwitch(own) !== null) return notNow(page, plan, own);
  const buy = () => openBuying(page, { kind: "plan", item: plan, interval });
  // A plan that costs nothing gives way to one that is bought; any other is changed.
  const isSwitch = isLive && !own.isFree;
  const text = isOwn ? `Pay ${interval} instead` : isSwitch ? `Switch to ${plan.name}` : `Choose ${plan.name}`;
  return button(text, isSwitch || plan.price_monthly === 0 ? "plain" : "main", isSwitch ? () => openChange(page, plan, interval, isOwn) : buy, { "data-testid": `choose-${plan.name}` });
}

/** Why the service would refuse another plan as things stand, or null where it would not. */
function whyNoSwitch(own) {
  const name = own.plan.name;
  if (own.status === "incomplete") return ["You can switch once the first payment is in."];
  if (own.status === "past_due") return ["The overdue payment has to be settled first: update your card under Payment details."];
  if (own.status === "paused") return [`${name} is paused. Resume it first, then switch.`];
  if (own.cancel_at_period_end && own.status === "trialing") return [`${name} ends with its trial, on `, at(own.current_period_end), ". Choose another plan then."];
  if (own.cancel_at_period_end) return [`${name} ends on `, at(own.current_period_end), ". Choose another plan then; to switch sooner, keep it first."];
  if (own.status === "trialing") return ["You can switch once your trial has ended, on ", at(own.current_period_end), "."];
  return null;
}

/** What has to be done before there can be another plan, with the button that does it, if one does. */
function notNow(page, plan, own) {
  const note = h("span");
  const isHelped = own.status === "paused" || (own.status === "active" && own.cancel_at_period_end);
  return h("span", { class: "soft small", "data-testid": `later-${plan.name}` }, ...whyNoSwitch(own), " ",
    isHelped ? resumeButton(page, own, note, "plain small", `keep-for-${plan.name}`) : null, note);
}

/** How to come from a plan that is paid for to one that costs nothing: by cancelling the first. */
function afterOwn(page, plan, own) {
  const name = own.plan.name;
  if (own.cancel_at_period_end) return h("span", { class: "soft small" }, `You can take ${plan.name} once ${name} has ended, on `, at(own.current_period_end), ".");
  return h("span", { class: "soft small" }, `Cancel ${name}, and take ${plan.name} when that has ended. `,
    isCancellable(own) ? button(`Cancel ${name}`, "plain small", () => confirmCancel(page, own), { "data-testid": `after-${plan.name}` }) : null);
}

export function packsPanel(page) {
  return panel({
    id: "packs",
    title: "More credits",
    isWide: true,
    load: () => page.api.page("/credits/packs"),
    show: ({ items }) => {
      if (items.length === 0 || page.config.channels.length === 0) return null;
      const each = (pack) => pack.price / pack.credits;
      const dearest = Math.max(...items.map(each));
      return h("ul", { class: "packs", "data-testid": "pack-list" }, items.map((pack) => {
        const saved = Math.round(100 - (100 * each(pack)) / dearest);
        return h("li", { class: "pack" },
          h("span", { class: "pack-name" }, h("strong", {}, credits(pack.credits)), pack.name === credits(pack.credits) ? null : h("span", { class: "soft small" }, ` ${pack.name}`),
            saved > 0 ? badge(`${saved}% less each`, "good") : null),
          h("span", { class: "pack-price" }, money(pack.price, pack.currency, true)),
          button("Buy", "plain", () => openBuying(page, { kind: "pack", item: pack }), { "aria-label": `Buy ${credits(pack.credits)}`, "data-testid": `buy-${pack.credits}` }));
      }));
    },
  });
}
