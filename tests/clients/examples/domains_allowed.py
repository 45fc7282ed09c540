# Sonar documents, "Search Domain Filter Guide", 1, Python.
import os

import requests

url = f"{os.environ['BASE_URL']}/chat/completions"
headers = {"Authorization": f"Bearer {os.environ['API_KEY']}"}
payload = {
    "model": "sonar-reasoning-pro",
    "messages": [
        {"role": "system", "content": "You help."},
        {"role": "user", "content": "What did the James Webb telescope find?"},
    ],
    "search_domain_filter": [
        "nasa.gov",
        "wikipedia.org",
        "space.com",
    ],
}
response = requests.post(url, headers=headers, json=payload).json()
print(response["choices"][0]["message"]["content"])
