// The page comes to life: nights are drawn when they come into view, what is chosen is shown everywhere.

const AROUND_S = 15;

class Night {
  constructor(section) {
    this.section = section;
    this.content = data.nights[Number(section.dataset.night)];
    this.plot = new NightPlot(section, this.content);
    this.panel = new MovementPanel(section, this.plot);
    this.table = section.querySelector(".movements-table")
      ? new MovementTable(section, (number) => this.pick(number, true)) : null;
    this.plot.onpick = (number) => this.pick(number, false);
    this.plot.onstep = (by) => this.step(by);
    this.controls();
  }

  controls() {
    const { section, plot } = this;
    section.querySelector(".toolbar").hidden = false;
    const act = {
      in: () => plot.zoom(0.5), out: () => plot.zoom(2), earlier: () => plot.pan(-0.5), later: () => plot.pan(0.5),
      whole: () => plot.show(plot.whole), previous: () => this.step(-1), next: () => this.step(1),
      zoom: () => { if (this.panel.number) plot.around(this.panel.number, AROUND_S); },
    };
    for (const button of section.querySelectorAll("[data-act]")) {
      button.addEventListener("click", () => act[button.dataset.act]());
    }
  }

  /** Say how much of the signal is in the page. */
  say() {
    const { plot } = this, { numbers } = plot;
    const raw = numbers.filter((number) => data.raw[number]).length;
    const onset = (number) => movements.onset_s[number - 1];
    const without = numbers.filter((number) => !data.raw[number]
      && !plot.within([onset(number), onset(number) + 0.01]).length).length;
    const said = raw === numbers.length ? words.pieces_all
      : without ? words.pieces_some : raw ? words.pieces : words.pieces_none;
    this.section.querySelector(".pieces-said").textContent = numbers.length ? filled(said, { raw, without,
      count: numbers.length, hz: Number(data.hz.toPrecision(3)), low: Number(this.content.pieces.hz.toPrecision(3)) }) : "";
  }

  async draw() {
    await this.plot.draw();
    this.say();
    await this.panel.draw();
    for (const place of this.section.querySelectorAll(".chart .plot")) charts.observe(place);
  }

  redraw() {
    if (!this.plot.drawn) return;
    this.draw();
    for (const place of this.section.querySelectorAll(".chart.drawn .plot")) this.chart(place);
  }

  chart(place) {
    const made = themed(this.content.charts[place.dataset.plot]);
    if (place.dataset.plot === "course") this.course(made);
    return Plotly.react(place, made.data, made.layout, CONFIG).then(() => place.parentElement.classList.add("drawn"));
  }

  /** Fill the chart of intervals through the night from what is known of each movement. */
  course(figure) {
    const { onset_s: onsets, interval_s: intervals, series, kind, state } = movements;
    const left_out = data.kinds.indexOf("excluded");
    const found = { in_series: [], outside_series: [] };
    let before = null;
    for (const n of this.plot.numbers) {
      const k = n - 1;
      if (kind[k] === left_out) continue;
      if (before !== null && state[k] === 0 && intervals[k] > 0) {
        found[series[k] && series[k] === series[before] ? "in_series" : "outside_series"].push(k);
      }
      before = k;
    }
    for (const trace of figure.data) {
      trace.x = found[trace.meta].map((k) => this.plot.time.at(onsets[k]));
      trace.y = found[trace.meta].map((k) => intervals[k]);
    }
  }

  pick(number, fromTable) {
    if (!number) return;
    this.table.mark(number);
    this.plot.mark(number);
    this.panel.show(number);
    if (fromTable) this.panel.panel.scrollIntoView({ block: "nearest" });
  }

  step(by) { if (this.table) this.pick(this.table.after(this.panel.number, by), false); }
}

const nights = [...document.querySelectorAll("section.night")].map((section) => new Night(section));
const nightOf = (element) => nights.find((night) => night.section.contains(element));

/** Draw what comes near the view, once. */
function watcher(draw) {
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      seen.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "400px" });
  return seen;
}
const charts = watcher((place) => nightOf(place).chart(place));
const plots = watcher((section) => nightOf(section).draw());

function start() { for (const night of nights) plots.observe(night.section); }

if (window.Plotly) {
  // The text is painted before the plot is made
  requestAnimationFrame(() => setTimeout(start));
} else {
  const library = document.createElement("script");
  library.src = "plotly.min.js";
  library.onload = start;
  library.onerror = () => {
    for (const place of document.querySelectorAll(".plot-missing")) place.hidden = false;
  };
  document.head.append(library);
}

// movements.csv out of the page itself: the very bytes of the file beside it
for (const button of document.querySelectorAll("[data-download]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const stream = new Blob([bytes(data.csv)]).stream().pipeThrough(new DecompressionStream("deflate"));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([await new Response(stream).arrayBuffer()], { type: "text/csv" }));
    link.download = "movements.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  });
}

// A word with a dotted line says what it means where it stands; without this it leads to the list
const explained = document.getElementById("explained");
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.term");
  if (!link || !explained.showPopover) return;
  event.preventDefault();
  const entry = document.querySelector(link.getAttribute("href"));
  const name = document.createElement("strong"), meaning = document.createElement("span");
  name.textContent = entry.querySelector("dt").textContent;
  meaning.textContent = entry.querySelector("dd").textContent;
  explained.replaceChildren(name, meaning);
  explained.showPopover();
  explained.focus();
});
explained.addEventListener("keydown", (event) => { if (event.key === "Enter") explained.hidePopover(); });

// One sheet for a doctor: printed alone from its button
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    document.documentElement.classList.add("sheet-only");
    window.print();
  });
}

// Paper has no triangle to choose: what is folded is opened for it, and folded again
let folded = [];
window.addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const one of folded) one.open = true;
});
window.addEventListener("afterprint", () => {
  for (const one of folded) one.open = false;
  document.documentElement.classList.remove("sheet-only");
});
dark.addEventListener("change", () => { for (const night of nights) night.redraw(); });
