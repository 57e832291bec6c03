package io.weir.controller.store;

class EtcdContainerStoreTest extends EtcdStoreContract {
  @Override
  EtcdServer start() {
    EtcdContainer.assumeAvailable();
    return EtcdContainer.start();
  }
}
