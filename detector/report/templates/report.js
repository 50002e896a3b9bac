"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const CLOSE_POINTS = 12000; // up to here every value of the envelope is drawn
  const ONSET = 1; // the column whose text, a clock, does not sort across midnight
  const MARGIN_S = 15; // shown on both sides of a chosen movement
  const LIGHTER = {
    "#d55e00": "#ff8b3d", "#0072b2": "#56b4e9", "#008a66": "#2fc79b", "#a8518a": "#e08fc4",
    "#6b7280": "#9aa2ae", "#4f6db8": "#6f8cd6", "#8a8f98": "#9aa2ae", "#8d939c": "#727a86",
    "#5b616b": "#a2a9b4", "#c98500": "#e69f00",
    "#5b6470": "#a8b0bc", "#b0413e": "#f08c88", "#8a6d3b": "#d0b070", "#1c2430": "#e6e9ee",
  };
  // Named one by one, since plotly's own choice has a button that sends the chart to its server
  const CONFIG = { responsive: true, displaylogo: false, scrollZoom: false, plotlyServerURL: "",
    showSendToCloud: false, modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]] };

  /** A figure in the colours of the page: lighter ones of the same palette in the dark. */
  function themed(figure) {
    const swap = (value) => {
      if (typeof value === "string") return (dark.matches && LIGHTER[value]) || value;
      if (Array.isArray(value)) return value.map(swap);
      if (ArrayBuffer.isView(value)) return value;
      if (value && typeof value === "object") {
        return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, k === "bdata" ? v : swap(v)]));
      }
      return value;
    };
    const made = swap(figure);
    const grid = dark.matches ? "#333b47" : "#dde1e7";
    for (const name of Object.keys(made.layout)) {
      if (/^[xy]axis/.test(name)) {
        made.layout[name] = { gridcolor: grid, zerolinecolor: grid, linecolor: grid, automargin: true, ...made.layout[name] };
      }
    }
    if (window.innerWidth < 640) {
      made.layout.margin = { ...made.layout.margin, l: 48, r: 4 };
      made.layout.font = { ...made.layout.font, size: 11 };
      if (made.layout.yaxis3) made.layout.height += 110; // the legend takes a column there
    }
    made.layout.hoverlabel = { ...made.layout.hoverlabel, font: { size: 13 } };
    return made;
  }

  const toNumber = (place) => typeof place === "number" ? place
    : Date.parse(String(place).replace(" ", "T") + (String(place).length > 10 ? "Z" : ""));
  const toPlace = (number, like) => typeof like === "number" ? number
    : new Date(number).toISOString().replace("T", " ").replace("Z", "");

  function decoded(detail) {
    const text = atob(detail.values);
    const bytes = new Uint8Array(text.length);
    for (let k = 0; k < text.length; k += 1) bytes[k] = text.charCodeAt(k);
    return bytes;
  }

  /** What the row of a movement says, in words. */
  function told(row) {
    const [number, clock, duration, peak, , state, kind, reason] =
      [...row.cells].map((cell) => cell.textContent.trim());
    return { number, duration, reason, what: `${kind}, ${state}, ${clock}, ${duration} s, ${peak} mg` };
  }

  const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

  /** One night's plot with its table: what is chosen in one is shown in the other. */
  class Night {
    constructor(section, content) {
      this.section = section;
      this.content = content;
      this.plot = section.querySelector('[data-plot="night"]');
      this.rows = [...section.querySelectorAll("tbody tr[data-onset]")];
      this.start = toNumber(content.detail.start);
      this.close = null;
      this.picked = null;
      this.drawn = false;
    }

    async draw() {
      const figure = themed(this.content.night);
      for (const trace of figure.data.filter((one) => one.customdata)) {
        trace.text = trace.customdata.map((number) => {
          const said = told(this.rowOf(number));
          return `${escaped(said.what)}<br>${escaped(said.reason)}`;
        });
      }
      this.shapes = figure.layout.shapes;
      this.envelope = figure.data.findIndex((trace) => trace.meta === "envelope");
      await Plotly.react(this.plot, figure.data, figure.layout, CONFIG);
      for (const [key, chart] of Object.entries(this.content.charts)) {
        const place = this.section.querySelector(`[data-plot="${key}"]`);
        const made = themed(chart);
        Plotly.react(place, made.data, made.layout, { ...CONFIG, displayModeBar: false });
        place.parentElement.classList.add("drawn");
      }
      if (!this.drawn) this.listen();
      this.drawn = true;
    }

    listen() {
      this.plot.on("plotly_relayout", (change) => {
        if (Object.keys(change).some((key) => key.startsWith("xaxis"))) this.refine();
      });
      this.plot.on("plotly_click", (event) => {
        const point = event.points.find((one) => one.customdata !== undefined);
        if (point) this.pick(this.rowOf(point.customdata), false);
      });
    }

    rowOf(number) { return document.getElementById(`m${number}`); }

    /** Every value of the envelope for a close view, the overview for a wide one. */
    refine() {
      const detail = this.content.detail;
      const range = this.plot.layout.xaxis.range.map(toNumber);
      const first = Math.max(0, Math.floor((range[0] - this.start) / detail.step) - 2);
      const last = Math.ceil((range[1] - this.start) / detail.step) + 2;
      if (last - first > CLOSE_POINTS) {
        if (this.close) {
          const whole = this.content.night.data[this.envelope];
          Plotly.restyle(this.plot, { x0: [whole.x0], dx: [whole.dx], y: [whole.y] }, [this.envelope]);
        }
        this.close = null;
        return;
      }
      this.values ??= decoded(detail);
      const part = this.values.subarray(first, last);
      const y = Float32Array.from(part, (v) => v ? detail.least * detail.ratio ** (v - 1) : NaN);
      const x0 = toPlace(this.start + first * detail.step, detail.start);
      this.close = true;
      Plotly.restyle(this.plot, { x0: [x0], dx: [detail.step], y: [y] }, [this.envelope]);
    }

    pick(row, zoom) {
      if (!row) return;
      if (this.picked) this.picked.classList.remove("picked");
      this.picked = row;
      row.classList.add("picked");
      const said = told(row);
      this.section.querySelector(".chosen").textContent = data.texts.picked.replace("{text}",
        `${data.texts.column_number} ${said.number}, ${said.what}: ${said.reason}`);
      const box = row.closest(".scroll");
      box.scrollTop = row.offsetTop - box.clientHeight / 2;
      this.show(Number(row.dataset.onset), Number(said.duration), zoom);
    }

    show(onset, duration, zoom) {
      if (!this.drawn) return;
      const detail = this.content.detail;
      const at = (s) => toPlace(this.start + (s - detail.start_s) * detail.second, detail.start);
      const colour = dark.matches ? "#e6e9ee" : "#1c2430";
      const shape = { type: "rect", xref: "x", yref: "paper", x0: at(onset), x1: at(onset + duration), y0: 0, y1: 1,
        line: { width: 1, color: colour }, fillcolor: colour, opacity: 0.18 };
      const change = { shapes: [...this.shapes, shape] };
      if (zoom) change["xaxis.range"] = [at(onset - MARGIN_S), at(onset + duration + MARGIN_S)];
      Plotly.relayout(this.plot, change).then(() => this.refine());
    }

    step(by) {
      const visible = this.rows.filter((row) => !row.hidden);
      const now = visible.indexOf(this.picked);
      const next = now < 0 ? (by > 0 ? 0 : visible.length - 1) : now + by;
      this.pick(visible[Math.min(Math.max(next, 0), visible.length - 1)], true);
    }

    whole() {
      Plotly.relayout(this.plot, { "xaxis.range": this.content.night.layout.xaxis.range })
        .then(() => this.refine());
    }
  }

  function controls(night) {
    const { section } = night;
    section.querySelector(".chooser").hidden = !night.rows.length;
    for (const button of section.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => night.step(Number(button.dataset.step)));
    }
    section.querySelector("[data-whole]").addEventListener("click", () => night.whole());
    const table = section.querySelector(".movements-table");
    if (!table) return;
    table.tBodies[0].addEventListener("click", (event) => {
      if (!event.target.closest("button")) return;
      night.pick(event.target.closest("tr"), true);
      night.plot.scrollIntoView({ block: "nearest" });
    });
    filtering(night, section);
    sorting(night, table);
  }

  function filtering(night, section) {
    const bar = section.querySelector(".filters");
    bar.hidden = false;
    const selects = [...bar.querySelectorAll("select")];
    const apply = () => {
      for (const row of night.rows) {
        row.hidden = selects.some((s) => s.value && row.dataset[s.dataset.filter] !== s.value);
      }
      const shown = night.rows.filter((row) => !row.hidden).length;
      bar.querySelector(".shown").textContent =
        data.texts.shown.replace("{shown}", shown).replace("{count}", night.rows.length);
    };
    for (const select of selects) select.addEventListener("change", apply);
    apply();
  }

  function sorting(night, table) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => column === ONSET ? row.dataset.onset : row.cells[column].textContent;
      const compare = head.dataset.sort === "number"
        ? (a, b) => (parseFloat(value(a)) || 0) - (parseFloat(value(b)) || 0)
        : (a, b) => value(a).localeCompare(value(b));
      night.rows.sort((a, b) => (down ? -1 : 1) * compare(a, b));
      table.tBodies[0].append(...night.rows);
    }));
  }

  const nights = [...document.querySelectorAll("section.night")].map(
    (section) => new Night(section, data.nights[Number(section.dataset.night)]));
  nights.forEach(controls);
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      watcher.unobserve(entry.target);
      nights.find((night) => night.section === entry.target).draw();
    }
  }, { rootMargin: "400px" });
  for (const night of nights) watcher.observe(night.section);
  // Paper has no triangle to choose: what is folded is opened for it, and folded again
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  window.addEventListener("afterprint", () => { for (const one of folded) one.open = false; });
  dark.addEventListener("change", () => nights.filter((n) => n.drawn).forEach((n) => { n.close = null; n.draw(); }));
})();
