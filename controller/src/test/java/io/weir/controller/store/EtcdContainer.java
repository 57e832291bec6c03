package io.weir.controller.store;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.utility.DockerImageName;

/**
 * The etcd of a local image in a container. The image is never pulled; it needs nothing but {@code
 * etcd} on its path.
 */
final class EtcdContainer implements EtcdServer {
  private static final String IMAGE = "WEIR_TEST_ETCD_IMAGE";
  private static final int PORT = 2379;

  private final GenericContainer<?> container;
  private final URI endpoint;

  private EtcdContainer(String image, int port) {
    endpoint = URI.create("http://127.0.0.1:" + port);
    container =
        new GenericContainer<>(DockerImageName.parse(image))
            .withImagePullPolicy(name -> false)
            .withCommand(
                "etcd",
                "--data-dir=/tmp/etcd",
                "--listen-client-urls=http://0.0.0.0:" + PORT,
                "--advertise-client-urls=" + endpoint)
            .waitingFor(
                new AbstractWaitStrategy() {
                  @Override
                  protected void waitUntilReady() {
                    // Done from outside: the image has no shell that could look from inside.
                  }
                });
    // A port of Docker's choice would be another one after a restart.
    container.setPortBindings(List.of("127.0.0.1:" + port + ":" + PORT));
  }

  /** Skips the test, saying what to set up, where there is no image or no engine. */
  static void assumeAvailable() {
    Assumptions.assumeTrue(
        System.getenv(IMAGE) != null,
        IMAGE + " is not set: name a local image that has etcd on its path to test against it");
    Assumptions.assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "no Docker engine answers: install and start one (Debian, Ubuntu: apt-get install"
            + " docker.io)");
  }

  static EtcdContainer start() {
    try {
      EtcdContainer etcd = new EtcdContainer(System.getenv(IMAGE), EtcdProcess.freePort());
      etcd.container.start();
      etcd.awaitServing();
      return etcd;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public URI endpoint() {
    return endpoint;
  }

  @Override
  public void kill() {
    container.getDockerClient().killContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public void restart() {
    container.getDockerClient().startContainerCmd(container.getContainerId()).exec();
    awaitServing();
  }

  @Override
  public void close() {
    container.close();
  }
}
