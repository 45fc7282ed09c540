// Brief description of the Sonar API, "Code Examples", JavaScript.
const options = {
  method: 'POST',
  headers: {
    'Authorization': `Bearer ${process.env.API_KEY}`,
    'Content-Type': 'application/json'
  },
  body: JSON.stringify({
    "model": "llama-3.1-sonar-small-128k-online",
    "messages": [
      { "role": "system", "content": "Be brief." },
      { "role": "user", "content": "How many stars does the Milky Way hold?" }
    ],
    "temperature": 0.2,
    "top_p": 0.9
  })
};

fetch(`${process.env.BASE_URL}/chat/completions`, options)
  .then(response => response.json())
  .then(console.log)
  .catch(console.error);
