// Perplexity's own client for Node: the Agent API.

import Perplexity from '@perplexity-ai/perplexity_ai';

const { KEY, QUESTION, URL, play } = await import(process.env.OUTCOMES);

const client = new Perplexity({ baseURL: URL, apiKey: KEY, maxRetries: 0 });
const preset = { preset: 'fast', input: QUESTION };

async function streamed(body) {
  const events = [];
  for await (const event of await client.responses.create({ ...body, stream: true })) events.push(event);
  return events;
}

await play({
  whole: () => client.responses.create(preset),
  streamed: () => streamed(preset),
  filtered: () => client.responses.create({
    model: 'perplexity/sonar-pro',
    input: QUESTION,
    instructions: 'Be brief.',
    tools: [{ type: 'web_search', filters: { search_domain_filter: ['ocean.gov'] } }],
  }),
  unknown_preset: () => client.responses.create({ ...preset, preset: 'fastest' }),
  broken: () => streamed({ model: 'scripted/broken', input: QUESTION }),
});
