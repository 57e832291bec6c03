package io.weir.controller.store;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

@TestInstance(Lifecycle.PER_CLASS)
class EtcdJournalTest extends JournalContract {
  private EtcdProcess etcd;

  @BeforeAll
  void starts() {
    EtcdProcess.assumeInstalled();
    etcd = EtcdProcess.start();
  }

  @AfterAll
  void stops() {
    if (etcd != null) {
      etcd.close();
    }
  }

  @Override
  Store open() {
    return EtcdStore.connect(
        EtcdAccess.plain(List.of(etcd.endpoint())),
        UUID.randomUUID().toString(),
        EtcdStore.DEADLINE);
  }
}
