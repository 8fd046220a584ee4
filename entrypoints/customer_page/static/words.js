// Numbers, money and instants as the reader's language and zone write them.

const locale = navigator.languages?.length ? navigator.languages : "en";
const numbers = new Intl.NumberFormat(locale);
const signed = new Intl.NumberFormat(locale, { signDisplay: "exceptZero" });
const days = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const moments = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const ahead = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** 10,822 */
export const number = (amount) => numbers.format(amount).replace("-", "−");

/** +500 or −3 */
export const change = (amount) => signed.format(amount).replace("-", "−");

/** 1 credit, 10,822 credits */
export const credits = (amount) => `${number(amount)} ${amount === 1 || amount === -1 ? "credit" : "credits"}`;

/** An amount of minor units in its currency; whole amounts go without their zeros where `isShort`. */
export function money(minor, currency, isShort = false) {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits;
  const major = minor / 10 ** digits;
  if (!isShort || !Number.isInteger(major)) return format.format(major);
  return new Intl.NumberFormat(locale, { style: "currency", currency, minimumFractionDigits: 0, maximumFractionDigits: 0 }).format(major);
}

/** 24 Nov 2026, in the reader's zone */
export const day = (iso) => days.format(new Date(iso));

/** 24 Nov 2026, 16:33, in the reader's zone */
export const moment = (iso) => moments.format(new Date(iso));

/** in 2 days, tomorrow, 3 weeks ago */
export function distance(iso) {
  const left = (new Date(iso) - Date.now()) / DAY_MS;
  const size = Math.abs(left);
  if (size < 1) return ahead.format(Math.round(left * 24), "hour");
  if (size < 14) return ahead.format(Math.round(left), "day");
  if (size < 60) return ahead.format(Math.round(left / 7), "week");
  return ahead.format(Math.round(left / 30.44), "month");
}

/** 4 days 3 hours 20 minutes of 30 days: what is left of a stretch of time, so that its share can be reckoned again */
export function rest(at, start, end) {
  const minutes = Math.round(Math.max(0, new Date(end) - new Date(at)) / MINUTE_MS);
  const parts = [[Math.floor(minutes / 1440), "day"], [Math.floor(minutes / 60) % 24, "hour"], [minutes % 60, "minute"]];
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => many(count, what)).join(" ");
  return `${said || "less than a minute"} of ${many(Math.round((new Date(end) - new Date(start)) / DAY_MS), "day")}`;
}

const many = (count, what) => `${number(count)} ${what}${count === 1 ? "" : "s"}`;

/** A calendar day that belongs to no zone: `2026-11-22` stays the 22nd wherever it is read. */
export function calendarDay(date, options) {
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));
}

/** The exact instant, for whoever points at one. */
export const exact = (iso) => `${new Date(iso).toISOString().replace("T", " ").replace(/\.\d+Z$|Z$/, "")} UTC`;

/** ai_usage as “AI usage”, partially_refunded as “Partially refunded” */
export function name(slug) {
  const known = { ai_usage: "AI usage", check_in: "Check-in", usage_refund: "Usage refunded", clawback: "Taken back", expiration: "Expired", rollover: "Carried over", manual: "By support" };
  const text = known[slug] ?? slug.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a lot of credits is called after where it came from. */
export function sourceName(lot) {
  const known = { subscription: "Plan credits", purchase: "Bought credits", check_in: "Check-in credits", coupon: "Credits from a code", manual: "Given by support", usage_refund: "Usage refunded" };
  return lot.parent ? "Carried over" : known[lot.source] ?? name(lot.source);
}
