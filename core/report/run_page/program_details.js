// Everything about the attempt that is selected.

/** A part that is drawn when it is opened: sources and prompts are long. */
function part(title, open, content) {
  const box = el("details", open ? {open: ""} : null, el("summary", null, title));
  const fill = () => {
    if (box.childElementCount === 1) append(box, [content()]);
  };
  if (open) fill();
  box.addEventListener("toggle", fill);
  return box;
}

function exchangeView(run, exchange) {
  const textAt = (index) => run.doc.texts[index] || "";
  const usage = exchange.usage || {};
  const about = [exchange.model, exchange.purpose, exchange.finish && exchange.finish !== "stop" ? exchange.finish : "",
                 known(usage.input_tokens) ? usage.input_tokens + " tokens in" : "",
                 known(usage.output_tokens) ? usage.output_tokens + " out" : "",
                 known(usage.cost_usd) ? usage.cost_usd.toFixed(4) + " USD" : "", clockText(exchange.seconds)];
  return [el("p", {class: "faint"}, about.filter((word) => word && word !== dash).join(", ")),
          exchange.messages.map((message) => part(message.role, false, () => el("pre", {tabindex: "0"}, textAt(message.text)))),
          exchange.reply === null ? null : part("reply", true, () => el("pre", {tabindex: "0"}, textAt(exchange.reply))),
          exchange.error ? el("pre", {class: "bad"}, exchange.error) : null];
}

function workloadFigures(run, program) {
  const shared = new Map(run.doc.workloads.map((w) => [w.uuid, w]));
  const rows = program.workloads.map((w, index) => {
    const {axes = {}, baseline_ms = null} = shared.get(w.uuid) || {};
    return workloadColumns.map(([, cell]) => cell({...w, axes, baseline_latency_ms: baseline_ms}, index));
  });
  const logs = program.workloads.filter((w) => w.status !== "PASSED" && w.log)
    .map((w) => el("pre", null, axesText((shared.get(w.uuid) || {axes: {}}).axes) + " " + w.status + "\n" + w.log));
  return [figures(workloadColumns.map(([title]) => title), rows, "workloads of " + program.name), logs];
}

function rematchLines(run, program) {
  const named = (id) => (run.programs.get(id) || {name: "program " + id}).name;
  return run.doc.rematches.filter((r) => r.challenger === program.id || r.champion === program.id).map((r) =>
    el("p", null, named(r.challenger) + (r.won ? " beat " : " did not beat ") + named(r.champion) + ": " + ratioText(r) +
       " in " + r.rounds + " rounds"));
}

function relatives(run, ids) {
  return ids.map((id) => {
    const item = run.itemOfProgram.get(id);
    if (!item) return "program " + id + " ";
    const button = el("button", {class: "choose", type: "button"}, item.name);
    button.addEventListener("click", () => run.select(item));
    return el("span", {class: "relative"}, button);
  });
}

function detailHead(run, item) {
  const {attempt, program} = item;
  const children = program ? run.items.filter((other) => other.program && other.parents.includes(program.id)) : [];
  const node = (term, content) => (content.length > 0 ? [el("dt", null, term), el("dd", null, content)] : null);
  const list = facts([
    ["outcome", item.outcome + (attempt && attempt.improvement ? ", an improvement" : "") +
                (attempt && attempt.repaired ? ", after a repair" : "")],
    ["reason", attempt ? attempt.reason : ""],
    ["speed over the seed", known(item.ratio) ? speedupText(item.ratio) : ""],
    ["score", program ? scoreText(program.score) + " " + (program.score_ci ? intervalText(program.score_ci, scoreText) : "") : ""],
    ["mutator", attempt ? attempt.mutator : ""],
    ["note", program ? program.note : ""],
    ["island, generation", program && attempt ? attempt.island + ", " + program.generation : ""],
    ["time", attempt ? clockText(attempt.propose_seconds) + " proposing, " + clockText(attempt.build_seconds) +
                       " building, " + clockText(attempt.evaluate_seconds) + " measuring" : ""],
  ]);
  return append(list, [node("parents", relatives(run, item.parents)),
                       node("children", relatives(run, children.slice(0, 60).map((child) => child.program.id))),
                       node("equals", attempt && attempt.twin ? relatives(run, [attempt.twin]) : [])]);
}

function programDetails(run, item) {
  const {attempt, program} = item;
  const source = program ? program.source : attempt.source;
  const parent = parentOf(run, item);
  const parts = [];
  if (source && parent) parts.push(part("Changes to " + parent.name, true, () => diffView(parent.program.source, source)));
  if (source) parts.push(part("Source", false, () => el("pre", {tabindex: "0"}, source)));
  if (attempt && attempt.exchanges.length > 0) {
    parts.push(part("Prompt and reply (" + attempt.exchanges.length + ")", false,
                    () => attempt.exchanges.map((exchange) => exchangeView(run, exchange))));
  }
  if (program && program.workloads.length > 0) parts.push(part("Workloads", true, () => workloadFigures(run, program)));
  if (program && program.log) parts.push(part("Log", true, () => el("pre", null, program.log)));
  if (program && program.kernels.length > 0) parts.push(part("Kernels", false, () => kernelTable(program.kernels)));
  if (program && (program.profile || program.profiles.length > 0)) {
    parts.push(part("Profile", false, () => [program.profile ? el("pre", null, program.profile) : null,
      program.profiles.map((profile) => el("pre", null, profile.workload + "\n" + JSON.stringify(profile.reply, null, 1)))]));
  }
  const rematches = program ? rematchLines(run, program) : [];
  if (rematches.length > 0) parts.push(part("Rematches", false, () => rematches));
  if (program && program.details) parts.push(part("Details of the mutator", false, () => el("pre", null, JSON.stringify(program.details, null, 1))));
  return [el("h3", {class: "chosen-name"}, item.name), detailHead(run, item), parts];
}
