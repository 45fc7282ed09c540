# Sonar documents, "Date Range Filter Guide", "Overview", the fragment in the smallest request.
curl --location "$BASE_URL/chat/completions" \
  --header "Authorization: Bearer $API_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
    "model": "sonar-pro",
    "messages": [{"role": "user", "content": "Which harbour news was published?"}],
    "search_after_date_filter": "3/1/2025",
    "search_before_date_filter": "3/5/2025"
  }'
