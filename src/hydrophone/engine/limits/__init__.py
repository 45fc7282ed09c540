"""What an answer may take: time, searches, pages, tokens and cost; and stages that are late."""
