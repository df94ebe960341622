// Who came from whom: a lane an island, attempts from left to right, the faster the higher.

const tree = {width: 1200, lane: 120, lowest: 26, left: 78, right: 16, top: 8};

/** Where each item stands. The seed lives in all islands and stands before the lanes. */
function places(run, x) {
  const ratios = run.items.map((item) => item.ratio).filter((ratio) => known(ratio) && ratio > 0);
  const low = Math.max(0.4, least(ratios.concat(1))), high = Math.max(low * 1.05, largest(ratios.concat(1)));
  const found = new Map();
  for (const item of run.items) {
    if (!item.attempt) {
      found.set(item, [tree.left - 14, tree.top + tree.lane * run.islands.length / 2]);
      continue;
    }
    const base = tree.top + tree.lane * (run.islands.indexOf(item.island) + 1);
    const share = known(item.ratio) && item.ratio > 0
      ? Math.log(Math.max(item.ratio, low) / low) / Math.log(high / low) : null;
    const y = share === null ? base - (item.program ? 20 : 10)
      : base - tree.lowest - (tree.lane - tree.lowest - 12) * share;
    found.set(item, [x.at(item.index), y]);
  }
  return found;
}

function link([x0, y0], [x1, y1]) {
  const bend = Math.min(60, (x1 - x0) / 2);
  return `M${x0.toFixed(1)} ${y0.toFixed(1)}C${(x0 + bend).toFixed(1)} ${y0.toFixed(1)} ` +
         `${(x1 - bend).toFixed(1)} ${y1.toFixed(1)} ${x1.toFixed(1)} ${y1.toFixed(1)}`;
}

function treeEdges(run, at) {
  const plain = [], path = [];
  for (const item of run.items) {
    const parent = parentOf(run, item);
    if (!parent || !item.program) continue;
    const champion = run.path.has(item) && run.path.has(parent);
    (champion ? path : plain).push(svg("path", {
      class: "edge " + (champion ? "champion-path" : item.kind === "accepted" || item.kind === "champion" ? "kept" : "lost"),
      d: link(at.get(parent), at.get(item))}));
  }
  return [plain, path];
}

/** Left and right walk in time, up goes to the parent. */
function treeKeys(run, node) {
  node.addEventListener("keydown", (event) => {
    const here = run.selected;
    const next = {ArrowLeft: () => run.items[here.index - 1], ArrowRight: () => run.items[here.index + 1],
                  ArrowUp: () => parentOf(run, here), Home: () => run.items[0],
                  End: () => run.items[run.items.length - 1]}[event.key];
    if (!next || !here) return;
    event.preventDefault();
    if (next()) run.select(next());
  });
}

function lineage(run) {
  const height = tree.top + tree.lane * run.islands.length + 26;
  const x = itemScale(run, tree.left + 4, tree.width - tree.right), at = places(run, x);
  const lanes = run.islands.map((island, i) => {
    const y = tree.top + tree.lane * i;
    return [svg("rect", {class: "lane", x: tree.left - 4, y: y + 2, width: tree.width - tree.left - 4, height: tree.lane - 4}),
            svg("text", {class: islandClass(run, island) + " lane-name", x: 2, y: y + 16}, "island " + island)];
  });
  const relatives = svg("g");  // of what is selected
  const nodes = run.items.map((item) => {
    const [cx, cy] = at.get(item);
    const shape = svg("g", {class: "node", "data-item": item.index},
                      svg("rect", {x: cx - 5, y: cy - 7, width: 10, height: 14, "fill-opacity": 0}),
                      mark(item.kind, cx, cy, item.attempt ? islandClass(run, item.island) : "island-none"));
    shape.addEventListener("click", () => run.select(item));
    run.marks.get(item).push(shape);
    return tip(shape, () => itemTip(item));
  });
  run.listeners.push((item) => {
    const kin = [item.parents.map((id) => [run.itemOfProgram.get(id), item]),
                 item.program ? run.items.filter((other) => other.parents.includes(item.program.id))
                   .map((child) => [item, child]) : []].flat();
    relatives.replaceChildren(...kin.filter(([from]) => from).map(([from, to]) =>
      svg("path", {class: "edge relative", d: link(at.get(from), at.get(to))})));
  });
  const picture = svg("svg", {class: "chart tree", role: "application", tabindex: "0", viewBox: `0 0 ${tree.width} ${height}`,
    "aria-label": "lineage: left and right walk over the attempts, up goes to the parent"},
    lanes, treeEdges(run, at), relatives, nodes,
    x.marks.map((value) => svg("text", {x: x.at(value), y: height - 8, "text-anchor": "middle"}, String(value))));
  treeKeys(run, picture);
  return el("figure", {class: "wide"}, el("div", {class: "scroll"}, picture), legend(run),
    el("figcaption", null, "A mark an attempt, from left to right; within an island the faster stands higher, and what was " +
       "not measured in full on the lower edge. The thick line leads from the seed to the best. Click a mark, or walk with " +
       "the arrow keys."));
}
