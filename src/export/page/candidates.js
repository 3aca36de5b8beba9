// The candidates: a list of all that were considered, and of the chosen one why it became a clip or why not.

const list = byId("considered");
let chosen = null;

const option = (candidate) => byId(`candidate-${candidate.rank}`);
const verdict = (candidate) => `${candidate.clip === null ? "Not chosen" : `Clip ${candidate.clip}`}: ${candidate.reason}`;

/** Returns the candidates that hold a moment, best first. */
const candidatesAt = (moment) => data.candidates.filter((one) => one.start <= moment && moment < one.end);

/** Shows a candidate in the list, on the timeline and with its score taken apart. */
function choose(candidate) {
  if (!candidate) return;
  fillList();
  if (chosen) option(chosen).setAttribute("aria-selected", "false");
  chosen = candidate;
  option(chosen).setAttribute("aria-selected", "true");
  list.setAttribute("aria-activedescendant", option(chosen).id);
  keepInSight(list, option(chosen));
  byId("candidate").replaceChildren(...chosenParts(chosen));
  moveTo(chosen.start <= cursor && cursor < chosen.end ? cursor : chosen.start);
  redraw();
}

/** Chooses the best of some candidates, or the next of them where one is chosen, and brings it into sight, if there is one. */
function chooseNext(there) {
  if (there.length === 0) return false;
  tip.hidden = true; // all of it is told below
  byId("candidates").open = true;
  choose(there[(there.indexOf(chosen) + 1) % there.length]);
  bringUp(byId("candidate"));
  return true;
}

/** Fills the list when it is needed: there may be a thousand. */
function fillList() {
  if (list.childElementCount > 0) return;
  list.append(...data.candidates.map(row));
}

function row(candidate) {
  const made = el(
    "li",
    { role: "option", id: `candidate-${candidate.rank}`, "aria-selected": "false", "data-clip": candidate.clip },
    el("span", { class: "place" }, String(candidate.rank)),
    el("span", { class: "when" }, stretch(candidate)),
    el("span", { class: "score" }, candidate.score.toFixed(2)),
    el("span", { class: "why", dir: "auto" }, verdict(candidate)),
  );
  made.addEventListener("click", () => choose(candidate));
  return made;
}

function chosenParts(candidate) {
  const clip = data.clips.find((clip) => clip.rank === candidate.clip);
  const said = linesIn(candidate).map((line) => textOf(line.words)).join(" ");
  const play = clip ? el("button", { type: "button", class: "play" }, `▶ Clip ${clip.rank}`) : null;
  play?.addEventListener("click", () => playClip(clip));
  return [
    el("h3", {}, `Candidate ${candidate.rank} of ${data.candidates.length.toLocaleString("en")}`),
    el("p", { class: "when" }, `${stretch(candidate)} · ${decimal(candidate.end - candidate.start, 1)} s · score ${candidate.score.toFixed(2)}`),
    el("p", { class: "reason", dir: "auto" }, verdict(candidate)),
    said ? el("p", { class: "hook", dir: "auto" }, el("q", {}, said.length > 200 ? `${said.slice(0, 198)}…` : said)) : null,
    play,
    scoreParts(candidate),
  ].filter(Boolean);
}

const MOVES = {
  ArrowUp: (place) => place - 1,
  ArrowDown: (place) => place + 1,
  PageUp: (place) => place - 10,
  PageDown: (place) => place + 10,
  Home: () => 0,
  End: () => Infinity,
};

function onListKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const last = data.candidates.length - 1;
  const move = MOVES[event.key];
  if (!move && event.key !== "Enter") return;
  event.preventDefault();
  if (move) choose(data.candidates[Math.max(0, Math.min(last, move(data.candidates.indexOf(chosen))))]);
  else byId("candidate").querySelector(".play")?.click();
}

/** Shows the list, folded; it is filled when it is opened. */
function startCandidates() {
  if (data.candidates.length === 0) return;
  byId("candidates").hidden = false;
  byId("candidates-count").textContent = `${data.candidates.length.toLocaleString("en")}, and why each became a clip or did not`;
  byId("candidates").addEventListener("toggle", () => {
    if (byId("candidates").open && !chosen) choose(data.candidates[0]);
  });
  list.addEventListener("keydown", onListKey);
}
