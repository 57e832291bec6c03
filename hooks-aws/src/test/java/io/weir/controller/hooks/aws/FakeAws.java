package io.weir.controller.hooks.aws;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Auto Scaling and EC2 as far as one group goes: both of AWS's Query protocol, every request with a
 * signature of version 4 that is checked.
 */
final class FakeAws implements AutoCloseable {
  static final String ACCESS_KEY = "AKIDEXAMPLE";
  static final String SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

  private static final Pattern AUTHORIZATION =
      Pattern.compile(
          "AWS4-HMAC-SHA256 Credential=([^/]+)/(\\d{8})/([^/]+)/([^/]+)/aws4_request,"
              + " SignedHeaders=([^,]+), Signature=([0-9a-f]{64})");

  private final HttpServer server;

  /** Lifecycle state by instance. */
  final Map<String, String> instances = new LinkedHashMap<>();

  final List<String> actions = new ArrayList<>();
  int desired;
  int max = 10;

  /** Names of hooks that a termination waits for. */
  final List<String> hooks = new ArrayList<>();

  /** Answered instead, once: status, code. */
  final List<String> failures = new ArrayList<>();

  private int created;

  FakeAws() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.createContext("/", this::serve);
    server.start();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private synchronized void serve(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    Map<String, String> form = new TreeMap<>();
    for (String part : body.split("&", -1)) {
      int equals = part.indexOf('=');
      form.put(
          part.substring(0, equals),
          URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8));
    }
    int status = 200;
    String answer;
    if (!signed(exchange, body)) {
      status = 403;
      answer = error("SignatureDoesNotMatch", "The request signature does not match.");
    } else if (!failures.isEmpty()) {
      String[] failure = failures.removeFirst().split(" ", 2);
      status = Integer.parseInt(failure[0]);
      answer = error(failure[1], "as asked for");
    } else {
      actions.add(form.get("Action"));
      answer = answer(form);
      status = answer.contains("<ErrorResponse") ? 400 : 200;
    }
    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("content-type", "text/xml");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private String answer(Map<String, String> form) {
    String action = form.getOrDefault("Action", "");
    return switch (action) {
      case "DescribeAutoScalingGroups" -> result(action, describe(form));
      case "SetDesiredCapacity" -> {
        int wanted = Integer.parseInt(form.get("DesiredCapacity"));
        if (wanted > max) {
          yield error("ValidationError", "New SetDesiredCapacity value is above max value.");
        }
        scaleTo(wanted);
        yield result(action, "");
      }
      case "TerminateInstanceInAutoScalingGroup" -> terminate(form);
      case "DescribeLifecycleHooks" ->
          result(
              action,
              hooks.stream()
                  .map(name ->
                      "<member><LifecycleHookName>%s</LifecycleHookName><LifecycleTransition>autoscaling:EC2_INSTANCE_TERMINATING</LifecycleTransition></member>"
                          .formatted(name))
                  .collect(Collectors.joining("", "<LifecycleHooks>", "</LifecycleHooks>")));
      case "CompleteLifecycleAction" -> {
        boolean waits =
            instances.getOrDefault(form.get("InstanceId"), "").equals("Terminating:Wait")
                && form.getOrDefault("LifecycleActionResult", "").equals("CONTINUE");
        if (!waits) {
          yield error("ValidationError", "No active Lifecycle Action found.");
        }
        instances.remove(form.get("InstanceId"));
        yield result(action, "");
      }
      case "DescribeInstances" -> machines(form);
      default -> error("InvalidAction", action);
    };
  }

  void scaleTo(int wanted) {
    desired = wanted;
    while (instances.size() < desired) {
      instances.put("i-" + ++created, "Pending");
    }
  }

  private String describe(Map<String, String> form) {
    if (!form.getOrDefault("AutoScalingGroupNames.member.1", "").equals("web")) {
      return "<AutoScalingGroups/>";
    }
    String members =
        instances.entrySet().stream()
            .map(entry ->
                "<member><InstanceId>%s</InstanceId><AvailabilityZone>%s</AvailabilityZone><LifecycleState>%s</LifecycleState></member>"
                    .formatted(entry.getKey(), zone(entry.getKey()), entry.getValue()))
            .collect(Collectors.joining());
    return "<AutoScalingGroups><member><AutoScalingGroupName>web</AutoScalingGroupName><MinSize>0</MinSize><MaxSize>%d</MaxSize><DesiredCapacity>%d</DesiredCapacity><Instances>%s</Instances></member></AutoScalingGroups>"
        .formatted(max, desired, members);
  }

  private static String zone(String instance) {
    return "eu-central-1" + (Integer.parseInt(instance.substring(2)) % 2 == 1 ? "a" : "b");
  }

  private String terminate(Map<String, String> form) {
    String id = form.get("InstanceId");
    if (!instances.containsKey(id)) {
      return error("ValidationError", "Instance Id not found - No managed instance found");
    }
    // As the real one does, of an instance that is terminating already, too.
    if (form.getOrDefault("ShouldDecrementDesiredCapacity", "").equals("true")) {
      desired--;
    }
    instances.put(id, hooks.isEmpty() ? "Terminating" : "Terminating:Wait");
    return result("TerminateInstanceInAutoScalingGroup", "");
  }

  private String machines(Map<String, String> form) {
    String items =
        form.entrySet().stream()
            .filter(entry -> entry.getKey().startsWith("Filter.1.Value."))
            .map(Map.Entry::getValue)
            .filter(id -> instances.containsKey(id) && !instances.get(id).equals("Pending"))
            .map(id ->
                "<item><instanceId>%s</instanceId><privateIpAddress>10.3.0.%s</privateIpAddress></item>"
                    .formatted(id, id.substring(2)))
            .collect(Collectors.joining());
    return """
    <DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>\
    <reservationSet><item><reservationId>r-1</reservationId><instancesSet>%s</instancesSet></item>\
    </reservationSet></DescribeInstancesResponse>\
    """
        .formatted(items);
  }

  private static String result(String action, String inner) {
    return """
    <%1$sResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><%1$sResult>%2$s</%1$sResult>\
    <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></%1$sResponse>\
    """
        .formatted(action, inner);
  }

  private static String error(String code, String message) {
    return """
    <ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><Error><Type>Sender</Type>\
    <Code>%s</Code><Message>%s</Message></Error><RequestId>r</RequestId></ErrorResponse>\
    """
        .formatted(code, message);
  }

  /** AWS Signature Version 4. */
  private static boolean signed(HttpExchange exchange, String body) {
    Matcher given =
        AUTHORIZATION.matcher(
            String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    if (!given.matches() || !given.group(1).equals(ACCESS_KEY)) {
      return false;
    }
    StringBuilder headers = new StringBuilder();
    for (String name : given.group(5).split(";", -1)) {
      headers
          .append(name.toLowerCase(Locale.ROOT))
          .append(':')
          .append(exchange.getRequestHeaders().getFirst(name).strip())
          .append('\n');
    }
    String canonical =
        String.join(
            "\n",
            exchange.getRequestMethod(),
            exchange.getRequestURI().getRawPath(),
            "",
            headers,
            given.group(5),
            hex(sha256(body)));
    String scope =
        "%s/%s/%s/aws4_request".formatted(given.group(2), given.group(3), given.group(4));
    String toSign =
        String.join(
            "\n",
            "AWS4-HMAC-SHA256",
            exchange.getRequestHeaders().getFirst("X-Amz-Date"),
            scope,
            hex(sha256(canonical)));
    byte[] key = ("AWS4" + SECRET_KEY).getBytes(StandardCharsets.UTF_8);
    for (String part : scope.split("/", -1)) {
      key = hmac(key, part);
    }
    return hex(hmac(key, toSign)).equals(given.group(6));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
