"""What is searched for: from the words of a question to the queries of each round."""
