# Perplexity OSS API, OpenAI's Python client, basic.
import os

from openai import OpenAI

client = OpenAI(
    api_key=os.environ["API_KEY"],
    base_url=f"{os.environ['BASE_URL']}/v1",
)
response = client.chat.completions.create(
    model="default",
    messages=[
        {"role": "user", "content": "What is quantum computing?"},
    ],
    extra_body={
        "search_recency_filter": "month",
        "return_related_questions": True,
    },
)
print(response.choices[0].message.content)
