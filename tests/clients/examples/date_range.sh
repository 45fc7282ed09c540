# Sonar documents, "Date Range Filter Guide", 1, curl.
curl --location "$BASE_URL/chat/completions" \
  --header "Authorization: Bearer $API_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
    "model": "sonar-pro",
    "messages": [
      {"role": "system", "content": "You know the news."},
      {"role": "user", "content": "Which harbour news was published?"}
    ],
    "search_after_date_filter": "3/1/2025",
    "search_before_date_filter": "3/5/2025",
    "search_recency_filter": "month"
  }'
