# openai-server-fork.md, "Handling Research Mode Clarifying Questions"; completed by its
# conversation and by the import of Models
from hydrophone.perplexity import (
    Models,
    Perplexity,
    ResearchClarifyingQuestionsError,
)

conversation = Perplexity("YOUR_TOKEN").create_conversation()

try:
    conversation.ask("Research this topic", model=Models.RESEARCH)
except ResearchClarifyingQuestionsError as error:
    print("The AI needs clarification:")
    for question in error.questions:
        print(f"  - {question}")
    # Consider rephrasing your query to be more specific
