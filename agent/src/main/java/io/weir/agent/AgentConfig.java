package io.weir.agent;

import io.weir.agent.accesslog.AccessLogFormat;
import io.weir.agent.control.HostPort;
import io.weir.agent.exposition.MetricsTls;
import io.weir.agent.security.TlsFiles;
import io.weir.v1.JoinToken;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the command line and the environment say, checked.
 *
 * @param controllers one or more of one cluster, any of which will do
 * @param name as weir.v1.Metadata.name
 * @param accessLog a file's path, "-" for stdout, or "off"
 * @param metrics where to answer scrapes; port 0: any
 * @param metricsTls how that is protected; not off only with {@code tls}
 * @param gossip where to hear other agents; port 0: any; empty: no part in their ring
 * @param eventLoops 1 to 1,024
 * @param drainTime how long requests under way may take once the process is to stop
 * @param warmUp how long the process sends requests through itself before it serves; 0: not
 * @param execProbes health checks may run programs
 * @param tls who to be to controllers; empty: plaintext
 * @param join how to become part of the ring while no controller can be reached
 */
record AgentConfig(
    String cluster,
    List<HostPort> controllers,
    String name,
    Map<String, String> labels,
    Path dataDir,
    String accessLog,
    AccessLogFormat accessLogFormat,
    Optional<HostPort> metrics,
    MetricsTls metricsTls,
    Optional<HostPort> gossip,
    int eventLoops,
    Duration drainTime,
    Duration warmUp,
    boolean execProbes,
    Optional<JoinToken> join,
    Optional<TlsFiles> tls) {
  AgentConfig {
    controllers = List.copyOf(controllers);
    labels = Map.copyOf(labels);
  }
}
