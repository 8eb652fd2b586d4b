"""Whatever is sent, the answer is JSON, never the server's own fault, and the server lives on."""
