# Sonar documents, "Initial Setup", "Making Your First API Call", OpenAI's Python client.
import os

from openai import OpenAI

messages = [
    {
        "role": "system",
        "content": ("You are polite and you explain."),
    },
    {
        "role": "user",
        "content": ("How many stars does the Milky Way hold?"),
    },
]
client = OpenAI(api_key=os.environ["API_KEY"], base_url=os.environ["BASE_URL"])

# whole
response = client.chat.completions.create(
    model="sonar-pro",
    messages=messages,
)
print(response)

# streamed
response_stream = client.chat.completions.create(
    model="sonar-pro",
    messages=messages,
    stream=True,
)
for response in response_stream:
    print(response)
