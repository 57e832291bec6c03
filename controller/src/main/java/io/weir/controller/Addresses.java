package io.weir.controller;

import io.weir.controller.ControllerConfig.Listen;
import io.weir.controller.ControllerConfig.Storage;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.Locale;

/** Where a controller listens, what it tells others of that, and why it cannot. Blocks. */
final class Addresses {
  private Addresses() {}

  /**
   * @param option by which the operator chooses it
   * @throws StartupException when the name does not resolve
   */
  static InetSocketAddress resolved(Listen listen, String option) throws StartupException {
    InetSocketAddress address = new InetSocketAddress(listen.host(), listen.port());
    if (address.isUnresolved()) {
      throw new StartupException(
          "cannot listen on %s: the name %s does not resolve; choose another with %s"
              .formatted(listen, listen.host(), option),
          new IOException("unresolved"));
    }
    return address;
  }

  static StartupException cannotListen(Listen listen, String option, IOException e) {
    return new StartupException(
        "cannot listen on %s: %s; choose another with %s".formatted(listen, reason(e), option), e);
  }

  static boolean isLoopback(Listen listen) {
    return new InetSocketAddress(listen.host(), 0).getAddress().isLoopbackAddress();
  }

  /** Other controllers have to be told the port before it is listened on. */
  static ControllerConfig reachable(ControllerConfig config) throws StartupException {
    Listen listen = config.listen();
    if (listen.port() != 0 || config.storage() instanceof Storage.Embedded) {
      return config;
    }
    try (ServerSocket socket =
        new ServerSocket(0, 1, new InetSocketAddress(listen.host(), 0).getAddress())) {
      return config.listeningOn(new Listen(listen.host(), socket.getLocalPort()));
    } catch (IOException e) {
      throw cannotListen(listen, "--listen", e);
    }
  }

  /** What others are told to connect to. */
  static String advertised(ControllerConfig config) {
    if (!config.advertise().isEmpty()) {
      return config.advertise();
    }
    InetAddress address = new InetSocketAddress(config.listen().host(), 0).getAddress();
    if (!address.isAnyLocalAddress()) {
      return config.listen().toString();
    }
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "localhost";
    }
    return new Listen(host, config.listen().port()).toString();
  }

  /**
   * {@code bind(..) failed with error(-98): Address already in use} and its kin, in plain words.
   */
  private static String reason(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (message.contains("in use")) {
        return "address already in use";
      }
      if (message.contains("permission denied")) {
        return "permission denied";
      }
      if (message.contains("cannot assign requested address")) {
        return "no interface of this machine has that address";
      }
      if (cause instanceof BindException) {
        return message;
      }
    }
    return String.valueOf(e.getMessage());
  }
}
