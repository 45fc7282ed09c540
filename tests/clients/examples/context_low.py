# Sonar documents, "Search Context Size", 1, Python.
import os

import requests

url = f"{os.environ['BASE_URL']}/chat/completions"
headers = {"Authorization": f"Bearer {os.environ['API_KEY']}"}
payload = {
    "model": "sonar",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How many stars does the Milky Way hold?"},
    ],
    "web_search_options": {
        "search_context_size": "low",
    },
}
response = requests.post(url, headers=headers, json=payload).json()
print(response["choices"][0]["message"]["content"])
