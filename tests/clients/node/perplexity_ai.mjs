// Perplexity's own client for Node.

import Perplexity from '@perplexity-ai/perplexity_ai';

const { KEY, QUESTION, URL, play, told } = await import(process.env.OUTCOMES);

const options = { baseURL: URL, apiKey: KEY, maxRetries: 0 };
const client = new Perplexity(options);
const messages = [{ role: 'user', content: QUESTION }];

const whole = (model = 'sonar', more = {}) => client.chat.completions.create({ model, messages, ...more });

async function streamed(model = 'sonar', more = {}) {
  const chunks = [];
  try {
    for await (const chunk of await client.chat.completions.create({ model, messages, stream: true, ...more })) {
      chunks.push(chunk);
    }
  } catch (error) {
    return { error: told(error), chunks };
  }
  return { chunks };
}

await play({
  whole: () => whole(),
  streamed: () => streamed(),
  by_environment: () => new Perplexity().chat.completions.create({ model: 'sonar', messages }),
  versioned: async () => {
    const versioned = new Perplexity({ ...options, baseURL: `${URL}/v1` });
    const [answer, found] = await Promise.all([
      versioned.chat.completions.create({ model: 'sonar', messages }),
      versioned.search.create({ query: 'blue whale' }),
    ]);
    return { text: answer.choices[0].message.content, urls: found.results.map(result => result.url) };
  },
  raw: async () => {
    const asked = client.chat.completions.create({ model: 'sonar', messages });
    const { data, response } = await asked.withResponse();
    return { status: response.status, text: data.choices[0].message.content };
  },
  rich_whole: () => whole('scripted/rich', { return_images: true, return_related_questions: true }),
  rich_streamed: () => streamed('scripted/rich', { return_images: true, return_related_questions: true }),
  concise: () => streamed('sonar-pro', {
    stream_mode: 'concise', return_images: true, web_search_options: { search_type: 'pro' },
  }),
  pinged: () => streamed('scripted/silent'),
  filtered: () => whole('sonar-pro', {
    search_domain_filter: ['-ocean.gov'],
    search_after_date_filter: '1/1/2024',
    search_before_date_filter: '12/31/2024',
    search_language_filter: ['en'],
    web_search_options: { search_context_size: 'high' },
  }),
  thought: () => whole('sonar-reasoning-pro'),
  searched: () => client.search.create({ query: 'blue whale', max_results: 2 }),
  searched_many: () => client.search.create({ query: ['blue whale', 'baleine'], max_results: 5 }),
  searched_filtered: () => client.search.create({
    query: 'blue whale', search_domain_filter: ['ocean.gov'], max_tokens: 500, max_tokens_per_page: 100,
  }),
  searched_too_many: () => client.search.create({ query: ['a', 'b', 'c', 'd', 'e', 'f'] }),
  unknown_model: () => whole('gpt-2'),
  unknown_model_streamed: () => streamed('gpt-2'),
  wrong_type: () => client.chat.completions.create({ model: 'sonar', messages: 'hello' }),
  many_domains: () => whole('sonar', {
    search_domain_filter: Array.from({ length: 21 }, (_, n) => `n${n}.example`),
  }),
  limited: () => whole('scripted/limited'),
  broken: () => streamed('scripted/broken'),
  wrong_key: () => new Perplexity({ ...options, apiKey: 'wrong' }).chat.completions.create({
    model: 'sonar', messages,
  }),
});
