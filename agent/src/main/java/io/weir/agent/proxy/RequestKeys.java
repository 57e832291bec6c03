package io.weir.agent.proxy;

import io.weir.agent.balance.KeyHash;
import io.weir.agent.balance.Ticket;
import io.weir.agent.balance.Token;
import io.weir.agent.http1.FieldSearch;
import io.weir.agent.http1.HeadParser;
import io.weir.agent.http1.RequestTarget;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Pool.Balance;
import io.weir.agent.model.Pool.HashKey;
import io.weir.agent.model.Steering.Sticky;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What picks for a pool want to know of a request, and where in the request that is. */
final class RequestKeys {
  private static final byte[] NOTHING = {};

  private final @Nullable HashKey key;

  /** Of the header field or cookie that is hashed. */
  private final byte[] name;

  private final byte @Nullable [] cookie;
  private final String attributes;

  private RequestKeys(@Nullable HashKey key, Optional<Sticky> sticky) {
    this.key = key;
    name =
        switch (key) {
          case HashKey.Header(String header) -> header.getBytes(StandardCharsets.UTF_8);
          case HashKey.Cookie(String named) -> named.getBytes(StandardCharsets.UTF_8);
          case HashKey.ClientIp(), HashKey.Path(), HashKey.Url() -> NOTHING;
          case null -> NOTHING;
        };
    cookie = sticky.map(s -> s.cookie().getBytes(StandardCharsets.UTF_8)).orElse(null);
    attributes =
        "; Path=/; HttpOnly; SameSite=Lax"
            + sticky.flatMap(Sticky::maxAge).map(age -> "; Max-Age=" + age.toSeconds()).orElse("")
            + "\r\n";
  }

  /** Null: picks want to know nothing. */
  static @Nullable RequestKeys of(Pool pool) {
    HashKey key = pool.balance() instanceof Balance.Hash hash ? hash.key() : null;
    Optional<Sticky> sticky = pool.steering().sticky();
    return key == null && sticky.isEmpty() ? null : new RequestKeys(key, sticky);
  }

  /** 0: the request has no such thing. */
  long hash(byte[] b, HeadParser head, RequestTarget target, FieldSearch search, long clientHash) {
    return switch (key) {
      case HashKey.ClientIp() -> clientHash;
      case HashKey.Path() -> KeyHash.of(b, target.originStart(), target.pathEnd());
      case HashKey.Url() -> KeyHash.of(b, target.originStart(), head.targetEnd());
      case HashKey.Header(_) ->
          search.header(b, head, name) ? KeyHash.of(b, search.from(), search.to()) : 0;
      case HashKey.Cookie(_) ->
          search.cookie(b, head, name) ? KeyHash.of(b, search.from(), search.to()) : 0;
      case null -> 0;
    };
  }

  /** Likewise. */
  long token(byte[] b, HeadParser head, FieldSearch search) {
    return cookie != null && search.cookie(b, head, cookie)
        ? Token.parse(b, search.from(), search.to())
        : 0;
  }

  /** A whole line that has the client come back. */
  byte[] setCookie(Ticket ticket) {
    String named = cookie == null ? "" : new String(cookie, StandardCharsets.UTF_8);
    return ("Set-Cookie: " + named + "=" + Token.text(ticket.token()) + attributes)
        .getBytes(StandardCharsets.UTF_8);
  }
}
