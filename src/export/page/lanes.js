// The lanes of the timeline: what each shows, and how it is drawn.

const SOUNDS = ["speech", "music", "noise"]; // silence is where none of them is
const topScore = Math.max(1e-9, ...data.candidates.map((candidate) => candidate.score));
const stacked = tracks(data.candidates, 6);
const soundRows = Object.fromEntries(
  SOUNDS.map((label) => [label, data.sounds.filter((sound) => sound[2] === label)]),
);

const LANES = [
  { name: "Clips", height: 24, there: data.clips.length > 0, draw: drawClips },
  { name: "Candidates", height: 8 + 6 * stacked.used, there: data.candidates.length > 0, draw: drawCandidates },
  { name: "Shots", height: 18, there: data.shots.length > 0, draw: drawShots },
  { name: "Speech", height: 14, there: data.speech.length > 0, draw: drawSpeech },
  { name: "Faces", height: 18, there: data.faces.length > 0, draw: drawFaces },
  { name: "Sounds", height: 22, there: data.sounds.length > 0, draw: drawSounds },
].filter((lane) => lane.there);

/** Fills columns from the bottom of a lane up; `heights` are shares of it. */
function drawColumns(pen, lane, heights, colour, bases) {
  pen.fillStyle = colour;
  const width = 1 / pen.ratio;
  heights.forEach((share, i) => {
    const base = bases?.[i] ?? 0;
    const height = Math.min(1 - base, share) * lane.height;
    if (height > 0.05) pen.fillRect(pen.left + i * width, lane.top + (1 - base) * lane.height - height, width, height);
    if (bases) bases[i] = base + share;
  });
}

function box(pen, from, to, top, height, least) {
  const x = pen.x(from);
  const width = Math.max(least, pen.x(to) - x);
  pen.beginPath();
  pen.roundRect(x, top, width, height, Math.min(4, width / 2, height / 2));
  return [x, width];
}

function drawClips(pen, lane) {
  pen.font = pen.bold;
  for (const clip of [...data.clips].reverse()) {
    const [x, width] = box(pen, clip.start, clip.end, lane.top, lane.height, 6);
    pen.fillStyle = pen.colour("accent");
    pen.fill();
    pen.strokeStyle = pen.colour("card");
    pen.stroke();
    pen.fillStyle = pen.colour("on-accent");
    const seen = Math.max(x, pen.left);
    const room = Math.min(x + width, pen.right) - seen;
    if (room > 16) pen.fillText(label(pen, `${clip.rank}  ${clip.title}`, String(clip.rank), room - 12), seen + 6, lane.top + 16);
  }
}

/** Returns the text if there is room for most of it, and the short one if there is not. */
function label(pen, text, short, room) {
  if (pen.measureText(text).width <= room) return text;
  const fits = Math.floor((text.length * room) / pen.measureText(text).width) - 1;
  return fits > 12 ? `${text.slice(0, fits)}…` : short;
}

function drawCandidates(pen, lane) {
  const height = lane.height / stacked.used - 1;
  data.candidates.forEach((candidate, i) => {
    if (candidate.end < pen.view.from || candidate.start > pen.view.to) return;
    box(pen, candidate.start, candidate.end, lane.top + stacked.track[i] * (height + 1), height, 2);
    pen.globalAlpha = 0.12 + 0.7 * Math.max(0, candidate.score / topScore) ** 2;
    pen.fillStyle = pen.colour("accent");
    pen.fill();
  });
  pen.globalAlpha = 1;
  if (!chosen) return;
  const track = stacked.track[data.candidates.indexOf(chosen)];
  box(pen, chosen.start, chosen.end, lane.top + track * (height + 1), height, 4);
  pen.fillStyle = pen.colour("accent");
  pen.fill();
  pen.strokeStyle = pen.colour("ink");
  pen.lineWidth = 2;
  pen.stroke();
  pen.lineWidth = 1;
}

/** Where shots are wide enough every other one is filled, with a slope where it begins gradually; else cuts are counted. */
function drawShots(pen, lane) {
  const width = pen.right - pen.left;
  const seen = firstAfter(data.shots, pen.view.to) - firstAfter(data.shots, pen.view.from);
  if (seen * 5 > width) return drawCutRate(pen, lane, width);
  data.shots.forEach(([start, end, transition], i) => {
    if (end < pen.view.from || start > pen.view.to) return;
    const [from, to] = [pen.x(start), pen.x(end)];
    const slope = transition === "gradual" ? Math.min(10, to - from) : 0;
    pen.beginPath();
    pen.moveTo(from + slope, lane.top);
    pen.lineTo(to - 1, lane.top);
    pen.lineTo(to - 1, lane.top + lane.height);
    pen.lineTo(from, lane.top + lane.height);
    pen.fillStyle = pen.colour("shot");
    pen.globalAlpha = i % 2 ? 0.38 : 0.7;
    pen.fill();
  });
  pen.globalAlpha = 1;
}

function drawCutRate(pen, lane, width) {
  const step = 3;
  const rates = new Float32Array(Math.ceil(width / step));
  inView(data.shots, pen.view, ([start]) => {
    const place = Math.floor((pen.x(start) - pen.left) / step);
    if (place >= 0 && place < rates.length) rates[place] += 1;
  });
  const most = Math.max(...rates);
  pen.fillStyle = pen.colour("shot");
  rates.forEach((rate, i) => {
    const height = (lane.height * rate) / most;
    pen.fillRect(pen.left + i * step, lane.top + lane.height - height, step - 1, height);
  });
}

const columnsOf = (pen) => Math.max(1, Math.round((pen.right - pen.left) * pen.ratio));

function drawSpeech(pen, lane) {
  drawColumns(pen, lane, coverage(data.speech, pen.view, columnsOf(pen)), pen.colour("speech"));
}

/** One face fills a third of the lane, three and more all of it. */
function drawFaces(pen, lane) {
  const share = (row) => Math.min(3, row[2]) / 3;
  drawColumns(pen, lane, coverage(data.faces, pen.view, columnsOf(pen), share), pen.colour("faces"));
}

/** Each column is shared out among what is heard in it; silence stays empty. */
function drawSounds(pen, lane) {
  const bases = new Float32Array(columnsOf(pen));
  for (const sound of SOUNDS) {
    drawColumns(pen, lane, coverage(soundRows[sound], pen.view, bases.length), pen.colour(sound), bases);
  }
}
