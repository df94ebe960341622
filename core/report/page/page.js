// From the embedded document to the page: a section a ranking.

function heading(ranking) {
  const {device} = ranking;
  const count = ranking.workload_count;
  const where = device.name || device.type;
  return [
    el("h2", null, ranking.definition || "Unknown definition"),
    el("p", null, ranking.candidates.length + " candidate" + (ranking.candidates.length === 1 ? "" : "s") +
       (count > 0 ? ", " + count + " workload" + (count === 1 ? "" : "s") : "") + " on " + where +
       (ranking.environment && ranking.environment.time ? ", " + ranking.environment.time : "")),
  ];
}

function environment(ranking) {
  const {device, baseline} = ranking, made = ranking.environment || {};
  return facts([
    ["device", device.name || device.type],
    ["architecture", device.arch],
    ["driver", device.driver],
    ["memory", quantityText(device.memory_bytes, "B")],
    ["memory bandwidth", quantityText(device.bandwidth_bytes_s, "B/s")],
    ["dense FP8", quantityText(device.fp8_flops_s, "FLOP/s")],
    ["host CPU", made.cpu || ""],
    ["timer", ranking.timer],
    ["a null call takes", durationText(ranking.null_call_ms || null)],
    ["baseline", baseline.name ? baseline.name + " (" + baseline.kind + ")" : ""],
    ["scorer", ranking.scorer],
    ["seed", ranking.timer ? String(ranking.seed) : ""],
    ["fihost", (made.fihost || "") + (made.commit ? " (" + made.commit + ")" : "")],
    ["C++ compiler", made.cxx || ""],
    ["CUDA compiler", made.nvcc || ""],
    ["CUDA architectures", (made.archs || []).join(" ")],
  ]);
}

function choose(section, candidate) {
  for (const rows of [section.rows, section.heatRows]) {
    rows.forEach((row, other) => {
      if (other === candidate) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
  }
  for (const {candidate: owner, dot} of section.dots) {
    dot.setAttribute("class", owner === candidate ? "chosen" : "other");
    if (owner === candidate) section.dotLayer.append(dot);  // in front of the others
  }
  section.chosen.replaceChildren();
  append(section.chosen, [el("h3", {class: "chosen-name"}, candidate.name || "(no name)"),
                          candidateDetails(candidate, section.roof)]);
}

function rankingSection(ranking, index) {
  const section = {ranking, chosen: el("div"), dots: [], heatRows: new Map()};
  section.choose = (candidate) => choose(section, candidate);
  section.arrange = (candidates) => {
    if (!section.heatBody) return;
    section.heatBody.replaceChildren(...candidates.flatMap((c) => section.heatRows.get(c) || []));
  };
  const map = heatMap(section);
  const board = leaderboard(section);
  section.roof = roofline(section);
  const node = append(el("section", {id: "ranking-" + index}), [
    heading(ranking), el("h3", null, "Leaderboard"), board,
    section.chosen, el("h3", null, "Speedups"), map,
    failures(ranking), el("h3", null, "Environment"), environment(ranking)]);
  if (ranking.candidates.length > 0) section.choose(ranking.candidates[0]);
  return node;
}

function start() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const rankings = data.rankings || [data];
  const main = document.getElementById("rankings");
  main.replaceChildren(...rankings.map(rankingSection));
  if (rankings.length > 1) {
    append(document.getElementById("contents"), rankings.map((ranking, index) =>
      el("a", {href: "#ranking-" + index}, ranking.definition || "Unknown definition")));
  }
  if (rankings.length === 1 && rankings[0].definition) document.title = rankings[0].definition + " – fihost";
  startTheme();
  startTooltip();
}

start();
