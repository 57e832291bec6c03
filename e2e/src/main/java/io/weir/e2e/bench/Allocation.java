package io.weir.e2e.bench;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** What all threads of another JVM have allocated on its heap, asked over its management agent. */
final class Allocation implements AutoCloseable {
  private final JMXConnector connector;
  private final MBeanServerConnection server;

  private Allocation(JMXConnector connector) throws IOException {
    this.connector = connector;
    this.server = connector.getMBeanServerConnection();
  }

  /**
   * Attaches; that JVM loads its management agent if it had not yet.
   *
   * @throws IOException when there is no such JVM, or it is not ours to look at
   */
  // The address comes from a process of ours on this machine.
  @SuppressWarnings("BanJNDI")
  static Allocation of(long pid) throws IOException {
    try {
      VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
      try {
        var url = new JMXServiceURL(machine.startLocalManagementAgent());
        return new Allocation(JMXConnectorFactory.connect(url));
      } finally {
        machine.detach();
      }
    } catch (AttachNotSupportedException e) {
      throw new IOException("process " + pid + " cannot be attached to: " + e.getMessage(), e);
    }
  }

  /** Bytes since that JVM started, by threads that ended too. */
  long bytes() throws IOException {
    try {
      return (Long)
          server.getAttribute(
              ObjectName.getInstance("java.lang:type=Threading"), "TotalThreadAllocatedBytes");
    } catch (JMException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    connector.close();
  }
}
