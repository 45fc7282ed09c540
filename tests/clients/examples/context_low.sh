# Sonar documents, "Search Context Size", 1, curl.
curl --request POST \
  --url "$BASE_URL/chat/completions" \
  --header "Authorization: Bearer $API_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
    "model": "sonar",
    "messages": [
      {
        "role": "system",
        "content": "Be brief."
      },
      {
        "role": "user",
        "content": "How many stars does the Milky Way hold?"
      }
    ],
    "web_search_options": {
      "search_context_size": "low"
    }
  }'
