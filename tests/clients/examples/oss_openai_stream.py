# Perplexity OSS API, OpenAI's Python client, streaming.
import os

from openai import OpenAI

client = OpenAI(
    api_key=os.environ["API_KEY"],
    base_url=f"{os.environ['BASE_URL']}/v1",
)
stream = client.chat.completions.create(
    model="default",
    messages=[
        {"role": "user", "content": "What is a neural network?"},
    ],
    stream=True,
)
for chunk in stream:
    if chunk.choices[0].delta.content:
        print(chunk.choices[0].delta.content, end="")
