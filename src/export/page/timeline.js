// The timeline of the whole source: drawn on a canvas, moved over and zoomed by pointer and keys.

const canvas = byId("lanes");
const tip = byId("tip");
const view = { ...source };
let cursor = source.from;
let drawnCursor = NaN;
let drawing = false;
let playAt = () => {};

const GAP = 12; // between lanes
const AXIS = 22;
const NARROW = 640; // below this, names stand above their lanes
const STEPS = [0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800];
const CLOSEST = 2; // seconds that fill the canvas at most

/** Draws once before the next frame, however often it is asked. */
function redraw() {
  if (drawing || canvas.clientWidth === 0) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    draw(pen());
  });
}

/** Returns the canvas's context with what the lanes need to draw. */
function pen() {
  const [width, ratio] = [canvas.clientWidth, window.devicePixelRatio || 1];
  const narrow = width < NARROW;
  const context = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const height = placeLanes(narrow);
  canvas.style.height = `${height}px`;
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const left = narrow ? 0 : 96;
  return Object.assign(context, {
    ratio,
    narrow,
    view,
    left,
    right: width,
    bottom: height,
    normal: "12px system-ui, sans-serif",
    bold: "600 12px system-ui, sans-serif",
    colour: (name) => style.getPropertyValue(`--${name}`).trim(),
    x: (moment) => left + ((moment - view.from) / (view.to - view.from)) * (width - left),
  });
}

/** Sets where each lane stands and returns the height of all. */
function placeLanes(narrow) {
  let top = AXIS + 4;
  for (const lane of LANES) {
    top += narrow ? 16 : 0;
    lane.top = top;
    top += lane.height + (narrow ? 6 : GAP);
  }
  return top + 8;
}

function draw(pen) {
  drawAxis(pen);
  drawNames(pen);
  pen.save();
  pen.beginPath();
  pen.rect(pen.left, 0, pen.right - pen.left, pen.bottom);
  pen.clip();
  drawGrounds(pen);
  for (const lane of LANES) lane.draw(pen, lane);
  drawCursor(pen);
  pen.restore();
  drawWindow(pen);
}

function drawAxis(pen) {
  const room = ((view.to - view.from) / (pen.right - pen.left)) * 84;
  const step = STEPS.find((step) => step >= room) ?? Math.ceil(room / HOUR) * HOUR;
  pen.font = pen.normal;
  for (let moment = Math.ceil(view.from / step) * step; moment < view.to; moment += step) {
    const x = pen.x(moment);
    const text = time(moment, step < 1);
    pen.fillStyle = pen.colour("line");
    pen.fillRect(x, AXIS - 4, 1, pen.bottom);
    pen.fillStyle = pen.colour("soft");
    if (x + pen.measureText(text).width + 4 < pen.right) pen.fillText(text, x + 4, 12);
  }
}

function drawNames(pen) {
  pen.font = pen.normal;
  pen.fillStyle = pen.colour("soft");
  for (const lane of LANES) {
    pen.fillText(lane.name, 0, pen.narrow ? lane.top - 4 : lane.top + lane.height / 2 + 4);
  }
}

/** Draws the ground of each lane, and over all lanes a tint where a clip was taken. */
function drawGrounds(pen) {
  pen.fillStyle = pen.colour("ground");
  for (const lane of LANES) pen.fillRect(pen.left, lane.top, pen.right - pen.left, lane.height);
  pen.fillStyle = pen.colour("tint");
  for (const clip of data.clips) {
    const x = pen.x(clip.start);
    pen.fillRect(x, AXIS, Math.max(1, pen.x(clip.end) - x), pen.bottom);
  }
}

function drawCursor(pen) {
  drawnCursor = cursor;
  const x = pen.x(cursor);
  pen.fillStyle = pen.colour("ink");
  pen.fillRect(x - 0.75, AXIS - 6, 1.5, pen.bottom);
  pen.beginPath();
  pen.moveTo(x - 5, AXIS - 8);
  pen.lineTo(x + 5, AXIS - 8);
  pen.lineTo(x, AXIS);
  pen.fill();
}

/** Shows below the lanes which part of the whole is seen. */
function drawWindow(pen) {
  if (view.to - view.from >= source.to - source.from) return;
  const scale = (pen.right - pen.left) / (source.to - source.from);
  pen.fillStyle = pen.colour("line");
  pen.fillRect(pen.left, pen.bottom - 5, pen.right - pen.left, 4);
  pen.fillStyle = pen.colour("soft");
  const width = Math.max(6, (view.to - view.from) * scale);
  pen.fillRect(pen.left + (view.from - source.from) * scale, pen.bottom - 5, width, 4);
}

/** Returns what is there at a moment, as pairs of name and text; of the candidates there, all of one. */
function facts(moment, candidate) {
  const [shot, sound] = [placeAt(data.shots, moment), placeAt(data.sounds, moment)];
  const faces = placeAt(data.faces, moment);
  const line = lines.find((line) => line.start <= moment && moment < line.end);
  const held = candidatesAt(moment);
  const clip = clipAt(moment);
  return [
    clip && [`Clip ${clip.rank}`, `${clip.title} (${stretch(clip)})`],
    held.length > 0 && ["Candidates", `${held.length}, the best ${held[0].rank} with ${decimal(held[0].score)}`],
    candidate && [`Candidate ${candidate.rank}`, `${decimal(candidate.score)} (${stretch(candidate)}). ${verdict(candidate)}`],
    shot >= 0 && [`Shot ${shot + 1}`, shotText(data.shots[shot])],
    faces >= 0 && ["Faces", String(data.faces[faces][2])],
    sound >= 0 && ["Sound", data.sounds[sound][2]],
    placeAt(data.speech, moment) >= 0 && ["Speech", line ? `“${shortened(textOf(line.words))}”` : "yes"],
  ].filter(Boolean);
}

function shotText([start, end, transition]) {
  const begins = { start: "", cut: "", gradual: ", begins gradually" }[transition];
  return `${time(start, true)}–${time(end, true)}${begins}`;
}

const shortened = (text) => (text.length > 90 ? `${text.slice(0, 88)}…` : text);

/** Shows the tip for a moment, beside it and inside the stage. */
function showTip(moment, candidate) {
  const rows = facts(moment, candidate).flatMap(([name, text]) => [el("dt", {}, name), el("dd", { dir: "auto" }, text)]);
  tip.replaceChildren(el("dt", { class: "at" }, time(moment, true)), el("dd", {}), ...rows);
  tip.hidden = false;
  const { left, right } = edges();
  const x = left + ((moment - view.from) / (view.to - view.from)) * (right - left);
  const room = canvas.clientWidth - tip.offsetWidth;
  const beside = x + 14 <= room ? x + 14 : x - 14 - tip.offsetWidth;
  tip.style.left = `${Math.max(0, Math.min(room, beside))}px`;
}

const edges = () => ({ left: canvas.clientWidth < NARROW ? 0 : 96, right: canvas.clientWidth });

function momentAt(event) {
  const { left, right } = edges();
  const share = (event.clientX - canvas.getBoundingClientRect().left - left) / (right - left);
  return view.from + Math.max(0, Math.min(1, share)) * (view.to - view.from);
}

/** Shows `length` seconds from `from`, inside the source. */
function look(from, length) {
  const whole = source.to - source.from;
  const seen = Math.max(Math.min(CLOSEST, whole), Math.min(whole, length));
  view.from = Math.max(source.from, Math.min(source.to - seen, from));
  view.to = view.from + seen;
  redraw();
}

/** Zooms so that a moment stays where it is. */
function zoom(factor, moment = cursor) {
  const length = (view.to - view.from) * factor;
  const anchor = Math.max(view.from, Math.min(view.to, moment));
  look(anchor - ((anchor - view.from) / (view.to - view.from)) * length, length);
}

/** Puts the cursor at a moment and moves the view when it would leave it. */
function putCursor(moment) {
  cursor = Math.max(source.from, Math.min(source.to, moment));
  const length = view.to - view.from;
  if (cursor < view.from || cursor > view.to) look(cursor - length / 2, length);
  if (!(Math.abs(cursor - drawnCursor) * canvas.clientWidth < length / 3)) redraw(); // less is not seen
}

/** Moves the cursor, and tells those who do not see it what is there. */
function moveTo(moment) {
  putCursor(moment);
  canvas.setAttribute("aria-valuenow", cursor.toFixed(1));
  const there = facts(cursor, chosenAt(cursor)).map(([name, text]) => `${name}: ${text}`);
  canvas.setAttribute("aria-valuetext", [time(cursor, true), ...there].join("; "));
}

/** Moves to the next clip by time, or with -1 to the one before. */
function toNeighbour(direction) {
  const starts = data.clips.map((clip) => clip.start).sort((a, b) => (a - b) * direction);
  const next = starts.find((start) => (start - cursor) * direction > 1e-3);
  if (next !== undefined) moveTo(next);
}

/** Returns the chosen candidate if it holds a moment. */
const chosenAt = (moment) => (chosen && chosen.start <= moment && moment < chosen.end ? chosen : undefined);

/** What keys do; one that returns true wants no tip. */
const KEYS = {
  ArrowLeft: (event) => moveTo(cursor - stride(event)),
  ArrowRight: (event) => moveTo(cursor + stride(event)),
  ArrowUp: () => toNeighbour(-1),
  ArrowDown: () => toNeighbour(1),
  PageUp: () => moveTo(cursor - (view.to - view.from) / 4),
  PageDown: () => moveTo(cursor + (view.to - view.from) / 4),
  Home: () => moveTo(source.from),
  End: () => moveTo(source.to),
  "+": () => zoom(0.5),
  "=": () => zoom(0.5),
  "-": () => zoom(2),
  0: () => look(source.from, Infinity),
  c: () => chooseNext(candidatesAt(cursor)),
  " ": () => playAt(cursor),
  Enter: () => playAt(cursor),
};

const stride = (event) => ((view.to - view.from) / 100) * (event.shiftKey ? 10 : 1);

function onKey(event) {
  const act = KEYS[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (act(event) !== true) showTip(cursor, chosenAt(cursor));
}

/** A press that does not move is a click; one that does drags the view along. */
function onPress(event) {
  const start = { x: event.clientX, from: view.from, dragged: false };
  const perPixel = (view.to - view.from) / (edges().right - edges().left);
  const onMove = (move) => {
    const by = move.clientX - start.x;
    if (Math.abs(by) > 4) start.dragged = true;
    if (start.dragged) look(start.from - by * perPixel, view.to - view.from);
  };
  const onEnd = (end) => {
    canvas.removeEventListener("pointermove", onMove);
    if (end.type === "pointerup" && !start.dragged) click(end);
  };
  canvas.setPointerCapture(event.pointerId);
  canvas.addEventListener("pointermove", onMove);
  canvas.addEventListener("pointerup", onEnd, { once: true });
  canvas.addEventListener("pointercancel", onEnd, { once: true });
}

/** Moves to the moment; a clip plays from its beginning, a candidate is shown. */
function click(event) {
  const moment = momentAt(event);
  const clip = clipUnder(event, moment);
  moveTo(clip ? clip.start : moment);
  if (clip) playAt(clip.start, clip);
  if (!chooseNext(candidatesUnder(event, moment))) showTip(cursor);
}

/** Returns the clip whose box is under the pointer: boxes are at least a few pixels wide. */
function clipUnder(event, moment) {
  if (shareOf(drawClips, event) === undefined) return undefined;
  const slack = ((view.to - view.from) / canvas.clientWidth) * 8;
  return clipAt(moment) ?? data.clips.find((clip) => clip.start - slack <= moment && moment < clip.end + slack);
}

/** Returns the candidates under the pointer, best first: those on its track, and those of the moment where none is. */
function candidatesUnder(event, moment) {
  const share = shareOf(drawCandidates, event);
  if (share === undefined) return [];
  const track = Math.max(0, Math.min(stacked.used - 1, Math.floor(share * stacked.used)));
  const there = candidatesAt(moment);
  const onTrack = there.filter((candidate) => stacked.track[data.candidates.indexOf(candidate)] === track);
  return onTrack.length > 0 ? onTrack : there;
}

/** Returns how far down a lane the pointer is, or nothing when it is not on the lane. */
function shareOf(draw, event) {
  const lane = LANES.find((lane) => lane.draw === draw);
  const y = event.clientY - canvas.getBoundingClientRect().top;
  if (!lane || y < lane.top - 6 || y > lane.top + lane.height + 6) return undefined;
  return (y - lane.top) / lane.height;
}

function onWheel(event) {
  if (!event.ctrlKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return; // the page scrolls
  event.preventDefault();
  if (event.ctrlKey) zoom(event.deltaY > 0 ? 1.25 : 0.8, momentAt(event));
  else look(view.from + (event.deltaX * (view.to - view.from)) / canvas.clientWidth, view.to - view.from);
}

function onHover(event) {
  const moment = momentAt(event);
  const [candidate] = candidatesUnder(event, moment);
  canvas.style.cursor = candidate || clipUnder(event, moment) ? "pointer" : "crosshair";
  showTip(moment, candidate);
}

const ZOOMS = { in: () => zoom(0.5), out: () => zoom(2), all: () => look(source.from, Infinity) };

/** Shows the timeline; `play` is called with a moment, and with the clip where one was meant. */
function startTimeline(play) {
  if (LANES.length === 0 || source.to <= source.from) return;
  playAt = play;
  byId("timeline").hidden = false;
  canvas.setAttribute("aria-valuemin", source.from.toFixed(1));
  canvas.setAttribute("aria-valuemax", source.to.toFixed(1));
  canvas.addEventListener("keydown", onKey);
  canvas.addEventListener("pointerdown", onPress);
  canvas.addEventListener("pointermove", onHover);
  canvas.addEventListener("pointerleave", () => (tip.hidden = true));
  canvas.addEventListener("blur", () => (tip.hidden = true));
  canvas.addEventListener("wheel", onWheel, { passive: false });
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", ZOOMS[button.dataset.zoom]);
  }
  if (data.sounds.length > 0) {
    const swatch = (name) => el("li", { class: `swatch ${name}` }, name);
    byId("legend").append("Sounds: ", ...[...SOUNDS, "silence"].map(swatch));
  }
  new ResizeObserver(redraw).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  moveTo(source.from);
}
