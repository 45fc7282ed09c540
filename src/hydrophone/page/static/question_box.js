// The box that the question is typed into, and its two buttons.

export class QuestionBox {
  #box = document.getElementById("question");
  #form = document.getElementById("composer");
  #ask = document.getElementById("ask");
  #stop = document.getElementById("stop");

  constructor(onAsk, onStop) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      onAsk(this.#box.value.trim());
    });
    this.#stop.addEventListener("click", onStop);
    this.#box.addEventListener("input", () => this.#fit());
    this.#box.addEventListener("keydown", (event) => this.#asksOnEnter(event));
    this.#fit();
  }

  get text() {
    return this.#box.value;
  }

  set text(words) {
    this.#box.value = words;
    this.#fit();
  }

  set busy(busy) {
    const focused = document.activeElement;
    this.#ask.hidden = busy;
    this.#stop.hidden = !busy;
    // A button that goes must not take the focus with it.
    if (focused === this.#ask || focused === this.#stop) this.focus();
  }

  focus() {
    this.#box.focus({ preventScroll: true });
  }

  holds(element) {
    return element === this.#box;
  }

  // An Enter that ends the composing of a character (Japanese, Chinese) asks nothing.
  #asksOnEnter(event) {
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  // As high as its text; the style sheet says where it begins to scroll.
  #fit() {
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
  }
}
