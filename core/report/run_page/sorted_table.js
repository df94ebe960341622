// A table that is sorted by any of its columns and narrowed by words.

/** Numbers and texts, what is unknown last in either direction. */
function compareValues(a, b, direction) {
  if (a === null || b === null) return (a === null) - (b === null);
  return a === b ? 0 : (a < b ? -direction : direction);
}

/**
 * `columns`: title; value of a row (number, text or null) and how it is shown; right, falling (the first click shows
 * the largest first), node (an element instead of a text). `rows`: anything; `words` of a row are what the filter
 * looks at. Returns {node, lines}: lines maps a row to its <tr>.
 */
function sortedTable({columns, rows, words, label, placeholder, what}) {
  const lines = rows.map((row) => ({
    row, values: columns.map((column) => column.value(row)), words: words(row).toLowerCase(),
    line: el("tr", null, columns.map((column) => el(column.head ? "th" : "td", {
      class: column.right ? "number" : column.kind ? column.kind(row) : null, scope: column.head ? "row" : null,
    }, column.node ? column.node(row) : column.show(row)))),
  }));
  const body = el("tbody"), count = el("span", {class: "faint", role: "status"});
  const filter = el("input", {type: "search", placeholder, "aria-label": placeholder});
  let sorted = 0, direction = 1;
  const arrange = () => {
    const wanted = filter.value.trim().toLowerCase().split(/\s+/);
    const order = [...lines].sort((a, b) => compareValues(a.values[sorted], b.values[sorted], direction));
    const shown = order.filter((line) => wanted.every((word) => line.words.includes(word)));
    body.replaceChildren(...shown.map((line) => line.line));
    count.textContent = shown.length + " of " + lines.length + " " + what;
  };
  const heads = columns.map((column, i) => {
    const button = el("button", {type: "button"}, column.title);
    const head = el("th", {scope: "col", "aria-sort": i === 0 ? "ascending" : "none",
                           class: column.right ? "number" : null}, button);
    button.addEventListener("click", () => {
      direction = sorted === i ? -direction : (column.falling ? -1 : 1);
      sorted = i;
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      arrange();
    });
    return head;
  });
  filter.addEventListener("input", arrange);
  arrange();
  return {
    lines: new Map(lines.map((line) => [line.row, line.line])),
    node: [el("div", {class: "controls"}, filter, count),
           el("div", {class: "frame", tabindex: "0", role: "region", "aria-label": label},
              el("table", {class: "sorted"}, el("thead", null, el("tr", null, heads)), body))],
  };
}
