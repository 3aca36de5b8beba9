// A table whose rows can be searched, filtered and sorted; rows are made when they are first shown.

/**
 * Fills a table.
 *
 * `step` rows are shown before more are asked for; `columns` are `{ head, key, number }`: with a `key` the head is a button that sorts by it; `text` is what a search looks
 * through; `filters` are `{ name, value, keeps }`, the first of which is chosen.
 */
function fillList(id, { items, columns, row, text, filters = [], step = 100 }) {
  const part = (name) => byId(`${id}-${name}`);
  const state = { keeps: () => true, words: [], column: null, up: true, shown: step };
  const made = new Map();
  const rowOf = (item) => made.get(item) ?? made.set(item, headed(row(item), columns)).get(item);
  const texts = new Map(items.map((item) => [item, text(item).toLowerCase()]));

  function draw() {
    const found = items.filter((item) => state.keeps(item) && state.words.every((word) => texts.get(item).includes(word)));
    if (state.column) found.sort((a, b) => compare(state.column.key(a), state.column.key(b), state.up));
    byId(id).replaceChildren(...found.slice(0, state.shown).map(rowOf));
    part("more").hidden = found.length <= state.shown;
    part("more").textContent = `Show ${(found.length - state.shown).toLocaleString("en")} more`;
    part("found").textContent = found.length === items.length ? "" : `${found.length.toLocaleString("en")} of ${items.length.toLocaleString("en")}`;
  }

  const heads = columns.map((column) => head(column, () => {
    state.up = state.column === column ? !state.up : !column.number;
    state.column = column;
    for (const [place, cell] of heads.entries()) {
      cell.setAttribute("aria-sort", columns[place] !== column ? "none" : state.up ? "ascending" : "descending");
    }
    draw();
  }));
  part("heads").append(...heads);
  part("search").addEventListener("input", (event) => {
    state.words = event.target.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    state.shown = step;
    draw();
  });
  part("more").addEventListener("click", () => {
    state.shown = Infinity;
    draw();
  });
  part("filter").append(...filters.map((filter, place) => choice(id, filter, place === 0, () => {
    state.keeps = filter.keeps;
    state.shown = step;
    draw();
  })));
  part("filter").hidden = filters.length < 2;
  part("bar").hidden = items.length < 2;
  draw();
}

/** Lets each number of a row say what it is, for screens on which the heads are not seen. */
function headed(row, columns) {
  columns.forEach((column, place) => column.number && row.cells[place].setAttribute("data-head", column.head));
  return row;
}

function head(column, sort) {
  const content = column.key ? el("button", { type: "button" }, column.head) : column.head;
  if (column.key) content.addEventListener("click", sort);
  return el("th", { role: "columnheader", scope: "col", class: column.number ? "figure" : null, "aria-sort": column.key ? "none" : null }, content);
}

function choice(id, filter, chosen, choose) {
  const input = el("input", { type: "radio", name: `${id}-shown`, value: filter.value, checked: chosen });
  input.addEventListener("change", choose);
  return el("label", {}, input, el("span", {}, filter.name));
}

/** Compares numbers and texts; what is not there comes last either way. */
function compare(a, b, up) {
  const none = (value) => value === null || value === undefined;
  if (none(a) || none(b)) return Number(none(a)) - Number(none(b));
  const order = typeof a === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  return up ? order : -order;
}
