// Server-sent events out of text that arrives in pieces of any size (WHATWG HTML, section 9.2.6).

export class EventParser {
  #line = "";
  #name = "";
  #data = [];
  #afterReturn = false;

  // The events that `piece` completes, as {name, data}. A piece may end anywhere, also between
  // the two halves of a line break.
  push(piece) {
    const found = [];
    let start = 0;
    for (let i = 0; i < piece.length; i += 1) {
      const sign = piece[i];
      if (sign !== "\n" && sign !== "\r") {
        this.#afterReturn = false;
        continue;
      }
      const secondHalf = sign === "\n" && this.#afterReturn;
      this.#afterReturn = sign === "\r";
      if (!secondHalf) {
        this.#take(this.#line + piece.slice(start, i), found);
        this.#line = "";
      }
      start = i + 1;
    }
    this.#line += piece.slice(start);
    return found;
  }

  #take(line, found) {
    if (line === "") {
      if (this.#data.length > 0) {
        found.push({ name: this.#name || "message", data: this.#data.join("\n") });
      }
      this.#name = "";
      this.#data = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#name = value;
    if (field === "data") this.#data.push(value);
  }
}

// The events of a response's body, as they arrive.
export async function* eventsOf(body) {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
