// How near the candidates come to what the device can do, on logarithmic axes.

/** A scale of whole decades around `values`, and its marks. */
function decades(values, from, to) {
  const low = Math.floor(Math.log10(least(values)) - 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.log10(largest(values)) + 1e-9));
  const at = (value) => from + (to - from) * (Math.log10(value) - low) / (high - low);
  const marks = Array.from({length: high - low + 1}, (_, i) => Number("1e" + (low + i)));
  return {at, marks, low: marks[0], high: marks[marks.length - 1]};
}

/** Points {x, y, candidate, w} of everything that was timed; `x` and `y` of a workload. */
function points(candidates, x, y) {
  return candidates.flatMap((candidate) => candidate.workloads.flatMap((w, index) => {
    const point = {x: x(w, index), y: y(w, index), candidate, w};
    return w.status === "PASSED" && point.x > 0 && point.y > 0 ? [point] : [];
  }));
}

function scatter(section, plot) {
  const floor = chart.height - 40, right = chart.width - 18, left = 82;
  const sx = decades(plot.points.map((p) => p.x).concat(plot.x.include), left, right);
  const sy = decades(plot.points.map((p) => p.y).concat(plot.y.include), floor, chart.top);
  const grid = [
    sx.marks.map((mark) => [
      svg("path", {class: "axis", d: `M${sx.at(mark)} ${chart.top}V${floor}`}),
      svg("text", {x: sx.at(mark), y: floor + 15, "text-anchor": "middle"}, plot.x.text(mark))]),
    sy.marks.map((mark) => [
      svg("path", {class: "axis", d: `M${left} ${sy.at(mark)}H${right}`}),
      svg("text", {x: left - 6, y: sy.at(mark) + 4, "text-anchor": "end"}, plot.y.text(mark))]),
    svg("text", {x: right, y: floor + 33, "text-anchor": "end"}, plot.x.title),
    svg("text", {x: left + 6, y: chart.top + 12}, plot.y.title)];
  const lines = plot.lines(sx, sy).map(({from, to, kind}) => svg("path", {
    class: kind, d: "M" + [from, to].map(([x, y]) => sx.at(x) + " " + sy.at(y)).join("L")}));
  const clip = svg("svg", {x: left, y: chart.top, width: right - left, height: floor - chart.top,
                           viewBox: `${left} ${chart.top} ${right - left} ${floor - chart.top}`}, lines);
  section.dots = plot.points.map((p) => {
    const dot = svg("circle", {class: "other", cx: sx.at(p.x).toFixed(1), cy: sy.at(p.y).toFixed(1), r: 2.6});
    return {candidate: p.candidate, dot: tip(dot, () => workloadTip(p.candidate, p.w))};
  });
  section.dotLayer = svg("g", null, section.dots.map(({dot}) => dot));
  return el("figure", null,
    svg("svg", {class: "chart", role: "img", "aria-label": plot.label,
                viewBox: `0 0 ${chart.width} ${chart.height}`}, grid, clip, section.dotLayer),
    el("figcaption", null, plot.caption));
}

/** Attained flop rate against arithmetic intensity, below the device's two roofs. */
function intensityPlot(ranking, candidates) {
  const {bandwidth_bytes_s: bandwidth, fp8_flops_s: peak} = ranking.device;
  const cost = ranking.workloads, ridge = peak / bandwidth;
  const all = points(candidates, (w, i) => cost[i].flops / cost[i].bytes,
                     (w, i) => cost[i].flops / (w.latency_ms / 1e3));
  return {
    points: all, label: "roofline: attained rate by arithmetic intensity",
    x: {title: "arithmetic intensity, flop per byte", text: String, include: [ridge]},
    y: {title: "attained", text: (v) => quantityText(v, "FLOP/s").replace(".00", "").replace(".0", ""), include: [peak]},
    lines: (sx) => [
      {kind: "roof", from: [sx.low, bandwidth * sx.low], to: [ridge, peak]},
      {kind: "roof", from: [ridge, peak], to: [Math.max(sx.high, ridge), peak]}],
    caption: "Each dot is a candidate on a workload, with the bytes and flops that the workload states; " +
      "the chosen candidate is coloured. The roofs are " + quantityText(bandwidth, "B/s") + " of memory and " +
      quantityText(peak, "FLOP/s") + " of dense FP8, both theoretical.",
  };
}

/** Latency against the least time that the device needs. */
function floorPlot(ranking, candidates) {
  const all = points(candidates, (w, i) => ranking.workloads[i].floor_ms, (w) => w.latency_ms);
  const stated = ranking.workloads.some((w) => known(w.flops));
  return {
    points: all, label: "latency by the roofline's time",
    x: {title: "least time by the roofline", text: durationText, include: []},
    y: {title: "latency", text: durationText, include: all.map((p) => p.x)},
    lines: (sx) => [1, 2, 10].map((factor) => ({
      kind: factor === 1 ? "roof" : "unit", from: [sx.low, sx.low * factor], to: [sx.high, sx.high * factor]})),
    caption: "Each dot is a candidate on a workload; the chosen candidate is coloured. The line is the " +
      "roofline, dashed are twice and ten times its time. " +
      (stated ? "" : "The workloads state no cost, so it is all inputs and outputs once over the memory bandwidth."),
  };
}

/** Fills in section.dots. */
function roofline(section) {
  const {ranking} = section;
  const candidates = ranking.candidates.filter((c) => c.workloads.length > 0);
  const {device} = ranking, workloads = ranking.workloads || [];
  section.dots = [];
  const whole = known(device.bandwidth_bytes_s) && known(device.fp8_flops_s) &&
    workloads.length > 0 && workloads.every((w) => w.flops > 0 && w.bytes > 0);
  const plot = whole ? intensityPlot(ranking, candidates)
    : workloads.some((w) => known(w.floor_ms)) ? floorPlot(ranking, candidates) : null;
  if (plot && plot.points.length > 0) return scatter(section, plot);
  const why = plot ? "nothing passed."
    : device.type === "cpu" ? "the peak rates of a CPU are not known to fihost."
    : "neither the cost of the workloads nor the least time of the device is known.";
  return el("p", {class: "faint"}, "No roofline: " + why);
}
