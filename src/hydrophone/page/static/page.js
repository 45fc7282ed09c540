// The page: puts its parts together and asks the questions, one at a time.

import { readKey } from "./access_key.js";
import { closeNote } from "./chip.js";
import { Exchange } from "./exchange.js";
import { KeyForm } from "./key_form.js";
import { announce } from "./page_parts.js";
import { QuestionBox } from "./question_box.js";
import { ServerError, ask, listModels } from "./server.js";

const UNAUTHORIZED = 401;
const thread = document.getElementById("thread");
const restart = document.getElementById("restart");
const modelChoice = document.getElementById("model-choice");
const modelList = document.getElementById("model");

let exchanges = [];
let running = null;
let waiting = null; // the question that was refused for want of a key

const box = new QuestionBox(askQuestion, stop);
const keyForm = new KeyForm(useKey, clear);

async function askQuestion(question) {
  if (running || question === "") {
    announce(running ? "Stop the answer first, or wait for its end." : "Type a question first.");
    box.focus();
    return;
  }
  const exchange = new Exchange(question, () => askAgain(exchange));
  const control = new AbortController();
  const body = { question, history: exchanges.flatMap((earlier) => earlier.turns) };
  if (modelList.value) body.model = modelList.value;
  begin(exchange, control);
  try {
    for await (const event of ask(body, control.signal)) exchange.take(event);
  } catch (error) {
    ended(exchange, error, control.signal);
  } finally {
    if (running === control) {
      running = null;
      box.busy = false;
    }
  }
}

function begin(exchange, control) {
  running = control;
  exchanges.push(exchange);
  thread.append(exchange.element);
  document.body.dataset.state = "asked";
  restart.hidden = false;
  box.text = "";
  box.busy = true;
  exchange.element.scrollIntoView({ block: "start" });
}

function ended(exchange, error, signal) {
  if (signal.aborted) {
    exchange.stop();
    return;
  }
  if (error.status === UNAUTHORIZED) {
    remove(exchange);
    waiting = exchange.question;
    keyForm.open(readKey() ? error.message : "");
  } else {
    const ours = error instanceof ServerError;
    exchange.fail(ours ? error.message : "The page could not show this answer. Load it again.");
    if (!ours) console.error(error);
  }
  if (box.text.trim() === "") box.text = exchange.question;
}

function stop() {
  running?.abort();
}

function askAgain(exchange) {
  if (box.text.trim() === exchange.question) box.text = "";
  const typed = box.text;
  if (running) {
    announce("Stop the answer first, or wait for its end.");
    return;
  }
  remove(exchange);
  askQuestion(exchange.question);
  box.text = typed;
}

function remove(exchange) {
  exchanges = exchanges.filter((other) => other !== exchange);
  exchange.element.remove();
  if (exchanges.length === 0) welcome();
}

function welcome() {
  document.body.dataset.state = "welcome";
  restart.hidden = true;
}

// Away with everything that was asked and answered.
function clear() {
  stop();
  exchanges = [];
  waiting = null;
  thread.replaceChildren();
  welcome();
}

async function loadModels() {
  const ids = await listModels();
  const chosen = modelList.value;
  modelList.replaceChildren(modelList.options[0], ...ids.map((id) => new Option(id, id)));
  modelList.value = ids.includes(chosen) ? chosen : "";
  modelChoice.hidden = ids.length < 2;
}

// Tries the key that was given, and goes on with the question that waited for it.
async function useKey() {
  try {
    await loadModels();
  } catch (error) {
    keyForm.open(error.message);
    return;
  }
  keyForm.accept();
  const question = waiting;
  waiting = null;
  box.focus();
  if (question && box.text.trim() === question) askQuestion(question);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (!closeNote()) stop();
  } else if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
  }
});

for (const example of document.querySelectorAll(".example")) {
  example.addEventListener("click", () => {
    box.text = example.textContent;
    box.focus();
    askQuestion(example.textContent);
  });
}

restart.addEventListener("click", () => {
  clear();
  box.focus();
});

async function start() {
  if (document.documentElement.dataset.needsKey === "yes" && !readKey()) {
    keyForm.open();
    return;
  }
  box.focus();
  try {
    await loadModels();
  } catch (error) {
    if (error.status === UNAUTHORIZED) keyForm.open(readKey() ? error.message : "");
    // Otherwise the first question will say what is wrong.
  }
}

start();
