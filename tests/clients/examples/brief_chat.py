# Brief description of the Sonar API, "Code Examples", Python.
import os

import requests

url = f"{os.environ['BASE_URL']}/chat/completions"
headers = {
    "Authorization": f"Bearer {os.environ['API_KEY']}",
    "Content-Type": "application/json",
}
payload = {
    "model": "llama-3.1-sonar-small-128k-online",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How many stars does the Milky Way hold?"},
    ],
    "temperature": 0.2,
    "top_p": 0.9,
}
response = requests.post(url, json=payload, headers=headers)
print(response.json())
