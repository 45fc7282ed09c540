"""The room of models: embedder, reranker, token counter, and language models over HTTP.

`base` holds the Protocols that other rooms know. `embedder`, `reranker` and `tokens` run the model
files that `files` finds; `overlap` and the counter of words stand in where there are none.
`openai` talks to any OpenAI-compatible endpoint. Nothing heavy is imported here.
"""
