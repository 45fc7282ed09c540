# perplexity-webui-scraper.md, "Perplexity(session_token, config?)"; completed by what is printed
from hydrophone.perplexity import ClientConfig, Perplexity

client = Perplexity(
    session_token="YOUR_TOKEN",
    config=ClientConfig(
        timeout=7200,
        max_retries=3,
        logging_level="debug",
        log_file=".debug/perplexity.log",
    ),
)

with client:
    conversation = client.create_conversation().ask("What is it?")
    print(conversation.answer)
    print(conversation.title, len(conversation.search_results), conversation.uuid is not None)
