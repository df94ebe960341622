// Speed over the seed of everything that was measured in full, and the champion's steps.

const scorePlot = {width: 1200, height: 320, left: 52, right: 16, top: 14, bottom: 36};

/** The champion's line: level until the next one, with the band of its interval. */
function championSteps(run, x, y) {
  const steps = run.doc.standing.champions.map((step) => ({
    at: run.itemOfProgram.get(step.program), ratio: step.over_seed ? step.over_seed.ratio : 1,
    ci: step.over_seed && step.over_seed.ratio_ci,
  })).filter((step) => step.at && known(step.ratio));
  const right = scorePlot.width - scorePlot.right;
  let line = "";
  const bands = steps.map((step, i) => {
    const from = x.at(step.at.index), to = i + 1 < steps.length ? x.at(steps[i + 1].at.index) : right;
    line += (i === 0 ? "M" + from + " " : "H" + from + "V") + y.at(step.ratio);
    if (!step.ci) return null;
    return svg("rect", {class: "band", x: from, width: Math.max(1, to - from), y: y.at(step.ci[1]),
                        height: Math.max(1, y.at(step.ci[0]) - y.at(step.ci[1]))});
  });
  return [bands, svg("path", {class: "steps", d: line ? line + "H" + right : "M0 0"})];
}

function scoreDot(run, item, x, y) {
  const ci = item.program.score_ci, score = item.program.score;
  const cx = x.at(item.index), shape = svg("g", {class: "dot-group"});
  if (ci && score > 0) {
    const [low, high] = ci.map((end) => y.at(item.ratio * end / score));
    shape.append(svg("path", {class: "whiskers faint-line", d: `M${cx} ${low}V${high}`}));
  }
  shape.append(mark(item.kind, cx, y.at(item.ratio), islandClass(run, item.island)));
  shape.addEventListener("click", () => run.select(item));
  run.marks.get(item).push(shape);
  return tip(shape, () => itemTip(item));
}

function scoreChart(run) {
  const measured = run.items.filter((item) => known(item.ratio) && item.ratio > 0);
  if (measured.length === 0) return el("p", {class: "faint"}, "Nothing was measured in full yet.");
  const {width, height, left, right, top, bottom} = scorePlot;
  const ratios = measured.map((item) => item.ratio)
    .concat(run.doc.standing.champions.map((step) => (step.over_seed ? step.over_seed.ratio : 1)));
  const high = Math.max(1.05, largest(ratios)) * 1.04;
  // The slowest say little: they stand on the lower edge.
  const low = Math.min(0.96, Math.max(least(ratios) * 0.97, 0.3));
  const x = itemScale(run, left + 8, width - right), y = ratioScale(low, high, height - bottom, top);
  return el("figure", null, el("div", {class: "scroll"},
    svg("svg", {class: "chart", role: "img", viewBox: `0 0 ${width} ${height}`,
                "aria-label": "speed over the seed by attempt; the numbers stand in the table of attempts"},
        y.marks.map((value) => [
          svg("path", {class: value === 1 ? "unit" : "axis", d: `M${left} ${y.at(value)}H${width - right}`}),
          svg("text", {x: left - 6, y: y.at(value) + 4, "text-anchor": "end"}, value + "×")]),
        x.marks.map((value) => svg("text", {x: x.at(value), y: height - bottom + 18, "text-anchor": "middle"}, String(value))),
        svg("text", {x: width - right, y: height - 3, "text-anchor": "end"}, "attempt"),
        championSteps(run, x, y), measured.map((item) => scoreDot(run, item, x, y)))),
    el("figcaption", null, "Speed over the seed (geometric mean over the workloads, logarithmic). The line is the " +
       "confirmed champion, the band its 95 % interval; whiskers are the 95 % interval of each score. What was not " +
       "measured on all workloads is not here."));
}
