"""Use cases stepped one port call at a time, in every order or in very many, judged each time."""
