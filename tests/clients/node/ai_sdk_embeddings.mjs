// Embeddings by the AI SDK with its provider for Perplexity.

import { createPerplexity } from '@ai-sdk/perplexity';
import { cosineSimilarity, embed, embedMany } from 'ai';

const { KEY, URL, play } = await import(process.env.OUTCOMES);

globalThis.AI_SDK_LOG_WARNINGS = false;
const perplexity = createPerplexity({ baseURL: URL, apiKey: KEY });
const texts = ['Whales sing.', 'Does the blue whale sing?', 'Cologne has a cathedral.'];

function model(id = 'pplx-embed-v1-0.6b') {
  return perplexity.textEmbeddingModel(id);
}

async function many(options = {}) {
  const made = await embedMany({ model: model(), values: texts, maxRetries: 0, ...options });
  const [one, near, far] = made.embeddings;
  return {
    lengths: made.embeddings.map(vector => vector.length),
    near: cosineSimilarity(one, near),
    far: cosineSimilarity(one, far),
    usage: made.usage,
  };
}

await play({
  many: () => many(),
  'fewer dimensions': () => many({ providerOptions: { perplexity: { dimensions: 128 } } }),
  packed: () => many({ providerOptions: { perplexity: { encodingFormat: 'base64_binary' } } }),
  one: async () => (await embed({ model: model(), value: texts[0], maxRetries: 0 })).embedding.length,
  unknown: () => embed({ model: model('no-such-model'), value: texts[0], maxRetries: 0 }),
});
