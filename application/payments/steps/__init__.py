"""Steps that use cases about payments share: what money causes, coming in and going back."""
