package io.weir.controller.model;

import static io.weir.controller.model.Durations.millis;
import static io.weir.controller.model.Durations.minutes;

import io.weir.v1.AwsHook;
import io.weir.v1.AzureHook;
import io.weir.v1.GcpHook;
import io.weir.v1.KubernetesHook;
import io.weir.v1.ProcessHook;
import io.weir.v1.ScaleHook;
import io.weir.v1.WebhookHook;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** What brings endpoints and takes them away, as a Scaler names it. */
final class HookRules {
  private static final int MAX_PORT = 65_535;
  private static final int MAX_PORTS = 1_000;
  private static final int MAX_TEXT = 512;
  private static final int MAX_ARGUMENTS = 64;
  private static final int MAX_ZONES = 16;

  private HookRules() {}

  static void check(ScaleHook hook, Problems.On on) {
    switch (hook.getKindCase()) {
      case WEBHOOK -> webhook(hook.getWebhook(), on);
      case AWS -> aws(hook.getAws(), on);
      case GCP -> gcp(hook.getGcp(), on);
      case AZURE -> azure(hook.getAzure(), on);
      case KUBERNETES -> kubernetes(hook.getKubernetes(), on);
      case PROCESS -> process(hook.getProcess(), on);
      case KIND_NOT_SET ->
          on.add(
              "hook",
              "names nothing to call; give it webhook, aws, gcp, azure, kubernetes or process");
    }
    if (hook.hasTimeout()) {
      Durations.range(on, "hook.timeout", hook.getTimeout(), millis(100), minutes(5));
    }
  }

  private static void webhook(WebhookHook hook, Problems.On on) {
    if (hook.getUrl().isEmpty()) {
      on.add("hook.webhook.url", "is missing");
    } else {
      url("hook.webhook.url", hook.getUrl(), on);
    }
    text("hook.webhook.secret_file", hook.getSecretFile(), on);
  }

  private static void aws(AwsHook hook, Problems.On on) {
    text("hook.aws.group", hook.getGroup(), on);
    text("hook.aws.region", hook.getRegion(), on);
    on.range("hook.aws.port", hook.getPort(), 1, MAX_PORT);
    url("hook.aws.api", hook.getApi(), on);
  }

  private static void gcp(GcpHook hook, Problems.On on) {
    text("hook.gcp.project", hook.getProject(), on);
    text("hook.gcp.group", hook.getGroup(), on);
    if (hook.getZone().isEmpty() == hook.getRegion().isEmpty()) {
      on.add("hook.gcp", "must have either zone or region");
    }
    on.range("hook.gcp.port", hook.getPort(), 1, MAX_PORT);
    url("hook.gcp.api", hook.getApi(), on);
  }

  private static void azure(AzureHook hook, Problems.On on) {
    text("hook.azure.subscription", hook.getSubscription(), on);
    text("hook.azure.resource_group", hook.getResourceGroup(), on);
    text("hook.azure.scale_set", hook.getScaleSet(), on);
    on.range("hook.azure.port", hook.getPort(), 1, MAX_PORT);
    url("hook.azure.api", hook.getApi(), on);
  }

  private static void kubernetes(KubernetesHook hook, Problems.On on) {
    text("hook.kubernetes.name", hook.getName(), on);
    on.range("hook.kubernetes.port", hook.getPort(), 1, MAX_PORT);
    url("hook.kubernetes.api", hook.getApi(), on);
  }

  private static void process(ProcessHook hook, Problems.On on) {
    if (hook.getCommandCount() == 0) {
      on.add("hook.process.command", "is missing; write the program and its arguments");
    }
    if (hook.getCommandCount() > MAX_ARGUMENTS) {
      on.add(
          "hook.process.command",
          "has %d parts; at most %d".formatted(hook.getCommandCount(), MAX_ARGUMENTS));
    }
    on.range("hook.process.first_port", hook.getFirstPort(), 1, MAX_PORT);
    on.range("hook.process.ports", hook.getPorts(), 1, MAX_PORTS);
    int last = hook.getFirstPort() + hook.getPorts() - 1;
    if (hook.getFirstPort() >= 1 && hook.getPorts() >= 1 && last > MAX_PORT) {
      on.add("hook.process.ports", "would end at port %d; there are %d".formatted(last, MAX_PORT));
    }
    if (hook.getZonesCount() > MAX_ZONES) {
      on.add(
          "hook.process.zones",
          "names %d zones; at most %d".formatted(hook.getZonesCount(), MAX_ZONES));
    }
    for (int i = 0; i < Math.min(hook.getZonesCount(), MAX_ZONES); i++) {
      if (!Syntax.isLabel(hook.getZones(i))) {
        on.add(
            "hook.process.zones[%d]".formatted(i),
            Syntax.quote(hook.getZones(i)) + " must be " + Syntax.LABEL_RULE);
      }
    }
  }

  private static void text(String field, String value, Problems.On on) {
    if (value.isBlank()) {
      on.add(field, "is missing");
    } else if (value.length() > MAX_TEXT) {
      on.add(field, "is %d characters; at most %d".formatted(value.length(), MAX_TEXT));
    }
  }

  /** Where one is given. */
  private static void url(String field, String value, Problems.On on) {
    if (value.isEmpty()) {
      return;
    }
    try {
      URI at = new URI(value);
      String scheme = String.valueOf(at.getScheme()).toLowerCase(Locale.ROOT);
      if ((scheme.equals("http") || scheme.equals("https")) && at.getHost() != null) {
        return;
      }
    } catch (URISyntaxException e) {
      // As any other text that is none.
    }
    on.add(field, Syntax.quote(value) + " is no address; write one as in https://host/path");
  }
}
