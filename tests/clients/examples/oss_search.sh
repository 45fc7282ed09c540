# Perplexity OSS API, curl, search only.
curl "$BASE_URL/v1/search" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "query": "quantum computing",
    "max_results": 5,
    "search_domain_filter": ["science.org", "nature.com"]
  }'
