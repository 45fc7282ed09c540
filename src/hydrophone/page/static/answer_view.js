// The answer on the page while it grows: what stands already stays the same element, so that
// focus, an open quote and a selection survive the text that still comes.

import { blocksOf, marksOf } from "./answer_text.js";
import { Chip } from "./chip.js";
import { assign } from "./citations.js";

export class AnswerView {
  #element;
  #resultOf;
  #showInList;
  #text = "";
  #citations = [];
  #blocks = [];
  #frame = 0;

  // `resultOf(n)` is the source's search result or undefined; `showInList(n)` goes to it.
  constructor(element, resultOf, showInList) {
    this.#element = element;
    this.#resultOf = resultOf;
    this.#showInList = showInList;
  }

  get text() {
    return this.#text;
  }

  get citations() {
    return this.#citations;
  }

  // The numbers of the sources that the text names.
  get named() {
    return new Set(marksOf(this.#parsed()).map((mark) => mark.n));
  }

  append(delta) {
    this.#text += delta;
    this.#drawSoon();
  }

  cite(citation) {
    this.#citations.push(citation);
    this.#drawSoon();
  }

  revise(text, citations) {
    this.#text = text;
    this.#citations = [...citations];
    this.#drawSoon();
  }

  // Draws at once what has come.
  draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const blocks = this.#parsed();
    blocks.forEach((block, i) => this.#drawBlock(i, block));
    for (const gone of this.#blocks.splice(blocks.length)) gone.element.remove();
    this.#showQuotes(marksOf(blocks));
  }

  #parsed() {
    return blocksOf(this.#text, (n) => this.#resultOf(n) !== undefined);
  }

  // A page in the background draws no frames, but its text should be there when it is looked at.
  #drawSoon() {
    if (document.hidden) this.draw();
    else if (!this.#frame) this.#frame = requestAnimationFrame(() => this.draw());
  }

  #drawBlock(i, block) {
    let drawn = this.#blocks[i];
    if (drawn?.kind !== block.kind) {
      const fresh = emptyBlock(block.kind);
      if (drawn) drawn.element.replaceWith(fresh.element);
      else this.#element.append(fresh.element);
      this.#blocks[i] = drawn = fresh;
    }
    block.pieces.forEach((piece, j) => this.#drawPiece(drawn, j, piece));
    for (const gone of drawn.pieces.splice(block.pieces.length)) gone.node.remove();
  }

  #drawPiece(block, j, piece) {
    const drawn = block.pieces[j];
    if (drawn && drawn.kind === piece.kind && drawn.n === piece.n) {
      if (piece.kind !== "mark" && drawn.text !== piece.text) {
        drawn.node.textContent = piece.text;
        drawn.text = piece.text;
      }
      return;
    }
    const fresh = this.#newPiece(piece);
    if (drawn) drawn.node.replaceWith(fresh.node);
    else block.inner.append(fresh.node);
    block.pieces[j] = fresh;
  }

  #newPiece(piece) {
    if (piece.kind === "text") return { ...piece, node: document.createTextNode(piece.text) };
    if (piece.kind === "code") {
      const node = document.createElement("code");
      node.textContent = piece.text;
      return { ...piece, node };
    }
    const chip = new Chip(piece.n, this.#resultOf(piece.n), () => this.#showInList(piece.n));
    return { ...piece, chip, node: chip.element };
  }

  #showQuotes(marks) {
    const chips = this.#blocks.flatMap((block) => block.pieces.flatMap((p) => p.chip ?? []));
    assign(marks, this.#citations).forEach((citations, i) => chips[i].show(citations));
  }
}

function emptyBlock(kind) {
  const element = document.createElement(kind === "code" ? "pre" : "p");
  element.dir = kind === "code" ? "ltr" : "auto";
  if (kind === "paragraph") return { kind, element, inner: element, pieces: [] };
  // Focusable, so that a keyboard can scroll a long line into view.
  element.tabIndex = 0;
  const inner = document.createElement("code");
  element.append(inner);
  return { kind, element, inner, pieces: [] };
}
