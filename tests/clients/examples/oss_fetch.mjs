// Perplexity OSS API, JavaScript fetch.
const response = await fetch(`${process.env.BASE_URL}/v1/chat/completions`, {
  method: 'POST',
  headers: {
    'Authorization': `Bearer ${process.env.API_KEY}`,
    'Content-Type': 'application/json',
  },
  body: JSON.stringify({
    model: 'default',
    messages: [
      { role: 'user', content: 'What is machine learning?' }
    ],
    return_related_questions: true
  })
});
const data = await response.json();
console.log(data.choices[0].message.content);
