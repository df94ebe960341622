// The cells of the islands: what kinds of programs are kept, and the best of each kind.

const cellAxes = (cell) => new Map(cell.split(/\s+/).filter((part) => part.includes("="))
  .map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]));

function axisValues(cells, axis) {
  const values = [...new Set(cells.map((cell) => cell.axes.get(axis)).filter((value) => value !== undefined))];
  const numeric = values.every((value) => value !== "" && Number.isFinite(Number(value)));
  return values.sort((a, b) => (numeric ? a - b : a < b ? -1 : 1));
}

/** The best owner for each pair of values; other axes are folded onto it. */
function islandGrid(run, island, cells, [across, down], scale) {
  const columns = axisValues(run.cells, across), rows = axisValues(run.cells, down);
  const table = el("table", {class: "heat grid"},
    el("thead", null, el("tr", null, el("td", {class: "corner"}, el("div", null, across + " →"),
                                                                 el("div", null, down + " ↓")),
                         columns.map((value) => el("th", {scope: "col"}, value)))),
    el("tbody", null, rows.map((row) => el("tr", null, el("th", {scope: "row"}, row), columns.map((column) => {
      const here = cells.filter((cell) => cell.axes.get(across) === column && cell.axes.get(down) === row)
        .sort((a, b) => (b.item.ratio || 0) - (a.item.ratio || 0));
      if (here.length === 0) return el("td", {class: "empty"});
      const {item} = here[0];
      const button = el("button", {class: "choose", type: "button"}, known(item.ratio) ? digits(item.ratio) : item.name);
      button.addEventListener("click", () => run.select(item, true));
      const cell = el("td", null, button, here.length > 1 ? el("sub", {class: "faint"}, String(here.length)) : null);
      if (known(item.ratio) && item.ratio > 0) colour(cell, Math.log2(item.ratio) / scale);
      return tip(cell, () => here.map((own) => own.cell + ": " + own.item.name + " " + speedupText(own.item.ratio)).join("\n"));
    })))));
  return el("div", {class: "island"}, el("h4", {class: islandClass(run, island)}, "Island " + island),
            el("p", {class: "faint"}, cells.length + " cells with an owner"),
            el("div", {class: "frame", tabindex: "0", role: "region", "aria-label": "grid of island " + island}, table));
}

function grids(run) {
  const islands = run.doc.islands.map(({island, cells}) => ({island, cells: cells.map((cell) => ({
    cell: cell.cell, axes: cellAxes(cell.cell), item: run.itemOfProgram.get(cell.program)})).filter((cell) => cell.item)}));
  run.cells = islands.flatMap(({cells}) => cells);
  const axes = [...new Set(run.cells.flatMap((cell) => [...cell.axes.keys()]))];
  if (axes.length === 0) return el("p", {class: "faint"}, "No cell has an owner yet.");
  const scale = Math.max(0.01, largest(run.cells.map((cell) => Math.abs(Math.log2(cell.item.ratio || 1)))));
  const options = () => axes.map((axis) => el("option", null, axis));
  const across = el("select", {"aria-label": "columns"}, options()), down = el("select", {"aria-label": "rows"}, options());
  down.selectedIndex = Math.min(1, axes.length - 1);
  const place = el("div", {class: "islands"});
  const fill = () => place.replaceChildren(...islands.map(({island, cells}) =>
    islandGrid(run, island, cells, [across.value, down.value], scale)));
  across.addEventListener("change", fill);
  down.addEventListener("change", fill);
  fill();
  return [el("div", {class: "controls"}, el("label", null, "columns ", across), el("label", null, "rows ", down)), place,
          el("p", {class: "faint"}, "Speed over the seed of the best owner; a small number counts the owners that differ in " +
             "the other axes only.")];
}
