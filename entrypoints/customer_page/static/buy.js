// Buying: what it costs with a code, through which channel, and off to the payment page.

import { busy, button, h, openDialog } from "./dom.js";
import { problemLine } from "./panel.js";
import { credits, money, name } from "./words.js";

const PENDING = "billing.order";

/** Remember the order whose payment page is open, for when the buyer comes back. */
export const pendingOrder = {
  keep: (id) => attempt(() => sessionStorage.setItem(PENDING, id)),
  take: () => attempt(() => {
    const id = sessionStorage.getItem(PENDING);
    sessionStorage.removeItem(PENDING);
    return id;
  }),
};

function attempt(work) {
  try {
    return work();
  } catch {
    return null;
  }
}

/** Where the payment page leads back to: the framing page's own address, or this page. */
export function backTo(session) {
  const own = location.origin + location.pathname;
  return {
    success: session.returnUrl ?? `${own}?checkout=done`,
    cancel: session.returnUrl ?? `${own}?checkout=left`,
  };
}

/** Leave for a page of the payment provider's; it never lets itself be framed. */
export function leaveFor(session, url, orderId = null) {
  session.tell({ type: "billing:leaving", url, order_id: orderId });
  window.open(url, session.isFramed ? "_top" : "_self");
}

/** Open the dialog for an item: `{kind: "plan"|"pack", item, interval}`. */
export function openBuying({ api, session, config }, wish) {
  const { item, interval } = wish;
  const price = wish.kind === "pack" ? item.price : interval === "yearly" ? item.price_yearly : item.price_monthly;
  const purchase = wish.kind === "pack" ? { type: "credits", pack_id: item.id } : { type: "subscription", plan_id: item.id, interval };
  const terms = { code: null, total: price, discount: 0, bonus: 0, periods: null, trial: 0 };
  // One key for one way of buying it: pressed twice, it is still one order.
  let key = crypto.randomUUID();

  const sums = h("dl", { class: "sums", "data-testid": "sums" });
  const problem = h("div");
  const code = h("input", { id: "code", name: "code", maxlength: 64, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", "data-testid": "coupon" });
  const channels = channelChoice(config.channels);
  const go = button("", "main", () => busy(go, start), { "data-testid": "pay" });

  function showSums() {
    const lines = [[wish.kind === "pack" ? item.name : `${item.name}, ${interval === "yearly" ? "a year" : "a month"}`, money(price, item.currency)]];
    if (terms.discount > 0) lines.push([`Code ${terms.code}${howLong(terms.periods)}`, `−${money(terms.discount, item.currency)}`]);
    if (terms.bonus > 0) lines.push([`Code ${terms.code}`, `+${credits(terms.bonus)}`]);
    if (terms.trial > 0) lines.push([`Code ${terms.code}`, `${terms.trial} days on trial`]);
    sums.replaceChildren(
      ...lines.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value))),
      h("div", { class: "sum" }, h("dt", {}, terms.trial > 0 ? "To pay after the trial, before tax" : "To pay, before tax"), h("dd", {}, money(terms.total, item.currency))));
    if (terms.trial > 0) go.textContent = `Start the trial of ${terms.trial} days`;
    else go.textContent = terms.total === 0 ? "Get it for nothing" : `Continue to payment: ${money(terms.total, item.currency)}`;
  }

  async function tryCode() {
    key = crypto.randomUUID();
    Object.assign(terms, { code: null, total: price, discount: 0, bonus: 0, periods: null, trial: 0 });
    problem.replaceChildren();
    const typed = code.value.trim();
    if (typed !== "") {
      try {
        const seen = await api.post("/coupons/preview", { ...purchase, coupon_code: typed });
        Object.assign(terms, { code: seen.coupon_code, total: seen.total, discount: seen.discount, bonus: seen.bonus_credits, periods: wish.kind === "plan" ? seen.discount_periods : null, trial: seen.trial_days });
      } catch (refused) {
        problem.replaceChildren(problemLine(refused));
      }
    }
    showSums();
    return problem.childElementCount === 0;
  }

  async function start() {
    const typed = code.value.trim();
    if (typed.toUpperCase() !== (terms.code ?? "").toUpperCase() && !(await tryCode())) return;
    problem.replaceChildren();
    const back = backTo(session);
    try {
      const body = { channel: channels.chosen(), ...purchase, success_url: back.success, cancel_url: back.cancel };
      if (terms.code !== null) body.coupon_code = terms.code;
      const begun = await api.post("/payment/create-session", body, key);
      pendingOrder.keep(begun.order_id);
      leaveFor(session, begun.url, begun.order_id);
    } catch (refused) {
      key = crypto.randomUUID();
      problem.replaceChildren(problemLine(refused));
    }
  }

  const apply = button("Apply", "plain", () => busy(apply, tryCode), { "data-testid": "apply" });
  showSums();
  openDialog(wish.kind === "pack" ? `Buy ${item.name}` : `Subscribe to ${item.name}`, h("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); go.click(); } },
    h("p", { class: "soft" }, wish.kind === "pack" ? "Paid once. Bought credits are yours as soon as the payment is in." : `${credits(item.credits_included)} every month. Renews ${interval === "yearly" ? "each year" : "each month"} until you cancel, which you can do here at any time.`),
    h("div", { class: "field" }, h("label", { for: "code" }, "Code, if you have one"), h("div", { class: "beside" }, code, apply)),
    channels.element,
    sums, problem,
    h("p", { class: "actions" }, go)), "buying");
}

/** For how many payments a discount counts, where the service says that it does not count for ever. */
function howLong(periods) {
  if (typeof periods !== "number") return "";
  return periods === 1 ? ", the first payment" : `, the first ${periods} payments`;
}

function channelChoice(channels) {
  if (channels.length < 2) return { element: null, chosen: () => channels[0] };
  const inputs = channels.map((channel, place) => h("input", { type: "radio", name: "channel", value: channel, id: `channel-${channel}`, checked: place === 0 }));
  const element = h("fieldset", { class: "choice" }, h("legend", {}, "Pay through"),
    inputs.map((input) => h("label", { for: input.id }, input, name(input.value))));
  return { element, chosen: () => inputs.find((input) => input.checked).value };
}
