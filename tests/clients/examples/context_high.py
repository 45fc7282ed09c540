# Sonar documents, "Search Context Size", 2, Python.
import os

import requests

url = f"{os.environ['BASE_URL']}/chat/completions"
headers = {"Authorization": f"Bearer {os.environ['API_KEY']}"}
payload = {
    "model": "sonar-reasoning-pro",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What caused the financial crisis of 2008?"},
    ],
    "web_search_options": {
        "search_context_size": "high",
    },
}
response = requests.post(url, headers=headers, json=payload).json()
print(response["choices"][0]["message"]["content"])
