"""Templates of prompts: parsed once, filled many times. Knows nothing of registries, stores or wires."""
