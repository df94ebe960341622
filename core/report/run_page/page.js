// From the embedded document to the page.

function tile(title, value, more) {
  return el("div", {class: "tile"}, el("div", {class: "faint"}, title), el("div", {class: "value"}, value),
            more ? el("div", {class: "faint"}, more) : null);
}

function headline(run) {
  const {doc} = run, {standing, about} = doc, {models} = standing;
  const device = (about && about.device) || {};
  const improved = run.best && run.best.program !== run.seed;
  const over = standing.over_seed;
  return [
    el("h2", null, doc.definition || "Unknown definition"),
    el("p", null, "Evolution on " + (device.name || device.type || "an unknown device") + ", started " + doc.created_at +
       " from " + doc.seed_path + (doc.branched_from ? ", branched from " + doc.branched_from : "")),
    el("p", {class: "faint"}, doc.end_note ? "Ended: " + doc.end_note : "It has not ended: it runs, or was killed."),
    el("div", {class: "tiles"},
       tile("best over the seed", improved && over ? speedupText(over.ratio) : "1×",
            improved && over ? (over.ratio_ci ? intervalText(over.ratio_ci, speedupText) + ", " : "") +
              (over.rematch ? "timed in turns" : "each timed alone") : "nothing is faster than the seed"),
       tile("best", run.best ? run.best.name : dash,
            run.best && known(run.best.program.score) ? "score " + scoreText(run.best.program.score) : ""),
       tile("evaluated", String(standing.evaluated), standing.proposals + " proposals"),
       tile("improvements", String(standing.improvements), "beyond the noise, confirmed"),
       tile("tokens", models.exchanges > 0 ? quantityText(models.input_tokens + models.output_tokens, "") : dash,
            models.exchanges > 0 ? models.exchanges + " questions" : "no model was asked"),
       tile("cost", known(models.usd) ? models.usd.toFixed(2) + " USD" : dash, known(models.usd) ? "" : "no price is known"),
       tile("measuring", clockText(standing.evaluate_seconds),
            clockText(standing.propose_seconds) + " proposing, " + clockText(standing.build_seconds) + " building")),
  ];
}

const columns = [
  {title: "#", right: true, value: (i) => i.index, show: (i) => String(i.index)},
  {title: "name", head: true, value: (i) => i.name.toLowerCase(), show: (i) => i.name},
  {title: "outcome", value: (i) => i.outcome, show: (i) => i.outcome,
   kind: (i) => ({champion: "good", accepted: "good", wrong: "bad", unbuilt: "bad"}[i.kind] || null)},
  {title: "over seed", right: true, falling: true, value: (i) => i.ratio, show: (i) => speedupText(i.ratio)},
  {title: "score", right: true, falling: true, value: (i) => (i.program ? i.program.score : null),
   show: (i) => (i.program ? scoreText(i.program.score) : dash)},
  {title: "generation", right: true, value: (i) => (i.program ? i.program.generation : null),
   show: (i) => (i.program ? String(i.program.generation) : dash)},
  {title: "island", right: true, value: (i) => i.island, show: (i) => (i.island === null ? dash : String(i.island))},
  {title: "mutator", value: (i) => (i.attempt ? i.attempt.mutator : null), show: (i) => (i.attempt ? i.attempt.mutator : dash)},
  {title: "registers", right: true, value: (i) => registers(i), show: (i) => (known(registers(i)) ? String(registers(i)) : dash)},
  {title: "reason or note", kind: () => "reason", value: (i) => remark(i).toLowerCase(), show: remark},
];

function registers(item) {
  const all = item.program ? item.program.kernels.map((kernel) => kernel.registers).filter(known) : [];
  return all.length > 0 ? largest(all) : null;
}

function remark(item) {
  const text = item.attempt && item.attempt.reason ? item.attempt.reason : item.program ? item.program.note : "";
  return firstLine(text).slice(0, 160);
}

function attemptTable(run) {
  columns[1].node = (item) => {
    const button = el("button", {class: "choose", type: "button", title: item.name}, item.name);
    button.addEventListener("click", () => run.select(item, true));
    return button;
  };
  const table = sortedTable({columns, rows: run.items, label: "attempts", what: "attempts", placeholder: "filter by any word",
    words: (i) => [i.name, i.outcome, i.kind === "champion" ? "champion" : "", i.attempt ? i.attempt.mutator : "",
                   i.island === null ? "" : "island=" + i.island, remark(i)].join(" ")});
  for (const [item, line] of table.lines) run.marks.get(item).push(line);
  return table.node;
}

function mutatorTable(run) {
  const {mutators} = run.doc.standing;
  if (mutators.length === 0) return el("p", {class: "faint"}, "There was no attempt yet.");
  const rows = mutators.map((m) => [m.mutator, String(m.proposed), String(m.evaluated), String(m.accepted), String(m.improved),
    clockText(m.seconds), m.improved > 0 ? speedupText(m.gain) : dash,
    m.improved > 0 && m.seconds > 0 ? (360000 * Math.log(m.gain) / m.seconds).toFixed(1) + " %" : dash]);
  const titles = ["mutator", "proposed", "evaluated", "accepted", "improved", "time", "gain", "gain an hour"];
  return [el("div", {class: "frame"}, el("table", null,
            el("thead", null, el("tr", null, titles.map((title, i) => el("th", {scope: "col", class: i > 0 ? "number" : null}, title)))),
            el("tbody", null, rows.map((row) => el("tr", null, row.map((text, i) => el("td", {class: i > 0 ? "number" : null}, text))))))),
          el("p", {class: "faint"}, "Gain: product of the confirmed steps that it made; gain an hour: its logarithm over its own time.")];
}

function startSelection(run, panel) {
  run.listeners = [];
  run.marks = new Map(run.items.map((item) => [item, []]));
  run.select = (item, look) => {
    if (run.selected) run.marks.get(run.selected).forEach((node) => node.removeAttribute("aria-current"));
    run.selected = item;
    run.marks.get(item).forEach((node) => node.setAttribute("aria-current", "true"));
    run.listeners.forEach((listener) => listener(item));
    panel.replaceChildren();
    append(panel, [programDetails(run, item)]);
    if (look) panel.scrollIntoView({block: "start"});
  };
}

function settings(run) {
  const about = run.doc.about || {}, device = about.device || {}, made = about.environment || {};
  return [facts([["device", device.name || ""], ["architecture", device.arch || ""], ["driver", device.driver || ""],
                 ["host CPU", made.cpu || ""], ["timer", about.timer || ""], ["scorer", about.scorer || ""],
                 ["fihost", (made.fihost || "") + (made.commit ? " (" + made.commit + ")" : "")],
                 ["CUDA compiler", made.nvcc || ""]]),
          part("Configuration", false, () => el("pre", {tabindex: "0"}, JSON.stringify(run.doc.config, null, 1)))];
}

function start() {
  const run = readRun(JSON.parse(document.getElementById("data").textContent));
  const panel = el("div", {class: "panel", id: "selected"});
  startSelection(run, panel);
  const sections = [["Score", scoreChart], ["Lineage", lineage], ["Selected", () => panel], ["Champions", championMap],
                    ["Cells", grids], ["Outcomes", () => [outcomeChart(run), reasonTable(run)]], ["Mutators", mutatorTable],
                    ["Attempts", attemptTable], ["Settings", settings]];
  const main = document.getElementById("run");
  main.replaceChildren();
  append(main, [headline(run), sections.map(([title, draw]) => el("section", {id: title.toLowerCase() + "-section"},
    title === "Selected" ? null : el("h3", null, title), draw(run)))]);
  append(document.getElementById("contents"), sections.map(([title]) =>
    el("a", {href: "#" + title.toLowerCase() + "-section"}, title)));
  if (run.best || run.items[0]) run.select(run.best || run.items[0]);
  if (run.doc.definition) document.title = run.doc.definition + " – fihost";
  startTheme();
  startTooltip();
}

start();
