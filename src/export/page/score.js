// A score taken apart: what each signal gives to it, and its value.

const AT_FIRST = 8; // signals that give most; the others are folded away

/** Returns the parts of a clip's or a candidate's score, or null where there are none. */
function scoreParts(item) {
  if (item.parts.length === 0) return null;
  const most = Math.max(1e-9, ...item.parts.map(([, , gives]) => gives ?? 0));
  const fold = item.parts.length > AT_FIRST + 2 ? AT_FIRST : item.parts.length;
  const [first, others] = [item.parts.slice(0, fold), item.parts.slice(fold)];
  const sum = others.reduce((sum, [, , gives]) => sum + (gives ?? 0), 0);
  return el(
    "div",
    { class: "parts" },
    partsTable(first, most, "What each signal gives to the score"),
    others.length > 0
      ? el("details", {}, el("summary", {}, `${others.length} more signals give ${sum.toFixed(3)}`), partsTable(others, most, "What the other signals give to the score"))
      : null,
    el("p", { class: "sum" }, "Together ", el("strong", {}, item.score.toFixed(3)), ", the score"),
  );
}

function partsTable(parts, most, caption) {
  const head = (text, about) => el("th", { scope: "col", title: about }, text);
  return el(
    "table",
    { class: "signals" },
    el("caption", { class: "unseen" }, caption),
    el("thead", {}, el("tr", {}, head("signal"), el("td", {}), head("gives", "what it adds to the score"), head("value", "how much of it there is, 0 to 1"))),
    el("tbody", {}, ...parts.map((part) => partRow(part, most))),
  );
}

function partRow([place, value, gives], most) {
  const bar = el("span", { class: "fill" });
  bar.style.setProperty("--share", (gives ?? 0) / most);
  const name = data.signals[place].replace(/[-_]/g, " ");
  const less = value === 0 && gives > 0 ? " (the less the better)" : "";
  return el(
    "tr",
    {},
    el("th", { scope: "row", dir: "auto" }, name, less),
    el("td", { "aria-hidden": "true" }, el("span", { class: "track" }, bar)),
    el("td", { class: "gives" }, gives === null ? "–" : gives.toFixed(3)),
    el("td", { class: "value" }, value.toFixed(2)),
  );
}
