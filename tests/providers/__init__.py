"""The whole service against the providers' fakes: every story, in any order, under any fault."""
