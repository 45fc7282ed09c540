// What a driver does with its scenarios: play all, and print what the client made of each.
//
// A driver comes on standard input, in the folder of the client that it drives, and imports this
// file by the address in OUTCOMES.

const { CLIENTS_URL, CLIENTS_KEY, CLIENTS_QUESTION } = process.env;

export const URL = CLIENTS_URL;
export const KEY = CLIENTS_KEY;
export const QUESTION = CLIENTS_QUESTION;

/** Play all scenarios at once and print their outcomes by name, as one line of JSON. */
export async function play(scenarios) {
  const played = Object.entries(scenarios).map(async ([name, scenario]) => [name, await outcome(scenario)]);
  const outcomes = Object.fromEntries(await Promise.all(played));
  process.stdout.write(`\n${JSON.stringify(outcomes)}\n`);
}

async function outcome(scenario) {
  try {
    return await scenario();
  } catch (error) { // what the client raises is what the tests ask for
    return { error: told(error) };
  }
}

/** An error as the client's caller sees it. */
export function told(error) {
  return {
    class: error.constructor?.name,
    name: error.name,
    message: error.message,
    status: error.statusCode ?? error.status ?? null,
    body: error.data ?? error.error ?? null,
    retryable: error.isRetryable ?? null,
  };
}
