// The report of a run.

const STATUS = { done: "✓ done", failed: "✗ failed", cancelled: "– cancelled" };
const MIB = 2 ** 20;

const figure = (value) => el("td", { class: "figure" }, value);
const digits = (value) => (value === null || value === undefined ? "–" : decimal(value, value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0));
const percent = (share) => (share === null || share === undefined ? "–" : `${decimal(100 * share, 0)} %`);
const isBarren = (job) => job.status === "done" && job.clips === 0;
const unhide = (id) => (byId(id).hidden = false);

/** Returns why a job is not as one wishes. */
function why(job) {
  if (job.error) return [el("code", {}, job.error.class), el("span", { class: "why", dir: "auto" }, job.error.message)];
  if (isBarren(job) && (data.makes_clips || job.no_clips)) return [el("span", { class: "why", dir: "auto" }, job.no_clips ?? "no clip was made")];
  return [];
}

function jobRow(job) {
  const name = job.status === "done" ? el("a", { href: href(job.id, "index.html"), dir: "auto" }, job.id) : el("span", { dir: "auto" }, job.id);
  const files = job.clips > 0 ? [" ", el("a", { class: "file", href: href(job.id, "clips.csv") }, "csv"), " ", el("a", { class: "file", href: href(job.id, "timeline.otio") }, "otio"), " ", el("a", { class: "file", href: href(job.id, "timeline.fcpxml") }, "fcpxml"), " ", el("a", { class: "file", href: href(job.id, "timeline.edl") }, "edl")] : [];
  return el(
    "tr",
    { "data-status": job.status },
    el("th", { scope: "row" }, name, job.input && job.input !== job.id ? el("span", { class: "source", dir: "auto" }, job.input) : null),
    el("td", {}, el("span", { class: `badge ${job.status}` }, STATUS[job.status])),
    figure(String(job.clips)),
    figure(job.video_seconds > 0 ? clock(job.video_seconds) : "–"),
    figure(digits(job.wall_seconds)),
    figure(job.attempts > 1 ? String(job.attempts - 1) : "–"),
    el("td", { class: "notes-cell" }, ...why(job), ...files),
  );
}

function fillJobs() {
  const number = (keeps) => data.jobs.filter(keeps).length;
  const filters = [
    { name: "all", value: "", keeps: () => true },
    { name: "failed", value: "failed", keeps: (job) => job.status === "failed" },
    { name: "no clips", value: "barren", keeps: (job) => data.makes_clips && isBarren(job) },
    { name: "cancelled", value: "cancelled", keeps: (job) => job.status === "cancelled" },
  ];
  fillList("jobs", {
    items: data.jobs,
    step: 50,
    columns: [
      { head: "job", key: (job) => job.id },
      { head: "status", key: (job) => job.status },
      { head: "clips", key: (job) => job.clips, number: true },
      { head: "video", key: (job) => job.video_seconds, number: true },
      { head: "took s", key: (job) => job.wall_seconds, number: true },
      { head: "retries", key: (job) => job.attempts, number: true },
      { head: "notes and files" },
    ],
    row: jobRow,
    text: (job) => [job.id, job.input, job.status, job.error?.class, job.error?.message, job.no_clips].join(" "),
    filters: filters.filter(({ value, keeps }) => value === "" || number(keeps) > 0).map((filter) => ({ ...filter, name: `${filter.name} ${number(filter.keeps).toLocaleString("en")}` })),
  });
}

function clipRow(clip) {
  const place = `${href(clip.job, "index.html")}#clip-${clip.rank}`;
  return el(
    "tr",
    {},
    figure(String(clip.place)),
    el("th", { scope: "row" }, el("a", { href: clip.file ? href(clip.file) : place, dir: "auto" }, clip.title)),
    el("td", { class: "name" }, el("a", { href: place, dir: "auto" }, clip.job)),
    figure(clock(clip.start)),
    figure(decimal(clip.end - clip.start, 1)),
    figure(clip.score.toFixed(3)),
    figure(clip.quality === null ? "–" : clip.quality.toFixed(2)),
  );
}

function fillClips() {
  if (data.clips.length === 0) return;
  unhide("all-clips");
  fillList("clips", {
    items: data.clips,
    step: 25,
    columns: [
      { head: "", key: (clip) => clip.place, number: true },
      { head: "clip", key: (clip) => clip.title },
      { head: "job", key: (clip) => clip.job },
      { head: "from", key: (clip) => clip.start, number: true },
      { head: "s", key: (clip) => clip.end - clip.start, number: true },
      { head: "score", key: (clip) => clip.score, number: true },
      { head: "quality", key: (clip) => clip.quality, number: true },
    ],
    row: clipRow,
    text: (clip) => `${clip.title} ${clip.job}`,
  });
}

function fillNotes() {
  const note = (kind, ...content) => el("li", { class: `panel ${kind}` }, ...content);
  const notes = [
    ...data.alerts.map((alert) => note("alarm", el("strong", {}, "Alert: "), alert.message)),
    ...data.recommendations.map((advice) => note("advice", el("strong", { dir: "auto" }, advice.finding), ` (${advice.evidence}). `, "Set ", el("code", {}, advice.setting), advice.effect ? `: ${advice.effect}` : "")),
    ...data.degradations.map((text) => note("", el("strong", {}, "Otherwise than asked: "), el("span", { dir: "auto" }, text))),
  ];
  if (notes.length === 0) return;
  byId("notes").append(...notes);
  unhide("advice");
}

function laneRow(lane) {
  const share = (seconds) => Math.max(0, seconds) / (lane.wall_seconds || 1);
  const parts = [
    { kind: "work", share: share(lane.work_seconds) },
    { kind: "room", share: share(lane.wait_room_seconds) },
    { kind: "idle", share: share(lane.wait_input_seconds) },
    { kind: "other", share: share(lane.other_seconds) },
  ];
  const name = lane.threads > 1 ? `${lane.name} × ${lane.threads}` : lane.name;
  return el("tr", {}, el("th", { scope: "row" }, name), el("td", { class: "long" }, bar(parts)), ...[lane.work_seconds, lane.wait_input_seconds, lane.wait_room_seconds, lane.other_seconds].map((seconds) => figure(digits(seconds))));
}

function fillTime() {
  if (data.lanes.length === 0) return;
  unhide("time");
  byId("lanes").append(...data.lanes.map(laneRow));
  const stages = data.stages.map((stage) => stage.name);
  const draw = () => {
    const length = drawTimeline(byId("timeline"), data.timeline, stages);
    byId("timeline-length").textContent = `From 0:00 to ${clock(length)}. ${data.accounted_share === null ? "–" : decimal(100 * data.accounted_share, 1)} % of the threads' time is accounted for.`;
  };
  draw();
  addEventListener("resize", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

function fillStages() {
  const work = (stage) => Math.max(stage.wall_seconds, stage.cpu_seconds);
  const most = Math.max(...data.stages.map(work), 1e-9);
  const cells = (stage) => [stage.items.toLocaleString("en"), digits(stage.wall_seconds), digits(stage.cpu_seconds), digits(stage.wait_seconds), digits(stage.p50_ms), digits(stage.p95_ms), digits(stage.max_ms), percent(stage.skipped_share)];
  byId("stages").append(...data.stages.map((stage) => el("tr", {}, el("th", { scope: "row" }, stage.name), el("td", { class: "long" }, bar([{ kind: "work", share: work(stage) / most }])), ...cells(stage).map(figure))));
}

function fillCurves() {
  if (data.samples.length < 2) return;
  const held = (row) => (row.held.pictures + row.held.windows + row.held.waiting) / MIB;
  const rss = (row) => row.rss_bytes / MIB;
  unhide("memory-part");
  fillCurve("memory", data.samples, [{ of: rss }, { of: held }], Math.max(...data.samples.map(rss)), "MiB");
  byId("memory-told").textContent = `${decimal(data.memory.peak_rss_bytes / MIB, 0)} MiB at most; the line below: pictures, windows and analyses in flight, ${decimal(data.memory.peak_held_bytes / MIB, 0)} of ${decimal(data.memory.budget_bytes / MIB, 0)} MiB allowed at most.`;
  unhide("cores-part");
  fillCurve("cores", data.samples, [{ of: (row) => row.cores }], Math.max(data.cores, ...data.samples.map((row) => row.cores)), "cores");
  byId("cores-told").textContent = `${digits(data.cpu_seconds)} s of processor time on ${count(data.cores, "core")} in ${digits(data.wall_seconds)} s.`;
}

function fillCache() {
  const asked = data.stages.filter((stage) => stage.cache_hits + stage.cache_misses > 0);
  if (asked.length > 0) unhide("cache-part");
  const row = (stage) => {
    const all = stage.cache_hits + stage.cache_misses;
    return el("tr", {}, el("th", { scope: "row" }, stage.name), el("td", { class: "long" }, bar([{ kind: "work", share: stage.cache_hits / all }, { kind: "idle", share: stage.cache_misses / all }])), figure(String(stage.cache_hits)), figure(String(all)));
  };
  byId("cache").append(...asked.map(row));
  if (data.batches.length > 0) unhide("models-part");
  const most = Math.max(...data.batches.map((batch) => batch.rate), 1e-9);
  byId("models").append(...data.batches.map((batch) => el("tr", {}, el("th", { scope: "row" }, batch.model), el("td", {}, batch.device), figure(String(batch.batches)), figure(String(batch.size)), el("td", { class: "long" }, bar([{ kind: "work", share: batch.rate / most }])), figure(digits(batch.rate)))));
}

function fillRest() {
  if (data.slowest.length > 0) unhide("slowest-part");
  byId("slowest").append(...data.slowest.map((slow) => el("tr", {}, el("th", { scope: "row" }, slow.stage), el("td", { class: "name", dir: "auto" }, slow.job), figure(clock(slow.begun_seconds)), figure(digits(slow.seconds)))));
  if (data.trend.length > 1) unhide("trend-part");
  const most = Math.max(...data.trend.map((run) => run.realtime ?? 0), 1e-9);
  byId("trend").append(...data.trend.map((run) => el("tr", { "data-now": run.run_id === data.run_id }, el("th", { scope: "row" }, run.started.replace("T", " ").replace("Z", "")), el("td", { class: "long" }, bar([{ kind: "work", share: (run.realtime ?? 0) / most }])), figure(digits(run.realtime)), figure(digits(run.wall_seconds)), figure(digits(run.score)))));
  byId("formula").textContent = data.score === null ? "" : `score = ${data.score_formula}`;
}

function start() {
  const number = (status) => data.jobs.filter((job) => job.status === status).length;
  const clips = data.jobs.reduce((total, job) => total + job.clips, 0);
  byId("when").append(...[data.started.replace("T", " ").replace("Z", " UTC"), data.run_id].map((text) => el("span", {}, text)));
  fillCounts(
    [
      [number("done").toLocaleString("en"), number("done") === 1 ? "job done" : "jobs done"],
      number("failed") > 0 ? [number("failed").toLocaleString("en"), "failed"] : null,
      [clips.toLocaleString("en"), clips === 1 ? "clip" : "clips"],
      [clock(data.video_seconds), "of video"],
      [clock(data.wall_seconds), "taken"],
      data.realtime_factor === null ? null : [`${digits(data.realtime_factor)}×`, "realtime"],
      data.inferred_per_second === null ? null : [digits(data.inferred_per_second), "pictures inferred a second"],
      data.score === null ? null : [data.score.toFixed(2), "score"],
      data.bottleneck === null ? null : [percent(data.bottleneck.share), `of the work in ${data.bottleneck.stage}`],
      data.cost_per_video_hour === null ? null : [digits(data.cost_per_video_hour), "an hour of video"],
    ].filter((row) => row !== null),
  );
  fillNotes();
  fillJobs();
  fillClips();
  fillTime();
  fillStages();
  fillCurves();
  fillCache();
  fillRest();
  document.title = `Report of ${count(data.jobs.length, "job")} – opusclip`;
}

start();
