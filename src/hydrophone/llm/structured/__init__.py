"""Answers that must have a form: which schemas and patterns there are, how an endpoint is asked for
them, and what is made of a reply that does not quite have it.

`patterns` reads regular expressions, `grammar` and `automaton` write them for llama.cpp, `matching`
compares texts with them; `schemas` says which JSON schemas can be answered and `fitted` what is
sent of them; `forms` knows the fields of a request and `learning` which of them an endpoint takes.
`json_replies` and `pattern_replies` find the answer in a reply, `coercion` mends its types.
`jsonschema_rs` and `regex` are imported by the first format.
"""
