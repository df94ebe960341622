// Elements and the words in them. Text reaches the page as text nodes and attribute values only.

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}

function create(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  return append(node, children);
}

function el(tag, attributes, ...children) {
  return create(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return create(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** Three significant digits without an exponent. */
function digits(value) {
  const size = Math.abs(value);
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

/** null stands for unknown everywhere and is shown as a dash. */
const dash = "–";
const known = (value) => typeof value === "number" && Number.isFinite(value);

function durationText(ms) {
  if (!known(ms)) return dash;
  if (ms < 0.9995) return digits(ms * 1e3) + " µs";
  return ms < 999.5 ? digits(ms) + " ms" : digits(ms / 1e3) + " s";
}

const speedupText = (value) => (known(value) ? digits(value) + "×" : dash);
const percentText = (value, decimals = 0) =>
  known(value) ? (value * 100).toFixed(decimals) + " %" : dash;
const scoreText = (value) => (known(value) ? value.toFixed(3) : dash);
/** Errors may be the strings "Infinity" and "NaN". */
const errorText = (value) =>
  typeof value === "string" ? value : known(value) ? String(Number(value.toPrecision(3))) : dash;
const intervalText = (interval, text) =>
  interval ? "[" + text(interval[0]) + ", " + text(interval[1]) + "]" : dash;

/** 4.8e12 as "4.80 T". */
function quantityText(value, unit) {
  if (!known(value)) return dash;
  const steps = [[1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
  const [size, prefix] = steps.find(([limit]) => value >= limit) || [1, ""];
  return digits(value / size) + " " + prefix + unit;
}

const axesText = (axes) => Object.entries(axes).map(([axis, value]) => axis + "=" + value).join(" ");

function geometricMean(values) {
  if (values.length === 0 || !values.every((value) => known(value) && value > 0)) return null;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

// Not Math.min(...values): that has room for some ten thousand of them only.
const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
const largest = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);

/** Workload indices by the axes' values: charts are read along them. */
function axisOrder(workloads) {
  const values = (w) => Object.values(w.axes);
  return workloads.map((w, index) => index).sort((a, b) => {
    const left = values(workloads[a]), right = values(workloads[b]);
    const at = left.findIndex((value, i) => value !== right[i]);
    return at < 0 ? a - b : left[at] - right[at];
  });
}

/** The log of a failure in one line. */
const firstLine = (log) => log.split("\n").map((line) => line.trim()).find((line) => line) || "";
