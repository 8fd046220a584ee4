"""How the world reaches the service: HTTP, console, commands, worker; and the container."""
