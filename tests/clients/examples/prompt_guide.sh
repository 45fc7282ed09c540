# Sonar documents, "Prompt Guide", "Advanced Techniques", the fragment in the smallest request.
curl --request POST \
  --url "$BASE_URL/chat/completions" \
  --header "Authorization: Bearer $API_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
    "model": "sonar",
    "messages": [{"role": "user", "content": "What is a generator in Python?"}],
    "search_domain_filter": ["wikipedia.org", "docs.python.org"],
    "web_search_options": {
      "search_context_size": "medium"
    }
  }'
