package io.weir.agent.proxy;

import org.jspecify.annotations.Nullable;

/**
 * One deadline for each connection of a loop, cheap to move: a hashed timing wheel (Varghese and
 * Lauck, "Hashed and hierarchical timing wheels", 1987) in which putting a deadline off only writes
 * a field. A node found before its deadline is put where that deadline belongs. Accurate to one
 * tick, late rather than early. Confined to the loop.
 */
final class DeadlineWheel {
  private static final int SLOTS = 1024;

  private final long tickNanos;
  private final Node[] slots = new Node[SLOTS];
  private long tick;

  DeadlineWheel(long tickNanos, long now) {
    this.tickNanos = tickNanos;
    tick = now / tickNanos;
    for (int i = 0; i < SLOTS; i++) {
      slots[i] = new Head();
    }
  }

  /** What has a deadline. */
  abstract static class Node {
    private long deadline;
    private long foundAtTick;
    private @Nullable Node previous;
    private @Nullable Node next;

    /** The deadline has passed; the node is off the wheel. */
    abstract void expired();
  }

  private static final class Head extends Node {
    Head() {
      link(this, this);
    }

    @Override
    void expired() {
      throw new IllegalStateException("a slot has no deadline");
    }
  }

  /**
   * {@code node} expires at {@code deadline} (System.nanoTime) instead of whenever it did before.
   */
  void set(Node node, long deadline) {
    node.deadline = deadline;
    if (node.next == null) {
      place(node);
    } else if (deadline / tickNanos < node.foundAtTick) {
      unlink(node);
      place(node);
    }
  }

  void remove(Node node) {
    if (node.next != null) {
      unlink(node);
    }
  }

  /** Expires every node whose deadline is not after {@code now}. */
  void advance(long now) {
    long last = now / tickNanos;
    // After a long pause once round is enough to see every node.
    tick = Math.max(tick, last - SLOTS);
    while (tick < last) {
      tick++;
      sweep(slots[(int) (tick & SLOTS - 1)], now);
    }
  }

  @SuppressWarnings("ReferenceEquality") // that very node
  private void sweep(Node slot, long now) {
    // Taken off first: what expires may set deadlines, of itself and others, in this very slot.
    Node todo = new Head();
    if (slot.next == slot) {
      return;
    }
    Node first = linked(slot.next);
    Node last = linked(slot.previous);
    link(slot, slot);
    link(todo, first);
    link(last, todo);
    while (todo.next != todo) {
      Node node = linked(todo.next);
      unlink(node);
      if (node.deadline <= now) {
        node.expired();
      } else {
        place(node);
      }
    }
  }

  private void place(Node node) {
    long due = node.deadline / tickNanos + 1;
    long at = Math.min(Math.max(due, tick + 1), tick + SLOTS - 1);
    node.foundAtTick = at;
    Node slot = slots[(int) (at & SLOTS - 1)];
    Node last = linked(slot.previous);
    link(last, node);
    link(node, slot);
  }

  private static void link(Node a, Node b) {
    a.next = b;
    b.previous = a;
  }

  private static void unlink(Node node) {
    link(linked(node.previous), linked(node.next));
    node.previous = null;
    node.next = null;
  }

  private static Node linked(@Nullable Node node) {
    if (node == null) {
      throw new IllegalStateException("not on the wheel");
    }
    return node;
  }
}
