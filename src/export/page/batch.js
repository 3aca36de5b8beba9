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
  return [job.best.length > 0 ? el("div", { class: "tiles" }, ...job.best.map((clip) => tile(job, clip))) : data.jobs.some((other) => other.clips > 0) ? "No clip was made." : "–"];
}

function tile(job, clip) {
  const place = `${href(job.id, "index.html")}#clip-${clip.rank}`;
  const picture = clip.thumbnail
    ? el("img", { src: href(job.id, clip.thumbnail), alt: "", loading: "lazy", decoding: "async" })
    : el("span", { class: "blank", "aria-hidden": "true" }, "▶");
  return el("a", { class: "tile", href: place }, picture, el("span", { class: "text" }, el("span", { class: "title", dir: "auto" }, clip.title), el("span", { class: "score" }, `score ${clip.score.toFixed(2)}`)));
}

const isBarren = (job) => job.status === "done" && job.clips === 0;

function fillJobs() {
  const number = (keeps) => data.jobs.filter(keeps).length;
  const status = (name) => ({ name, value: name, keeps: (job) => job.status === name });
  const filters = [{ name: "all", value: "", keeps: () => true }, status("done"), status("failed"), status("cancelled"), { name: "no clips", value: "barren", keeps: isBarren }];
  fillList("jobs", {
    items: data.jobs,
    columns: [
      { head: "Job", key: (job) => job.id },
      { head: "Status", key: (job) => job.status },
      { head: "Length", key: (job) => job.duration, number: true },
      { head: "Clips", key: (job) => job.clips, number: true },
      { head: "Best clips", key: (job) => job.best?.[0]?.score, number: true },
    ],
    row,
    text: (job) => [job.id, job.source, job.status, job.class, job.message, ...(job.best ?? []).map((clip) => clip.title)].join(" "),
    filters: filters.filter(({ value, keeps }) => value === "" || (number(keeps) > 0 && number(keeps) < data.jobs.length)).map((filter) => ({ ...filter, name: `${filter.name} ${number(filter.keeps).toLocaleString("en")}` })),
  });
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
  fillJobs();
  document.title = `${count(data.jobs.length, "job")} – opusclip`;
}

start();
