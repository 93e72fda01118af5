"""Word lists of names, companies and addresses: the YAML tables beside this file, and what policy adds to them."""
