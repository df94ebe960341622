// The run as the page works with it: the seed and every attempt are items, in their order.

/** What a reader tells apart; several outcomes may be of one kind. */
const kinds = {
  accepted: "accepted", slower: "slower", incorrect: "wrong", crashed: "wrong", timed_out: "wrong",
  build_failed: "unbuilt", duplicate: "none", no_proposal: "none", llm_failed: "none",
  abandoned: "none", pending: "none",
};
const kindTitles = {
  champion: "new champion", accepted: "accepted", slower: "right, but slower", wrong: "wrong, crashed or timed out",
  unbuilt: "does not build", none: "no new child",
};

/** Latencies of `before` over those of `program`, where all are known. */
function speedRatio(program, before) {
  if (!program || !before || program.workloads.length !== before.workloads.length) return null;
  const slow = new Map(before.workloads.map((w) => [w.uuid, w.latency_ms]));
  return geometricMean(program.workloads.map((w) => slow.get(w.uuid) / w.latency_ms));
}

function itemOf(run, attempt, program, index) {
  const kind = !attempt || run.championIds.has(program && program.id) ? "champion"
    : kinds[attempt.outcome] || "none";
  return {
    attempt, program, index, kind,
    name: program ? program.name : "attempt " + attempt.id,
    island: attempt ? attempt.island : null,
    outcome: attempt ? attempt.outcome : "seed",
    // A program knows whom it descends from; an attempt, whom its mutator was shown.
    parents: program ? program.parents : attempt ? attempt.parents.slice(0, 1) : [],
    ratio: program && program.complete ? speedRatio(program, run.seed) : null,
  };
}

function readRun(doc) {
  const run = {doc, programs: new Map(doc.programs.map((p) => [p.id, p]))};
  run.seed = run.programs.get(doc.standing.seed) || null;
  run.championIds = new Set(doc.standing.champions.map((step) => step.program));
  run.items = run.seed ? [itemOf(run, null, run.seed, 0)] : [];
  for (const attempt of doc.attempts) {
    run.items.push(itemOf(run, attempt, run.programs.get(attempt.program) || null, run.items.length));
  }
  run.itemOfProgram = new Map(run.items.filter((i) => i.program).map((i) => [i.program.id, i]));
  run.best = run.itemOfProgram.get(doc.standing.best) || null;
  run.path = new Set(ancestry(run, run.best));
  const islands = [...new Set(doc.attempts.map((a) => a.island).concat(doc.islands.map((i) => i.island)))];
  run.islands = (islands.length > 0 ? islands : [0]).sort((a, b) => a - b);
  return run;
}

const parentOf = (run, item) => run.itemOfProgram.get(item.parents[0]) || null;

/** The item and its first parents up to the seed. */
function ancestry(run, item) {
  const path = [];
  for (let at = item; at && !path.includes(at); at = parentOf(run, at)) path.push(at);
  return path;
}

const islandClass = (run, island) => "island-" + (Math.max(0, run.islands.indexOf(island)) % 6);

const ratioText = (step) =>
  step ? speedupText(step.ratio) + (step.ratio_ci ? " " + intervalText(step.ratio_ci, speedupText) : "") : dash;

function clockText(seconds) {
  if (!known(seconds)) return dash;
  const all = Math.floor(seconds), two = (value) => String(value).padStart(2, "0");
  if (all < 60) return all + " s";
  const minutes = Math.floor(all / 60);
  return minutes < 60 ? minutes + ":" + two(all % 60)
    : Math.floor(minutes / 60) + ":" + two(minutes % 60) + ":" + two(all % 60);
}

function itemTip(item) {
  const lines = [item.name + ": " + (item.kind === "champion" && item.attempt ? "new champion" : item.outcome)];
  if (item.attempt) lines.push(item.attempt.mutator + ", island " + item.island);
  if (known(item.ratio)) lines.push(speedupText(item.ratio) + " the seed");
  if (item.attempt && item.attempt.reason) lines.push(firstLine(item.attempt.reason).slice(0, 200));
  if (item.program && item.program.note) lines.push(firstLine(item.program.note).slice(0, 200));
  return lines.join("\n");
}

/** The kinds that occur, with their marks. */
function legend(run) {
  const present = new Set(run.items.map((item) => item.kind));
  return el("p", {class: "legend"}, Object.entries(kindTitles).filter(([kind]) => present.has(kind))
    .map(([kind, title]) => el("span", null, svg("svg", {width: 14, height: 14, "aria-hidden": "true"},
                                                 mark(kind, 7, 7, "island-none")), " ", title)));
}

/** Shape and colour both tell the kind. */
function mark(kind, x, y, colourClass) {
  if (kind === "champion") {
    return svg("path", {class: "mark champion " + colourClass,
                        d: `M${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}L${x - 6} ${y}Z`});
  }
  if (kind === "accepted") return svg("circle", {class: "mark accepted " + colourClass, cx: x, cy: y, r: 4});
  if (kind === "slower") return svg("circle", {class: "mark slower " + colourClass, cx: x, cy: y, r: 3.2});
  if (kind === "none") return svg("path", {class: "mark none", d: `M${x - 2.5} ${y}H${x + 2.5}`});
  return svg("path", {class: "mark " + kind,
                      d: `M${x - 3} ${y - 3}L${x + 3} ${y + 3}M${x + 3} ${y - 3}L${x - 3} ${y + 3}`});
}

/** A horizontal scale of items with few round marks. */
function itemScale(run, left, right) {
  const last = Math.max(1, run.items.length - 1);
  const at = (index) => left + (right - left) * index / last;
  return {at, marks: ticks(last, 8).filter((value) => value <= last && Number.isInteger(value))};
}

/** A logarithmic scale of speedups with round marks inside [low, high]. */
function ratioScale(low, high, bottom, top) {
  const from = Math.log(low), to = Math.log(high);
  const at = (value) => bottom + (top - bottom) * (Math.log(Math.min(high, Math.max(low, value))) - from) / (to - from);
  const steps = high / low > 30 ? [1, 3] : high / low > 6 ? [1, 2, 5] : high / low > 1.6
    ? [1, 1.2, 1.5, 2, 3, 4, 5, 7] : [1, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5, 2, 5, 7, 8, 9, 9.5];
  const marks = [];
  for (let decade = -3; decade <= 5; ++decade) {
    for (const step of steps) {
      const value = Number((step * 10 ** decade).toPrecision(3));
      if (value >= low * 0.999 && value <= high * 1.001) marks.push(value);
    }
  }
  return {at, marks};
}
