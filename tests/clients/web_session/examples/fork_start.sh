# openai-server-fork.md, "Quick Start"
curl http://localhost:8000/health
echo
curl http://localhost:8000/v1/models
