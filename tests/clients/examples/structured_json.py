# Sonar documents, "Structured Outputs Guide", 1, Python.
import os

import requests
from pydantic import BaseModel


class AnswerFormat(BaseModel):
    first_name: str
    last_name: str
    year_of_birth: int
    num_seasons_in_nba: int


url = f"{os.environ['BASE_URL']}/chat/completions"
headers = {"Authorization": f"Bearer {os.environ['API_KEY']}"}
payload = {
    "model": "sonar",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": (
                "Who is Ada Quill? "
                "Answer with JSON of these fields: "
                "first_name, last_name, year_of_birth, num_seasons_in_nba. "
            ),
        },
    ],
    "response_format": {
        "type": "json_schema",
        "json_schema": {"schema": AnswerFormat.model_json_schema()},
    },
}
response = requests.post(url, headers=headers, json=payload).json()
print(response["choices"][0]["message"]["content"])
