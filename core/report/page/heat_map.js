// Speedups of all candidates on all workloads, as a table whose cells are coloured.

const strongest = 58;  // percent of colour: the numbers stay readable on it

/** From -1 (slow) to 1 (fast) for one cell. */
const scales = {
  "speedup over the baseline": (candidates, order) => {
    const all = candidates.flatMap((c) => c.workloads.map((w) => w.speedup)).filter(known);
    const most = Math.max(1, largest(all.map((speedup) => Math.abs(Math.log2(speedup)))));
    return (w) => Math.log2(w.speedup) / most;
  },
  "share of the fastest here": (candidates, order) => {
    const fastest = order.map((index) =>
      largest(candidates.map((c) => (c.workloads[index] || {}).speedup).filter(known)));
    return (w, column) => 2 * w.speedup / fastest[column] - 1;
  },
};

function heatCell(candidate, w) {
  if (!w) return el("td", {tabindex: "-1"});
  const failed = w.status !== "PASSED";
  const cell = el("td", {tabindex: "-1", class: failed ? "failed" : null},
                  failed ? "✕" : known(w.speedup) ? digits(w.speedup) : dash);
  return tip(cell, () => workloadTip(candidate, w));
}

function colour(cell, heat) {
  cell.classList.toggle("fast", heat >= 0);
  cell.classList.toggle("slow", heat < 0);
  cell.style.setProperty("--heat", Math.min(1, Math.abs(heat)) * strongest + "%");
}

/** Arrow keys walk over the cells; one of them is in the tab order. */
function walk(body) {
  const focus = (cell) => {
    if (!cell || cell.tagName !== "TD") return;
    body.querySelectorAll('td[tabindex="0"]').forEach((other) => other.setAttribute("tabindex", "-1"));
    cell.setAttribute("tabindex", "0");
    cell.focus();
  };
  body.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    if (!cell) return;
    const row = cell.parentElement, index = cell.cellIndex;
    const next = {ArrowLeft: cell.previousElementSibling, ArrowRight: cell.nextElementSibling,
                  ArrowUp: row.previousElementSibling && row.previousElementSibling.cells[index],
                  ArrowDown: row.nextElementSibling && row.nextElementSibling.cells[index],
                  Home: row.cells[1], End: row.cells[row.cells.length - 1]}[event.key];
    if (next === undefined) return;
    event.preventDefault();
    focus(next);
  });
}

/** A line of headings for each axis. */
function heatHead(workloads, order) {
  const axes = [...new Set(workloads.flatMap((w) => Object.keys(w.axes)))];
  if (axes.length === 0) axes.push("#");
  return el("thead", null, axes.map((axis) => el("tr", null,
    el("th", {scope: "row"}, axis),
    order.map((index) => {
      const value = axis === "#" ? index : workloads[index].axes[axis];
      return tip(el("th", {scope: "col", class: "number"}, value === undefined ? dash : String(value)),
                 () => "workload " + index + ": " + axesText(workloads[index].axes) + "\n" +
                       workloads[index].uuid);
    }))));
}

/** Fills in section.heatRows. */
function heatMap(section) {
  const candidates = section.ranking.candidates.filter((c) => c.workloads.length > 0);
  section.heatRows = new Map();
  section.heatBody = el("tbody");
  if (candidates.length === 0) return el("p", {class: "faint"}, "No candidate was tried.");
  const {workloads} = candidates[0];
  const order = axisOrder(workloads);
  const cells = [];  // [candidate][column]
  for (const candidate of candidates) {
    const line = order.map((index) => heatCell(candidate, candidate.workloads[index]));
    const button = el("button", {class: "choose", type: "button", title: candidate.name},
                      candidate.name || "(no name)");
    button.addEventListener("click", () => section.choose(candidate));
    section.heatRows.set(candidate, el("tr", null, el("th", {scope: "row", class: "name"}, button), line));
    cells.push(line);
  }
  cells[0][0].setAttribute("tabindex", "0");
  const choice = el("select", {"aria-label": "colour by"},
                    Object.keys(scales).map((name) => el("option", null, name)));
  const paint = () => {
    const heat = scales[choice.value](candidates, order);
    candidates.forEach((candidate, i) => order.forEach((index, column) => {
      const w = candidate.workloads[index];
      if (w && w.status === "PASSED" && known(w.speedup)) colour(cells[i][column], heat(w, column));
    }));
  };
  choice.addEventListener("change", paint);
  paint();
  walk(section.heatBody);
  return [el("div", {class: "controls"}, el("label", null, "colour by ", choice)),
          el("div", {class: "frame"}, el("table", {class: "heat"}, heatHead(workloads, order),
                                        section.heatBody)),
          el("p", {class: "faint"}, "Speedups over the baseline; ✕ did not pass. Columns stand in the " +
             "order of the axes; the arrow keys walk over the cells.")];
}
