# Sonar documents, "Search Domain Filter Guide", 2, Python.
import os

import requests

url = f"{os.environ['BASE_URL']}/chat/completions"
headers = {"Authorization": f"Bearer {os.environ['API_KEY']}"}
payload = {
    "model": "sonar-deep-research",
    "messages": [
        {"role": "system", "content": "You help."},
        {"role": "user", "content": "What is new in renewable energy?"},
    ],
    "search_domain_filter": [
        "-pinterest.com",
        "-reddit.com",
        "-quora.com",
    ],
}
response = requests.post(url, headers=headers, json=payload).json()
print(response["choices"][0]["message"]["content"])
