# Perplexity OSS API, "GET /v1/models".
curl "$BASE_URL/v1/models" \
  -H "Authorization: Bearer $API_KEY"
