# perplexity-webui-scraper.md, "Models"
from hydrophone.perplexity import MODELS

for model_id, model in MODELS.items():
    print(f"{model_id!r:35} → {model.name} [{model.subscription_tier}]")
