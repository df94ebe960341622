// The leaderboard: a line a candidate, sorted by any column, narrowed by a filter.

const text = (value) => ({value: value.toLowerCase(), show: value});
const number = (value, show) => ({value: known(value) ? value : null, show});
const values = (candidate, key) => candidate.workloads.map((w) => w[key]);
const passed = (candidate) => candidate.workloads.filter((w) => w.status === "PASSED").length;
/** Of a candidate that passed everywhere: elsewhere an extreme says nothing. */
const extreme = (candidate, pick) =>
  candidate.verdict === "PASSED" && candidate.workloads.length > 0
    ? pick(values(candidate, "speedup").filter(known)) : null;

function rankText(candidate) {
  if (candidate.score === null) return dash;
  return candidate.rank + (candidate.tied_with.length > 0 ? "=" : "");
}

function buildText(build) {
  if (build.cached) return "cached";
  return build.seconds > 0 ? build.seconds.toFixed(1) + " s" : dash;
}

/** title, cell of a candidate, whether the first click shows the largest first. */
const columns = [
  {title: "rank", cell: (c) => ({value: c.rank, show: rankText(c)}), right: true},
  {title: "candidate", cell: (c) => text(c.name), name: true},
  {title: "verdict", cell: (c) => text(c.verdict), status: true},
  {title: "score", cell: (c) => number(c.score, scoreText(c.score)), right: true, falling: true},
  {title: "95 % interval", interval: true, falling: true,
   cell: (c) => number(c.score_ci && c.score_ci[0], intervalText(c.score_ci, scoreText))},
  {title: "latency", right: true, cell: (c) => {
    const mean = geometricMean(values(c, "latency_ms"));
    return number(mean, durationText(mean));
  }},
  {title: "worst", right: true, falling: true, cell: (c) => {
    const worst = extreme(c, least);
    return number(worst, speedupText(worst));
  }},
  {title: "best", right: true, falling: true, cell: (c) => {
    const best = extreme(c, largest);
    return number(best, speedupText(best));
  }},
  {title: "roofline", right: true, falling: true, cell: (c) => {
    const mean = geometricMean(values(c, "roofline_fraction"));
    return number(mean, percentText(mean));
  }},
  {title: "passed", right: true, falling: true,
   cell: (c) => number(passed(c), passed(c) + "/" + c.workloads.length)},
  {title: "build", right: true, cell: (c) => number(c.build.seconds, buildText(c.build))},
];

/** The score's interval on a scale that all rows share. */
function whisker(candidate, low, high) {
  if (!candidate.score_ci || !(high > low)) return null;
  const x = (score) => (3 + 66 * (score - low) / (high - low)).toFixed(2);
  const [from, to] = candidate.score_ci;
  return svg("svg", {class: "whisker", width: 72, height: 12, "aria-hidden": "true"},
             svg("path", {class: "whiskers",
                          d: `M${x(from)} 6H${x(to)}M${x(from)} 2V10M${x(to)} 2V10`}),
             svg("circle", {class: "dot", cx: x(candidate.score), cy: 6, r: 1.7}));
}

function leaderboardRow(section, candidate, cells, range) {
  const row = el("tr");
  columns.forEach((column, i) => {
    const cell = el(column.name ? "th" : "td", {class: column.right ? "number" : null});
    if (column.name) {
      const button = el("button", {class: "choose", type: "button", title: candidate.name},
                        candidate.name || "(no name)");
      button.addEventListener("click", () => section.choose(candidate));
      cell.setAttribute("scope", "row");
      cell.classList.add("name");
      cell.append(button);
    } else {
      append(cell, [column.interval ? whisker(candidate, ...range) : null, cells[i].show]);
    }
    if (column.status) cell.classList.add(candidate.verdict === "PASSED" ? "good" : "bad");
    row.append(cell);
  });
  const ties = candidate.tied_with;
  if (ties.length > 0) {
    tip(row.firstChild, () => "within the noise of " + ties.slice(0, 20).join(", ") +
                              (ties.length > 20 ? " and " + (ties.length - 20) + " more" : ""));
  }
  return row;
}

/** Numbers and texts, what is unknown last in either direction. */
function compare(a, b, direction) {
  if (a === null || b === null) return (a === null) - (b === null);
  return a === b ? 0 : (a < b ? -direction : direction);
}

/** Fills in section.rows; calls section.arrange() with the candidates to show, in their order. */
function leaderboard(section) {
  const {candidates} = section.ranking;
  const ends = candidates.flatMap((c) => c.score_ci || []);
  const range = [least(ends), largest(ends)];
  const lines = candidates.map((candidate) => {
    const cells = columns.map((column) => column.cell(candidate));
    return {candidate, cells, row: leaderboardRow(section, candidate, cells, range),
            words: (candidate.name + " " + candidate.verdict).toLowerCase()};
  });
  section.rows = new Map(lines.map((line) => [line.candidate, line.row]));
  const body = el("tbody");
  const filter = el("input", {type: "search", placeholder: "filter by name or verdict",
                              "aria-label": "filter candidates by name or verdict"});
  const count = el("span", {class: "faint", role: "status"});
  let sorted = 0, direction = 1;
  const arrange = () => {
    const wanted = filter.value.trim().toLowerCase().split(/\s+/);
    const order = [...lines].sort((a, b) =>
      compare(a.cells[sorted].value, b.cells[sorted].value, direction));
    const shown = order.filter((line) => wanted.every((word) => line.words.includes(word)));
    body.replaceChildren(...shown.map((line) => line.row));
    count.textContent = shown.length + " of " + lines.length + " candidates";
    section.arrange(shown.map((line) => line.candidate));
  };
  const heads = columns.map((column, i) => {
    const button = el("button", {type: "button"}, column.title);
    const head = el("th", {scope: "col", "aria-sort": i === 0 ? "ascending" : "none",
                           class: column.right ? "number" : null}, button);
    button.addEventListener("click", () => {
      direction = sorted === i ? -direction : (column.falling ? -1 : 1);
      sorted = i;
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      arrange();
    });
    return head;
  });
  filter.addEventListener("input", arrange);
  const ties = candidates.some((c) => c.tied_with.length > 0);
  const table = el("table", {class: "leaderboard"}, el("thead", null, el("tr", null, heads)), body);
  arrange();
  return [el("div", {class: "controls"}, filter, count),
          el("div", {class: "frame", tabindex: "0", role: "region", "aria-label": "leaderboard"},
             table),
          ties ? el("p", {class: "faint"},
                    "= candidates whose scores differ by no more than the noise share a rank.")
               : null];
}
