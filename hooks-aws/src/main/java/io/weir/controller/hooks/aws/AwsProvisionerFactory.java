package io.weir.controller.hooks.aws;

import io.weir.controller.provision.HookSettings;
import io.weir.controller.provision.ProvisionException;
import io.weir.controller.provision.Provisioner;
import io.weir.controller.provision.ProvisionerFactory;
import io.weir.controller.provision.Settings;
import io.weir.v1.AwsHook;
import io.weir.v1.ScaleHook;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.autoscaling.AutoScalingClient;
import software.amazon.awssdk.services.ec2.Ec2Client;

/**
 * Makes those of Auto Scaling groups; who calls is found as every program of AWS finds it
 * (environment, profile, service account, container or instance role).
 */
public final class AwsProvisionerFactory implements ProvisionerFactory {
  private static final Set<String> APIS = Set.of(".amazonaws.com", ".amazonaws.com.cn");

  @Override
  public ScaleHook.KindCase kind() {
    return ScaleHook.KindCase.AWS;
  }

  @Override
  public Provisioner open(String scaler, ScaleHook hook, Settings settings)
      throws ProvisionException {
    return open(hook, DefaultCredentialsProvider.builder().build());
  }

  static AwsProvisioner open(ScaleHook hook, AwsCredentialsProvider credentials)
      throws ProvisionException {
    AwsHook aws = hook.getAws();
    Optional<URI> api = Optional.empty();
    if (!aws.getApi().isEmpty()) {
      URI uri = HookSettings.url(aws.getApi());
      HookSettings.credentialsMayGo(uri, APIS);
      api = Optional.of(uri);
    }
    Duration timeout = HookSettings.of(hook);
    return new AwsProvisioner(
        aws,
        built(AutoScalingClient.builder(), aws, api, timeout, credentials),
        built(Ec2Client.builder(), aws, api, timeout, credentials));
  }

  private static <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C built(
      B builder,
      AwsHook hook,
      Optional<URI> api,
      Duration timeout,
      AwsCredentialsProvider credentials) {
    builder
        .region(Region.of(hook.getRegion()))
        .credentialsProvider(credentials)
        .overrideConfiguration(
            ClientOverrideConfiguration.builder().apiCallTimeout(timeout).build());
    builder.httpClientBuilder(
        UrlConnectionHttpClient.builder().connectionTimeout(timeout).socketTimeout(timeout));
    api.ifPresent(builder::endpointOverride);
    return builder.build();
  }
}
