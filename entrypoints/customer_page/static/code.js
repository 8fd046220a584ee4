// A code that gives credits by itself.

import { busy, button, h } from "./dom.js";
import { panel, problemLine } from "./panel.js";
import { credits, day } from "./words.js";

export function codePanel(page) {
  return panel({ id: "code-panel", title: "Have a code?", load: async () => null, show: () => form(page) });
}

function form(page) {
  const note = h("div");
  const field = h("input", { id: "gift-code", name: "gift-code", maxlength: 64, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", "data-testid": "gift-code" });
  // One key for one code: pressed twice, it is redeemed once.
  let key = crypto.randomUUID();

  async function redeem() {
    note.replaceChildren();
    const code = field.value.trim();
    if (code === "") {
      field.focus();
      return;
    }
    try {
      const used = await page.api.post("/coupons/redeem", { code }, key);
      const end = used.expires_at ? ` They are good until ${day(used.expires_at)}.` : "";
      page.say(`${credits(used.credits)} are yours.${end}`);
      await page.refresh("code-panel", "balance", "history");
    } catch (refused) {
      note.replaceChildren(problemLine(refused), ...whatNow(refused).map((text) => h("p", { class: "soft small" }, text)));
    }
    key = crypto.randomUUID();
  }

  const go = button("Redeem", "plain", () => busy(go, redeem), { "data-testid": "redeem" });
  return h("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); go.click(); } },
    h("div", { class: "field" }, h("label", { for: "gift-code" }, "A code for credits"), h("div", { class: "beside" }, field, go)), note);
}

/** What to do about a refusal, as far as the service says why: it tells nobody which codes there are. */
function whatNow(refused) {
  if (refused.code !== "coupon_refused") return [];
  switch (refused.details.reason) {
    case "already_used": return ["Its credits are among yours: look at the history below."];
    case "held_by_purchase": return [];
    default: return ["A code that lowers a price is entered where you buy. If it should give credits, ask whoever gave it to you."];
  }
}
