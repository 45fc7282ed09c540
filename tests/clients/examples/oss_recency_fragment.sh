# Perplexity OSS API, "Recency Filtering", the fragment in the smallest request.
curl "$BASE_URL/v1/chat/completions" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "default",
    "messages": [{"role": "user", "content": "Which artificial intelligence research is new?"}],
    "search_recency_filter": "week"
  }'
