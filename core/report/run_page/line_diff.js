// What changed between two texts, by lines: Myers' shortest edit script, given up when it gets long.

const mostEdits = 1500;

/** For every number of edits the furthest points reached, or null when there would be too many. */
function editTrace(a, b) {
  const most = Math.min(a.length + b.length, mostEdits), offset = most + 1;
  const furthest = new Int32Array(2 * offset + 1), trace = [];
  for (let edits = 0; edits <= most; ++edits) {
    trace.push(furthest.slice(offset - edits - 1, offset + edits + 2));
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && furthest[offset + k - 1] < furthest[offset + k + 1]);
      let x = down ? furthest[offset + k + 1] : furthest[offset + k - 1] + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) ++x;
      furthest[offset + k] = x;
      if (x >= a.length && x - k >= b.length) return trace;
    }
  }
  return null;
}

/** [[" " | "-" | "+", line], ...] of what lies between equal beginnings and ends. */
function middleDiff(a, b) {
  const trace = editTrace(a, b);
  if (!trace) return [...a.map((line) => ["-", line]), ...b.map((line) => ["+", line])];
  const found = [];
  let x = a.length, y = b.length;
  for (let edits = trace.length - 1; edits >= 0; --edits) {
    const at = (k) => trace[edits][k + edits + 1], k = x - y;
    const down = k === -edits || (k !== edits && at(k - 1) < at(k + 1));
    const before = down ? k + 1 : k - 1;
    const fromX = edits === 0 ? 0 : at(before), fromY = edits === 0 ? 0 : fromX - before;
    while (x > fromX && y > fromY) {
      found.push([" ", a[--x]]);
      --y;
    }
    if (edits > 0) found.push(down ? ["+", b[--y]] : ["-", a[--x]]);
  }
  return found.reverse();
}

function lineDiff(before, after) {
  const a = before.split("\n"), b = after.split("\n");
  let head = 0, tail = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) ++head;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) ++tail;
  return [...a.slice(0, head).map((line) => [" ", line]),
          ...middleDiff(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
          ...a.slice(a.length - tail).map((line) => [" ", line])];
}

/** The diff with three lines around every change; what is equal beyond that is counted. */
function diffView(before, after) {
  const lines = lineDiff(before, after), around = 3;
  const near = new Uint8Array(lines.length);
  lines.forEach(([sign], i) => {
    if (sign !== " ") near.fill(1, Math.max(0, i - around), i + around + 1);
  });
  const view = el("pre", {class: "diff", tabindex: "0"});
  for (let i = 0; i < lines.length; ++i) {
    if (near[i]) {
      const [sign, line] = lines[i];
      view.append(el("span", {class: sign === "+" ? "added" : sign === "-" ? "removed" : null}, sign + " " + line + "\n"));
      continue;
    }
    const start = i;
    while (i + 1 < lines.length && !near[i + 1]) ++i;
    view.append(el("span", {class: "faint"}, "  … " + (i + 1 - start) + " equal lines\n"));
  }
  const count = (sign) => lines.filter(([own]) => own === sign).length;
  return [el("p", {class: "faint"}, count("+") + " lines added, " + count("-") + " removed"), view];
}
