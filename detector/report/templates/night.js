// The plot of a night: for each view the finest signal that there is and as many marks as can be told apart.

const BLOCKS = 1000; // of the envelope in a wide view, two points each
const CLOSE_S = 300; // up to here pieces of the signal are drawn
const AXES_S = 90; // up to here the three axes, sample by sample where they are at hand
const MOST_MARKS = 500;
const BINS = 120;
const LEAST_MG = 0.5; // the bottom of the logarithmic axis
const LEAST_SPAN_S = 1;

class NightPlot {
  constructor(section, content) {
    this.section = section;
    this.content = content;
    this.plot = section.querySelector('[data-plot="night"]');
    this.levels = content.levels;
    this.time = new TimeScale(content.levels);
    this.drawn = false;
    this.picked = null;
    const { onset_s: onsets } = movements;
    this.numbers = [...section.querySelectorAll(".movements-table tbody tr")].map((row) => Number(row.id.slice(1)));
    this.numbers.sort((a, b) => onsets[a - 1] - onsets[b - 1]);
  }

  get whole() { return [this.levels.start_s, this.levels.stop_s]; }

  get range() {
    return this.plot.layout ? this.plot.layout.xaxis.range.map((place) => this.time.seconds(place)) : this.whole;
  }

  /** Unpack what was packed, once. */
  open() {
    if (this.low) return;
    const { levels, content: { pieces } } = this;
    const { coarse, fine } = data.codes;
    this.low = unlogged(bytes(levels.low), coarse);
    this.high = unlogged(bytes(levels.high), coarse);
    this.thresholds = ["onset_threshold", "offset_threshold"].map((name) => unlogged(bytes(levels[name]), coarse));
    this.posture = levels.posture ? typed(levels.posture, Int8Array) : null;
    this.level = unlogged(typed(pieces.level, Uint16Array), fine);
    this.codes = bytes(pieces.axes);
    this.scale = typed(pieces.scale, Float32Array); // least of x, y, z, then their steps
    const counts = typed(pieces.count, Uint32Array);
    let before = 0;
    this.pieces = Array.from(typed(pieces.first, Uint32Array), (first, k) => {
      const start_s = levels.start_s + first / pieces.hz;
      const piece = { start_s, stop_s: start_s + counts[k] / pieces.hz, offset: before, count: counts[k], k };
      before += counts[k];
      return piece;
    });
  }

  /** The pieces of signal that reach into a span. */
  within([from, to]) { return this.pieces.filter((one) => one.stop_s > from && one.start_s < to); }

  /** The movement signal of a span: [seconds, mg]. */
  envelope([from, to]) {
    const { levels } = this;
    const x = [], y = [];
    const coarse = (a, b) => {
      const first = Math.max(0, Math.floor((a - levels.start_s) / levels.step_s));
      const last = Math.min(this.high.length, Math.ceil((b - levels.start_s) / levels.step_s));
      const size = Math.max(1, Math.ceil((last - first) / BLOCKS));
      for (let k = first; k < last; k += size) {
        let low = Infinity, high = -Infinity;
        for (let i = k; i < Math.min(k + size, last); i += 1) {
          if (this.low[i] < low) low = this.low[i];
          if (this.high[i] > high) high = this.high[i];
        }
        const at = levels.start_s + k * levels.step_s, there = high > 0;
        if (at < a - size * levels.step_s / 2) continue;
        x.push(Math.max(at, a), Math.min(at + size * levels.step_s / 2, b));
        y.push(there ? Math.max(low, LEAST_MG) : NaN, there ? Math.max(high, LEAST_MG) : NaN);
      }
    };
    if (to - from > CLOSE_S) {
      coarse(from, to);
      return [x, y];
    }
    let at = from;
    for (const piece of this.within([from, to])) {
      if (piece.start_s > at) coarse(at, piece.start_s);
      const [s, v] = this.levelOf(piece);
      x.push(...s);
      y.push(...v);
      at = piece.stop_s;
    }
    if (at < to) coarse(at, to);
    return [x, y];
  }

  levelOf(piece) {
    const x = [], y = [];
    for (let k = 0; k < piece.count; k += 1) {
      x.push(piece.start_s + (k + 0.5) / this.content.pieces.hz);
      y.push(Math.max(this.level[piece.offset + k], LEAST_MG));
    }
    return [x, y];
  }

  threshold(which, [from, to]) {
    const values = this.thresholds[which], step = this.levels.threshold_step_s;
    const first = Math.max(0, Math.floor((from - this.levels.start_s) / step));
    const last = Math.min(values.length, Math.ceil((to - this.levels.start_s) / step) + 1);
    const size = Math.max(1, Math.ceil((last - first) / BLOCKS));
    const x = [], y = [];
    for (let k = first; k < last; k += size) {
      x.push(this.levels.start_s + k * step);
      y.push(values[k]);
    }
    return [x, y];
  }

  /** Acceleration of the three axes: [[seconds, g], ...]; the samples where the page has them. */
  axes([from, to]) {
    const out = [[[], []], [[], []], [[], []]];
    const near = to - from <= AXES_S ? this.within([from, to]) : [];
    if (!near.length) return this.postureOf([from, to]);
    const raw = to - from <= AXES_S ? this.rawWithin([from, to]) : [];
    for (const piece of near) {
      const found = this.axesOf(piece);
      found.forEach(([x, y], axis) => {
        for (let k = 0; k < x.length; k += 1) {
          if (raw.some((one) => x[k] >= one.start_s && x[k] <= one.stop_s)) continue;
          out[axis][0].push(x[k]);
          out[axis][1].push(y[k]);
        }
        out[axis][0].push(piece.stop_s);
        out[axis][1].push(NaN);
      });
    }
    if (!raw.length) return out;
    return out.map(([x, y], axis) => {
      const points = x.map((value, k) => [value, y[k]]);
      let until = -Infinity; // windows of neighbours overlap: each sample once
      for (const one of raw) {
        const [s, values] = rawAxes(one)[axis];
        for (let k = 0; k < s.length; k += 1) if (s[k] > until) points.push([s[k], values[k]]);
        until = Math.max(until, s[s.length - 1]);
      }
      points.sort((a, b) => a[0] - b[0]);
      return [points.map((p) => p[0]), points.map((p) => p[1])];
    });
  }

  rawWithin([from, to]) {
    return this.numbers.map((number) => data.raw[number])
      .filter((one) => one && one.leg !== "right" && one.stop_s > from && one.start_s < to)
      .sort((a, b) => a.start_s - b.start_s);
  }

  axesOf(piece) {
    const { pieces } = this.content;
    const total = this.codes.length / 3, size = this.pieces.length;
    return [0, 1, 2].map((axis) => {
      const x = [], y = [];
      const least = this.scale[axis * size + piece.k], step = this.scale[(3 + axis) * size + piece.k];
      for (let k = 0; k < piece.count; k += 1) {
        const at = piece.offset + k, there = this.level[at] > 0;
        x.push(piece.start_s + (k + 0.5) / pieces.hz);
        y.push(there ? least + step * this.codes[axis * total + at] : NaN);
      }
      return [x, y];
    });
  }

  postureOf([from, to]) {
    const { posture, levels } = this;
    if (!posture) return [[[], []], [[], []], [[], []]];
    const total = posture.length / 3, step = levels.posture_step_s;
    const first = Math.max(0, Math.floor((from - levels.start_s) / step) - 1);
    const last = Math.min(total, Math.ceil((to - levels.start_s) / step) + 1);
    return [0, 1, 2].map((axis) => {
      const x = [], y = [];
      for (let k = first; k < last; k += 1) {
        const code = posture[axis * total + k];
        x.push(levels.start_s + k * step + 0.5);
        y.push(code === -128 ? NaN : code / 100);
      }
      return [x, y];
    });
  }

  /** Marks by kind: each movement up to MOST_MARKS in view, else so many in a bin. */
  marks([from, to]) {
    const { onset_s: onsets, peak_mg: peaks, kind, state } = movements;
    const inside = this.numbers.filter((n) => onsets[n - 1] >= from && onsets[n - 1] <= to);
    const kinds = {};
    for (const n of inside) (kinds[data.kinds[kind[n - 1]]] ??= []).push(n);
    // Those asleep first: a legend shows the first mark of a trace
    for (const found of Object.values(kinds)) found.sort((a, b) => state[a - 1] - state[b - 1]);
    this.binned = inside.length > MOST_MARKS;
    if (!this.binned) {
      return Object.fromEntries(Object.entries(kinds).map(([name, found]) => [name, {
        x: found.map((n) => onsets[n - 1]), y: found.map((n) => peaks[n - 1]), size: 9,
        open: found.map((n) => state[n - 1] > 0), customdata: found,
        text: found.map((n) => this.hover(n)),
      }]));
    }
    const width = (to - from) / BINS;
    return Object.fromEntries(Object.entries(kinds).map(([name, found]) => {
      const bins = new Map();
      for (const n of found) {
        const bin = Math.floor((onsets[n - 1] - from) / width);
        if (!bins.has(bin)) bins.set(bin, []);
        bins.get(bin).push(n);
      }
      const groups = [...bins.values()];
      return [name, {
        x: groups.map((g) => g.reduce((sum, n) => sum + onsets[n - 1], 0) / g.length),
        y: groups.map((g) => Math.max(...g.map((n) => peaks[n - 1]))),
        size: groups.map((g) => Math.min(22, 7 + 2.5 * Math.sqrt(g.length))),
        open: groups.map((g) => g.every((n) => state[n - 1] > 0)), customdata: groups.map((g) => -g[0]),
        text: groups.map((g) => filled(words.bin, { count: g.length,
          start: this.time.clock(onsets[g[0] - 1]), stop: this.time.clock(onsets[g[g.length - 1] - 1]) })),
      }];
    }));
  }

  hover(number) {
    const said = told(rowOf(number));
    return `${escaped(said.what)}<br>${escaped(said.reason)}`;
  }

  /** All that the traces show of a span, as one change. */
  filling(range) {
    const reach = (range[1] - range[0]) / 2; // beyond both sides, for dragging
    const wide = [Math.max(this.whole[0], range[0] - reach), Math.min(this.whole[1], range[1] + reach)];
    const at = (s) => this.time.at(s);
    const marks = this.marks(range);
    const close = range[1] - range[0] <= AXES_S && this.within(range).length > 0;
    const axes = this.axes(close ? range : wide);
    if (close) for (const axis of axes) axis[1] = lessMedian(axis[1]);
    const change = { index: [], x: [], y: [], text: [], customdata: [], size: [], symbol: [] };
    this.plot.data.forEach((trace, index) => {
      let x, y, mark = {};
      if (trace.meta === "envelope") [x, y] = this.envelope(wide);
      else if (trace.meta === "threshold") [x, y] = this.threshold(0, wide);
      else if (trace.meta === "offset_threshold") [x, y] = this.threshold(1, wide);
      else if (/^axis_[xyz]$/.test(trace.meta)) [x, y] = axes["xyz".indexOf(trace.meta[5])];
      else if (trace.meta in data.colours) {
        mark = marks[trace.meta] ?? { x: [], y: [], open: [], size: 9, text: [], customdata: [] };
        ({ x, y } = mark);
      } else return;
      const base = this.symbols[index];
      change.index.push(index);
      change.x.push(x.map(at));
      change.y.push(y);
      change.text.push(mark.text ?? null);
      change.customdata.push(mark.customdata ?? null);
      change.size.push(mark.size ?? null);
      change.symbol.push(mark.open ? mark.open.map((open) => (open ? `${base}-open` : base)) : null);
    });
    return { change, layout: this.sideOf(axes, close) };
  }

  /** The row of axes: posture from afar, acceleration of a close view, each with its own scale. */
  sideOf(axes, close) {
    let range = [-1.15, 1.45];
    if (close) {
      let low = Infinity, high = -Infinity;
      for (const [, y] of axes) for (const v of y) { if (v < low) low = v; if (v > high) high = v; }
      if (low < high) range = [low - 0.05 * (high - low), high + 0.15 * (high - low)];
    }
    return { "yaxis3.range": range, "yaxis3.title.text": close ? words.change : this.postureTitle,
      "yaxis3.tickmode": close ? "auto" : "array" };
  }

  async draw() {
    this.open();
    const figure = themed(this.content.night);
    this.shapes = figure.layout.shapes;
    this.symbols = figure.data.map((trace) => trace.marker && trace.marker.symbol).map((s) => (Array.isArray(s) ? s[0] : s));
    this.symbols = this.symbols.map((s) => String(s).replace("-open", ""));
    this.postureTitle = figure.layout.yaxis3.title.text;
    this.plot.data = figure.data;
    const { change, layout } = this.filling(this.drawn ? this.range : this.whole);
    change.index.forEach((index, k) => {
      const trace = figure.data[index];
      Object.assign(trace, { x: change.x[k], y: change.y[k] });
      if (change.text[k]) {
        Object.assign(trace, { text: change.text[k], customdata: change.customdata[k] });
        trace.marker = { ...trace.marker, size: change.size[k], symbol: change.symbol[k] };
      }
    });
    Object.assign(figure.layout.yaxis3, { range: layout["yaxis3.range"], tickmode: layout["yaxis3.tickmode"],
      title: { ...figure.layout.yaxis3.title, text: layout["yaxis3.title.text"] } });
    figure.layout.shapes = this.allShapes();
    if (this.drawn) figure.layout.xaxis.range = this.range.map((s) => this.time.at(s));
    await Plotly.react(this.plot, figure.data, figure.layout, CONFIG);
    if (!this.drawn) this.listen();
    this.drawn = true;
    this.plot.dataset.drawn = "";
  }

  listen() {
    this.plot.on("plotly_relayout", (change) => {
      if (Object.keys(change).some((key) => key.startsWith("xaxis"))) this.show(this.range);
    });
    this.plot.on("plotly_doubleclick", () => { this.show(this.whole); });
    this.plot.on("plotly_click", (event) => {
      const point = event.points.find((one) => one.customdata !== undefined && one.customdata !== null);
      if (!point) return;
      if (point.customdata > 0) this.onpick(point.customdata);
      else this.zoom(0.25, this.time.seconds(point.x));
    });
    this.plot.addEventListener("keydown", (event) => this.key(event));
    this.plot.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const axis = this.plot._fullLayout.xaxis;
      const left = this.plot.getBoundingClientRect().left + axis._offset;
      const [from, to] = this.range;
      const about = from + (to - from) * Math.min(1, Math.max(0, (event.clientX - left) / axis._length));
      this.zoom(event.deltaY > 0 ? 1.4 : 1 / 1.4, about);
    }, { passive: false });
  }

  /** Show a span on all rows, with the finest signal that there is for it. */
  show([from, to]) {
    const [first, last] = this.whole;
    const span = Math.min(last - first, Math.max(LEAST_SPAN_S, to - from));
    const start = Math.min(Math.max(first, from), last - span);
    const range = [start, start + span];
    const { change, layout } = this.filling(range);
    const update = { x: change.x, y: change.y };
    const marked = change.index.map((_, k) => k).filter((k) => change.text[k]);
    for (const k of marked) {
      const trace = this.plot.data[change.index[k]];
      trace.text = change.text[k];
      trace.customdata = change.customdata[k];
      trace.marker.size = change.size[k];
      trace.marker.symbol = change.symbol[k];
    }
    return Plotly.update(this.plot, update,
      { ...layout, "xaxis.range": range.map((s) => this.time.at(s)), shapes: this.allShapes() }, change.index);
  }

  allShapes() {
    if (!this.picked) return this.shapes;
    const { onset_s: onsets, duration_s: durations } = movements;
    const onset = onsets[this.picked - 1], colour = dark.matches ? "#e6e9ee" : "#1c2430";
    return [...this.shapes, { type: "rect", xref: "x", yref: "paper", x0: this.time.at(onset),
      x1: this.time.at(onset + durations[this.picked - 1]), y0: 0, y1: 1,
      line: { width: 1, color: colour }, fillcolor: colour, opacity: 0.18 }];
  }

  mark(number) {
    this.picked = number;
    if (!this.drawn) return null;
    const onset = movements.onset_s[number - 1], [from, to] = this.range;
    if (onset < from || onset > to) return this.show([onset - (to - from) / 2, onset + (to - from) / 2]);
    return Plotly.relayout(this.plot, { shapes: this.allShapes() });
  }

  zoom(factor, about) {
    const [from, to] = this.range;
    const middle = about ?? (from + to) / 2, share = (middle - from) / (to - from);
    const span = (to - from) * factor;
    return this.show([middle - share * span, middle + (1 - share) * span]);
  }

  pan(share) {
    const [from, to] = this.range, by = share * (to - from);
    return this.show([from + by, to + by]);
  }

  around(number, margin_s) {
    const onset = movements.onset_s[number - 1];
    return this.show([onset - margin_s, onset + movements.duration_s[number - 1] + margin_s]);
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const doing = {
      ArrowLeft: () => this.pan(-0.25), ArrowRight: () => this.pan(0.25),
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2),
      0: () => this.show(this.whole), Home: () => this.show(this.whole),
      n: () => this.onstep(1), p: () => this.onstep(-1),
    }[event.key];
    if (!doing) return;
    event.preventDefault();
    doing();
  }
}

/** Values less the one in the middle of them: what moves is seen beside what gravity holds. */
function lessMedian(values) {
  const known = values.filter((v) => v === v).sort((a, b) => a - b);
  const middle = known.length ? known[known.length >> 1] : 0;
  return values.map((v) => v - middle);
}

const rowOf = (number) => document.getElementById(`m${number}`);

/** The samples of the file round a movement: [[seconds, g], ...] of the three axes. */
function rawAxes(piece) {
  if (piece.opened) return piece.opened;
  const codes = typed(piece.axes, Uint16Array), count = codes.length / 3;
  const stamps = piece.stamps ? typed(piece.stamps, Float32Array) : null;
  const step = (piece.stop_s - piece.start_s) / (count - 1);
  const seconds = Array.from({ length: count }, (_, k) => piece.start_s + (stamps ? stamps[k] : k * step));
  piece.opened = [0, 1, 2].map((axis) =>
    [seconds, Array.from(codes.subarray(axis * count, (axis + 1) * count), (c) => piece.least + piece.step * c)]);
  return piece.opened;
}
