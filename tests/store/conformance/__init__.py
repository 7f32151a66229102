"""What every store must hold, whatever it is made of: the tests know nothing but `rag.store.protocol`."""
