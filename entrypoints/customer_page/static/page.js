// The page: who is here, what is shown, and what comes back from a payment page.

import { connect } from "./api.js";
import { balancePanel } from "./balance.js";
import { pendingOrder } from "./buy.js";
import { checkInPanel } from "./check-in.js";
import { codePanel } from "./code.js";
import { button, h } from "./dom.js";
import { historyPanel } from "./history.js";
import { ordersPanel, saveReceipt } from "./orders.js";
import { planPanel } from "./plan.js";
import { accountOf, openSession } from "./session.js";
import { packsPanel, plansPanel } from "./shop.js";
import { credits, day, money } from "./words.js";

const ASKS_MAX = 10;
const ASK_AGAIN_MS = 2000;

const said = (name) => document.querySelector(`meta[name="billing-${name}"]`).content;
const list = (name) => said(name).split(" ").filter(Boolean);
const config = { frameOrigins: list("frame-origins"), channels: list("channels"), pausing: list("pausing"), isLive: said("mode") === "live" };

const main = document.querySelector("main");
const notices = document.querySelector(".notices");
const places = document.querySelector(".places");
const account = document.querySelector(".account");

const session = openSession(config.frameOrigins, begin);
const api = connect(session, over);
const page = { api, session, config, say, refresh };
let panels = [];

/** Say what has just happened; it stays until something else is said. */
function say(text, ...more) {
  notices.replaceChildren(h("div", { class: "notice" }, h("p", {}, text), more,
    h("button", { type: "button", class: "close", "aria-label": "Dismiss", onclick: () => notices.replaceChildren() }, "×")));
  notices.scrollIntoView({ block: "nearest" });
}

/** Load some panels anew. */
async function refresh(...names) {
  await Promise.all(panels.filter((panel) => names.includes(panel.id)).map((panel) => panel.refresh()));
}

function begin() {
  account.textContent = accountOf(session.token);
  panels = [balancePanel(page), planPanel(page), codePanel(page), checkInPanel(page), plansPanel(page), packsPanel(page), historyPanel(page), ordersPanel(page)];
  const left = h("div", { class: "side" }, panels[0].element, panels[1].element, panels[2].element);
  main.replaceChildren(
    config.isLive ? "" : h("p", { class: "note warn test" }, "Test mode: nothing here costs money."),
    h("div", { class: "grid" }, left, ...panels.slice(3).map((panel) => panel.element)));
  places.hidden = false;
  places.replaceChildren(...panels.filter(({ id }) => ["balance", "plans", "history", "orders"].includes(id)).map(({ id, title }) => h("a", { href: `#${id}` }, title.split(" ")[0])));
  for (const panel of panels) panel.refresh();
  comeBack();
}

/** The token does not count any more: say so, and what to do. */
function over() {
  if (panels.length === 0) return;
  session.end();
  alone("Your session has ended", session.isFramed ? "Reload the page around this one, or sign in there again; it hands you over." : "Go back to the product and open billing from there again. Nothing was lost.");
}

function alone(title, text) {
  panels = [];
  account.textContent = "";
  places.hidden = true;
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  notices.replaceChildren();
  main.replaceChildren(h("section", { class: "lone", "data-testid": "no-session" }, h("h2", {}, title), h("p", {}, text)));
  document.title = title;
}

/** Come back from a payment page: ask what became of the order, until that is known. */
async function comeBack() {
  const query = new URLSearchParams(location.search);
  const outcome = query.get("checkout");
  if (outcome !== null) {
    query.delete("checkout");
    history.replaceState(null, "", location.pathname + (query.size ? `?${query}` : ""));
  }
  const id = pendingOrder.take() ?? session.takeOrder();
  if (id === null) return;
  if (outcome === "left") {
    say("You left the payment page. Nothing was charged.");
    return;
  }
  if (outcome === "done") say("Looking whether the payment is in…");
  for (let asked = 0; asked < ASKS_MAX; asked += 1) {
    let order;
    try {
      order = await api.post("/payment/confirm", { order_id: id });
    } catch (refused) {
      if (refused.status !== 503) return;
    }
    if (order && order.status !== "pending") {
      settled(order);
      return;
    }
    if (outcome !== "done" && !session.isFramed) return;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
  say("The payment is still on its way. It shows here as soon as it is in; you need not wait.");
}

/** What is to be paid after the trial that an order has begun, and when; nothing where it began none. */
async function ofTrial(order) {
  if (order.type !== "subscription") return "";
  const plan = await api.get("/subscription").catch(() => null);
  if (plan === null || plan.status !== "trialing" || plan.plan.id !== order.plan_id) return "";
  const amount = plan.next_payment === null ? "" : ` of ${money(plan.next_payment, plan.currency)}`;
  return ` The trial runs until ${day(plan.current_period_end)}; the first payment${amount} is due then.`;
}

async function settled(order) {
  if (order.status === "paid") {
    const got = order.type === "credits" ? `${credits(order.credits + order.bonus_credits)} are yours.` : `${order.name} is yours.`;
    const note = h("div");
    const receipt = order.receipt_number === null ? null : button(`Receipt ${order.receipt_number}`, "plain small", () => saveReceipt(api, order, note));
    say(`Thank you. ${got}${await ofTrial(order)}`, receipt, note);
  } else {
    say("The payment did not go through, and nothing was charged. Try again, or use another card.");
  }
  refresh("balance", "plan", "plans", "history", "orders");
}

/** Tell the framing page how tall this one is, so that it needs no second scroll bar. */
if (session.isFramed) {
  new ResizeObserver(() => session.tell({ type: "billing:height", height: document.documentElement.scrollHeight })).observe(document.body);
  session.tell({ type: "billing:ready" });
}

if (session.token !== null) begin();
else if (session.isFramed && config.frameOrigins.length) alone("One moment", "Waiting for the page around this one to say who you are.");
else alone("Open billing from the product", "This page shows credits, plans and receipts to whoever is signed in. Go to the product and open billing there; it brings you here.");
