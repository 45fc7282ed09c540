# Sonar documents, "Search Context Size", 2, curl.
curl --request POST \
  --url "$BASE_URL/chat/completions" \
  --header "Authorization: Bearer $API_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
    "model": "sonar-reasoning-pro",
    "messages": [
      {
        "role": "system",
        "content": "Be brief."
      },
      {
        "role": "user",
        "content": "What caused the financial crisis of 2008?"
      }
    ],
    "web_search_options": {
      "search_context_size": "high"
    }
  }'
