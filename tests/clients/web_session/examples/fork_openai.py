# openai-server-fork.md, "API Usage"
import openai

client = openai.OpenAI(
    api_key="your-api-key",  # Optional
    base_url="http://localhost:8000/v1",
)

response = client.chat.completions.create(
    model="perplexity-auto",
    messages=[{"role": "user", "content": "Hello!"}],
)

print(response.choices[0].message.content)
