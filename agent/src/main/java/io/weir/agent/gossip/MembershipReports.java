package io.weir.agent.gossip;

import com.google.protobuf.Duration;
import io.weir.agent.membership.MemberState;
import io.weir.agent.membership.Ring;
import io.weir.v1.MembershipReport;
import java.util.List;

/** To the wire. Pure. */
final class MembershipReports {
  private static final long SECOND = 1_000_000_000L;

  private MembershipReports() {}

  static MembershipReport of(List<Ring.View> members, int localHealth, long now) {
    MembershipReport.Builder report = MembershipReport.newBuilder().setLocalHealth(localHealth);
    for (Ring.View member : members) {
      long since = Math.max(0, now - member.sinceNanos());
      report.addMembers(
          MembershipReport.Member.newBuilder()
              .setAgent(member.peer().name())
              .setState(
                  switch (member.state()) {
                    case MemberState.Alive _ -> MembershipReport.State.STATE_ALIVE;
                    case MemberState.Suspect _ -> MembershipReport.State.STATE_SUSPECT;
                    case MemberState.Dead _ -> MembershipReport.State.STATE_DEAD;
                    case MemberState.Left _ -> MembershipReport.State.STATE_LEFT;
                  })
              .setIncarnation(member.state().incarnation())
              .setSince(
                  Duration.newBuilder()
                      .setSeconds(since / SECOND)
                      .setNanos((int) (since % SECOND))));
    }
    return report.build();
  }
}
