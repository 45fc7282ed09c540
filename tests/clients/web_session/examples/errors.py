# perplexity-webui-scraper.md, "Exceptions"; completed by its conversation
from hydrophone.perplexity import (
    AuthenticationError,
    Perplexity,
    PerplexityError,
    ResearchClarifyingQuestionsError,
)

conversation = Perplexity("YOUR_TOKEN").create_conversation()

try:
    conversation.ask("Analyze recent market trends", model="deep-research")
except ResearchClarifyingQuestionsError as e:
    print("Needs clarification:", e.questions)
except AuthenticationError:
    print("Token expired — refresh your session token")
except PerplexityError as e:
    print(f"Library error: {e}")
