// Charts of a run: lines over time, bars in tables, and what each thread was at when.

const SVG = "http://www.w3.org/2000/svg";
const WIDE = 600;
const HIGH = 160;

function shape(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Draws lines over the seconds of a run: `series` are `{ name, of }`, `most` is the value at the top. */
function fillCurve(id, rows, series, most, unit) {
  const svg = byId(id);
  const end = rows.at(-1).seconds || 1;
  const x = (row) => ((WIDE * row.seconds) / end).toFixed(1);
  const y = (value) => (HIGH - (HIGH * Math.min(value, most)) / (most || 1)).toFixed(1);
  svg.setAttribute("viewBox", `0 -8 ${WIDE} ${HIGH + 26}`);
  for (const share of [0, 0.5, 1]) {
    const level = y(most * share);
    svg.append(shape("line", { class: "grid", x1: 0, x2: WIDE, y1: level, y2: level }));
    if (share > 0) svg.append(shape("text", { class: "label", x: 2, y: Number(level) + 12 }, `${decimal(most * share, 1)} ${unit}`));
  }
  series.forEach(({ of }, place) => {
    const points = [`0,${y(of(rows[0]))}`, ...rows.map((row) => `${x(row)},${y(of(row))}`)];
    if (place === 0) svg.append(shape("polygon", { class: "area", points: `0,${HIGH} ${points.join(" ")} ${WIDE},${HIGH}` }));
    svg.append(shape("polyline", { class: `curve curve-${place}`, points: points.join(" ") }));
  });
  svg.append(shape("text", { class: "label", x: 0, y: HIGH + 14 }, "0:00"), shape("text", { class: "label", x: WIDE, y: HIGH + 14, "text-anchor": "end" }, clock(end)));
}

/** Returns a bar of parts next to each other: `{ kind, share }` with shares of the whole. */
function bar(parts) {
  const made = parts.filter(({ share }) => share > 0).map(({ kind, share }) => {
    const part = el("span", { class: `part ${kind}` });
    part.style.setProperty("width", `${(100 * share).toFixed(2)}%`);
    return part;
  });
  return el("span", { class: "stack", "aria-hidden": "true" }, ...made);
}

/** Colours of stages, told apart by their order. */
const hue = (place) => `hsl(${(place * 47 + 250) % 360} 60% ${matchMedia("(prefers-color-scheme: dark)").matches ? 64 : 45}%)`;

const ROW = 18;
const GAP = 3;

/** Draws a row for each thread, a mark for each column of time, as strong as the thread was busy. */
function drawTimeline(canvas, { step_seconds: step, rows }, stages) {
  const lanes = [...new Set(rows.map((row) => row.lane))];
  const columns = Math.max(1, ...rows.map((row) => row.busy.length));
  const width = canvas.parentElement.clientWidth - 2 * 16;
  const scale = devicePixelRatio || 1;
  const names = Math.min(130, width / 3);
  const height = lanes.length * (ROW + GAP);
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.setProperty("width", `${width}px`);
  canvas.style.setProperty("height", `${height}px`);
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  pen.scale(scale, scale);
  pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  pen.textBaseline = "middle";
  const column = (width - names) / columns;
  lanes.forEach((lane, place) => {
    const top = place * (ROW + GAP);
    pen.globalAlpha = 1;
    pen.fillStyle = style.getPropertyValue("--ground");
    pen.fillRect(names, top, width - names, ROW);
    pen.fillStyle = style.getPropertyValue("--ink");
    pen.fillText(lane, 0, top + ROW / 2, names - 6);
    for (const row of rows.filter((row) => row.lane === lane)) {
      pen.fillStyle = hue(stages.indexOf(row.stage));
      row.busy.forEach((busy, number) => {
        if (busy === 0) return;
        pen.globalAlpha = 0.15 + (0.85 * busy) / 100;
        pen.fillRect(names + number * column, top, Math.max(column, 0.7), ROW);
      });
    }
  });
  return columns * step;
}
