# Brief description of the Sonar API, "Code Examples", cURL.
curl --request POST \
  --url "$BASE_URL/chat/completions" \
  --header "Authorization: Bearer $API_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
    "model": "llama-3.1-sonar-small-128k-online",
    "messages": [
      {"role": "system", "content": "Be brief."},
      {"role": "user", "content": "How many stars does the Milky Way hold?"}
    ],
    "temperature": 0.2,
    "top_p": 0.9
  }'
