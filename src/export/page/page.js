// What both pages share: the content, elements made without markup, numbers and times as people read them.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);

/** Returns an element. Text becomes text nodes; an attribute that is null or false is left out. */
function el(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Returns a link to a file below the page: no text in it is taken for a scheme, a host or a query. */
const href = (...path) => path.join("/").split("/").map(encodeURIComponent).join("/");

const HOUR = 3600;

/** Returns seconds as 0:07, 12:34 or 1:02:03, with tenths on request; `long` keeps the hours at 0. */
function clock(seconds, { tenths = false, long = false } = {}) {
  const unit = tenths ? 10 : 1;
  const total = Math.floor(Math.abs(seconds) * unit + 1e-6);
  const whole = Math.floor(total / unit);
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / HOUR);
  const minutes = Math.floor(whole / 60) % 60;
  const front = hours > 0 || long ? `${hours}:${two(minutes)}` : String(minutes);
  return `${seconds < 0 && total > 0 ? "−" : ""}${front}:${two(whole % 60)}${tenths ? `.${total % 10}` : ""}`;
}

/** Returns a number with its noun: 1 clip, 1,200 clips. */
const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

/** Returns a number with at most `digits` decimals, and a real minus. */
const decimal = (number, digits = 2) =>
  number.toLocaleString("en", { maximumFractionDigits: digits }).replace("-", "−");

/** Fills a list of big numbers, each with what it counts. */
function fillCounts(rows) {
  byId("counts").append(...rows.map(([number, noun]) => el("li", {}, el("strong", {}, number), ` ${noun}`)));
}
