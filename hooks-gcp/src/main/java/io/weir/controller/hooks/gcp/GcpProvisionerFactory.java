package io.weir.controller.hooks.gcp;

import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import io.weir.controller.provision.HookSettings;
import io.weir.controller.provision.HttpCalls;
import io.weir.controller.provision.ProvisionException;
import io.weir.controller.provision.Provisioner;
import io.weir.controller.provision.ProvisionerFactory;
import io.weir.controller.provision.Settings;
import io.weir.v1.GcpHook;
import io.weir.v1.ScaleHook;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/**
 * Makes those of managed instance groups; who calls is found as Google's own libraries find it
 * ({@code GOOGLE_APPLICATION_CREDENTIALS}, or the machine's or pod's service account).
 */
public final class GcpProvisionerFactory implements ProvisionerFactory {
  private static final String COMPUTE = "https://compute.googleapis.com/compute/v1";
  private static final Set<String> APIS = Set.of(".googleapis.com");
  private static final String SCOPE = "https://www.googleapis.com/auth/compute";

  @Override
  public ScaleHook.KindCase kind() {
    return ScaleHook.KindCase.GCP;
  }

  @Override
  public Provisioner open(String scaler, ScaleHook hook, Settings settings)
      throws ProvisionException {
    GoogleCredentials credentials;
    try {
      credentials = GoogleCredentials.getApplicationDefault().createScoped(SCOPE);
    } catch (IOException e) {
      throw new ProvisionException(
          "there are no credentials for Google Cloud: a file that GOOGLE_APPLICATION_CREDENTIALS"
              + " names, or a service account of the machine",
          true,
          e);
    }
    return open(hook, () -> token(credentials));
  }

  static GcpProvisioner open(ScaleHook hook, GcpProvisioner.Token token) throws ProvisionException {
    GcpHook gcp = hook.getGcp();
    URI api = HookSettings.url(gcp.getApi().isEmpty() ? COMPUTE : gcp.getApi());
    HookSettings.credentialsMayGo(api, APIS);
    return new GcpProvisioner(
        gcp,
        api,
        token,
        new HttpCalls(HookSettings.of(hook), Optional.empty(), InstantSource.system()));
  }

  private static String token(GoogleCredentials credentials) throws ProvisionException {
    try {
      credentials.refreshIfExpired();
      AccessToken token = credentials.getAccessToken();
      if (token == null) {
        throw new ProvisionException("Google Cloud gives no token", true);
      }
      return token.getTokenValue();
    } catch (IOException e) {
      throw new ProvisionException("Google Cloud gives no token: " + e.getMessage(), true, e);
    }
  }
}
