// The daily check-in: the month as a calendar, the streak, and today's button.

import { busy, button, draw, h } from "./dom.js";
import { panel, problemLine } from "./panel.js";
import { calendarDay, credits, distance, number } from "./words.js";

const STATES = {
  checked_in: "checked in", caught_up: "caught up", frozen: "kept by a freeze", missed: "missed", open: "today, still open",
  ahead: "still to come", before: "before you began", left_out: "left out",
};

export function checkInPanel(page) {
  let month = null;
  const self = panel({
    id: "check-in",
    title: "Daily check-in",
    isQuiet: true,
    load: async () => {
      const [status, calendar] = await Promise.all([
        page.api.get("/checkin/status"), page.api.get(`/checkin/calendar${month === null ? "" : `?month=${month}`}`),
      ]);
      return { status, calendar };
    },
    show: ({ status, calendar }) => {
      if (!status.enabled) return null;
      const turn = (to) => { month = to; return self.refresh(); };
      return [streak(status), today(page, status), head(calendar, turn), grid(calendar)];
    },
  });
  return self;
}

function streak(status) {
  const facts = [];
  if (status.best_streak > status.streak) facts.push(`your best is ${number(status.best_streak)}`);
  if (status.freezes > 0) facts.push(`${number(status.freezes)} freezes left`);
  if (status.next_milestone) facts.push(`day ${number(status.next_milestone.day)} brings ${number(status.next_milestone.credits)} more`);
  return h("p", { class: "streak" },
    draw("svg", { viewBox: "0 0 20 24", width: 20, height: 24, class: `flame${status.streak > 0 ? " lit" : ""}`, "aria-hidden": "true" },
      draw("path", { d: "M10 1c1 4 6 6.5 6 13a6 6 0 0 1-12 1c-.4-3 1.2-5 2-6 .2 2 1 3 2 3.5C7.5 8 8 4 10 1z" })),
    h("span", {}, h("strong", { "data-testid": "streak" }, `${number(status.streak)} ${status.streak === 1 ? "day" : "days"}`), " in a row",
      facts.length ? h("span", { class: "soft small block" }, facts.join(", ")) : null));
}

function whyNotNow(status) {
  if (status.checked_in_today) return `Done for today. The next one is open ${distance(status.next_at)} and brings ${credits(status.next_award)}.`;
  const opens = `Open ${distance(status.next_at)}.`;
  return status.waits_for_zone ? `The last check-in was less than 20 hours ago, and the day’s time zone has changed since. ${opens}` : opens;
}

function today(page, status) {
  if (!status.can_check_in) {
    return h("p", { class: "note good", "data-testid": "checked-in" }, whyNotNow(status));
  }
  const note = h("div");
  const press = button(`Check in: +${credits(status.next_award)}`, "main", () => busy(press, async () => {
    try {
      const made = await page.api.post("/checkin", {}, crypto.randomUUID());
      page.say(made.budget_spent ? "Checked in. Today’s budget is used up, so the day counts for your streak alone." : `Checked in: ${credits(made.award)} are yours.`);
      await page.refresh("check-in", "balance", "history");
    } catch (refused) {
      note.replaceChildren(problemLine(refused));
    }
  }), { "data-testid": "check-in-now" });
  return h("div", { class: "stack" }, press, note);
}

function head(calendar, turn) {
  const [year, month] = calendar.month.split("-").map(Number);
  const other = (by) => new Date(Date.UTC(year, month - 1 + by, 1)).toISOString().slice(0, 7);
  const isLast = calendar.month >= calendar.today.slice(0, 7);
  return h("div", { class: "month" },
    button("‹", "quiet", () => turn(other(-1)), { "aria-label": "The month before" }),
    h("strong", { "aria-live": "polite" }, calendarDay(`${calendar.month}-01`, { month: "long", year: "numeric" })),
    button("›", "quiet", () => turn(other(1)), { "aria-label": "The month after", disabled: isLast }));
}

function grid(calendar) {
  const first = (new Date(`${calendar.days[0].day}T00:00:00Z`).getUTCDay() + 6) % 7;
  const weekdays = ["2026-06-01", "2026-06-02", "2026-06-03", "2026-06-04", "2026-06-05", "2026-06-06", "2026-06-07"];
  const cells = calendar.days.map((each) => cell(each, calendar.today));
  const rows = [];
  for (let at = -first; at < cells.length; at += 7) {
    rows.push(h("tr", {}, Array.from({ length: 7 }, (_, place) => cells[at + place] ?? h("td", { class: "none" }))));
  }
  return h("table", { class: "calendar", "data-testid": "calendar" },
    h("caption", { class: "unseen" }, `Check-ins; days begin at midnight in ${calendar.zone}`),
    h("thead", {}, h("tr", {}, weekdays.map((each) => h("th", { scope: "col" }, h("abbr", { title: calendarDay(each, { weekday: "long" }) }, calendarDay(each, { weekday: "narrow" })))))),
    h("tbody", {}, rows));
}

function cell(each, today) {
  const number = Number(each.day.slice(8));
  const said = `${calendarDay(each.day, { day: "numeric", month: "long" })}: ${STATES[each.state]}${each.reward > 0 ? `, ${credits(each.reward)}` : ""}`;
  const reward = each.reward > 0 && each.state !== "ahead" ? h("span", { class: "reward" }, `+${each.reward}`) : null;
  return h("td", { class: `day ${each.state}${each.day === today ? " today" : ""}`, title: said, "aria-current": each.day === today ? "date" : null },
    h("span", { "aria-hidden": "true" }, number, reward), h("span", { class: "unseen" }, said));
}
