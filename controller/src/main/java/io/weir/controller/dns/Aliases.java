package io.weir.controller.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.dns.DefaultDnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponse;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.util.NetUtil;
import io.weir.controller.discovery.Answer;
import io.weir.controller.discovery.Query;
import io.weir.controller.discovery.Rules;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The way from the name that was asked for to the one that has the records (CNAME, RFC 1034 section
 * 3.6.2), as far as it is known.
 *
 * @param name whose records are wanted now
 * @param ttl the least on the way so far, s
 * @param followed how many aliases
 */
record Aliases(Query query, String name, long ttl, int followed) {
  private static final int MOST = 16;
  private static final int SRV_FIXED = 6;

  /** What comes of a response. */
  sealed interface Step {
    record Known(Answer answer) implements Step {}

    /** The server does not go the whole way. */
    record Elsewhere(Aliases aliases) implements Step {}
  }

  Aliases(Query query) {
    this(query, query.name(), Long.MAX_VALUE, 0);
  }

  static DnsRecordType type(Query query) {
    return switch (query.type()) {
      case A -> DnsRecordType.A;
      case AAAA -> DnsRecordType.AAAA;
      case SRV -> DnsRecordType.SRV;
    };
  }

  /** Of a response without error. */
  Step read(DnsResponse response) {
    try {
      Aliases end = this;
      for (boolean on = true; on && end.followed <= MOST; ) {
        Aliases next = end.next(response);
        on = next.followed > end.followed;
        end = next;
      }
      if (end.followed > MOST) {
        return new Step.Known(new Answer.Failed("is an alias of too many others, or of itself"));
      }
      Step.Known known = new Step.Known(end.records(response));
      return end.followed > followed && isNothing(known.answer()) ? new Step.Elsewhere(end) : known;
    } catch (UnknownHostException | RuntimeException e) {
      // Bytes of a stranger.
      return new Step.Known(new Answer.Failed("has records that cannot be read"));
    }
  }

  private static boolean isNothing(Answer answer) {
    return switch (answer) {
      case Answer.Addresses found -> found.addresses().isEmpty();
      case Answer.Services found -> found.services().isEmpty();
      case Answer.Failed _ -> false;
    };
  }

  private Aliases next(DnsResponse response) {
    for (int i = 0; i < response.count(DnsSection.ANSWER); i++) {
      DnsRecord record = response.recordAt(DnsSection.ANSWER, i);
      if (isOf(record, DnsRecordType.CNAME) && record instanceof DnsRawRecord raw) {
        String target = Rules.normal(DefaultDnsRecordDecoder.decodeName(raw.content().duplicate()));
        return new Aliases(
            query, target, Math.min(ttl, Math.max(0, record.timeToLive())), followed + 1);
      }
    }
    return this;
  }

  private boolean isOf(DnsRecord record, DnsRecordType type) {
    return record.type().equals(type) && Rules.normal(record.name()).equals(name);
  }

  private Answer records(DnsResponse response) throws UnknownHostException {
    long least = ttl;
    List<String> addresses = new ArrayList<>();
    List<Answer.Service> services = new ArrayList<>();
    for (int i = 0; i < response.count(DnsSection.ANSWER); i++) {
      DnsRecord record = response.recordAt(DnsSection.ANSWER, i);
      if (isOf(record, type(query)) && record instanceof DnsRawRecord raw) {
        least = Math.min(least, Math.max(0, record.timeToLive()));
        if (query.type() == Query.Type.SRV) {
          service(raw.content(), services);
        } else {
          address(raw.content(), addresses);
        }
      }
    }
    long nanos = least == Long.MAX_VALUE ? 0 : TimeUnit.SECONDS.toNanos(least);
    return query.type() == Query.Type.SRV
        ? new Answer.Services(services, nanos)
        : new Answer.Addresses(addresses, nanos);
  }

  private static void address(ByteBuf content, List<String> addresses) throws UnknownHostException {
    InetAddress address = InetAddress.getByAddress(ByteBufUtil.getBytes(content));
    // Nobody listens there.
    if (!address.isAnyLocalAddress() && !address.isMulticastAddress()) {
      addresses.add(NetUtil.toAddressString(address));
    }
  }

  private static void service(ByteBuf content, List<Answer.Service> services) {
    int at = content.readerIndex();
    int priority = content.getUnsignedShort(at);
    int weight = content.getUnsignedShort(at + 2);
    int port = content.getUnsignedShort(at + 4);
    String target =
        Rules.normal(
            DefaultDnsRecordDecoder.decodeName(content.duplicate().readerIndex(at + SRV_FIXED)));
    if (!target.isEmpty() && port > 0) {
      services.add(new Answer.Service(target, port, priority, weight));
    }
  }
}
