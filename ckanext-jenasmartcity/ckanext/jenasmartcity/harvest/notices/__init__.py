"""Those who look after a source are told when it needs them."""
