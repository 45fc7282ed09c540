// The form that asks for a key, shown only when the server wants one.

import { forgetKey, keepKey, readKey } from "./access_key.js";
import { announce } from "./page_parts.js";

export class KeyForm {
  #form = document.getElementById("key-form");
  #input = document.getElementById("key");
  #problem = document.getElementById("key-problem");
  #forget = document.getElementById("forget-key");
  #onKey;
  #onForgotten;

  // `onKey` is called when a key was given, `onForgotten` when it was thrown away.
  constructor(onKey, onForgotten) {
    this.#onKey = onKey;
    this.#onForgotten = onForgotten;
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#forget.addEventListener("click", () => this.#throwAway());
    this.#forget.hidden = readKey() === null;
  }

  get isOpen() {
    return !this.#form.hidden;
  }

  // Shows the form, with what was wrong about the key that was tried.
  open(problem = "") {
    forgetKey();
    this.#forget.hidden = true;
    this.#form.hidden = false;
    this.#problem.textContent = problem;
    this.#input.setAttribute("aria-invalid", String(problem !== ""));
    this.#input.focus();
    announce(problem || "This server asks for a key.");
  }

  // The server has taken the key.
  accept() {
    this.#form.hidden = true;
    this.#input.value = "";
    this.#problem.textContent = "";
    this.#forget.hidden = readKey() === null;
  }

  #submit(event) {
    event.preventDefault();
    const key = this.#input.value.trim();
    // A header holds visible ASCII only; fetch would fail without saying why.
    if (!/^[\x21-\x7e]+$/.test(key)) {
      this.open("A key has no spaces and no special characters.");
      return;
    }
    keepKey(key);
    this.#onKey();
  }

  #throwAway() {
    this.open();
    this.#onForgotten();
    announce("The key is forgotten.");
  }
}
