// What is said in the whole source: plain text that the browser's search finds, marked where a clip was taken.

const AT_ONCE = 40; // paragraphs, so that ten hours of them do not hold up the page

/** Fills the transcript piece by piece. */
function startTranscript() {
  const root = byId("paragraphs");
  if (data.paragraphs.length === 0) return;
  byId("transcript").hidden = false;
  if (data.language) root.lang = data.language;
  root.classList.toggle("long", data.paragraphs.length > 200);
  let next = 0;
  const more = () => {
    root.append(...data.paragraphs.slice(next, next + AT_ONCE).map(paragraph));
    next += AT_ONCE;
    if (next < data.paragraphs.length) setTimeout(more);
    else root.setAttribute("aria-busy", "false");
  };
  more();
}

function paragraph(lines) {
  const text = el("p", { dir: "auto" });
  let shown = null;
  for (const words of lines) {
    for (const run of runs(words)) {
      if (run.clip && run.clip !== shown) text.append(chip(run.clip, run.words[0][0]));
      shown = run.clip;
      text.append(run.clip ? marked(run) : textOf(run.words), " ");
    }
  }
  return el("section", { class: "paragraph" }, timeButton(lines[0][0][0]), text);
}

/** Parts a line where a clip begins or ends. */
function runs(words) {
  const parts = [];
  for (const word of words) {
    const clip = clipAt(middle(word)) ?? null;
    if (parts.at(-1)?.clip === clip) parts.at(-1).words.push(word);
    else parts.push({ clip, words: [word] });
  }
  return parts;
}

function marked(run) {
  const mark = el("mark", { title: `In clip ${run.clip.rank}` }, textOf(run.words));
  mark.addEventListener("click", () => getSelection().isCollapsed && playClip(run.clip, run.words[0][0]));
  return mark;
}

function chip(clip, moment) {
  const button = el("button", { type: "button", class: "chip", "aria-label": `Play clip ${clip.rank} from here` }, `▶ ${clip.rank}`);
  button.addEventListener("click", () => playClip(clip, moment));
  return button;
}

/** Plays the clip that holds the moment, or shows the moment on the timeline. */
function timeButton(moment) {
  const clip = clipAt(moment);
  const does = clip ? `play clip ${clip.rank} from here` : "show on the timeline";
  const button = el("button", { type: "button", class: "at", title: does, "aria-label": `${time(moment)}, ${does}` }, time(moment));
  button.addEventListener("click", () => (clip ? playClip(clip, moment) : showMoment(moment)));
  return button;
}

function showMoment(moment) {
  moveTo(moment);
  bringUp(byId("timeline"));
  canvas.focus({ preventScroll: true });
  showTip(moment);
}
