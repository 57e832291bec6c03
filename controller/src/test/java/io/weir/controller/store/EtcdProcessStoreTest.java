package io.weir.controller.store;

class EtcdProcessStoreTest extends EtcdStoreContract {
  @Override
  EtcdServer start() {
    EtcdProcess.assumeInstalled();
    return EtcdProcess.start();
  }
}
