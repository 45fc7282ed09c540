# openai-server-fork.md, "API Usage"
curl -X POST http://localhost:8000/v1/chat/completions \
  -H "Content-Type: application/json" \
  -d '{"model": "perplexity-auto", "messages": [{"role": "user", "content": "Hello!"}]}'
