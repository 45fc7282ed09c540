# Perplexity OSS API, "Domain Filtering", the fragment in the smallest request.
curl "$BASE_URL/v1/chat/completions" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "default",
    "messages": [{"role": "user", "content": "What did the James Webb telescope find?"}],
    "search_domain_filter": ["reddit.com", "stackoverflow.com"]
  }'
