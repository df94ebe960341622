// Speedups of the champions, from the seed on, on every workload.

const comparisons = {
  "over the baseline": () => null,
  "over the seed": (programs) => programs[0],
  "over the champion before": (programs, index) => programs[Math.max(0, index - 1)],
};

function mapValue(program, before, uuid) {
  const w = program.workloads.find((own) => own.uuid === uuid);
  if (!w || !before) return [w, w ? w.speedup : null];
  const slow = before.workloads.find((own) => own.uuid === uuid);
  return [w, slow && known(slow.latency_ms) && known(w.latency_ms) ? slow.latency_ms / w.latency_ms : null];
}

function championMap(run) {
  const {workloads} = run.doc;
  const programs = run.doc.standing.champions.map((step) => run.programs.get(step.program)).filter((p) => p);
  if (programs.length === 0 || workloads.length === 0) return el("p", {class: "faint"}, "No champion was measured yet.");
  const order = axisOrder(workloads), body = el("tbody");
  const choice = el("select", {"aria-label": "speedup over what"}, Object.keys(comparisons).map((name) => el("option", null, name)));
  const fill = () => {
    const cells = [], logs = [];
    body.replaceChildren(...programs.map((program, row) => {
      const before = comparisons[choice.value](programs, row);
      const line = order.map((index) => {
        const {uuid, axes, baseline_ms} = workloads[index];
        const [w, value] = mapValue(program, before, uuid);
        const cell = el("td", {tabindex: "-1"}, known(value) ? digits(value) : w && w.status !== "PASSED" ? "✕" : dash);
        if (known(value) && value > 0) {
          cells.push([cell, Math.log2(value)]);
          logs.push(Math.abs(Math.log2(value)));
        }
        return w ? tip(cell, () => workloadTip(program, {...w, axes, baseline_latency_ms: baseline_ms})) : cell;
      });
      const button = el("button", {class: "choose", type: "button", title: program.name}, program.name);
      button.addEventListener("click", () => run.select(run.itemOfProgram.get(program.id), true));
      return el("tr", null, el("th", {scope: "row", class: "name"}, button), line);
    }));
    const most = Math.max(0.01, largest(logs));
    cells.forEach(([cell, log]) => colour(cell, log / most));
    body.querySelector("td").setAttribute("tabindex", "0");
  };
  choice.addEventListener("change", fill);
  fill();
  walk(body);
  return [el("div", {class: "controls"}, el("label", null, "speedup ", choice)),
          el("div", {class: "frame"}, el("table", {class: "heat"}, heatHead(workloads, order), body)),
          el("p", {class: "faint"}, "A row a champion, the seed first; columns stand in the order of the axes. The arrow " +
             "keys walk over the cells.")];
}
