"""What delivered citations point into: texts of web pages, and versions of own documents."""
