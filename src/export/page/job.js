// The page of a job, put together.

function sourceLine() {
  const { width, height, fps, rotation, vfr, video_codec, audio_codec, start, duration } = data.media;
  const parts = [
    data.source,
    clock(duration),
    width > 0 && `${width} × ${height}`,
    fps && `${decimal(fps)} frames a second${vfr ? ", varying" : ""}`,
    [video_codec, audio_codec].filter(Boolean).join(" and "),
    rotation > 0 && `turned by ${rotation}°`,
    data.language && languageName(data.language),
    start !== 0 && `its clock begins at ${clock(start, { tenths: true })}`,
  ];
  return parts.filter(Boolean).map((part) => el("span", { dir: "auto" }, part));
}

function countsOf() {
  const words = lines.reduce((sum, line) => sum + line.words.length, 0);
  const row = (number, noun) => [number.toLocaleString("en"), number === 1 ? noun : `${noun}s`];
  const rows = [
    row(data.clips.length, "clip"),
    row(data.candidates.length, "candidate"),
    row(data.shots.length, "shot"),
    row(words, "word"),
  ];
  return rows.filter(([number], i) => i === 0 || number !== "0");
}

document.title = `${data.id} – opusclip`;
byId("id").textContent = data.id;
byId("source").append(...sourceLine());
fillCounts(countsOf());
startClips();
startTimeline((moment, meant) => {
  const clip = meant ?? clipAt(moment);
  if (clip) playClip(clip, moment);
});
startCandidates();
startTranscript();
// What the address names was not there yet when the browser looked for it.
if (location.hash) byId(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
