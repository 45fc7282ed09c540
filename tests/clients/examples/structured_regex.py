# Sonar documents, "Structured Outputs Guide", 2, Python.
import os

import requests

url = f"{os.environ['BASE_URL']}/chat/completions"
headers = {"Authorization": f"Bearer {os.environ['API_KEY']}"}
payload = {
    "model": "sonar",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Which IPv4 address has the server of the harbour?"},
    ],
    "response_format": {
        "type": "regex",
        "regex": {
            "regex": r"(?:(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\.){3}"
            r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)"
        },
    },
}
response = requests.post(url, headers=headers, json=payload).json()
print(response["choices"][0]["message"]["content"])
