"""What comes beside the text: notices, thoughts, related questions, pictures."""
