// The source as it plays: its range, its shots, what is said in it and which clips hold which moment.

const source = { from: data.media.start, to: data.media.start + data.media.duration };
const isLong = source.to >= HOUR;
const time = (seconds, tenths = false) => clock(seconds, { tenths, long: isLong });
const stretch = (item) => `${time(item.start)}–${time(item.end)}`;

/** Lines of what is said, in order: `words` are [start, end, text]. */
const lines = data.paragraphs.flat().map((words) => ({
  start: words[0][0],
  end: words.at(-1)[1],
  words,
}));

const textOf = (words) => words.map((word) => word[2]).join("").trim();
const middle = (word) => (word[0] + word[1]) / 2;

/** Returns the best clip that holds a moment. */
const clipAt = (moment) => data.clips.find((clip) => clip.start <= moment && moment < clip.end);

/** Returns the lines of a clip with the words that are said in it. */
function linesIn(clip) {
  const inside = (word) => clip.start <= middle(word) && middle(word) < clip.end;
  return lines
    .filter((line) => line.end > clip.start && line.start < clip.end)
    .map((line) => line.words.filter(inside))
    .filter((words) => words.length > 0)
    .map((words) => ({ start: words[0][0], end: words.at(-1)[1], words }));
}

/** Brings an element into sight, at once for those who want no motion. */
function bringUp(element) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
}

/** Returns a language's name in English, or its code where the browser knows none. */
function languageName(code) {
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(code);
  } catch {
    return code;
  }
}
