"""What the pages share: the frame, the session, forms, caches, parts and the stack of layers."""
