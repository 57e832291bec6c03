/**
 * Auto Scaling groups of AWS as what brings endpoints and takes them away, by AWS's own library. A
 * controller that has these jars on its class path finds the factory by itself.
 */
@NullMarked
package io.weir.controller.hooks.aws;

import org.jspecify.annotations.NullMarked;
