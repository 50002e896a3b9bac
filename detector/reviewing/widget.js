// The review in a browser: shows what the kernel tells, and tells it what a person does.
// Signals and figures come from the kernel; nothing is computed of them here.

const MARGINS_S = [5, 10, 20, 40, 80]; // shown on both sides of a movement
const PATIENCE_MS = 4000; // without an answer for so long a decision is told as not saved

class Review extends Drawing {
  constructor(model, root) {
    super();
    this.model = model;
    this.root = root;
    this.view = Math.random().toString(36).slice(2);
    this.count = 0;
    this.waiting = new Map(); // asked -> what to do with the answer
    this.items = new Map();
    this.windows = new Map(); // signals that were shown
    this.current = null; // key of the movement shown, null between movements
    this.centre = null; // [start, stop, origin] in s of what is shown
    this.margin = 1;
    this.adding = null;
    this.onMessage = (content, buffers) => this.told(content, buffers);
    model.on("msg:custom", this.onMessage);
    this.watch = new MutationObserver(() => this.themed());
    this.watch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
    this.preferred = window.matchMedia("(prefers-color-scheme: dark)");
    this.onTheme = () => this.themed();
    this.preferred.addEventListener("change", this.onTheme);
    root.classList.add("detector-review");
    // JupyterLab's own keys (a adds a cell, d d deletes one) end here
    root.setAttribute("data-lm-suppress-shortcuts", "true");
    this.status = element("p", { className: "dr-status", role: "status" });
    root.append(this.status);
    this.ask({ do: "open", has_plotly: Boolean(globalThis[PLOTLY]) }, (content, buffers) => this.open(content, buffers));
  }

  close() {
    this.model.off("msg:custom", this.onMessage);
    this.watch.disconnect();
    this.preferred.removeEventListener("change", this.onTheme);
    clearTimeout(this.redraw);
    for (const plot of [this.night, this.signal]) if (plot && this.plotly) this.plotly.purge(plot);
  }

  // Messages ---------------------------------------------------------------------------------

  ask(content, answered) {
    const asked = `${this.view}-${(this.count += 1)}`;
    this.waiting.set(asked, answered);
    this.model.send({ ...content, asked });
    return asked;
  }

  told(content, buffers) {
    const answered = this.waiting.get(content.asked);
    this.waiting.delete(content.asked);
    if (content.kind === "state") this.changed(content);
    if (content.kind === "refused" && answered) this.say(content.text, "wrong");
    else if (answered) answered(content, buffers);
  }

  /** Send a decision; what it changes comes back when it is on the disk. */
  decide(content, then = () => {}) {
    this.say(this.words.saving, "busy");
    const late = setTimeout(() => this.say(filled(this.words.unsaved, { file: this.told_file }), "wrong"), PATIENCE_MS);
    this.ask(content, (answer) => {
      clearTimeout(late);
      this.say(filled(this.words.saved, { file: this.told_file }), "saved");
      then(answer);
    });
  }

  say(text, kind) {
    this.status.textContent = text;
    this.status.className = `dr-status dr-${kind}`;
  }

  // Opening ----------------------------------------------------------------------------------

  async open(content, buffers) {
    Object.assign(this, { words: content.words, told_file: content.file, opening: content });
    this.names = { ...content.excluded };
    this.colours = {};
    for (const one of content.labels) {
      this.names[one.key] = one.name;
      this.colours[one.key] = one.colour;
    }
    this.say(`${this.words.opening} …`, "busy");
    try {
      globalThis[PLOTLY] ??= unpacked(buffers[0]);
      this.plotly = await globalThis[PLOTLY];
    } catch (error) {
      globalThis[PLOTLY] = undefined;
      this.say(filled(this.words.not_opened, { error: error.message }), "wrong");
      return;
    }
    this.build();
    this.changed(content);
    this.themed();
    this.say("", "quiet");
    this.step(0);
    this.drawNight();
  }

  build() {
    const w = this.words;
    const button = (name, text, keys, act) => {
      const made = element("button", { type: "button", className: "dr-button", "data-do": name, "aria-keyshortcuts": keys.join(" ") });
      made.append(text, element("kbd", { ariaHidden: "true" }, keys[0].replace("ArrowLeft", "←").replace("ArrowRight", "→")));
      made.addEventListener("click", act);
      return made;
    };
    const choice = (name, label, options) => {
      const select = element("select", { "data-choose": name });
      for (const [value, text] of options) select.append(element("option", { value }, text));
      select.addEventListener("change", () => this.filtered(name === "night"));
      this.choices[name] = select;
      return element("label", {}, label, " ", select);
    };
    this.choices = {};
    const kinds = this.opening.labels.map((one) => [one.key, one.name]);
    this.filters = element("div", { className: "dr-filters" });
    if (this.opening.nights.length > 1) this.filters.append(choice("night", w.night, this.opening.nights.map((n) => [n.number, n.name])));
    this.filters.append(
      choice("label", w.label, [["", w.every_label], ...kinds, ["excluded", w.excluded]]),
      choice("decided", w.decided, [["", w.every], ["open", w.open], ["done", w.done], ["altered", w.altered]]),
      choice("hour", w.hour, [["", w.every_hour]]),
      choice("order", w.order, [["time", w.by_time], ["doubt", w.by_doubt]]),
    );
    this.heading = element("h3", { className: "dr-title" });
    this.progress = element("p", { className: "dr-progress" });
    this.night = element("div", { className: "dr-plot", role: "img", ariaLabel: w.overview, title: "" });
    this.where = element("div", { className: "dr-where", ariaHidden: "true" });
    this.signal = element("div", { className: "dr-plot", role: "img", ariaLabel: w.detail });
    this.sheet = element("div", { className: "dr-sheet", hidden: true });
    this.line = element("p", { className: "dr-line", "aria-live": "polite" });
    this.told_place = element("span", { className: "dr-place" });
    const steps = element("div", { className: "dr-row" },
      button("previous", w.previous, ["ArrowLeft"], () => this.step(-1)),
      button("next", w.next, ["ArrowRight"], () => this.step(1)),
      this.told_place,
      element("span", { className: "dr-gap" }),
      button("earlier", w.earlier, [","], () => this.move(-1)),
      button("later", w.later, ["."], () => this.move(1)),
      button("narrower", w.narrower, ["+"], () => this.zoom(-1)),
      button("wider", w.wider, ["-"], () => this.zoom(1)));
    this.calling = element("span", { className: "dr-calling", id: `dr-${this.view}` }, w.call_it);
    this.labels = this.opening.labels.map((one, index) => {
      const made = button(`label-${one.key}`, one.short, [String(index + 1)], () => this.call(one.key));
      made.style.setProperty("--dr-colour", one.colour);
      made.setAttribute("aria-describedby", this.calling.id);
      return made;
    });
    this.kindly = element("div", { className: "dr-row" },
      button("accept", w.accept, ["Enter"], () => this.judge("accept")), this.calling, ...this.labels,
      button("delete", w.delete, ["Delete"], () => this.judge("delete")));
    this.noted = element("input", { type: "text", maxLength: 300, "data-note": "", ariaLabel: w.note });
    const keep = element("button", { type: "button", className: "dr-button", "data-do": "save_note" }, w.save_note);
    keep.addEventListener("click", () => this.keepNote());
    this.noted.addEventListener("keydown", (event) => { if (event.key === "Enter") this.keepNote(); });
    this.undoing = button("undo", w.undo, ["U"], () => this.undo());
    const others = element("div", { className: "dr-row" },
      button("add", w.add, ["A"], () => this.addMode(!this.adding)), this.undoing,
      element("label", { className: "dr-note" }, w.note, element("kbd", { ariaHidden: "true" }, "N"), " ", this.noted), keep);
    const seconds = () => element("input", { type: "number", step: 0.1 });
    this.from = seconds();
    this.to = seconds();
    for (const input of [this.from, this.to]) input.addEventListener("input", () => this.drawBands());
    this.spanned = element("div", { className: "dr-row dr-span", hidden: true }, element("span", {}, w.adding),
      element("label", {}, w.from_s, " ", this.from), element("label", {}, w.to_s, " ", this.to));
    this.table = element("table", { className: "dr-figures" });
    this.basis = element("p", { className: "dr-small" });
    this.root.replaceChildren(
      this.heading, this.progress, this.filters,
      element("div", { className: "dr-frame" }, this.night, this.where),
      steps, this.line,
      element("div", { className: "dr-frame" }, this.signal, this.sheet),
      this.kindly, others, this.spanned, this.status,
      this.table, this.basis, element("p", { className: "dr-small" }, w.keys));
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "group");
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.sheet.addEventListener("pointerdown", (event) => this.drag(event));
    this.goTo();
  }

  // What is there ----------------------------------------------------------------------------

  changed(content) {
    for (const item of content.items) this.items.set(item.key, item);
    for (const key of content.gone) this.items.delete(key);
    this.figures = content.figures;
    if (!this.heading) return;
    this.drawFigures();
    this.drawHours();
    if (this.current && !this.items.has(this.current)) this.current = null;
    this.drawLine();
    this.drawBands();
    clearTimeout(this.redraw);
    if (this.night.data) this.redraw = setTimeout(() => this.drawNight(), 250);
  }

  get nightNumber() { return Number(this.choices.night?.value ?? this.opening.nights[0].number); }

  get nightIndex() { return this.opening.nights.findIndex((one) => one.number === this.nightNumber); }

  /** The movements of the choice in their order; the one that is shown stays among them. */
  chosen() {
    const { label, decided, hour, order } = Object.fromEntries(
      Object.entries(this.choices).map(([name, select]) => [name, select.value]));
    const kept = [...this.items.values()].filter((item) => item.night === this.nightNumber
      && (item.key === this.current || (
        (!label || (label === "excluded" ? item.label in this.opening.excluded : item.label === label))
        && (!decided || (decided === "open" ? !item.how : decided === "done" ? item.how : item.how && item.how !== "accepted"))
        && (!hour || item.hour === hour))));
    const by = order === "doubt" ? (a, b) => a.doubt - b.doubt || a.onset_s - b.onset_s : (a, b) => a.onset_s - b.onset_s;
    return kept.sort(by);
  }

  filtered(otherNight) {
    this.current = null;
    if (otherNight) {
      this.drawFigures();
      this.drawHours();
      this.drawNight();
    }
    const first = this.chosen()[0];
    if (first) this.show(first.key);
    else {
      this.drawLine();
      this.told_place.textContent = this.words.no_movement;
    }
  }

  step(by) {
    const chosen = this.chosen();
    if (!chosen.length) return this.filtered(false);
    let now = chosen.findIndex((item) => item.key === this.current);
    if (now < 0 && this.centre && by) {
      const at = this.centre[2];
      const later = chosen.findIndex((item) => item.onset_s > at);
      now = by > 0 ? (later < 0 ? chosen.length - 1 : later - 1) : (later < 0 ? chosen.length : later);
    }
    const next = Math.min(Math.max(now + by, 0), chosen.length - 1);
    return this.show(chosen[next].key);
  }

  show(key) {
    const item = this.items.get(key);
    if (this.adding) this.addMode(false);
    this.current = key;
    this.span(item.onset_s, item.duration_s);
    this.drawLine();
    this.drawSignal();
    this.ahead();
  }

  span(onset, duration) {
    const margin = MARGINS_S[this.margin];
    const limit = this.opening.length_s;
    this.centre = [Math.max(0, onset - margin), Math.min(limit, onset + duration + margin), onset, duration];
  }

  move(by) {
    if (!this.centre) return;
    const width = this.centre[1] - this.centre[0];
    const limit = this.opening.length_s;
    this.look(Math.min(Math.max(this.centre[2] + (by * width) / 2, 0), limit));
  }

  look(at) {
    this.current = null;
    this.span(at, 0);
    this.drawLine();
    this.drawSignal();
  }

  zoom(by) {
    this.margin = Math.min(Math.max(this.margin + by, 0), MARGINS_S.length - 1);
    if (!this.centre) return;
    this.span(this.centre[2], this.centre[3]);
    this.drawSignal();
  }

  /** Fetch what comes next, so that a step waits for nothing. */
  ahead() {
    const chosen = this.chosen();
    const now = chosen.findIndex((item) => item.key === this.current);
    const kept = this.centre;
    for (const item of [chosen[now + 1], chosen[now - 1], chosen[now + 2]].filter(Boolean)) {
      this.span(item.onset_s, item.duration_s);
      this.signalOf(this.centre);
    }
    this.centre = kept;
  }

  signalOf(span) {
    const name = span.slice(0, 3).map((s) => s.toFixed(3)).join(" ");
    if (!this.windows.has(name)) {
      if (this.windows.size > 60) this.windows.delete(this.windows.keys().next().value);
      this.windows.set(name, new Promise((done) => {
        this.ask({ do: "detail", start_s: span[0], stop_s: span[1], origin_s: span[2] }, (content) => done(content.figure));
      }));
    }
    return this.windows.get(name);
  }

  // What a person decides ----------------------------------------------------------------------

  judge(action, more = {}) {
    if (!this.current || this.adding) return;
    const key = this.current;
    this.decide({ do: action, key, ...more });
    this.step(1);
  }

  call(label) {
    if (this.adding) this.add(label);
    else this.judge("relabel", { label });
  }

  keepNote() {
    if (!this.current) return;
    this.decide({ do: "note", key: this.current, note: this.noted.value });
    this.root.focus({ preventScroll: true });
  }

  undo() {
    this.decide({ do: "undo" }, (answer) => {
      if (answer.undone === null) this.say(this.words.nothing_to_undo, "quiet");
      else {
        this.say(this.words.undone, "saved");
        if (this.items.has(answer.undone)) this.show(answer.undone);
      }
    });
  }

  addMode(on) {
    this.adding = on ? {} : null;
    this.from.value = this.to.value = "";
    this.spanned.hidden = this.sheet.hidden = !on;
    this.root.classList.toggle("dr-adding", on);
    this.calling.textContent = on ? this.words.add_as : this.words.call_it;
    this.drawBands();
    if (on) this.from.focus({ preventScroll: true });
    else this.root.focus({ preventScroll: true });
  }

  marked() {
    const span = [parseFloat(this.from.value), parseFloat(this.to.value)];
    return span.every(Number.isFinite) && span[1] > span[0] ? span : null;
  }

  add(label) {
    const span = this.marked();
    if (!span) return this.say(this.words.no_span, "wrong");
    const [from_s, to_s] = span.map((s) => s + this.centre[2]);
    return this.decide({ do: "add", from_s, to_s, label }, (answer) => {
      this.addMode(false);
      this.show(answer.key);
    });
  }

  drag(event) {
    const axis = this.signal._fullLayout.xaxis;
    const box = this.signal.getBoundingClientRect();
    const at = (e) => Math.round(10 * axis.p2l(e.clientX - box.left - axis._offset)) / 10;
    const first = at(event);
    const dragged = (e) => {
      const [from, to] = [first, at(e)].sort((a, b) => a - b);
      this.from.value = from.toFixed(1);
      this.to.value = to.toFixed(1);
      this.drawBands();
    };
    const done = () => {
      this.sheet.removeEventListener("pointermove", dragged);
      this.root.focus({ preventScroll: true });
    };
    this.sheet.setPointerCapture(event.pointerId);
    this.sheet.addEventListener("pointermove", dragged);
    this.sheet.addEventListener("pointerup", done, { once: true });
    event.preventDefault();
  }

  key(event) {
    const typing = event.target.matches("input, select");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.actionOf(event.key, typing);
    if (!act) return;
    // Enter on a button is that button
    if (event.key === "Enter" && event.target.matches("button")) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  actionOf(key, typing) {
    if (key === "Escape") return () => (this.adding ? this.addMode(false) : this.root.focus({ preventScroll: true }));
    if (typing) return null;
    const label = this.opening.labels[Number(key) - 1];
    if (label) return () => this.call(label.key);
    return {
      ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1), Home: () => this.step(-Infinity), End: () => this.step(Infinity),
      Enter: () => this.judge("accept"), Delete: () => this.judge("delete"), Backspace: () => this.judge("delete"),
      a: () => this.addMode(!this.adding), n: () => this.noted.focus({ preventScroll: true }), u: () => this.undo(),
      ",": () => this.move(-1), ".": () => this.move(1), "+": () => this.zoom(-1), "-": () => this.zoom(1),
    }[key.length === 1 ? key.toLowerCase() : key];
  }

  // In words ---------------------------------------------------------------------------

  drawLine() {
    const item = this.items.get(this.current);
    const w = this.words;
    const chosen = this.chosen();
    const place = chosen.findIndex((one) => one.key === this.current) + 1;
    this.told_place.textContent = place ? filled(w.place, { place, count: chosen.length }) : "";
    for (const made of this.labels) made.setAttribute("aria-pressed", String(Boolean(item) && made.dataset.do === `label-${item.label}`));
    this.noted.value = item?.note ?? "";
    if (!item) {
      this.line.textContent = this.centre ? filled(w.between, { clock: this.clock(this.centre[2]) }) : w.no_movement;
      return;
    }
    const said = filled(item.how === "added" ? w.movement_added : w.movement, { number: item.key.replace(/^m/, ""), label: this.names[item.label], state: this.opening.states[item.state],
      clock: item.clock, duration: item.duration_s.toFixed(1), peak: item.peak_mg, reason: item.reason });
    this.line.replaceChildren(said);
    if (item.how) this.line.prepend(element("strong", { className: `dr-how dr-how-${item.how}` }, w.how[item.how]), " ");
  }

  clock(seconds) {
    const at = this.opening.clock_at ? new Date(this.place(seconds)) : new Date(seconds * 1000);
    return at.toISOString().slice(11, 19);
  }

  drawFigures() {
    const night = this.opening.nights[this.nightIndex];
    const told = this.figures[this.nightIndex];
    const w = this.words;
    this.heading.textContent = filled(w.title, { source: this.opening.source, night: night.name });
    this.root.setAttribute("aria-label", this.heading.textContent);
    this.progress.textContent = told.progress;
    this.progress.append(element("span", { className: "dr-small" }, ` ${told.changed}`));
    this.basis.textContent = told.basis;
    const head = element("tr", {}, ...[w.figure, w.found, w.now].map((text) => element("th", { scope: "col" }, text)));
    this.table.replaceChildren(
      element("caption", {}, w.figures),
      element("thead", {}, head),
      element("tbody", {}, ...told.rows.map((row) => element("tr", { className: row.found === row.now ? "" : "dr-differs" },
        element("th", { scope: "row" }, row.name), element("td", {}, row.found), element("td", {}, row.now)))));
  }

  drawHours() {
    const select = this.choices.hour;
    const hours = [...new Set([...this.items.values()].filter((item) => item.night === this.nightNumber)
      .sort((a, b) => a.onset_s - b.onset_s).map((item) => item.hour))];
    const now = select.value;
    select.replaceChildren(element("option", { value: "" }, this.words.every_hour),
      ...hours.map((hour) => element("option", { value: hour }, `${hour}:00`)));
    select.value = hours.includes(now) ? now : "";
  }
}

function render({ model, el }) {
  const review = new Review(model, el);
  return () => review.close();
}

export default { render };
