package io.weir.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.TextFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WireCompatibilityTest {
  private static final String GOLDEN =
      """
      file {
        name: "t/v1/t.proto" package: "t.v1" options { java_package: "io.t.v1" }
        message_type {
          name: "Pool"
          field { name: "name" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING json_name: "name" }
          field {
            name: "max_load" number: 2 label: LABEL_OPTIONAL type: TYPE_INT32 json_name: "maxLoad"
            oneof_index: 1 proto3_optional: true
          }
          field {
            name: "tcp" number: 3 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".t.v1.Tcp"
            json_name: "tcp" oneof_index: 0
          }
          oneof_decl { name: "probe" }
          oneof_decl { name: "_max_load" }
          reserved_range { start: 8 end: 10 }
          reserved_name: "gone"
          nested_type {
            name: "Inner"
            field { name: "x" number: 1 label: LABEL_OPTIONAL type: TYPE_INT64 json_name: "x" }
          }
        }
        message_type { name: "Tcp" }
        enum_type {
          name: "Health"
          value { name: "HEALTH_UNKNOWN" number: 0 }
          value { name: "HEALTH_GOOD" number: 1 }
          reserved_range { start: 7 end: 7 }
        }
        service {
          name: "Admin"
          method { name: "Get" input_type: ".t.v1.Pool" output_type: ".t.v1.Pool" }
          method {
            name: "Watch" input_type: ".t.v1.Pool" output_type: ".t.v1.Pool" server_streaming: true
          }
        }
      }
      """;

  @Test
  void the_same_is_compatible() {
    assertThat(WireCompatibility.breaks(parse(GOLDEN), parse(GOLDEN))).isEmpty();
  }

  @Nested
  class A_break_is_told {
    @ParameterizedTest(name = "{0} -> {1}: {2}")
    @CsvSource(
        delimiter = '|',
        textBlock =
            """
            name: "max_load" number: 2     | name: "max_load" number: 4     | t.v1.Pool.max_load: the number changed from 2 to 4
            type: TYPE_INT32               | type: TYPE_INT64               | t.v1.Pool.max_load: the type changed from TYPE_INT32 to TYPE_INT64
            type_name: ".t.v1.Tcp"         | type_name: ".t.v1.Pool"        | t.v1.Pool.tcp: the type changed from .t.v1.Tcp to .t.v1.Pool
            json_name: "maxLoad"           | json_name: "max"               | t.v1.Pool.max_load: the json name changed from maxLoad to max
            name: "x"                      | name: "y"                      | t.v1.Pool.Inner.x: the name changed from x to y
            number: 1 label: LABEL_OPTIONAL type: TYPE_STRING | number: 1 label: LABEL_REPEATED type: TYPE_STRING | t.v1.Pool.name: the label changed from singular to repeated
            proto3_optional: true          | proto3_optional: false         | t.v1.Pool.max_load: the label changed from optional to singular
            oneof_decl { name: "probe" }   | oneof_decl { name: "check" }   | t.v1.Pool.tcp: the oneof changed from probe to check
            json_name: "tcp" oneof_index: 0| json_name: "tcp"               | t.v1.Pool.tcp: the oneof changed from probe to none
            name: "HEALTH_GOOD"            | name: "HEALTH_FINE"            | t.v1.Health.HEALTH_GOOD: the name changed from HEALTH_GOOD to HEALTH_FINE
            name: "HEALTH_GOOD" number: 1  | name: "HEALTH_GOOD" number: 2  | t.v1.Health.HEALTH_GOOD: the number changed from 1 to 2
            value { name: "HEALTH_GOOD" number: 1 } | (nothing)            | t.v1.Health.HEALTH_GOOD: the enum value was removed without reserving it: write `reserved 1; reserved "HEALTH_GOOD";`
            start: 8 end: 10               | start: 8 end: 9                | t.v1.Pool: the number 9 is no longer reserved
            start: 7 end: 7                | start: 6 end: 6                | t.v1.Health: the number 7 is no longer reserved
            reserved_name: "gone"          | reserved_name: "other"         | t.v1.Pool: the name gone is no longer reserved
            name: "Get"                    | name: "Fetch"                  | t.v1.Admin.Get: the rpc was removed or renamed
            name: "Get" input_type: ".t.v1.Pool" | name: "Get" input_type: ".t.v1.Tcp" | t.v1.Admin.Get: the request changed from .t.v1.Pool to .t.v1.Tcp
            output_type: ".t.v1.Pool" }    | output_type: ".t.v1.Tcp" }     | t.v1.Admin.Get: the response changed from .t.v1.Pool to .t.v1.Tcp
            server_streaming: true         | server_streaming: false        | t.v1.Admin.Watch: the response stream changed from true to false
            server_streaming: true         | server_streaming: true client_streaming: true | t.v1.Admin.Watch: the request stream changed from false to true
            name: "Admin"                  | name: "Operator"               | t.v1.Admin: the service was removed or renamed
            name: "Inner"                  | name: "Outer"                  | t.v1.Pool.Inner: the message was removed or renamed
            name: "Health"                 | name: "Verdict"                | t.v1.Health: the enum was removed or renamed
            package: "t.v1"                | package: "t.v2"                | t/v1/t.proto: the package changed from t.v1 to t.v2
            java_package: "io.t.v1"        | java_package: "t"              | t/v1/t.proto: the java_package changed from io.t.v1 to t
            name: "t/v1/t.proto"           | name: "t/v1/u.proto"           | t/v1/t.proto: the file was removed or renamed
            """)
    void by_one_sentence(String was, String becomes, String sentence) {
      assertThat(GOLDEN).contains(was);
      String changed =
          GOLDEN.replaceFirst(Pattern.quote(was), "(nothing)".equals(becomes) ? "" : becomes);
      assertThat(WireCompatibility.breaks(parse(GOLDEN), parse(changed))).contains(sentence);
    }

    @Test
    void for_a_field_that_is_removed() {
      assertThat(WireCompatibility.breaks(parse(GOLDEN), parse(GOLDEN.replace(NAME, ""))))
          .containsExactly(
              "t.v1.Pool.name: the field was removed without reserving it:"
                  + " write `reserved 1; reserved \"name\";`");
    }

    @Test
    void for_a_field_whose_number_alone_is_reserved() {
      String changed = GOLDEN.replace(NAME, "reserved_range { start: 1 end: 2 }");
      assertThat(WireCompatibility.breaks(parse(GOLDEN), parse(changed))).hasSize(1);
    }
  }

  @Nested
  class No_break_is {
    @Test
    void an_addition() {
      String changed =
          GOLDEN
              .replace(NAME, NAME + NAME.replace("\"name\"", "\"note\"").replace(": 1 ", ": 5 "))
              .replace(
                  "message_type { name: \"Tcp\" }",
                  "message_type { name: \"Tcp\" } message_type { name: \"New\" }")
              .replace(
                  "value { name: \"HEALTH_GOOD\"",
                  "value { name: \"HEALTH_BAD\" number: 2 } value { name: \"HEALTH_GOOD\"")
              .replace(
                  "name: \"Admin\"",
                  "name: \"Admin\" method { name: \"Put\" input_type: \".t.v1.Tcp\" output_type: \".t.v1.Tcp\" }");
      assertThat(changed).isNotEqualTo(GOLDEN);
      assertThat(WireCompatibility.breaks(parse(GOLDEN), parse(changed))).isEmpty();
    }

    @Test
    void a_removal_with_number_and_name_reserved() {
      String changed =
          GOLDEN.replace(NAME, "reserved_range { start: 1 end: 2 } reserved_name: \"name\"");
      assertThat(WireCompatibility.breaks(parse(GOLDEN), parse(changed))).isEmpty();
    }

    @Test
    void a_reservation_that_is_written_otherwise() {
      String changed =
          GOLDEN.replace(
              "reserved_range { start: 8 end: 10 }",
              "reserved_range { start: 9 end: 10 } reserved_range { start: 8 end: 9 }");
      assertThat(WireCompatibility.breaks(parse(GOLDEN), parse(changed))).isEmpty();
    }
  }

  @Test
  void breaks_are_told_all_at_once() {
    List<String> breaks =
        WireCompatibility.breaks(
            parse(GOLDEN), parse(GOLDEN.replace(NAME, "").replace("\"Get\"", "\"Fetch\"")));
    assertThat(breaks).hasSize(2);
  }

  private static final String NAME =
      "field { name: \"name\" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING json_name: \"name\" }";

  private static FileDescriptorSet parse(String text) {
    try {
      return TextFormat.parse(text, FileDescriptorSet.class);
    } catch (TextFormat.ParseException e) {
      throw new AssertionError(e);
    }
  }
}
