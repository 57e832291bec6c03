/**
 * The controller process: keeps desired state, hands every agent its part of it, and answers the
 * admin API. {@link io.weir.controller.Controller} puts the parts together; {@link
 * io.weir.controller.ControllerMain} runs one.
 */
@NullMarked
package io.weir.controller;

import org.jspecify.annotations.NullMarked;
