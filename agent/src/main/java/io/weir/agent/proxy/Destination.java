package io.weir.agent.proxy;

import io.weir.agent.balance.PoolMembers;
import io.weir.agent.http1.FieldEdits;

/** Where a rule sends requests, and what it changes in them and in their responses. */
record Destination(PoolMembers pool, FieldEdits requestEdits, FieldEdits responseEdits) {}
