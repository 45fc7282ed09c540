// The numbered sources of one answer.

import { placeOf, showTitle } from "./address.js";
import { part } from "./page_parts.js";

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });

export class SourceList {
  #element;
  #sources = new Map();

  constructor(element) {
    this.#element = element;
  }

  get size() {
    return this.#sources.size;
  }

  // All sources in the order of their numbers, as {n, result}.
  get all() {
    return [...this.#sources.values()].map(({ n, result }) => ({ n, result }));
  }

  resultOf(n) {
    return this.#sources.get(n)?.result;
  }

  // A source that comes again, with more passages, takes the place that it has.
  add(items) {
    for (const { n, result } of items) {
      const fresh = drawn(n, result);
      const known = this.#sources.get(n);
      if (known) known.element.replaceWith(fresh);
      else this.#element.append(fresh);
      this.#sources.set(n, { n, result, element: fresh });
    }
  }

  markCited(numbers) {
    for (const { n, element } of this.#sources.values()) {
      element.classList.toggle("cited", numbers.has(n));
      element.querySelector(".number").setAttribute("aria-label", label(n, numbers.has(n)));
    }
  }

  goTo(n) {
    const element = this.#sources.get(n).element;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "center" });
  }
}

function label(n, cited) {
  return cited ? `Source ${n}, cited` : `Source ${n}`;
}

function drawn(n, result) {
  const element = part("source");
  const number = element.querySelector(".number");
  number.textContent = n;
  number.setAttribute("role", "img");
  number.setAttribute("aria-label", label(n, false));
  showTitle(element.querySelector(".title"), result);
  const place = element.querySelector(".place");
  place.append(...facts(result).map(fact));
  place.firstElementChild.title = result.url;
  element.querySelector(".snippet").textContent = result.snippet;
  return element;
}

function facts(result) {
  return [placeOf(result.url), result.collection, dayOf(result.published ?? result.modified)].filter(Boolean);
}

function fact(text) {
  const element = document.createElement("bdi");
  element.textContent = text;
  return element;
}

function dayOf(moment) {
  const date = new Date(moment ?? NaN);
  return Number.isNaN(date.getTime()) ? null : DAY.format(date);
}
