from tests.index.contract import FilterContract, IndexContract


class TestEmbeddedIndex(IndexContract, FilterContract):
    pass
