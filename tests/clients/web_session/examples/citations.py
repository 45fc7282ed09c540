# perplexity-webui-scraper.md, "citation_mode"; completed by a question
from hydrophone.perplexity import ConversationConfig, Perplexity

config = ConversationConfig(citation_mode="markdown")

with Perplexity("YOUR_TOKEN") as client:
    print(client.create_conversation(config).ask("What is it?").answer)
