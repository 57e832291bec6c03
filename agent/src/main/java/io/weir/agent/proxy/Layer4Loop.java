package io.weir.agent.proxy;

import io.netty.channel.EventLoop;
import io.weir.agent.accesslog.AccessEntry;
import io.weir.agent.accesslog.AccessRing;
import io.weir.agent.balance.PickInput;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.balance.Ticket;
import io.weir.agent.l4.FlowRecord;
import io.weir.agent.l4.HostLoop;
import io.weir.agent.metrics.LoopMetrics;
import java.util.Set;

/** What a loop offers to layer 4: the same balancers, deadlines, counters and log as to HTTP. */
final class Layer4Loop implements HostLoop {
  private final Loop loop;
  private final AccessEntry entry = new AccessEntry();

  Layer4Loop(Loop loop) {
    this.loop = loop;
  }

  @Override
  public EventLoop eventLoop() {
    return loop.eventLoop();
  }

  @Override
  public void readCycle() {
    loop.readCycle();
  }

  @Override
  public long now() {
    return loop.now();
  }

  @Override
  public boolean pick(Ticket into, PoolMembers pool, PickInput input, Set<String> tried) {
    return loop.pool(pool).pick(into, input, tried);
  }

  @Override
  public LoopMetrics metrics() {
    return loop.metrics();
  }

  @Override
  public Alarm alarm(Runnable rings) {
    return new WheelAlarm(loop.wheel(), rings);
  }

  @Override
  public void ended(FlowRecord record) {
    AccessRing log = loop.log();
    if (log == null) {
      return;
    }
    entry.begin(loop.epochNanos() - record.durationNanos(), record.listener(), record.client());
    entry.version(record.protocol().name());
    entry.pool(record.pool());
    String endpoint = record.endpoint();
    if (endpoint != null) {
      entry.endpoint(endpoint, record.attempts());
    }
    entry.status(record.outcome().status());
    String reason = record.outcome().reason();
    if (reason != null) {
      entry.reason(reason);
    }
    entry.addReceived(record.received());
    entry.addSent(record.sent());
    entry.upstream(record.connectNanos());
    entry.duration(record.durationNanos());
    log.log(entry);
  }

  private static final class WheelAlarm extends DeadlineWheel.Node implements Alarm {
    private final DeadlineWheel wheel;
    private final Runnable rings;

    WheelAlarm(DeadlineWheel wheel, Runnable rings) {
      this.wheel = wheel;
      this.rings = rings;
    }

    @Override
    public void set(long at) {
      wheel.set(this, at);
    }

    @Override
    public void clear() {
      wheel.remove(this);
    }

    @Override
    void expired() {
      rings.run();
    }
  }
}
