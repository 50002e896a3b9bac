// What every plot of the page shares: colours, numbers out of base64, places on the time axis.

const data = JSON.parse(document.getElementById("data").textContent);
const words = data.texts;
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const LIGHTER = {
  "#d55e00": "#ff8b3d", "#0072b2": "#56b4e9", "#008a66": "#2fc79b", "#a8518a": "#e08fc4",
  "#6b7280": "#9aa2ae", "#4f6db8": "#6f8cd6", "#8a8f98": "#9aa2ae", "#8d939c": "#727a86",
  "#5b616b": "#a2a9b4", "#c98500": "#e69f00",
  "#5b6470": "#a8b0bc", "#b0413e": "#f08c88", "#8a6d3b": "#d0b070", "#1c2430": "#e6e9ee",
};
// plotly's own buttons are not for the keyboard, and one of them would send the chart to its server
const CONFIG = { responsive: true, displaylogo: false, scrollZoom: false, displayModeBar: false, showTips: false,
  plotlyServerURL: "", showSendToCloud: false };

/** A figure in the colours of the page: lighter ones of the same palette in the dark. */
function themed(figure) {
  const swap = (value) => {
    if (typeof value === "string") return (dark.matches && LIGHTER[value]) || value;
    if (Array.isArray(value)) return value.map(swap);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, swap(v)]));
    }
    return value;
  };
  const made = swap(figure);
  const grid = dark.matches ? "#333b47" : "#dde1e7";
  const raised = dark.matches ? "#1d232c" : "#f5f6f8";
  for (const name of Object.keys(made.layout)) {
    if (/^[xy]axis/.test(name)) {
      made.layout[name] = { gridcolor: grid, zerolinecolor: grid, linecolor: grid, automargin: true, ...made.layout[name] };
    }
  }
  if (window.innerWidth < 640) {
    made.layout.margin = { ...made.layout.margin, l: 44, r: 4 };
    made.layout.font = { ...made.layout.font, size: 11 };
    if (made.layout.yaxis3) { // the picture above tells the other colours
      for (const trace of made.data) trace.showlegend = trace.meta in data.colours;
      made.layout.height += 40;
    }
  }
  made.layout.hoverlabel = { ...made.layout.hoverlabel, bgcolor: raised, bordercolor: grid,
    font: { size: 13, color: made.layout.font.color } };
  // A finger on a plot moves the page; buttons zoom
  if (window.matchMedia("(pointer: coarse)").matches) made.layout.dragmode = false;
  return made;
}

function bytes(text) {
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let k = 0; k < raw.length; k += 1) out[k] = raw.charCodeAt(k);
  return out;
}

const typed = (text, Kind) => new Kind(bytes(text).buffer);

/** The movements of movements.csv, in its order: seconds, mg, and places in lists of kinds and states. */
const movements = (({ onset, duration, peak, begins, ends, interval, series, kind, state }) => ({
  onset_s: Array.from(typed(onset, Uint32Array), (ms) => ms / 1000),
  duration_s: Array.from(typed(duration, Uint32Array), (ms) => ms / 1000),
  peak_mg: Array.from(typed(peak, Uint32Array), (v) => v / 100),
  onset_mg: Array.from(typed(begins, Uint32Array), (v) => v / 100),
  offset_mg: Array.from(typed(ends, Uint32Array), (v) => v / 100),
  interval_s: Array.from(typed(interval, Uint32Array), (ms) => ms / 1000),
  series: typed(series, Uint16Array), kind: typed(kind, Uint8Array), state: typed(state, Uint8Array),
}))(data.movements);

/** Values in mg of codes on a logarithmic scale; 0 is no data. */
function unlogged(codes, [least, ratio]) {
  const out = new Float32Array(codes.length), step = Math.log(ratio);
  for (let k = 0; k < codes.length; k += 1) out[k] = codes[k] ? least * Math.exp(step * (codes[k] - 1)) : NaN;
  return out;
}

/** Seconds of the recording on the axis of a plot, in plain numbers. */
class TimeScale {
  constructor(levels) {
    this.dated = typeof levels.start !== "number";
    this.zero = TimeScale.number(levels.start);
    this.zero_s = levels.start_s;
    this.second = levels.second;
  }

  static number(place) {
    if (typeof place === "number") return place;
    const text = String(place);
    return Date.parse(text.replace(" ", "T") + (text.length > 10 ? "Z" : ""));
  }

  at(seconds) { return this.zero + (seconds - this.zero_s) * this.second; }

  seconds(place) { return (TimeScale.number(place) - this.zero) / this.second + this.zero_s; }

  /** The clock at a moment, or hours and minutes from the first sample. */
  clock(seconds) {
    const moment = new Date(this.dated ? this.at(seconds) : seconds * 1000);
    return moment.toISOString().slice(11, 19);
  }
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => name in values ? values[name] : whole);
}

const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

/** What the row of a movement says, in words. */
function told(row) {
  const [number, clock, duration, peak, turn, state, kind, reason] =
    [...row.cells].map((cell) => cell.textContent.trim());
  return { number, clock, duration, peak, turn, state, kind, reason,
    what: `${kind}, ${state}, ${clock}, ${duration} s, ${peak} mg` };
}
