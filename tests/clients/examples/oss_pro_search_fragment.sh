# Perplexity OSS API, "Pro Search", the fragment in the smallest request.
curl "$BASE_URL/v1/chat/completions" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "default",
    "messages": [{"role": "user", "content": "What is quantum computing?"}],
    "pro_search": true
  }'
