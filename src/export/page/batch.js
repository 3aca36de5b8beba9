// The page of a batch.

const STATUS = { done: "✓ done", failed: "✗ failed", cancelled: "– cancelled" };

const cell = (name, ...children) => el("td", { role: "cell", class: name }, ...children);

function row(job) {
  const name = job.status === "done" ? el("a", { href: href(job.id, "index.html"), dir: "auto" }, job.id) : el("span", { dir: "auto" }, job.id);
  return el(
    "tr",
    { role: "row", "data-status": job.status },
    el("th", { role: "rowheader", scope: "row" }, name, job.source ? el("span", { class: "source", dir: "auto" }, job.source) : null),
    cell("status", el("span", { class: `badge ${job.status}` }, STATUS[job.status])),
    cell("length", job.status === "done" ? clock(job.duration) : "–"),
    cell("number", ...(job.status === "done" ? clipsText(job.clips) : ["–"])),
    cell("best", ...outcome(job)),
  );
}

/** Where the heads of the columns are not seen the number has its noun. */
const clipsText = (number) => [String(number), el("span", { class: "noun" }, number === 1 ? " clip" : " clips")];

/** Returns the best clips of a job, or why there are none. */
function outcome(job) {
  if (job.status === "failed") return [el("code", {}, job.class), el("span", { class: "why", dir: "auto" }, job.message)];
  if (job.status === "cancelled") return ["The run was stopped before it was done."];
  return [job.best.length > 0 ? el("div", { class: "tiles" }, ...job.best.map((clip) => tile(job, clip))) : "No clip was made."];
}

function tile(job, clip) {
  const place = `${href(job.id, "index.html")}#clip-${clip.rank}`;
  const picture = clip.thumbnail
    ? el("img", { src: href(job.id, clip.thumbnail), alt: "", loading: "lazy", decoding: "async" })
    : el("span", { class: "blank", "aria-hidden": "true" }, "▶");
  return el("a", { class: "tile", href: place }, picture, el("span", { class: "text" }, el("span", { class: "title", dir: "auto" }, clip.title), el("span", { class: "score" }, `score ${clip.score.toFixed(2)}`)));
}

/** Lets one status be seen alone, where there is more than one. */
function fillFilter(numbers) {
  const there = Object.keys(STATUS).filter((status) => numbers[status] > 0);
  if (there.length < 2) return;
  const choice = (status, text) => {
    const input = el("input", { type: "radio", name: "status", value: status, checked: status === "" });
    input.addEventListener("change", () => show(status));
    return el("label", {}, input, el("span", {}, text));
  };
  byId("filter").append(choice("", `all ${data.jobs.length}`), ...there.map((status) => choice(status, `${status} ${numbers[status]}`)));
  byId("filter").hidden = false;
}

function show(status) {
  for (const row of byId("jobs").rows) row.hidden = status !== "" && row.dataset.status !== status;
}

function start() {
  const number = (status) => data.jobs.filter((job) => job.status === status).length;
  const sum = (what) => data.jobs.reduce((total, job) => total + (job[what] ?? 0), 0);
  const numbers = { done: number("done"), failed: number("failed"), cancelled: number("cancelled") };
  const clips = sum("clips");
  fillCounts([
    [numbers.done.toLocaleString("en"), numbers.done === 1 ? "job done" : "jobs done"],
    ...["failed", "cancelled"].filter((status) => numbers[status] > 0).map((status) => [numbers[status].toLocaleString("en"), status]),
    [clips.toLocaleString("en"), clips === 1 ? "clip" : "clips"],
    [clock(sum("duration")), "of video"],
  ]);
  fillFilter(numbers);
  byId("jobs").append(...data.jobs.map(row));
  document.title = `${count(data.jobs.length, "job")} – opusclip`;
}

start();
