// What became of the attempts as the run went on, stacked.

const outcomePlot = {width: 1200, height: 240, left: 52, right: 16, top: 10, bottom: 36, bins: 40};
const outcomeOrder = ["accepted", "slower", "duplicate", "no_proposal", "llm_failed", "build_failed", "incorrect",
                      "crashed", "timed_out", "abandoned", "pending"];

function outcomeBins(attempts) {
  const size = Math.max(1, Math.ceil(attempts.length / outcomePlot.bins));
  return Array.from({length: Math.ceil(attempts.length / size)}, (_, i) => {
    const own = attempts.slice(i * size, (i + 1) * size);
    const counts = outcomeOrder.map((outcome) => own.filter((a) => a.outcome === outcome).length);
    return {first: own[0].id, last: own[own.length - 1].id, counts, total: own.length};
  });
}

function outcomeChart(run) {
  const {attempts} = run.doc;
  if (attempts.length === 0) return el("p", {class: "faint"}, "There was no attempt yet.");
  const {width, height, left, right, top, bottom} = outcomePlot, bins = outcomeBins(attempts);
  const marks = ticks(largest(bins.map((bin) => bin.total)), 4).filter(Number.isInteger), floor = height - bottom;
  const y = (count) => floor - (floor - top) * count / marks[marks.length - 1];
  const step = (width - left - right) / bins.length;
  const columns = bins.map((bin, i) => {
    let below = 0;
    const parts = bin.counts.map((count, kind) => {
      if (count === 0) return null;
      below += count;
      return svg("rect", {class: "outcome outcome-" + kind, x: (left + i * step + 1).toFixed(1), width: Math.max(1, step - 2).toFixed(1),
                          y: y(below).toFixed(1), height: (y(0) - y(count)).toFixed(1)});
    });
    return tip(svg("g", null, parts), () => ["attempts " + bin.first + " to " + bin.last,
      ...outcomeOrder.map((name, kind) => (bin.counts[kind] ? name + " " + bin.counts[kind] : "")).filter((line) => line)].join("\n"));
  });
  const seen = outcomeOrder.map((name, kind) => [name, kind, bins.reduce((sum, bin) => sum + bin.counts[kind], 0)])
    .filter(([, , count]) => count > 0);
  return el("figure", null,
    svg("svg", {class: "chart", role: "img", viewBox: `0 0 ${width} ${height}`, "aria-label": "outcomes of the attempts over time"},
        marks.map((mark) => [svg("path", {class: "axis", d: `M${left} ${y(mark)}H${width - right}`}),
                             svg("text", {x: left - 6, y: y(mark) + 4, "text-anchor": "end"}, String(mark))]),
        columns,
        bins.map((bin, i) => (i % Math.ceil(bins.length / 10) === 0
          ? svg("text", {x: left + (i + 0.5) * step, y: floor + 17, "text-anchor": "middle"}, String(bin.first)) : null)),
        svg("text", {x: width - right, y: height - 3, "text-anchor": "end"}, "attempt")),
    el("p", {class: "legend"}, seen.map(([name, kind, count]) => el("span", null,
      svg("svg", {width: 12, height: 12, "aria-hidden": "true"}, svg("rect", {class: "outcome outcome-" + kind, width: 12, height: 12})),
      " " + name + " " + count))));
}

/** The reasons of one outcome, the frequent first; numbers in them are folded. */
function reasonTable(run) {
  const groups = new Map();
  for (const attempt of run.doc.attempts) {
    if (attempt.outcome === "accepted" || !attempt.reason) continue;
    const key = attempt.outcome + "\n" + firstLine(attempt.reason).replace(/\d+(\.\d+)?/g, "N");
    if (!groups.has(key)) groups.set(key, {outcome: attempt.outcome, reason: firstLine(attempt.reason), count: 0});
    groups.get(key).count += 1;
  }
  if (groups.size === 0) return null;
  const rows = [...groups.values()].sort((a, b) => b.count - a.count);
  const shown = rows.slice(0, 12);
  return [el("div", {class: "frame"}, el("table", null,
    el("thead", null, el("tr", null, ["times", "outcome", "reason"].map((title, i) =>
      el("th", {scope: "col", class: i === 0 ? "number" : null}, title)))),
    el("tbody", null, shown.map((row) => el("tr", null, el("td", {class: "number"}, String(row.count)), el("td", null, row.outcome),
                                            el("td", {class: "reason"}, row.reason)))))),
          el("p", {class: "faint"}, "Reasons that differ in numbers only are counted together" +
             (rows.length > shown.length ? "; " + (rows.length - shown.length) + " rarer ones are left out." : "."))];
}
