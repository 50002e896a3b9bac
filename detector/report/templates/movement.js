// The movement that is chosen: its reason, its figures, and the signal with the thresholds it passed.

const DETAIL_MARGIN_S = 4;

class MovementPanel {
  constructor(section, night) {
    this.section = section;
    this.night = night;
    this.panel = section.querySelector(".movement");
    this.plot = this.panel ? this.panel.querySelector('[data-plot="movement"]') : null;
    this.number = null;
  }

  show(number) {
    this.number = number;
    const row = rowOf(number), said = told(row);
    const find = (name) => this.panel.querySelector(name);
    find(".none").hidden = true;
    find(".chosen").hidden = false;
    find(".movement-title").textContent = filled(words.movement, { number, kind: data.names[data.kinds[movements.kind[number - 1]]] ?? filled(words.left_out, { kind: said.kind }) });
    find(".movement-when").textContent = `${said.clock}, ${said.state}`;
    find(".reason").textContent = said.reason;
    const k = number - 1, level = this.highest(k);
    const facts = {
      length: filled(words.seconds, { value: said.duration }),
      level: level === null ? null : filled(words.level, { value: (level ?? 0).toFixed(0), times: ((level ?? 0) / movements.onset_mg[k]).toFixed(1) }),
      peak: filled(words.peak, { value: said.peak }),
      thresholds: filled(words.thresholds, { onset: movements.onset_mg[k].toFixed(1), offset: movements.offset_mg[k].toFixed(1) }),
      turn: said.turn ? filled(words.degrees, { value: said.turn }) : null,
      interval: !movements.interval_s[k] ? null : filled(words.seconds, { value: movements.interval_s[k].toFixed(1) }),
      series: movements.series[k] || null,
    };
    for (const place of this.panel.querySelectorAll("[data-fact]")) {
      const fact = facts[place.dataset.fact];
      place.textContent = fact === null || fact === undefined ? words.none : fact;
    }
    return this.draw();
  }

  /** The movement signal at its highest, in mg, as the page has it. */
  highest(k) {
    const { onset_s: onsets, duration_s: durations } = movements;
    this.night.open();
    const from = onsets[k], to = from + durations[k];
    let most = 0;
    if (!this.night.within([from, to]).length) return null;
    for (const piece of this.night.within([from, to])) {
      const [x, y] = this.night.levelOf(piece);
      x.forEach((s, i) => { if (s >= from && s <= to && y[i] > most) most = y[i]; });
    }
    return most;
  }

  async draw() {
    if (!this.number || !window.Plotly) return;
    this.night.open();
    const figure = themed(data.movement), k = this.number - 1;
    const onset = movements.onset_s[k], duration = movements.duration_s[k];
    const from = onset - DETAIL_MARGIN_S, to = onset + duration + DETAIL_MARGIN_S;
    const raw = data.raw[this.number];
    const near = this.night.within([from, to]);
    const joined = (parts) => parts.reduce(([x, y], [s, v]) => [x.concat(s, NaN), y.concat(v, NaN)], [[], []]);
    const level = near.length ? joined(near.map((piece) => this.night.levelOf(piece)))
      : this.night.envelope([from, to]);
    const axes = raw ? rawAxes(raw)
      : [0, 1, 2].map((axis) => joined(near.map((piece) => this.night.axesOf(piece)[axis])));
    for (const trace of figure.data) {
      let [x, y] = [[from, to], []];
      if (trace.meta === "envelope") [x, y] = level;
      else if (trace.meta === "threshold") y = [movements.onset_mg[k], movements.onset_mg[k]];
      else if (trace.meta === "offset_threshold") y = [movements.offset_mg[k], movements.offset_mg[k]];
      else [x, y] = axes["xyz".indexOf(trace.meta[5])];
      const kept = x.map((s, i) => i).filter((i) => !(x[i] < from || x[i] > to));
      trace.x = kept.map((i) => x[i] - onset);
      trace.y = kept.map((i) => y[i]);
      if (/^axis_/.test(trace.meta)) trace.y = lessMedian(trace.y);
      trace.line = { ...trace.line, width: 1.3 };
    }
    if (!raw && !near.length) {
      // Without any value of the axes there is one row
      figure.data = figure.data.filter((trace) => !/^axis_/.test(trace.meta));
      figure.layout.yaxis.domain = [0, 1];
      figure.layout.xaxis.anchor = "y";
      figure.layout.yaxis2.visible = false;
    }
    figure.layout.title = undefined;
    figure.layout.height = 330;
    figure.layout.yaxis.tickvals = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
    figure.layout.yaxis.title = { text: words.milli_g, font: { size: 12 } };
    figure.layout.yaxis2.title = { text: words.change, font: { size: 12 } };
    figure.layout.margin = { ...figure.layout.margin, t: 46, b: 40 };
    figure.layout.xaxis.range = [from - onset, to - onset];
    const light = data.colours[data.kinds[movements.kind[k]]], colour = dark.matches ? LIGHTER[light] : light;
    figure.layout.shapes = [{ ...figure.layout.shapes[0], x0: 0, x1: duration, fillcolor: colour,
      line: { width: 1, color: colour } }];
    const source = raw ? (raw.leg ? words.raw_leg : words.raw) : near.length ? words.low : words.coarse;
    this.panel.querySelector(".signal-source").textContent = filled(source,
      { hz: Number(data.hz.toPrecision(3)), low: Number(this.night.content.pieces.hz.toPrecision(3)), leg: raw && raw.leg ? words[raw.leg] : "",
        step: Math.round(this.night.levels.step_s) });
    await Plotly.react(this.plot, figure.data, figure.layout, CONFIG);
    this.plot.dataset.number = String(this.number);
  }
}
