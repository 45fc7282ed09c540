# Perplexity OSS API, "POST /v1/search", the body with every field.
curl "$BASE_URL/v1/search" \
  -H "Content-Type: application/json" \
  -H "Authorization: Bearer $API_KEY" \
  -d '{
    "query": "artificial intelligence research",
    "max_results": 10,
    "search_domain_filter": ["science.org", "arxiv.org"],
    "max_tokens_per_page": 1024,
    "country": "US"
  }'
