# Perplexity OSS API, "POST /v1/chat/completions", the body with every field.
curl "$BASE_URL/v1/chat/completions" \
  -H "Content-Type: application/json" \
  -H "Authorization: Bearer $API_KEY" \
  -d '{
    "model": "default",
    "messages": [
      {"role": "user", "content": "What is quantum computing?"}
    ],
    "stream": false,
    "return_images": false,
    "return_related_questions": false,
    "search_domain_filter": ["arxiv.org"],
    "search_recency_filter": "week",
    "pro_search": false,
    "max_results": 6
  }'
