# perplexity-webui-scraper.md, "client.create_conversation(config?)"; completed by its beginning and
# by reading the answer while it comes in
from hydrophone.perplexity import ConversationConfig, Perplexity

client = Perplexity("YOUR_TOKEN")

conversation = client.create_conversation(ConversationConfig(model="gpt-5.4"))

for response in conversation.ask("What is it?", stream=True):
    print(response.last_chunk)
print(conversation.answer)
client.close()
