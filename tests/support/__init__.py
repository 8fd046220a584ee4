"""What tests are built with: valid things to begin from, fakes for ports, and real servers."""
