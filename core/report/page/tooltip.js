// One tooltip for everything that has more to say: elements in `texts`, under the pointer or focused.

const texts = new WeakMap();  // element -> function that gives its text

function place(box, target) {
  const around = target.getBoundingClientRect();
  box.style.left = Math.max(4, Math.min(around.left, innerWidth - box.offsetWidth - 8)) + "px";
  const below = around.bottom + 6 + box.offsetHeight < innerHeight;
  box.style.top = (below ? around.bottom + 6 : around.top - box.offsetHeight - 6) + "px";
}

function startTooltip() {
  const box = document.getElementById("tooltip");
  let shown = null;
  const hide = () => {
    if (shown) shown.removeAttribute("aria-describedby");
    shown = null;
    box.hidden = true;
  };
  const show = (event) => {
    const target = event.target.closest ? event.target.closest("[data-tip]") : null;
    if (target === shown) return;
    hide();
    if (!target || !texts.has(target)) return;
    shown = target;
    box.textContent = texts.get(target)();
    box.hidden = false;
    target.setAttribute("aria-describedby", "tooltip");
    place(box, target);
  };
  document.addEventListener("mouseover", show);
  document.addEventListener("focusin", show);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("scroll", hide, true);
}

/** Give `element` a tooltip; `text` is called when it is wanted. */
function tip(element, text) {
  element.setAttribute("data-tip", "");
  texts.set(element, text);
  return element;
}

function workloadTip(candidate, w) {
  const lines = [candidate.name, axesText(w.axes) + "  (" + w.uuid + ")", w.status];
  if (w.latency_ms !== null) {
    lines.push("latency " + durationText(w.latency_ms) + " " +
               intervalText(w.latency_ci_ms, durationText) + ", " + w.samples + " samples");
  }
  if (known(w.baseline_latency_ms)) lines.push("baseline " + durationText(w.baseline_latency_ms));
  if (known(w.speedup)) {
    lines.push("speedup " + speedupText(w.speedup) + " " + intervalText(w.speedup_ci, speedupText));
  }
  if (known(w.roofline_fraction)) lines.push("roofline " + percentText(w.roofline_fraction));
  if (w.status !== "PASSED") lines.push(firstLine(w.log).slice(0, 300));
  return lines.join("\n");
}
