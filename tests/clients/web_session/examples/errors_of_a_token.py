# perplexity-webui-scraper.md, "Exceptions", with a token that the service does not know
from hydrophone.perplexity import (
    AuthenticationError,
    Perplexity,
    PerplexityError,
    ResearchClarifyingQuestionsError,
)

conversation = Perplexity("AN_OLD_TOKEN").create_conversation()

try:
    conversation.ask("Analyze recent market trends", model="deep-research")
except ResearchClarifyingQuestionsError as e:
    print("Needs clarification:", e.questions)
except AuthenticationError:
    print("Token expired — refresh your session token")
except PerplexityError as e:
    print(f"Library error: {e}")
