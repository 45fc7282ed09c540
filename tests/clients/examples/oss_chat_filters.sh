# Perplexity OSS API, curl, with search filters.
curl "$BASE_URL/v1/chat/completions" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "default",
    "messages": [
      {"role": "user", "content": "Which artificial intelligence research is new?"}
    ],
    "search_recency_filter": "week",
    "search_domain_filter": ["arxiv.org", "paperswithcode.com"],
    "return_related_questions": true
  }'
