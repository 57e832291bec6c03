/** What people see: tables, descriptions, ages, differences. Pure: text from messages. */
@NullMarked
package io.weir.cli.view;

import org.jspecify.annotations.NullMarked;
