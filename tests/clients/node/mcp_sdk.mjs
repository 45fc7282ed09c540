// Our MCP server, asked by the official TypeScript SDK: over HTTP, and started on standard input.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const { KEY, QUESTION, URL: BASE, play } = await import(process.env.OUTCOMES);
const { MCP_COMMAND, MCP_ENVIRONMENT, OWN_URL } = process.env;
const [command, ...args] = JSON.parse(MCP_COMMAND);

const transports = {
  http: (key = KEY) => new StreamableHTTPClientTransport(new URL(`${BASE}/mcp`), {
    requestInit: { headers: { Authorization: `Bearer ${key}` } },
  }),
  stdio: () => new StdioClientTransport({ command, args, env: JSON.parse(MCP_ENVIRONMENT) }),
};

const ARGUMENTS = {
  perplexity_search: { query: QUESTION, max_results: 3 },
  fetch_page: { url: OWN_URL },
  list_sources: {},
};

async function connected(transport) {
  const client = new Client({ name: 'hydrophone-tests', version: '1' });
  await client.connect(transport);
  return client;
}

/** Everything that a client can do, as it came back. */
async function all(transport) {
  const client = await connected(transport);
  const { tools } = await client.listTools();
  const results = {};
  const progress = [];
  for (const { name } of tools) {
    const onprogress = ({ message }) => progress.push(message);
    const given = ARGUMENTS[name] ?? { query: QUESTION, source_focus: 'own' };
    results[name] = await client.callTool({ name, arguments: given }, undefined, { onprogress });
  }
  const { resources } = await client.listResources();
  const own = resources.find(({ name }) => name === OWN_URL);
  const read = await client.readResource({ uri: own.uri });
  const { resourceTemplates } = await client.listResourceTemplates();
  const { prompts } = await client.listPrompts();
  const wrong = await client.callTool({ name: 'perplexity_ask', arguments: { query: '?', model: 'gpt52' } });
  await client.close();
  return { tools, results, progress, own, read, resourceTemplates, prompts, wrong };
}

await play({
  http: () => all(transports.http()),
  stdio: () => all(transports.stdio()),
  async wrongKey() {
    await connected(transports.http('wrong'));
  },
});
