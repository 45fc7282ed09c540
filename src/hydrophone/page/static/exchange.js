// One question and its answer, from the first step to the end.

import { AnswerView } from "./answer_view.js";
import { asMarkdown, copyText } from "./clipboard.js";
import { announce, counted, freshId, part } from "./page_parts.js";
import { SourceList } from "./source_list.js";

export class Exchange {
  #sources;
  #answer;
  #startedMs = performance.now();
  #complete = false;
  #unanswered = null;

  constructor(question, askAgain) {
    this.question = question;
    this.element = part("exchange");
    const heading = this.#find(".asked");
    heading.textContent = question;
    heading.id = freshId("asked");
    this.element.setAttribute("aria-labelledby", heading.id);
    const railTitle = this.#find(".rail-title");
    railTitle.id = freshId("sources");
    this.#find(".rail").setAttribute("aria-labelledby", railTitle.id);
    this.#sources = new SourceList(this.#find(".sources"));
    this.#answer = new AnswerView(
      this.#find(".answer"),
      (n) => this.#sources.resultOf(n),
      (n) => this.#sources.goTo(n),
    );
    this.#find(".again").addEventListener("click", askAgain);
    this.#find(".copy").addEventListener("click", (event) => this.#copy(event.currentTarget));
    this.element.setAttribute("aria-busy", "true");
    this.#progress("Asking …");
  }

  // The two turns as the server wants them as history; none unless the answer is whole.
  get turns() {
    if (!this.#complete) return [];
    const text = this.#answer.text.replace(/[ \t]?\[\d{1,3}\]/g, "");
    return [
      { role: "user", text: this.question },
      { role: "assistant", text },
    ];
  }

  take(event) {
    this.#takers[event.type]?.(event);
  }

  stop() {
    this.#end("Stopped");
    announce("Stopped.");
  }

  fail(message) {
    this.#end("Not finished");
    this.#find(".failure").hidden = false;
    this.#find(".failure-text").textContent = message;
    announce(message);
  }

  #takers = {
    step: (event) => this.#step(event),
    sources: (event) => this.#addSources(event),
    thinking: (event) => this.#think(event.delta),
    text: (event) => this.#write(() => this.#answer.append(event.delta)),
    citation: (event) => this.#write(() => this.#answer.cite(event)),
    revision: (event) => this.#write(() => this.#answer.revise(event.text, event.citations)),
    notice: (event) => this.#notice(event),
    finished: (event) => this.#finish(event),
    failed: (event) => this.fail(event.message),
  };

  #step({ kind, queries, urls }) {
    if (kind === "web_search") {
      const wanted = queries.map((query) => `“${query}”`).join(", ");
      this.#progress(wanted ? `Searching for ${wanted} …` : "Searching …");
      announce("Searching.");
    } else if (kind === "fetch_url") {
      this.#progress(`Reading ${counted(urls.length, "page")} …`);
    } else if (kind === "write") {
      this.#progress("Writing …");
    } else {
      this.#progress("Thinking …");
    }
  }

  #addSources({ items, complete }) {
    this.#sources.add(items);
    const count = this.#sources.size;
    this.#find(".rail").hidden = count === 0;
    this.#find(".rail-title").textContent = counted(count, "source");
    this.element.classList.toggle("with-sources", count > 0);
    if (!complete || this.#answer.text) return;
    const found = count ? `${counted(count, "source")} found` : "No source found";
    this.#progress(`${found}, reading …`);
    announce(`${found}.`);
  }

  #think(delta) {
    this.#find(".thoughts").hidden = false;
    this.#find(".thoughts-text").append(delta);
  }

  #write(act) {
    this.#find(".progress").hidden = true;
    act();
  }

  #notice({ kind, message }) {
    // The text says it too, so it is no more than a calmer colour.
    if (kind === "not_in_sources") {
      this.#unanswered = message;
      this.element.classList.add("unanswered");
      return;
    }
    const item = document.createElement("li");
    item.textContent = message;
    this.#find(".notices").append(item);
    this.#find(".notices").hidden = false;
  }

  #finish({ reason }) {
    this.#complete = true;
    const seconds = ((performance.now() - this.#startedMs) / 1000).toFixed(1);
    this.#end(reason === "length" ? `Cut at the length limit, ${seconds} s` : `${seconds} s`);
    const cited = counted(this.#answer.named.size, "source");
    announce(this.#unanswered ?? `The answer is complete and cites ${cited}.`);
  }

  #end(facts) {
    this.element.setAttribute("aria-busy", "false");
    this.#find(".progress").hidden = true;
    this.#answer.draw();
    this.#sources.markCited(this.#answer.named);
    this.#find(".after").hidden = false;
    this.#find(".copy").hidden = this.#answer.text === "";
    this.#find(".facts").textContent = facts;
  }

  async #copy(button) {
    const copied = await copyText(asMarkdown(this.#answer.text, this.#sources.all));
    const words = copied ? "Copied" : "The browser refused to copy";
    announce(`${words}.`);
    const before = button.textContent;
    button.textContent = words;
    setTimeout(() => (button.textContent = before), 1600);
  }

  #progress(words) {
    this.#find(".progress").hidden = false;
    this.#find(".progress-text").textContent = words;
  }

  #find(selector) {
    return this.element.querySelector(selector);
  }
}
