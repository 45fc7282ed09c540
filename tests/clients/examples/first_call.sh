# Sonar documents, "Initial Setup", "Making Your First API Call", curl.
curl --location "$BASE_URL/chat/completions" \
  --header 'accept: application/json' \
  --header 'content-type: application/json' \
  --header "Authorization: Bearer $API_KEY" \
  --data '{
    "model": "sonar-pro",
    "messages": [
      {
        "role": "system",
        "content": "Be brief."
      },
      {
        "role": "user",
        "content": "How many stars does the Milky Way hold?"
      }
    ]
  }'
