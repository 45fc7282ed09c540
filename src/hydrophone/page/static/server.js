// What the page asks of the server, and how it reads what goes wrong.

import { readKey } from "./access_key.js";
import { eventsOf } from "./sse.js";

const BASE = new URL("../", import.meta.url);
const VERSION = 1;
const ENDS = new Set(["finished", "failed"]);

export class ServerError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

// The ids of the models that can be asked.
export async function listModels() {
  const response = await send("v1/models", { method: "GET" });
  return (await response.json()).data.map((model) => model.id);
}

// The events of the answer, the last one `finished` or `failed`. Throws ServerError, or the
// signal's AbortError when it is stopped.
export async function* ask(body, signal) {
  const response = await send("v1/events", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
  try {
    for await (const { name, data } of eventsOf(response.body)) {
      const event = read(name, data);
      yield event;
      if (ENDS.has(event.type)) return;
    }
  } catch (error) {
    throw explained(error, "The connection to the server was lost before the answer was complete.");
  }
  throw new ServerError("The server ended the answer before it was complete.");
}

async function send(path, options) {
  const key = readKey();
  const headers = { ...options.headers, ...(key ? { Authorization: `Bearer ${key}` } : {}) };
  let response;
  try {
    response = await fetch(new URL(path, BASE), {
      ...options,
      headers,
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
    });
  } catch (error) {
    throw explained(error, "The server does not answer. Check that it is running, then ask again.");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

function read(name, data) {
  const event = JSON.parse(data);
  if (name === "error") throw failureOf(event, 0);
  if (event.v !== VERSION) {
    throw new ServerError("The server was updated while this page was open. Load the page again.");
  }
  return event;
}

// What the browser says of a broken connection helps nobody; being stopped is no error.
function explained(error, message) {
  if (error instanceof ServerError || error.name === "AbortError") return error;
  return new ServerError(message);
}

async function refusal(response) {
  const body = await response.json().catch(() => null);
  const error = failureOf(body, response.status);
  const waitS = response.headers.get("Retry-After");
  if (waitS) error.message += ` (Again in ${waitS} s.)`;
  return error;
}

function failureOf(body, status) {
  const message = body?.error?.message;
  if (typeof message !== "string" || message === "") {
    return new ServerError(`The server refused with status ${status}.`, status);
  }
  return new ServerError(sentence(message), body.error.code ?? status);
}

function sentence(message) {
  const whole = message[0].toUpperCase() + message.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
