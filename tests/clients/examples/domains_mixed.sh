# Sonar documents, "Search Domain Filter Guide", "Filter Optimization", the list in a request.
curl --request POST \
  --url "$BASE_URL/chat/completions" \
  --header "Authorization: Bearer $API_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
    "model": "sonar",
    "messages": [{"role": "user", "content": "What did the James Webb telescope find?"}],
    "search_domain_filter": ["wikipedia.org", "-pinterest.com"]
  }'
