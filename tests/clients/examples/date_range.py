# Sonar documents, "Date Range Filter Guide", 1, Python.
import os

import requests

url = f"{os.environ['BASE_URL']}/chat/completions"
headers = {"Authorization": f"Bearer {os.environ['API_KEY']}"}
payload = {
    "model": "sonar-pro",
    "messages": [
        {"role": "system", "content": "You know the news."},
        {"role": "user", "content": "Which harbour news was published?"},
    ],
    "search_after_date_filter": "3/1/2025",
    "search_before_date_filter": "3/5/2025",
    "search_recency_filter": "month",
}
response = requests.post(url, headers=headers, json=payload)
print(response.json())
