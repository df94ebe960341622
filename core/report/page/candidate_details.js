// Everything about the chosen candidate: chart, figures, build, failures.

const relative = (w) =>
  w.latency_ci_ms && w.latency_ms > 0
    ? "±" + (50 * (w.latency_ci_ms[1] - w.latency_ci_ms[0]) / w.latency_ms).toFixed(1) + " %" : dash;

const workloadColumns = [
  ["#", (w, index) => String(index)],
  ["uuid", (w) => w.uuid.slice(0, 8)],
  ["axes", (w) => axesText(w.axes)],
  ["status", (w) => w.status],
  ["latency", (w) => durationText(w.latency_ms)],
  ["95 %", relative],
  ["min", (w) => (known(w.min_ms) && w.min_ms > 0 ? durationText(w.min_ms) : dash)],
  ["p10", (w) => (known(w.p10_ms) && w.p10_ms > 0 ? durationText(w.p10_ms) : dash)],
  ["p90", (w) => (known(w.p90_ms) && w.p90_ms > 0 ? durationText(w.p90_ms) : dash)],
  ["samples", (w) => (known(w.samples) ? String(w.samples) : dash)],
  ["processes", (w) => (w.processes_ms ? String(w.processes_ms.length) : dash)],
  ["baseline", (w) => durationText(w.baseline_latency_ms)],
  ["speedup", (w) => speedupText(w.speedup)],
  ["95 % interval", (w) => intervalText(w.speedup_ci, speedupText)],
  ["roofline", (w) => percentText(w.roofline_fraction)],
  ["abs err", (w) => errorText(w.max_abs_error)],
  ["rel err", (w) => errorText(w.max_rel_error)],
  ["matched", (w) => percentText(w.matched_ratio, 2)],
  ["SM MHz", (w) => (known(w.sm_mhz) ? String(Math.round(w.sm_mhz)) : dash)],
  ["throttle", (w) => w.throttle || dash],
];

const leftAligned = new Set(["uuid", "axes", "status", "kernel", "arch", "throttle"]);

/** A table without the columns that have nothing to say. */
function figures(titles, rows, label) {
  const shown = titles.map((title, i) => i).filter((i) => rows.some((row) => row[i] !== dash));
  const kind = (i) => (leftAligned.has(titles[i]) ? null : "number");
  return el("div", {class: "frame", tabindex: "0", role: "region", "aria-label": label}, el("table", null,
    el("thead", null, el("tr", null, shown.map((i) => el("th", {scope: "col", class: kind(i)}, titles[i])))),
    el("tbody", null, rows.map((row) => el("tr", null, shown.map((i) => {
      const cell = el("td", {class: kind(i)}, row[i]);
      if (titles[i] === "status") cell.classList.add(row[i] === "PASSED" ? "good" : "bad");
      return cell;
    }))))));
}

function kernelTable(kernels) {
  const titles = ["kernel", "arch", "registers", "stack", "spill stores", "spill loads", "shared"];
  const rows = kernels.map((k) => [k.kernel, k.arch, ...[k.registers, k.stack_bytes, k.spill_store_bytes,
                                   k.spill_load_bytes, k.shared_bytes].map(String)]);
  return [el("h4", null, "Kernels"), figures(titles, rows, "kernels"),
          el("p", {class: "faint"}, "Registers a thread; stack and spills in bytes a thread; static shared " +
             "memory in bytes a block.")];
}

function facts(pairs) {
  return el("dl", null, pairs.filter(([, value]) => value !== "" && value !== dash && value !== null)
    .map(([term, value]) => [el("dt", null, term), el("dd", null, value)]));
}

/** Workloads that failed with the same words, together. */
function failureGroups(candidate) {
  const groups = new Map();
  candidate.workloads.forEach((w, index) => {
    if (w.status === "PASSED") return;
    const key = w.status + "\n" + w.log;
    if (!groups.has(key)) groups.set(key, {status: w.status, log: w.log, indices: []});
    groups.get(key).indices.push(index);
  });
  if (candidate.log) groups.set("", {status: candidate.verdict, log: candidate.log, indices: []});
  return [...groups.values()];
}

function failure(candidate) {
  const groups = failureGroups(candidate);
  const first = groups.length > 0 ? firstLine(groups[0].log)
    : (candidate.reasons || [])[0] || "the scorer gave no score";
  const box = el("details", null,
    el("summary", null, el("strong", null, candidate.name), " ",
       el("span", {class: "bad"}, candidate.verdict), " ", first.slice(0, 200)));
  // A log may be long and there may be many: each is put in when it is looked at.
  box.addEventListener("toggle", () => {
    if (box.childElementCount > 1) return;
    append(box, groups.map((group) => [
      el("p", null, group.status + (group.indices.length > 0
        ? " on " + group.indices.length + " of " + candidate.workloads.length + " workloads: " +
          group.indices.join(", ") : "")),
      el("pre", null, group.log || "no message")]));
  });
  return box;
}

function failures(ranking) {
  const failed = ranking.candidates.filter((c) => c.score === null);
  if (failed.length === 0) return null;
  return [el("h3", null, "Without a score"), failed.map(failure)];
}

/** `roof` is the roofline, which belongs to all candidates and shows this one. */
function candidateDetails(candidate, roof) {
  const ties = candidate.tied_with;
  const head = facts([
    ["file", candidate.path],
    ["verdict", candidate.verdict],
    ["score", scoreText(candidate.score) + " " + (candidate.score_ci ? intervalText(candidate.score_ci, scoreText) : "")],
    ["tied with", ties.slice(0, 20).join(", ") + (ties.length > 20 ? ", …" : "")],
    ["scorer", (candidate.reasons || []).join("; ")],
    ["build", buildText(candidate.build)],
    ["measured", candidate.measured_at ? `${candidate.measured_at}, in an earlier run` : ""],
    ["evaluation", candidate.wall_seconds > 0 ? candidate.wall_seconds.toFixed(1) + " s" : ""],
  ]);
  if (candidate.workloads.length === 0) return [head, el("pre", null, candidate.log || "no message")];
  const rows = candidate.workloads.map((w, index) => workloadColumns.map(([, cell]) => cell(w, index)));
  const kernels = candidate.build.kernels || [];
  return [head, el("div", {class: "charts"}, barChart(candidate), roof), el("h4", null, "Workloads"),
          figures(workloadColumns.map(([title]) => title), rows, "workloads of the chosen candidate"),
          kernels.length > 0 ? kernelTable(kernels) : null];
}
