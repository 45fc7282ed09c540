// The chip of a mark: a button that shows, on hover, focus or tap, what the source really says.

import { placeOf, showTitle } from "./address.js";
import { judged } from "./citations.js";
import { freshId, part } from "./page_parts.js";

const OPEN_AFTER_MS = 90;
const CLOSE_AFTER_MS = 220;
let shown = null;

// Closes the open note, if there is one, and tells whether there was.
export function closeNote() {
  if (!shown) return false;
  shown.close();
  return true;
}

export class Chip {
  #button;
  #note;
  #name;
  #timer = 0;
  #pinned = false;
  #leaving = false;

  constructor(n, result, showInList) {
    this.element = part("chip");
    this.#button = this.element.querySelector(".chip");
    this.#note = this.element.querySelector(".note");
    const quotes = this.#note.querySelector(".quotes");
    quotes.id = freshId("quotes");
    this.#note.id = freshId("note");
    this.#note.setAttribute("aria-label", `Source ${n}`);
    this.#button.textContent = n;
    this.#name = `Source ${n}, ${result.title || placeOf(result.url)}`;
    this.#button.setAttribute("aria-controls", this.#note.id);
    this.#button.setAttribute("aria-describedby", quotes.id);
    showTitle(this.#note.querySelector(".note-title"), result);
    this.#note.querySelector(".note-place").textContent = placeOf(result.url);
    this.#note.querySelector(".jump").addEventListener("click", () => {
      this.close();
      showInList();
    });
    this.show([]);
    this.#listen();
  }

  // Shows the quotes of these citations and the verdict; without any, says that there is none.
  show(citations) {
    const quotes = [...new Set(citations.map((citation) => citation.quote))].map((quote) => {
      const element = document.createElement("q");
      element.dir = "auto";
      element.textContent = quote;
      return element;
    });
    const none = document.createElement("span");
    none.className = "no-quote";
    none.textContent = "No quote has been checked for this mark.";
    this.#note.querySelector(".quotes").replaceChildren(...(quotes.length ? quotes : [none]));
    const { doubted, words } = judged(citations);
    this.#note.querySelector(".verdict").textContent = words;
    this.#button.classList.toggle("doubted", doubted);
    this.#button.setAttribute("aria-label", doubted ? `${this.#name}, doubted` : this.#name);
  }

  open() {
    clearTimeout(this.#timer);
    if (shown !== this) closeNote();
    shown = this;
    this.#note.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#place();
  }

  close() {
    clearTimeout(this.#timer);
    const inside = this.#note.contains(document.activeElement);
    this.#note.hidden = true;
    this.#pinned = false;
    this.#button.setAttribute("aria-expanded", "false");
    if (shown === this) shown = null;
    if (inside) this.#focusWithoutOpening();
  }

  #focusWithoutOpening() {
    this.#leaving = true;
    this.#button.focus();
    this.#leaving = false;
  }

  #listen() {
    this.#button.addEventListener("focus", () => {
      if (!this.#leaving) this.open();
    });
    this.#button.addEventListener("click", () => {
      const closes = this.#pinned;
      if (closes) this.close();
      else this.open();
      this.#pinned = !closes;
    });
    this.element.addEventListener("focusout", (event) => {
      if (!this.element.contains(event.relatedTarget) && !this.#pinned) this.close();
    });
    this.element.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") this.#later(OPEN_AFTER_MS, () => this.open());
    });
    this.element.addEventListener("pointerleave", (event) => {
      const held = this.#pinned || this.element.contains(document.activeElement);
      if (event.pointerType === "mouse" && !held) this.#later(CLOSE_AFTER_MS, () => this.close());
    });
  }

  #later(delayMs, act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, delayMs);
  }

  // Below the chip, or above it where the window has more room there; never wider than the answer.
  #place() {
    const note = this.#note;
    const frame = note.offsetParent.getBoundingClientRect();
    const chip = this.#button.getBoundingClientRect();
    const left = Math.min(chip.left - frame.left - 16, frame.width - note.offsetWidth);
    const floor = document.getElementById("composer").getBoundingClientRect().top;
    const below = floor - chip.bottom;
    const above = below < note.offsetHeight + 12 && chip.top > below;
    note.style.left = `${Math.max(0, left)}px`;
    note.style.top = above
      ? `${chip.top - frame.top - note.offsetHeight - 6}px`
      : `${chip.bottom - frame.top + 6}px`;
  }
}

document.addEventListener("pointerdown", (event) => {
  if (shown && !shown.element.contains(event.target)) closeNote();
});
window.addEventListener("resize", closeNote);
