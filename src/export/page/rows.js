// Rows are stretches in order of time that do not overlap: [start, end, what].

/** Returns the place of the first row that ends after a moment. */
function firstAfter(rows, moment) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const between = (low + high) >> 1;
    if (rows[between][1] > moment) high = between;
    else low = between + 1;
  }
  return low;
}

/** Returns the place of the row that holds a moment, or -1. */
function placeAt(rows, moment) {
  const place = firstAfter(rows, moment);
  return place < rows.length && rows[place][0] <= moment ? place : -1;
}

/** Calls `visit` for every row that is seen in a view. */
function inView(rows, view, visit) {
  for (let i = firstAfter(rows, view.from); i < rows.length && rows[i][0] < view.to; i++) visit(rows[i]);
}

/** Returns how much of each column of a view the rows fill, 0 to 1, times their weight. */
function coverage(rows, view, columns, weight = () => 1) {
  const filled = new Float32Array(columns);
  const scale = columns / (view.to - view.from);
  inView(rows, view, (row) => {
    const from = Math.max(0, (row[0] - view.from) * scale);
    const to = Math.min(columns, (row[1] - view.from) * scale);
    for (let x = Math.floor(from); x < to; x++) filled[x] += (Math.min(to, x + 1) - Math.max(from, x)) * weight(row);
  });
  return filled;
}

/** Puts stretches that may overlap on as few tracks as there are at one time, `most` at the most; returns each one's track. */
function tracks(items, most) {
  const free = [];
  const order = items.map((_, i) => i).sort((a, b) => items[a].start - items[b].start);
  const track = new Array(items.length);
  for (const i of order) {
    let place = free.findIndex((end) => end <= items[i].start);
    if (place < 0) place = free.length < most ? free.length : free.indexOf(Math.min(...free));
    free[place] = Math.max(free[place] ?? 0, items[i].end);
    track[i] = place;
  }
  return { track, used: Math.max(1, free.length) };
}
