// What one can hand to the AI SDK beside a question: files and pictures.

import { readFile } from 'node:fs/promises';

import { createPerplexity } from '@ai-sdk/perplexity';
import { generateText } from 'ai';

const { KEY, URL, play } = await import(process.env.OUTCOMES);

const perplexity = createPerplexity({ baseURL: URL, apiKey: KEY });

async function asked(text, path, mediaType, filename) {
  const data = await readFile(path);
  const content = [{ type: 'text', text }, { type: 'file', data, mediaType, filename }];
  const made = await generateText({
    model: perplexity('sonar'),
    messages: [{ role: 'user', content }],
    maxRetries: 0,
  });
  return { text: made.text, sources: made.sources.map(source => source.url) };
}

const { PDF, PICTURE } = process.env;

await play({
  ...(PDF && {
    pdf: () => asked('How much does the crane of Port Aurelia lift?', PDF, 'application/pdf', 'crane.pdf'),
  }),
  ...(PICTURE && { picture: () => asked('What does this picture show?', PICTURE, 'image/png') }),
});
