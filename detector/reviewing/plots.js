// How the review draws: the night, the signal, and where in the night that is.
// The widget's script is this file and, behind it, widget.js.

const NEAR_PX = 10; // how near to a mark a click has to be
const SHOWN = {
  responsive: true, displaylogo: false, displayModeBar: false, showSendToCloud: false, plotlyServerURL: "",
};
const PLOTLY = Symbol.for("night-movement-detector/plotly");

/** The plot library, unpacked from what the kernel sent; once a page, whatever else is in it. */
async function unpacked(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const text = await new Response(stream).text();
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const before = window.Plotly;
  const script = document.createElement("script");
  script.src = url;
  await new Promise((done, failed) => {
    script.onload = done;
    script.onerror = () => failed(new Error("plotly"));
    document.head.append(script);
  });
  URL.revokeObjectURL(url);
  script.remove();
  const found = window.Plotly;
  window.Plotly = before;
  return found;
}

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

function element(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** What `Review` inherits: it has the movements, `centre` is the span of time that is shown. */
class Drawing {
  themed() {
    const light = document.body.getAttribute("data-jp-theme-light");
    const dark = light === null ? this.preferred.matches : light === "false";
    this.root.classList.toggle("dr-dark", dark);
    if (dark === this.dark) return;
    this.dark = dark;
    if (!this.centre) return;
    this.drawNight();
    this.drawSignal();
  }

  /** A figure in the colours of the page; what is packed stays as it is. */
  painted(figure) {
    const swap = (value) => {
      if (typeof value === "string") return (this.dark && this.opening.dark[value]) || value;
      if (Array.isArray(value)) return value.map(swap);
      if (value && typeof value === "object") {
        return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, k === "bdata" ? v : swap(v)]));
      }
      return value;
    };
    const made = swap(figure);
    const grid = this.dark ? "#3a414d" : "#dde1e7";
    for (const name of Object.keys(made.layout)) {
      if (/^[xy]axis/.test(name)) made.layout[name] = { gridcolor: grid, zerolinecolor: grid, linecolor: grid, ...made.layout[name] };
    }
    return made;
  }

  drawNight() {
    const night = this.nightIndex;
    this.ask({ do: "overview", night }, async (content) => {
      const made = this.painted(content.figure);
      const range = this.night.layout && this.shownNight === night ? this.night.layout.xaxis.range : null;
      if (range) made.layout.xaxis.range = range;
      await this.plotly.react(this.night, made.data, made.layout, SHOWN);
      if (this.shownNight === undefined) {
        this.night.on("plotly_relayout", () => this.drawWhere());
        this.night.on("plotly_afterplot", () => this.drawWhere());
      }
      this.shownNight = night;
      this.drawWhere();
      this.root.setAttribute("data-drawn", String(Number(this.root.getAttribute("data-drawn") ?? 0) + 1));
    });
  }

  /** Seconds of the recording on the night's axis, and back. */
  place(seconds) {
    const { start, second } = this.opening.axis;
    return (typeof start === "number" ? start : Date.parse(`${start.replace(" ", "T")}Z`)) + seconds * second;
  }

  seconds(place) { return (place - this.place(0)) / this.opening.axis.second; }

  drawWhere() {
    const axis = this.night._fullLayout?.xaxis;
    if (!axis || !this.centre) return;
    const size = this.night._fullLayout._size;
    const [left, right] = this.centre.slice(0, 2).map((s) => axis.l2p(this.place(s)));
    const seen = right > 0 && left < axis._length;
    this.where.hidden = !seen;
    const from = Math.max(0, left);
    const width = Math.max(3, Math.min(axis._length, right) - from);
    this.where.style.cssText = `left:${axis._offset + from}px;width:${width}px;top:${size.t}px;height:${size.h}px`;
  }

  /** A click in the night goes to the movement there, or to the signal between movements. */
  goTo() {
    const click = (event, down) => {
      const axis = this.night._fullLayout?.xaxis;
      if (!axis || Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > 4) return;
      const box = this.night.getBoundingClientRect();
      const px = event.clientX - box.left - axis._offset;
      if (px < 0 || px > axis._length || event.clientY - box.top < this.night._fullLayout._size.t) return;
      const far = (item) => Math.abs(axis.l2p(this.place(item.onset_s)) - px);
      const near = this.chosen().reduce((best, item) => (!best || far(item) < far(best) ? item : best), null);
      if (near && far(near) <= NEAR_PX) this.show(near.key);
      else this.look(this.seconds(axis.p2l(px)));
    };
    // Plotly lays a cover over the page while a button is down, so the end is heard at the window
    this.night.addEventListener("pointerdown", (down) => {
      window.addEventListener("pointerup", (up) => click(up, down), { once: true, capture: true });
    }, true);
  }

  async drawSignal() {
    this.drawWhere();
    const span = this.centre;
    const figure = await this.signalOf(span);
    if (span !== this.centre) return;
    const made = this.painted(figure);
    made.layout.shapes = this.bands();
    made.layout.xaxis.range = [span[0] - span[2], span[1] - span[2]];
    if (!this.current) made.layout.xaxis.title.text = filled(this.words.seconds_from, { clock: this.clock(span[2]) });
    await this.plotly.react(this.signal, made.data, made.layout, SHOWN);
    if (span === this.centre) {
      this.root.setAttribute("data-shown", this.current ?? "");
      this.root.dispatchEvent(new CustomEvent("detector-shown"));
    }
  }

  bands() {
    const [start, stop, origin] = this.centre;
    const band = (from, to, colour, opacity, line, dash = "solid") => ({
      type: "rect", xref: "x", yref: "paper", layer: "below", x0: from - origin, x1: to - origin, y0: 0, y1: 1,
      line: { width: line, color: colour, dash }, fillcolor: colour, opacity });
    const there = [...this.items.values()].filter((item) => item.onset_s < stop && item.onset_s + item.duration_s > start);
    const shapes = there.map((item) => {
      const own = this.colours[item.label] ?? this.opening.excluded_colour;
      const colour = (this.dark && this.opening.dark[own]) || own;
      const gone = item.how === "deleted";
      const opacity = gone ? 0.08 : item.key === this.current ? 0.28 : 0.12;
      return band(item.onset_s, item.onset_s + item.duration_s, colour, opacity, item.key === this.current ? 2 : 1, gone ? "dot" : "solid");
    });
    const span = this.adding && this.marked();
    if (span) shapes.push(band(span[0] + origin, span[1] + origin, this.dark ? "#e6e9ee" : "#1c2430", 0.25, 2));
    return shapes;
  }

  drawBands() {
    if (this.signal?.data && this.centre) this.plotly.relayout(this.signal, { shapes: this.bands() });
  }
}
