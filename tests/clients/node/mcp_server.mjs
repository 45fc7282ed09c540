// Perplexity's own MCP server, started as editors start it and asked over its standard input.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const { KEY, QUESTION, URL, play, told } = await import(process.env.OUTCOMES);
const { HELD_QUESTION, SLOW_QUESTION } = process.env;
// Long enough for the server's own request to cancel, which nobody waits for.
const AFTER_LEAVING_MS = 1500;

async function started(key = KEY) {
  const client = new Client({ name: 'hydrophone-tests', version: '1' });
  await client.connect(new StdioClientTransport({
    command: process.execPath,
    args: ['node_modules/@perplexity-ai/mcp-server/dist/index.js'],
    env: { PERPLEXITY_BASE_URL: URL, PERPLEXITY_API_KEY: key },
  }));
  return client;
}

const client = await started();
const asked = content => ({ messages: [{ role: 'user', content }] });

/** What a tool gave, and the progress on the way; this SDK drops what comes together with the result. */
async function called(name, input, server = client) {
  const progress = [];
  const onprogress = ({ message }) => progress.push(message);
  const result = await server.callTool({ name, arguments: input }, undefined, { onprogress });
  return { ...result, progress };
}

async function left() {
  const leaving = new AbortController();
  const onprogress = () => leaving.abort();
  const options = { signal: leaving.signal, onprogress };
  const calling = client.callTool({ name: 'perplexity_ask', arguments: asked(HELD_QUESTION) }, undefined, options);
  const outcome = await calling.catch(error => ({ error: told(error) }));
  await new Promise(resolve => setTimeout(resolve, AFTER_LEAVING_MS));
  return outcome;
}

async function withWrongKey() {
  const stranger = await started('wrong');
  const result = await called('perplexity_ask', asked(QUESTION), stranger);
  await stranger.close();
  return result;
}

await play({
  tools: async () => (await client.listTools()).tools.map(tool => tool.name),
  ask: () => called('perplexity_ask', asked(QUESTION)),
  reason: () => called('perplexity_reason', asked(QUESTION)),
  research: () => called('perplexity_research', asked(QUESTION)),
  filtered: () => called('perplexity_ask', {
    ...asked(QUESTION), search_domain_filter: ['ocean.gov'], search_context_size: 'high',
  }),
  recent: () => called('perplexity_ask', { ...asked(QUESTION), search_recency_filter: 'day' }),
  conversation: () => called('perplexity_ask', {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: QUESTION },
    ],
  }),
  search: () => called('perplexity_search', { query: 'blue whale' }),
  search_filtered: () => called('perplexity_search', {
    query: 'blue whale', max_results: 1, max_tokens_per_page: 256, country: 'US', search_domain_filter: ['ocean.gov'],
  }),
  slow: () => called('perplexity_ask', asked(SLOW_QUESTION)),
  wrong_key: withWrongKey,
  left,
});
await client.close();
