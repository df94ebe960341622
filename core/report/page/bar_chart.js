// One candidate's speedups with their 95 % intervals.

const chart = {width: 720, height: 300, left: 46, right: 12, top: 12, bottom: 58};

/** Round numbers from 0 to at least `highest`, about `count` of them. */
function ticks(highest, count) {
  const rough = highest / count;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * [1, 2, 5, 10].find((factor) => size * factor >= rough);
  return Array.from({length: Math.ceil(highest / step - 1e-9) + 1}, (_, i) => i * step);
}

function bar(candidate, w, x, width, y) {
  const shape = svg("g");
  tip(shape, () => workloadTip(candidate, w));
  // What the pointer has to hit: the whole column.
  shape.append(svg("rect", {x, y: chart.top, width, height: y(0) - chart.top, "fill-opacity": 0}));
  const middle = x + width / 2;
  if (w.status !== "PASSED" || !known(w.speedup)) {
    shape.append(svg("text", {class: "missing", x: middle, y: y(0) - 4, "text-anchor": "middle"}, "✕"));
    return shape;
  }
  const side = Math.min(width * 0.12, 4);
  shape.append(svg("rect", {class: "bar", x: x + side, width: width - 2 * side, y: y(w.speedup),
                            height: y(0) - y(w.speedup)}));
  if (w.speedup_ci) {
    const [low, high] = w.speedup_ci.map(y), cap = Math.min(5, width / 4);
    shape.append(svg("path", {class: "whiskers",
      d: `M${middle} ${low}V${high}M${middle - cap} ${low}h${2 * cap}M${middle - cap} ${high}h${2 * cap}`}));
  }
  return shape;
}

function barChart(candidate) {
  const order = axisOrder(candidate.workloads);
  const tops = candidate.workloads.map((w) => (w.speedup_ci ? w.speedup_ci[1] : w.speedup)).filter(known);
  if (tops.length === 0) return el("p", {class: "faint"}, "Nothing of this candidate was timed.");
  const marks = ticks(Math.max(1, ...tops), 5);
  const floor = chart.height - chart.bottom;
  const y = (value) => floor - (floor - chart.top) * value / marks[marks.length - 1];
  const right = chart.width - chart.right;
  const width = (right - chart.left) / order.length;
  const grid = marks.map((mark) => [
    svg("path", {class: "axis", d: `M${chart.left} ${y(mark)}H${right}`}),
    svg("text", {x: chart.left - 6, y: y(mark) + 4, "text-anchor": "end"}, mark + "×")]);
  const labels = order.map((index, i) => {
    const x = chart.left + (i + 0.5) * width;
    const label = Object.values(candidate.workloads[index].axes).join(", ") || String(index);
    return svg("text", {x, y: floor + 12, "text-anchor": "end", transform: `rotate(-45 ${x} ${floor + 8})`},
               label.length > 14 ? label.slice(0, 13) + "…" : label);
  });
  const axes = Object.keys(candidate.workloads[0].axes).join(", ");
  return el("figure", null,
    svg("svg", {class: "chart", role: "img", viewBox: `0 0 ${chart.width} ${chart.height}`,
                "aria-label": "speedup on each workload; the numbers stand in the table below"},
        grid, order.map((index, i) => bar(candidate, candidate.workloads[index],
                                          chart.left + i * width, width, y)),
        svg("path", {class: "unit", d: `M${chart.left} ${y(1)}H${right}`}), labels),
    el("figcaption", null, "Speedup over the baseline by " + (axes || "workload") +
       "; whiskers are 95 % intervals, from the errors of both."));
}
