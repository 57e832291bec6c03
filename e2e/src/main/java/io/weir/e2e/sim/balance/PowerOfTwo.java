package io.weir.e2e.sim.balance;

import java.util.random.RandomGenerator;

/**
 * Power of two choices: of two servers drawn at random the one to which this proxy has fewer
 * requests under way. As nginx does it for {@code random two least_conn} ({@code
 * ngx_http_upstream_get_random2_peer()} in src/http/modules/ngx_http_upstream_random_module.c,
 * 1.27): two different servers, and at a tie the one drawn last. Envoy's {@code LEAST_REQUEST} with
 * {@code choice_count} 2 ({@code LeastRequestLoadBalancer::unweightedHostPickNChoices()} in
 * source/extensions/load_balancing_policies/least_request/least_request_lb.cc, 1.36) is the same
 * but for that it may draw the same server twice, which makes it slightly worse.
 */
final class PowerOfTwo implements ProxyBalancer {
  private final RandomGenerator random;
  private final int[] underWay;

  PowerOfTwo(int servers, RandomGenerator random) {
    this.random = random;
    this.underWay = new int[servers];
  }

  @Override
  public int pick(int request, long now) {
    int first = random.nextInt(underWay.length);
    int second = random.nextInt(underWay.length - 1);
    second += second >= first ? 1 : 0;
    int picked = underWay[second] > underWay[first] ? first : second;
    underWay[picked]++;
    return picked;
  }

  @Override
  public void done(int request, int server, long began, boolean answered, long now) {
    underWay[server]--;
  }
}
