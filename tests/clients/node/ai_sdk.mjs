// The AI SDK with its provider for Perplexity.

import { createPerplexity } from '@ai-sdk/perplexity';
import {
  extractReasoningMiddleware,
  generateObject,
  generateText,
  Output,
  streamObject,
  streamText,
  wrapLanguageModel,
} from 'ai';
import { z } from 'zod';

const { KEY, QUESTION, URL, play, told } = await import(process.env.OUTCOMES);

globalThis.AI_SDK_LOG_WARNINGS = false;
const perplexity = createPerplexity({ baseURL: URL, apiKey: KEY });
const schema = z.object({ animal: z.string(), hertz: z.number().int() });

function asked(model, options) {
  return { model: perplexity(model), prompt: QUESTION, maxRetries: 0, ...options };
}

const filtered = options => ({ providerOptions: { perplexity: options } });

async function whole(model = 'sonar', options = {}) {
  const made = await generateText(asked(model, options));
  return {
    text: made.text,
    sources: made.sources.map(source => source.url),
    usage: made.usage,
    finishReason: made.finishReason,
    metadata: made.providerMetadata,
    model: made.response.modelId,
    id: made.response.id,
    reasoning: made.reasoningText ?? null,
  };
}

async function streamed(model = 'sonar', options = {}) {
  const errors = [];
  const made = streamText({ ...asked(model, options), onError: ({ error }) => errors.push(told(error)) });
  const parts = [];
  for await (const part of made.fullStream ?? made.stream) parts.push(part);
  const deltas = parts.filter(part => part.type === 'text-delta').map(part => part.text);
  if (errors.length > 0) return { errors, deltas };
  return {
    text: await made.text,
    deltas,
    types: parts.map(part => part.type),
    sources: (await made.sources).map(source => source.url),
    usage: await made.usage,
    finishReason: await made.finishReason,
    metadata: await made.providerMetadata,
    model: (await made.response).modelId,
    reasoning: (await made.reasoningText) ?? null,
  };
}

async function objectOf(model, options = {}) {
  const made = await generateObject(asked(model, { schema, ...options }));
  return { object: made.object };
}

async function objectStreamed(model) {
  const made = streamObject(asked(model, { schema }));
  const partial = [];
  for await (const piece of made.partialObjectStream) partial.push(piece);
  return { object: await made.object, last: partial.at(-1) };
}

const thinking = () => ({
  model: wrapLanguageModel({
    model: perplexity('sonar-reasoning-pro'),
    middleware: extractReasoningMiddleware({ tagName: 'think' }),
  }),
});

await play({
  whole: () => whole(),
  streamed: () => streamed(),
  rich_whole: () => whole('scripted/rich', filtered({ return_images: true })),
  rich_streamed: () => streamed('scripted/rich', filtered({ return_images: true })),
  short_whole: () => whole('scripted/short'),
  short_streamed: () => streamed('scripted/short'),
  pinged: () => streamed('scripted/silent'),
  tuned: () => whole('sonar', {
    temperature: 0.2, topP: 0.9, maxOutputTokens: 500, presencePenalty: 0.5, frequencyPenalty: 0.5,
  }),
  filtered_whole: () => whole('sonar', filtered({ search_domain_filter: ['ocean.gov'] })),
  filtered_streamed: () => streamed('sonar', filtered({
    search_domain_filter: ['-ocean.gov'], search_before_date_filter: '12/31/2024',
  })),
  context: () => whole('sonar-pro', filtered({ web_search_options: { search_context_size: 'high' } })),
  thought_whole: () => whole('sonar-reasoning-pro', thinking()),
  thought_streamed: () => streamed('sonar-reasoning-pro', thinking()),
  researched: () => whole('sonar-deep-research'),
  talked: () => whole('sonar', {
    prompt: undefined,
    system: 'Be brief.',
    messages: [
      { role: 'user', content: 'Hello.' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: QUESTION },
    ],
  }),
  object: () => objectOf('local/tiny'),
  object_streamed: () => objectStreamed('local/tiny'),
  object_mended: () => objectOf('local/fenced'),
  object_mended_streamed: () => objectStreamed('local/fenced'),
  object_failed: () => objectOf('local/prose'),
  object_without_model: () => objectOf('sonar'),
  object_as_output: async () => {
    const made = await generateText(asked('local/tiny', { output: Output.object({ schema }) }));
    return { object: made.output };
  },
  versioned: () => whole('sonar', {
    model: createPerplexity({ baseURL: `${URL}/v1/`, apiKey: KEY })('sonar'),
  }),
  unknown_model: () => whole('gpt-2'),
  unknown_model_streamed: () => streamed('gpt-2'),
  many_domains: () => whole('sonar', filtered({
    search_domain_filter: Array.from({ length: 21 }, (_, n) => `n${n}.example`),
  })),
  limited: () => whole('scripted/limited'),
  broken: () => streamed('scripted/broken'),
  wrong_key: () => whole('sonar', {
    model: createPerplexity({ baseURL: URL, apiKey: 'wrong' })('sonar'),
  }),
});
