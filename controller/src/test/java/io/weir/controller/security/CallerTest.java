package io.weir.controller.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.security.Caller.Certified;
import io.weir.controller.security.Caller.Stranger;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CallerTest {
  @Test
  void aUriTellsRoleAndName() {
    assertThat(Caller.of("weir://prod/operator/ann@example.com", "prod"))
        .isEqualTo(new Certified("prod", Role.OPERATOR, "ann@example.com"))
        .hasToString("operator/ann@example.com");
  }

  @Test
  void whatIsOfAnotherClusterOrNoSuchUriIsNobody() {
    for (String uri :
        List.of(
            "weir://other/admin/ann",
            "weir://prod/root/ann",
            "weir://prod/admin/",
            "weir://prod/admin/ann/x",
            "weir://prod/admin/a\nb",
            "https://prod/admin/ann",
            "weir://prod/admin/ann?x")) {
      assertThat(Caller.of(uri, "prod")).as(uri).isInstanceOf(Stranger.class);
    }
  }
}
