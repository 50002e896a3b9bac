// The table of movements: filters, sorting, and the keys that move through it.

const ONSET = 1; // the column whose text, a clock, does not sort across midnight
const PAGE = 10;

/** What the data say of the movement of a row. */
function movementOf(row, name) {
  const k = Number(row.id.slice(1)) - 1;
  if (name === "onset") return movements.onset_s[k];
  return name === "kind" ? data.kinds[movements.kind[k]] : data.states[movements.state[k]];
}

class MovementTable {
  constructor(section, onpick) {
    this.table = section.querySelector(".movements-table");
    this.rows = [...this.table.tBodies[0].rows];
    this.onpick = onpick;
    this.bar = section.querySelector(".filters");
    this.filtering();
    this.sorting();
    this.keys();
  }

  get visible() { return this.rows.filter((row) => !row.hidden); }

  filtering() {
    this.bar.hidden = false;
    const selects = [...this.bar.querySelectorAll("select")];
    const apply = () => {
      for (const row of this.rows) {
        row.hidden = selects.some((s) => s.value && movementOf(row, s.dataset.filter) !== s.value);
      }
      this.bar.querySelector(".shown").textContent =
        filled(words.shown, { shown: this.visible.length, count: this.rows.length });
      this.tabStop(this.visible[0]);
    };
    for (const select of selects) select.addEventListener("change", apply);
    apply();
  }

  sorting() {
    const heads = [...this.table.tHead.rows[0].cells];
    heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => column === ONSET ? movementOf(row, "onset") : row.cells[column].textContent.trim();
      const compare = head.dataset.sort === "number"
        ? (a, b) => (parseFloat(a) || 0) - (parseFloat(b) || 0)
        : (a, b) => a.localeCompare(b);
      const keyed = this.rows.map((row) => [value(row), row]);
      keyed.sort((a, b) => (down ? -1 : 1) * compare(a[0], b[0]));
      this.rows = keyed.map(([, row]) => row);
      this.table.tBodies[0].append(...this.rows);
      this.tabStop(this.visible[0]);
    }));
  }

  /** One row is in the order of the Tab key; arrows move to the others. */
  tabStop(row) {
    for (const old of this.table.querySelectorAll("tbody button[tabindex='0']")) old.tabIndex = -1;
    if (row) row.querySelector("button").tabIndex = 0;
  }

  keys() {
    const body = this.table.tBodies[0];
    for (const button of body.querySelectorAll("button")) button.tabIndex = -1;
    this.tabStop(this.visible[0]);
    body.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.onpick(Number(button.closest("tr").id.slice(1)));
    });
    body.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE, Home: -Infinity, End: Infinity }[event.key];
      if (by === undefined || !event.target.closest("button")) return;
      event.preventDefault();
      const { visible } = this;
      const now = visible.indexOf(event.target.closest("tr"));
      const row = visible[Math.min(visible.length - 1, Math.max(0, now + by))];
      this.tabStop(row);
      row.querySelector("button").focus();
    });
  }

  /** The number of the row that lies so many after the one given, as the table is sorted. */
  after(number, by) {
    const { visible } = this;
    if (!visible.length) return null;
    const now = visible.findIndex((row) => Number(row.id.slice(1)) === number);
    const next = now < 0 ? (by > 0 ? 0 : visible.length - 1) : now + by;
    return Number(visible[Math.min(Math.max(next, 0), visible.length - 1)].id.slice(1));
  }

  mark(number) {
    for (const old of this.table.querySelectorAll("tr.picked")) {
      old.classList.remove("picked");
      old.querySelector("button").removeAttribute("aria-current");
    }
    const row = rowOf(number), box = row.closest(".scroll");
    row.classList.add("picked");
    row.querySelector("button").setAttribute("aria-current", "true");
    if (!row.contains(document.activeElement)) {
      this.tabStop(row);
      box.scrollTop = row.offsetTop - box.clientHeight / 2;
    }
  }
}
