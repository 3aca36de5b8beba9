// A card for each clip: its video, why it was chosen, what was checked, and what is said, following the playback.

const players = new Map(); // a function for each clip that plays it from a moment of the source

/** Plays a clip from a moment of the source, from its beginning when it does not hold it. */
function playClip(clip, moment = clip.start) {
  bringUp(byId(`clip-${clip.rank}`));
  players.get(clip.rank)?.(moment);
}

function card(clip) {
  const said = linesIn(clip);
  const video = clip.file ? videoOf(clip, said) : null;
  const captions = said.length > 0 ? captionsOf(clip, said, video) : null;
  const parts = scoreParts(clip);
  const made = el(
    "article",
    { id: `clip-${clip.rank}`, class: "panel card", "aria-labelledby": `title-${clip.rank}`, "data-shape": shape(clip.aspect) },
    el("div", { class: "frame" }, video ?? el("p", { class: "missing" }, "Not rendered")),
    about(clip, captions ? parts : null),
    captions?.list ?? parts,
  );
  if (video) wire(made, video, clip, captions);
  return made;
}

const shape = (aspect) => (aspect < 0.9 ? "tall" : aspect > 1.2 ? "wide" : "square");

function videoOf(clip, said) {
  const video = el("video", {
    controls: true,
    playsinline: true,
    preload: "metadata",
    src: href(clip.file),
    poster: clip.thumbnail ? href(clip.thumbnail) : null,
    "aria-label": `Clip ${clip.rank}: ${clip.title}`,
  });
  video.style.aspectRatio = String(clip.aspect);
  // A page on a disk may not load a caption file; the player's own menu gets the same lines.
  const track = video.addTextTrack("captions", "Captions", data.language ?? "");
  for (const line of said) track.addCue(cue(line, clip));
  track.mode = "disabled";
  return video;
}

function cue(line, clip) {
  const text = textOf(line.words).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const start = Math.max(0, line.start - clip.start);
  return new VTTCue(start, Math.max(start + 0.1, line.end - clip.start), text);
}

/** Lets the card tell how its video fares, and the captions and the timeline follow it. */
function wire(made, video, clip, captions) {
  const moment = () => clip.start + video.currentTime;
  const follow = () => {
    captions?.follow(moment());
    putCursor(moment());
  };
  const eachFrame = () => {
    if (video.paused) return;
    follow();
    requestAnimationFrame(eachFrame);
  };
  video.addEventListener("loadedmetadata", () => {
    const aspect = video.videoWidth / video.videoHeight || clip.aspect;
    video.style.aspectRatio = String(aspect);
    made.dataset.shape = shape(aspect);
  });
  video.addEventListener("play", () => pauseOthers(video));
  video.addEventListener("playing", () => {
    made.dataset.state = "playing";
    eachFrame();
  });
  video.addEventListener("pause", () => {
    if (!video.error) made.dataset.state = "paused";
  });
  video.addEventListener("seeked", follow);
  video.addEventListener("error", () => {
    made.dataset.state = "broken";
    video.after(el("p", { class: "missing", role: "alert" }, `${clip.file} cannot be played here`));
  });
  players.set(clip.rank, (from) => {
    video.currentTime = clip.start <= from && from < clip.end ? from - clip.start : 0;
    video.play().catch(() => {}); // the browser wants a click first: its controls are there
  });
}

function pauseOthers(video) {
  for (const other of document.querySelectorAll("video")) if (other !== video) other.pause();
}

function about(clip, parts) {
  return el(
    "div",
    { class: "about" },
    el(
      "header",
      {},
      el("span", { class: "rank", "aria-label": `Rank ${clip.rank}` }, String(clip.rank)),
      el("h3", { id: `title-${clip.rank}`, dir: "auto" }, clip.title || `Clip ${clip.rank}`),
      el("p", { class: "score" }, el("strong", {}, clip.score.toFixed(2)), " score"),
    ),
    el("p", { class: "when" }, `${stretch(clip)} · ${decimal(clip.end - clip.start, 1)} s${extras(clip)}`),
    clip.hook ? el("p", { class: "hook", dir: "auto" }, el("q", {}, clip.hook)) : null,
    clip.hashtags.length > 0 ? el("p", { class: "tags", dir: "auto" }, clip.hashtags.join(" ")) : null,
    clip.reason ? el("p", { class: "reason", dir: "auto" }, clip.reason) : null,
    parts,
    checks(clip.verify),
    files(clip),
  );
}

function extras(clip) {
  const quality = clip.quality === null ? "" : ` · framing ${decimal(clip.quality)}`;
  return clip.layouts.length > 0 ? ` · ${clip.layouts.join(", ")}${quality}` : quality;
}

function checks(verify) {
  if (!verify) return null;
  const failed = verify.checks.filter((check) => !check.ok);
  const verdict = verify.ok
    ? `✓ ${count(verify.checks.length, "check")} passed`
    : `✗ ${failed.length} of ${count(verify.checks.length, "check")} not passed: ${failed.map((check) => check.name).join(", ")}`;
  const cell = (number) => el("td", {}, number === null ? "–" : decimal(number, 3));
  const row = (check) =>
    el("tr", { class: check.ok ? "" : "bad" }, el("td", {}, check.ok ? "✓" : "✗"), el("th", { scope: "row" }, check.name.replaceAll("_", " ")), cell(check.value), cell(check.limit));
  const heads = ["", "check", "measured", "allowed"].map((name) => (name ? el("th", { scope: "col" }, name) : el("td", {})));
  return el(
    "details",
    { class: verify.ok ? "checks" : "checks bad", open: !verify.ok },
    el("summary", {}, verdict),
    el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...verify.checks.map(row))),
  );
}

function files(clip) {
  const names = [clip.file, ...clip.captions, clip.thumbnail].filter(Boolean);
  const link = (name) => el("a", { href: href(name), download: true }, name.split(".").pop().toUpperCase());
  return names.length > 0 ? el("p", { class: "files" }, "Files ", ...names.flatMap((name) => [link(name), " "])) : null;
}

/** What is said in a clip: each line is a button that seeks; `follow` marks the line and the word of a moment. */
function captionsOf(clip, said, video) {
  const rows = said.map((line) => captionRow(line, clip, video));
  const list = el("ol", { class: "said", lang: data.language, "aria-label": `What is said in clip ${clip.rank}` }, ...rows.map((row) => row.item));
  let last = null;
  const follow = (moment) => {
    const row = rows.findLast((row) => row.line.start <= moment);
    if (row !== last) {
      last?.button.removeAttribute("aria-current");
      row?.button.setAttribute("aria-current", "true");
      if (row) keepInSight(list, row.item);
      last?.words.forEach((word) => word.classList.remove("now"));
      last = row;
    }
    row?.words.forEach((word, i) => word.classList.toggle("now", row.line.words[i][0] <= moment && moment < row.line.words[i][1]));
  };
  return { list, follow };
}

function captionRow(line, clip, video) {
  const words = line.words.map((word) => el("span", {}, word[2].trimStart()));
  const button = el(
    "button",
    { type: "button", disabled: !video },
    el("time", {}, clock(Math.max(0, line.start - clip.start))),
    el("span", { dir: "auto" }, ...words.flatMap((word, i) => (line.words[i][2].startsWith(" ") ? [" ", word] : [word]))),
  );
  button.addEventListener("click", () => players.get(clip.rank)?.(Math.max(clip.start, line.start)));
  return { line, words, button, item: el("li", {}, button) };
}

/** Scrolls the list alone: the page stays where its reader is. */
function keepInSight(list, item) {
  const [above, below] = [item.offsetTop - list.offsetTop, item.offsetTop - list.offsetTop + item.offsetHeight];
  if (above < list.scrollTop || below > list.scrollTop + list.clientHeight) {
    list.scrollTop = above - list.clientHeight / 3;
  }
}

function startClips() {
  const none = el("p", { class: "note" }, "No clip was made of this video.");
  byId("cards").append(...(data.clips.length > 0 ? data.clips.map(card) : [none]));
}
