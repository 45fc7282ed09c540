# Sonar documents, "Image Guide", Python.
import base64
import os

import requests

with open(os.environ["IMAGE"], "rb") as image_file:
    base64_image = base64.b64encode(image_file.read()).decode("utf-8")
image_data_uri = f"data:image/png;base64,{base64_image}"

url = f"{os.environ['BASE_URL']}/chat/completions"
headers = {
    "Authorization": f"Bearer {os.environ['API_KEY']}",
    "accept": "application/json",
    "content-type": "application/json",
}
payload = {
    "model": "sonar-pro",
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What does this picture show?"},
                {"type": "image_url", "image_url": {"url": image_data_uri}},
            ],
        }
    ],
    "stream": False,
}
response = requests.post(url, headers=headers, json=payload)
print(response.json())
