package io.weir.controller.hooks.aws;

import io.weir.controller.provision.Addresses;
import io.weir.controller.provision.Answer;
import io.weir.controller.provision.Order;
import io.weir.controller.provision.ProvisionException;
import io.weir.controller.provision.Provisioned;
import io.weir.controller.provision.Provisioner;
import io.weir.v1.AwsHook;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.autoscaling.AutoScalingClient;
import software.amazon.awssdk.services.autoscaling.model.AutoScalingGroup;
import software.amazon.awssdk.services.autoscaling.model.LifecycleHook;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.Reservation;

/**
 * One Auto Scaling group. Capacity is only raised, never lowered: those that are to go are
 * terminated by id, which lowers it by one each. A termination that waits for a lifecycle hook
 * whose name begins with "weir" is let on, as an instance is drained before it is terminated.
 */
final class AwsProvisioner implements Provisioner {
  private static final String OURS = "weir";
  private static final String TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING";
  private static final String WAITING = "Terminating:Wait";

  /** Of one DescribeInstances. */
  private static final int AT_ONCE = 100;

  private static final Set<String> PASSING =
      Set.of("ScalingActivityInProgress", "ResourceContention", "ServiceUnavailable");

  private final AwsHook hook;
  private final AutoScalingClient groups;
  private final Ec2Client machines;

  // Guarded by this: addresses of instances, which never change, and those that were told to end.
  private final Map<String, String> ips = new HashMap<>();
  private final Set<String> told = new HashSet<>();

  AwsProvisioner(AwsHook hook, AutoScalingClient groups, Ec2Client machines) {
    this.hook = hook;
    this.groups = groups;
    this.machines = machines;
  }

  private interface Work<T> {
    T done() throws ProvisionException;
  }

  @Override
  public List<Provisioned> list() throws ProvisionException {
    return spoken(() -> {
      AutoScalingGroup group = group();
      List<String> waiting = new ArrayList<>();
      synchronized (this) {
        told.retainAll(group.instances().stream().map(instance -> instance.instanceId()).toList());
        group.instances().stream()
            .filter(instance -> instance.lifecycleStateAsString().equals(WAITING))
            .map(instance -> instance.instanceId())
            .filter(told::contains)
            .forEach(waiting::add);
      }
      letGo(waiting);
      return instances(group);
    });
  }

  @Override
  public Answer scaleOut(Order order) throws ProvisionException {
    return spoken(() -> {
      AutoScalingGroup group = group();
      if (group.desiredCapacity() < order.desired()) {
        var _ =
            groups.setDesiredCapacity(request ->
                request
                    .autoScalingGroupName(hook.getGroup())
                    .desiredCapacity(order.desired())
                    .honorCooldown(false));
      }
      return new Answer(instances(group));
    });
  }

  @Override
  public Answer scaleIn(Order order, List<String> ids) throws ProvisionException {
    return spoken(() -> {
      Set<String> wanted = Set.copyOf(ids);
      List<String> waiting = new ArrayList<>();
      synchronized (this) {
        told.addAll(wanted);
      }
      for (var instance : group().instances()) {
        String id = instance.instanceId();
        if (!wanted.contains(id)) {
          continue;
        }
        if (instance.lifecycleStateAsString().equals(WAITING)) {
          waiting.add(id);
        } else if (state(instance.lifecycleStateAsString()) != Provisioned.State.ENDING) {
          // One that is ending would lower the capacity a second time.
          var _ =
              groups.terminateInstanceInAutoScalingGroup(
                  request -> request.instanceId(id).shouldDecrementDesiredCapacity(true));
        }
      }
      letGo(waiting);
      return new Answer(instances(group()));
    });
  }

  private void letGo(List<String> waiting) {
    if (waiting.isEmpty()) {
      return;
    }
    List<LifecycleHook> hooks =
        groups
            .describeLifecycleHooks(request -> request.autoScalingGroupName(hook.getGroup()))
            .lifecycleHooks();
    for (LifecycleHook one : hooks) {
      if (TERMINATING.equals(one.lifecycleTransition())
          && one.lifecycleHookName().startsWith(OURS)) {
        for (String id : waiting) {
          var _ =
              groups.completeLifecycleAction(request ->
                  request
                      .autoScalingGroupName(hook.getGroup())
                      .lifecycleHookName(one.lifecycleHookName())
                      .instanceId(id)
                      .lifecycleActionResult("CONTINUE"));
        }
      }
    }
  }

  private AutoScalingGroup group() throws ProvisionException {
    return groups
        .describeAutoScalingGroups(request -> request.autoScalingGroupNames(hook.getGroup()))
        .autoScalingGroups()
        .stream()
        .findFirst()
        .orElseThrow(() ->
            new ProvisionException(
                "there is no Auto Scaling group \"%s\" in %s"
                    .formatted(hook.getGroup(), hook.getRegion()),
                false));
  }

  private List<Provisioned> instances(AutoScalingGroup group) {
    List<String> there =
        group.instances().stream()
            .filter(instance -> !ended(instance.lifecycleStateAsString()))
            .map(instance -> instance.instanceId())
            .toList();
    Map<String, String> known = addresses(there);
    return group.instances().stream()
        .filter(instance -> there.contains(instance.instanceId()))
        .map(instance ->
            new Provisioned(
                instance.instanceId(),
                Optional.ofNullable(known.get(instance.instanceId()))
                    .map(ip -> Addresses.of(ip, hook.getPort())),
                state(instance.lifecycleStateAsString()),
                instance.availabilityZone() == null ? "" : instance.availabilityZone()))
        .toList();
  }

  /** By instance; one that was just asked for may have none yet. */
  private Map<String, String> addresses(List<String> there) {
    List<String> unknown;
    synchronized (this) {
      ips.keySet().retainAll(Set.copyOf(there));
      unknown = there.stream().filter(id -> !ips.containsKey(id)).toList();
    }
    Map<String, String> found = new HashMap<>();
    for (int from = 0; from < unknown.size(); from += AT_ONCE) {
      List<String> some = unknown.subList(from, Math.min(unknown.size(), from + AT_ONCE));
      // By filter, not by id: of an id that EC2 does not know yet it would tell nothing of any.
      for (Reservation reservation :
          machines
              .describeInstances(request ->
                  request.filters(Filter.builder().name("instance-id").values(some).build()))
              .reservations()) {
        reservation.instances().stream()
            .filter(machine -> machine.privateIpAddress() != null)
            .forEach(machine -> found.put(machine.instanceId(), machine.privateIpAddress()));
      }
    }
    synchronized (this) {
      ips.putAll(found);
      return Map.copyOf(ips);
    }
  }

  /** Of the lifecycle of an instance in its group; what stands by serves nothing yet. */
  static Provisioned.State state(String lifecycle) {
    if (lifecycle.equals("InService")) {
      return Provisioned.State.RUNNING;
    }
    return lifecycle.startsWith("Terminating") || lifecycle.startsWith("Detaching")
        ? Provisioned.State.ENDING
        : Provisioned.State.PENDING;
  }

  /** Those of the warm pool do not count, either: they are none of the group's yet. */
  private static boolean ended(String lifecycle) {
    return lifecycle.equals("Terminated")
        || lifecycle.equals("Detached")
        || lifecycle.startsWith("Warmed");
  }

  private static <T> T spoken(Work<T> work) throws ProvisionException {
    try {
      return work.done();
    } catch (AwsServiceException e) {
      String code = e.awsErrorDetails() == null ? "" : e.awsErrorDetails().errorCode();
      String said = e.awsErrorDetails() == null ? "" : e.awsErrorDetails().errorMessage();
      throw new ProvisionException(
          "AWS answered %d %s: %s".formatted(e.statusCode(), code, said),
          e.statusCode() >= 500 || e.isThrottlingException() || PASSING.contains(code),
          Optional.empty(),
          e.statusCode(),
          e);
    } catch (SdkException e) {
      throw new ProvisionException("AWS cannot be called: " + e.getMessage(), true, e);
    }
  }

  @Override
  public void close() {
    groups.close();
    machines.close();
  }
}
